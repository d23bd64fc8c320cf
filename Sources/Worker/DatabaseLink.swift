import Logging
import Postgres

/// One connection that is replaced when it breaks.
///
/// Only calls that may safely be repeated go through it: all writes of a worker carry their fence, so that a
/// repeated completion answers `already`.
actor DatabaseLink {
  private let configuration: PostgresConfiguration
  private let logger: Logger
  private var connection: PostgresConnection?
  private var opening: Task<PostgresConnection, any Error>?
  /// Rises with every new connection, so that callers notice that claims may have been lost on the way.
  private(set) var generation = 0

  /// Waits between attempts grow from a quarter of a second to half a minute, with full jitter.
  private static let firstWait = 0.25
  private static let longestWait = 30.0

  init(_ configuration: PostgresConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
  }

  /// Connects for the first time; unlike later, an unreachable database is an error at once.
  func open() async throws(PostgresError) {
    connection = try await PostgresConnection.connect(to: configuration)
    generation += 1
  }

  /// Runs a repeatable call, reconnecting and repeating while the database is away.
  func call<Value: Sendable>(_ body: @Sendable (PostgresConnection) async throws -> Value) async throws
    -> Value
  {
    var wait = Self.firstWait
    while true {
      try Task.checkCancellation()
      let current = try await usable()
      do {
        return try await body(current)
      } catch let error as PostgresError where error.isTransient || error.needsReconnect {
        if error.needsReconnect { await discard(current) }
        logger.warning("database: \(error.message); trying again")
        try await Task.sleep(for: .seconds(Double.random(in: 0...wait)))
        wait = min(wait * 2, Self.longestWait)
      }
    }
  }

  func close() async {
    await connection?.close()
    connection = nil
  }

  private func discard(_ broken: PostgresConnection) async {
    if connection === broken { connection = nil }
    await broken.close()
  }

  private func usable() async throws -> PostgresConnection {
    if let connection { return connection }
    if let opening { return try await opening.value }
    // Its own task, because several callers wait for the one connection and any of them may be cancelled.
    let attempt = Task { try await reconnect() }
    opening = attempt
    defer { opening = nil }
    let fresh = try await withTaskCancellationHandler {
      try await attempt.value
    } onCancel: {
      attempt.cancel()
    }
    connection = fresh
    generation += 1
    return fresh
  }

  private func reconnect() async throws -> PostgresConnection {
    var wait = Self.firstWait
    while true {
      do {
        return try await PostgresConnection.connect(to: configuration)
      } catch {
        guard error.isTransient || error.needsReconnect else { throw error }
        logger.warning("database: \(error.message); connecting again")
        try await Task.sleep(for: .seconds(Double.random(in: 0...wait)))
        wait = min(wait * 2, Self.longestWait)
      }
    }
  }
}
