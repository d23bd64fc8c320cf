import Cancellation
import Postgres

/// One connection that is replaced when it breaks.
///
/// Only calls that may safely be repeated go through it: all writes of a worker carry their fence, so that a
/// repeated completion answers `already`.
package actor DatabaseLink {
  private let configuration: PostgresConfiguration
  private let warn: @Sendable (String) -> Void
  private var connection: PostgresConnection?
  private var opening: Task<PostgresConnection, any Error>?
  /// Rises with every new connection, so that callers notice that claims may have been lost on the way.
  package private(set) var generation = 0

  /// - Parameter warn: is told, in one sentence without values, of each attempt that failed.
  package init(_ configuration: PostgresConfiguration, warn: @escaping @Sendable (String) -> Void) {
    self.configuration = configuration
    self.warn = warn
  }

  /// Connects for the first time; unlike later, an unreachable database is an error at once.
  package func open() async throws(PostgresError) {
    connection = try await PostgresConnection.connect(to: configuration)
    generation += 1
  }

  /// Runs a repeatable call, reconnecting and repeating while the database is away, and repeating where it answers
  /// with a deadlock, a serialization failure or a lack of disk or memory.
  package func call<Value: Sendable>(_ body: @Sendable (PostgresConnection) async throws -> Value)
    async throws
    -> Value
  {
    var pause = RetryPause()
    while true {
      try Task.checkCancellation()
      let current = try await usable()
      do {
        return try await body(current)
      } catch let error as PostgresError where error.isTransient || error.needsReconnect {
        if error.needsReconnect { await discard(current) }
        warn("database: \(error.message); trying again")
        try await pause.wait()
      }
    }
  }

  package func close() async {
    opening?.cancel()
    await connection?.close()
    connection = nil
  }

  private func discard(_ broken: PostgresConnection) async {
    if connection === broken { connection = nil }
    await broken.close()
  }

  private func usable() async throws -> PostgresConnection {
    if let connection { return connection }
    let attempt = opening ?? begin()
    return try await value(of: attempt)
  }

  /// The attempt is a task of its own, because all callers wait for the one connection: the cancellation of one of
  /// them must not reach it.
  private func begin() -> Task<PostgresConnection, any Error> {
    let attempt = Task {
      defer { opening = nil }
      let fresh = try await reconnect()
      connection = fresh
      generation += 1
      return fresh
    }
    opening = attempt
    return attempt
  }

  private func reconnect() async throws -> PostgresConnection {
    var pause = RetryPause()
    while true {
      do {
        return try await PostgresConnection.connect(to: configuration)
      } catch {
        guard error.isTransient || error.needsReconnect else { throw error }
        warn("database: \(error.message); connecting again")
        try await pause.wait()
      }
    }
  }
}

/// Waits between attempts: from a quarter of a second, doubled up to ten, with full jitter, so that a fleet that lost
/// its database together does not come back together, yet within the lease that it has after a restart.
struct RetryPause {
  private var ceiling = 0.25
  private static let longest = 10.0

  mutating func wait() async throws {
    let length = Double.random(in: 0...ceiling)
    ceiling = min(ceiling * 2, Self.longest)
    try await Task.sleep(for: .seconds(length))
  }
}
