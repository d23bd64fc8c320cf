import Foundation
import PrivateServer
import Subprocess
import SystemPackage

/// A private server and a hot standby that has applied whatever the first has committed.
package struct ReplicatedServer: Sendable {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  package let primary: PrivatePostgres
  /// Folder of the standby's socket.
  package let standbyFolder: URL

  /// libpq connection string of the standby's database.
  package var standby: String {
    "host='\(standbyFolder.path)' port=5432 user=\(PrivatePostgres.name) dbname=\(PrivatePostgres.name)"
  }

  private var data: String { standbyFolder.appendingPathComponent("data").path }

  /// Starts both; they end with `body`, the standby also with this process however that ends.
  package static func with<Value: Sendable>(
    _ body: @escaping @Sendable (ReplicatedServer) async throws -> Value
  ) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "replicated-\(UUID().uuidString.prefix(8))")
    let primary = try await startPrimary(in: folder.appendingPathComponent("first"))
    let servers = ReplicatedServer(
      primary: primary, standbyFolder: folder.appendingPathComponent("second"))
    let outcome: Result<Value, any Error>
    do {
      try servers.makeStandbyFolder()
      try await servers.run(
        "pg_basebackup",
        [
          "-h", primary.socketFolder.path, "-U", PrivatePostgres.name, "-D", servers.data, "-R", "-X",
          "stream",
          "-c", "fast",
        ])
      outcome = try await servers.withStandby(body)
    } catch {
      outcome = .failure(error)
    }
    try await primary.stop(.immediate)
    try FileManager.default.removeItem(at: folder)
    return try outcome.get()
  }

  /// The first server dies, and the standby takes over.
  package func failOver() async throws {
    try await primary.stop(.immediate)
    try await run("pg_ctl", ["promote", "-D", data, "-w"])
  }

  private static func startPrimary(in folder: URL) async throws -> PrivatePostgres {
    let server = try await PrivatePostgres.start(in: folder)
    try await psql(
      server,
      ["ALTER SYSTEM SET wal_level = replica", "ALTER SYSTEM SET max_wal_senders = 4"])
    try await server.stop()
    return try await PrivatePostgres.start(in: folder, lifetime: .withProcess)
  }

  /// - Returns: what psql prints.
  @discardableResult
  private static func psql(_ server: PrivatePostgres, _ commands: [String]) async throws -> String {
    let outcome = try await Subprocess.run(
      .name("psql"),
      arguments: Arguments(
        ["-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.connectionString()]
          + commands.flatMap { ["-c", $0] }),
      output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
    guard outcome.terminationStatus.isSuccess else { throw Failure(description: outcome.standardError) }
    return outcome.standardOutput.split(separator: "\n").joined()
  }

  private func makeStandbyFolder() throws {
    try FileManager.default.createDirectory(at: standbyFolder, withIntermediateDirectories: true)
    let account = try ServiceAccount.current()
    guard account.isOther else { return }
    try FileManager.default.setAttributes(
      [.ownerAccountID: Int(account.user), .groupOwnerAccountID: Int(account.group)],
      ofItemAtPath: standbyFolder.path)
  }

  private func withStandby<Value: Sendable>(
    _ body: @escaping @Sendable (ReplicatedServer) async throws -> Value
  ) async throws -> Result<Value, any Error> {
    let settings = [
      "listen_addresses=", "unix_socket_directories=\(standbyFolder.path)", "port=5432",
      "max_connections=300",
      "cluster_name=standby",
    ]
    // Interrupted, it shuts down fast.
    return try await ServerProcess.with(
      "the standby", .name("env"),
      try command("postgres", ["-D", data] + settings.flatMap { ["-c", $0] }, endsWithProcess: true),
      ready: "ready to accept read-only connections", stop: .interrupt
    ) {
      // What one has committed the other shows.
      try await Self.psql(
        primary,
        [
          "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
          "ALTER SYSTEM SET synchronous_commit = remote_apply", "SELECT pg_reload_conf()",
        ])
      // The server reads it when it comes to it; a session that is let in afterwards has it.
      while try await Self.psql(primary, ["SHOW synchronous_commit"]) != "remote_apply" {
        try await Task.sleep(for: .milliseconds(10))
      }
      return try await body(self)
    }
  }

  private func run(_ program: String, _ arguments: [String]) async throws {
    let outcome = try await Subprocess.run(
      .name("env"), arguments: Arguments(try command(program, arguments, endsWithProcess: false)),
      output: .string(limit: 1 << 16), error: .combinedWithOutput)
    guard outcome.terminationStatus.isSuccess else {
      throw Failure(description: "\(program): \(outcome.standardOutput)")
    }
  }

  /// Arguments of `env` that run one of the server's programs as the account that runs servers.
  private func command(_ program: String, _ arguments: [String], endsWithProcess: Bool) throws -> [String] {
    let account = try ServiceAccount.current()
    let identity =
      account.isOther ? ["--reuid", "\(account.user)", "--regid", "\(account.group)", "--clear-groups"] : []
    let end = endsWithProcess ? ["--pdeathsig", "QUIT"] : []
    let path = try PostgresBinaries.find().folder.appendingPathComponent(program).path
    let prefix = identity + end
    return ["-C", "/"] + (prefix.isEmpty ? [] : ["setpriv"] + prefix) + [path] + arguments
  }
}
