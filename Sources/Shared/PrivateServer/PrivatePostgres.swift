import Foundation
import Postgres

/// A PostgreSQL of our own, reached through a Unix socket only, for studies on one machine, demonstrations
/// and tests.
///
/// Never runs as root: root hands it to `postgres` or `nobody` (see `ServiceAccount`, `ClusterPlace`).
/// Everybody who can enter the socket's folder, which is its owner and root, is trusted, as superuser
/// `trabecula`.
package struct PrivatePostgres: Sendable {
  package enum Lifetime: Sendable {
    /// Runs on after this process has ended, until `stop` or a shutdown of the machine.
    case untilStopped
    /// Stops when this process ends, however it ends, unless others use it still; if disposable, its folder goes too.
    case withProcess
  }

  /// Name of the superuser and of the database that `start` makes.
  package static let name = "trabecula"

  package let place: ClusterPlace
  let binaries: PostgresBinaries
  let account: ServiceAccount
  /// Folder of the socket, which only its owner and root can enter.
  package let socketFolder: URL
  /// What ends it with this process; nil where it runs on.
  var lifeline: Lifeline?

  /// libpq connection string of a database of this server.
  package func connectionString(
    database: String = PrivatePostgres.name, user: String = PrivatePostgres.name
  ) -> String {
    let settings = [("host", socketFolder.path), ("port", "5432"), ("user", user), ("dbname", database)]
    return settings.map { key, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
      return "\(key)='\(escaped)'"
    }.joined(separator: " ")
  }

  /// The same for programs that read libpq's environment.
  package var environment: [String: String] { environment(user: PrivatePostgres.name) }

  /// The same for another login than the superuser.
  package func environment(user: String) -> [String: String] {
    ["PGHOST": socketFolder.path, "PGPORT": "5432", "PGUSER": user, "PGDATABASE": PrivatePostgres.name]
  }

  /// Where the server writes what goes wrong.
  package var log: URL { place.log }

  package enum StopMode: String, Sendable {
    /// Sessions are ended, everything is written out.
    case fast
    /// As if the server had crashed; the next start recovers.
    case immediate
  }

  /// This process needs it no longer: a server that lives with those that use it is stopped by the last of them.
  package func leave() async throws(PrivateServerError) {
    guard let lifeline else { return }
    if lifeline.use.leave() { try await stop() } else { try lifeline.release() }
  }

  /// Stops the server, whoever uses it, and waits until it is gone. Its data stay.
  package func stop(_ mode: StopMode = .fast) async throws(PrivateServerError) {
    if let running = PostmasterFile(in: place.data), running.isAlive(servingFrom: place.data) {
      try await ServerProgram(account: account).perform(
        binaries.program("pg_ctl"), ["stop", "-D", place.data.path, "-m", mode.rawValue, "-w", "-t", "60"],
        to: "stop the private server")
    }
    try lifeline?.release()
    let isOutside = socketFolder.deletingLastPathComponent().path != place.folder.path
    guard isOutside, FileManager.default.fileExists(atPath: socketFolder.path) else { return }
    try folderWork("remove \(socketFolder.path)") { try $0.removeItem(at: socketFolder) }
  }
}
