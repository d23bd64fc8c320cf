import Cancellation
import Postgres

/// One connection that is replaced when it breaks.
///
/// Only calls that may safely be repeated go through it: all writes of a worker carry their fence, so that a
/// repeated completion answers `already`.
package actor DatabaseLink {
  /// What a link tells of itself, in one sentence without values.
  package struct News: Sendable, CustomStringConvertible {
    package let description: String
    /// Whether something went wrong, rather than was mended.
    package let isTrouble: Bool
  }

  private var configuration: PostgresConfiguration
  private let tell: @Sendable (News) -> Void
  private var connection: PostgresConnection?
  private var opening: Task<PostgresConnection, any Error>?
  /// Rises with every new connection, so that callers notice that claims may have been lost on the way.
  package private(set) var generation = 0

  /// - Parameter tell: is told of each call that failed and is repeated, of a loss of the connection, and once when there is
  ///   one again.
  package init(_ configuration: PostgresConfiguration, tell: @escaping @Sendable (News) -> Void) {
    self.configuration = configuration
    self.tell = tell
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
        tell(News(description: "database: \(error.message); trying again", isTrouble: true))
        try await pause.wait()
      }
    }
  }

  /// Gives this session and those to come another name in `pg_stat_activity`, unless the user named them.
  ///
  /// Tried once: where the database is away, the next session has the name, and nobody is kept waiting for it.
  package func rename(_ name: String) async throws(PostgresError) {
    let old = configuration.applicationName
    configuration.applicationName = name
    guard let current = connection else { return }
    do {
      _ = try await current.query(
        "SELECT set_config('application_name', $1, false) WHERE current_setting('application_name') = $2",
        name, old)
    } catch {
      guard error.isTransient || error.needsReconnect else { throw error }
      if error.needsReconnect { await discard(current) }
      tell(News(description: "database: \(error.message); the session keeps its name", isTrouble: true))
    }
  }

  /// Whether there is a connection, as far as is known: one that went silent counts until a call of it fails.
  package var isConnected: Bool { connection != nil }

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
    let start = ContinuousClock.now
    var attempts = 1
    while true {
      do {
        let fresh = try await PostgresConnection.connect(to: configuration)
        if generation > 0 || attempts > 1 { tell(Self.again(since: start, attempts)) }
        return fresh
      } catch {
        guard error.isTransient || error.needsReconnect else { throw error }
        // A database that is away for a night is told once.
        if attempts == 1 {
          tell(News(description: "database: \(error.message); connecting again", isTrouble: true))
        }
        attempts += 1
        try await pause.wait()
      }
    }
  }
}

extension DatabaseLink {
  /// Not of a first connection that came at once.
  private static func again(since start: ContinuousClock.Instant, _ attempts: Int) -> News {
    let seconds = ((ContinuousClock.now - start) / .seconds(1)).rounded()
    return News(
      description: "database: connected again after \(Int(seconds)) s, at attempt \(attempts)",
      isTrouble: false)
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
