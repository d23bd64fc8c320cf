import Foundation
import Glibc
import Postgres

/// Ends a server that runs on after its study, when nobody has been connected to it for a while: days of trials would leave many of
/// them behind.
///
/// A process of its own, one for each data folder, which holds one connection and learns by it that the server has ended otherwise.
/// It counts sessions as the server does, so that a short one between two looks counts, too.
package struct ServerKeeper: Sendable {
  private let place: ClusterPlace

  /// - Parameter dataFolder: of a server that runs.
  package init(of dataFolder: URL) async throws(PrivateServerError) {
    place = try await ClusterPlace.prepare(in: dataFolder)
  }

  private var file: URL { place.folder.appendingPathComponent("keep") }

  /// Says for how long without a connection the server is kept; a keeper that runs obeys it, too.
  package func keep(for time: Duration) throws(PrivateServerError) {
    try OwnFolder.replace(file, "\(time / .milliseconds(1))\n", rights: 0o600)
  }

  private func time() throws(PrivateServerError) -> Duration {
    let text = try folderWork("read \(file.path)") { _ in try String(contentsOf: file, encoding: .utf8) }
    guard let number = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)), number > 0, number < 1e14
    else {
      throw PrivateServerError(
        .folder, "\(file.path) holds no number of milliseconds; run coordinator local again")
    }
    return .milliseconds(number)
  }

  /// Waits until the server has ended, or has been without a connection for the time, and ends it then. Returns at once where another
  /// keeper does so.
  package func run() async throws {
    guard let lock = try lockAlone() else { return }
    defer { close(lock) }
    guard let running = PostmasterFile(in: place.data), running.isAlive(servingFrom: place.data),
      let socket = running.socketFolder
    else { return }
    let server = PrivatePostgres(
      place: place, binaries: try PostgresBinaries.find(version: place.version),
      account: try .owning(place.data),
      socketFolder: URL(fileURLWithPath: socket), lifeline: nil)
    let connection = try await PostgresConnection.connect(to: server.connectionString(database: "postgres"))
    try await connection.execute(
      script: "SET application_name = 'trabecula keeper'; SET idle_session_timeout = 0")
    var (seen, since) = (try await Self.sessions(connection), ContinuousClock.now)
    while true {
      let time = try time()
      let pause = min(max(time / 4, .milliseconds(20)), .seconds(60))
      do throws(PostgresError) {
        _ = try await connection.nextNotification(timeout: pause)
      } catch {
        // The server has ended.
        guard error.needsReconnect else { throw error }
        return
      }
      let now = try await Self.sessions(connection)
      if now.others > 0 || now.sum != seen.sum { (seen, since) = (now, .now) }
      guard since.duration(to: .now) >= time else { continue }
      let use = try await ServerUse(place.users)
      defer { use.end() }
      guard use.isAlone() else { continue }
      // Whoever connected before the lock was ours has been counted by now; whoever comes waits for it.
      let last = try await Self.sessions(connection)
      guard last.others == 0, last.sum == seen.sum else { continue }
      await connection.close()
      return try await server.stop()
    }
  }

  /// - Returns: `nil` where another process holds it.
  private func lockAlone() throws(PrivateServerError) -> CInt? {
    let path = place.folder.appendingPathComponent("keeper").path
    let descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw PrivateServerError(.folder, "cannot open \(path): \(unsafe String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// How many sessions there have been, and how many there are beside our own.
  private static func sessions(_ connection: PostgresConnection) async throws -> (sum: Int64, others: Int64) {
    let sum = try await connection.query("SELECT coalesce(sum(sessions), 0)::int8 FROM pg_stat_database")
      .scalar(as: Int64.self)
    let others = try await connection.query(
      "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    ).scalar(as: Int64.self)
    return (sum, others)
  }
}
