import Foundation
import PrivateServer
import Subprocess
import SystemPackage

/// A real pgbouncer in transaction mode before a private server: each transaction may reach another session.
package enum TransactionPooler {
  package static let isInstalled = ["/usr/sbin", "/usr/bin", "/usr/local/bin"].contains {
    FileManager.default.isExecutableFile(atPath: $0 + "/pgbouncer")
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// One that runs.
  package struct Running: Sendable {
    /// Of its socket.
    package let folder: URL
    package let database: String

    /// The connection string, through the pooler, of the database.
    package var target: String { Running.target([folder], database: database) }

    /// The same through several poolers, which libpq asks one after the other.
    package static func target(_ folders: [URL], database: String) -> String {
      let hosts = folders.map(\.path).joined(separator: ",")
      return "host='\(hosts)' port=6432 user=\(PrivatePostgres.name) dbname='\(database)'"
    }

    /// Gives the pooler a command, as psql at its console does.
    package func perform(_ command: String) async throws {
      let outcome = try await Subprocess.run(
        .name("psql"), arguments: ["-X", "-q", "-d", target + " dbname=pgbouncer", "-c", command],
        output: .discarded, error: .string(limit: 1 << 16))
      // Its answer to SHUTDOWN is that it is gone.
      guard outcome.terminationStatus.isSuccess || command == "SHUTDOWN" else {
        throw Failure(description: outcome.standardError)
      }
    }
  }

  /// Runs `body` with the connection string, through the pooler, of a database of the server.
  ///
  /// The pooler runs as the account that runs the server, listens on a Unix socket only, and ends with `body`, or
  /// with this process however that ends. Its settings are its own defaults but for pool size and clients.
  /// - Parameter sessions: the server's sessions that all clients share.
  package static func with<Value: Sendable>(
    _ server: PrivatePostgres, database: String, sessions: Int,
    _ body: @escaping @Sendable (String) async throws -> Value
  ) async throws -> Value {
    try await with(socket: server.socketFolder, database: database, sessions: sessions) {
      try await body($0.target)
    }
  }

  /// The same before a server with its socket in this folder.
  package static func with<Value: Sendable>(
    socket: URL, database: String, sessions: Int, _ body: @escaping @Sendable (Running) async throws -> Value
  ) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "pooler-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
    // Not subject to the umask, which the attribute above is.
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
    let settings = folder.appendingPathComponent("pgbouncer.ini")
    try Data(configuration(socket, folder, sessions).utf8).write(to: settings)
    let outcome = try await ServerProcess.with(
      "pgbouncer", .name("setpriv"), try arguments(settings),
      environment: .inherit.updating(["PATH": "/usr/sbin:/usr/bin:/bin:/usr/local/bin"]),
      ready: "process up", stop: .terminate
    ) { try await body(Running(folder: folder, database: database)) }
    try FileManager.default.removeItem(at: folder)
    return try outcome.get()
  }

  private static func arguments(_ settings: URL) throws -> [String] {
    let account = try ServiceAccount.current()
    let identity =
      account.isOther
      ? ["--reuid", "\(account.user)", "--regid", "\(account.group)", "--clear-groups"] : []
    return ["--pdeathsig", "TERM"] + identity + ["pgbouncer", settings.path]
  }

  private static func configuration(_ socket: URL, _ folder: URL, _ sessions: Int) -> String {
    """
    [databases]
    * = host='\(socket.path)' port=5432 user=\(PrivatePostgres.name)
    [pgbouncer]
    listen_port = 6432
    unix_socket_dir = \(folder.path)
    auth_type = any
    admin_users = \(PrivatePostgres.name)
    pool_mode = transaction
    default_pool_size = \(sessions)
    max_client_conn = 20000
    log_connections = 0
    log_disconnections = 0

    """
  }
}
