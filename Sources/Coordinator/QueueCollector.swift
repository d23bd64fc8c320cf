import CommandSupport
import Foundation
import Logging
import MetricFamilies
import Postgres
import TaskQueue

/// Reads the queue's metrics for all who ask: once in some seconds, on a connection of its own.
actor QueueCollector {
  private let configuration: PostgresConfiguration
  private let logger: Logger
  private var connection: PostgresConnection?
  private var reading: Task<Exposition, Never>?
  private var last: (at: ContinuousClock.Instant, exposition: Exposition)?
  private var failures = 0
  private var wasWell = true

  /// Ten that ask within this time cost one reading.
  static let interval = Duration.seconds(5)
  /// What the database may take for a reading.
  private static let longestReading = Duration.seconds(4)

  init(configuration: PostgresConfiguration, logger: Logger) {
    var own = configuration
    own.applicationName += " metrics"
    own.statementTimeout = Self.longestReading
    own.connectTimeout = Self.longestReading
    own.requiresWrites = false
    self.configuration = own
    self.logger = logger
  }

  /// The newest reading, which others may have asked for.
  func exposition() async -> Exposition {
    if let last, ContinuousClock.now - last.at < Self.interval { return last.exposition }
    if let reading { return await reading.value }
    // One task for all who wait; nobody's child, because each of them may go away.
    let reading = Task { await read() }
    self.reading = reading
    return await reading.value
  }

  private func read() async -> Exposition {
    let start = ContinuousClock.now
    var exposition: Exposition
    do throws(PostgresError) {
      exposition = try await TaskQueue(try await usableConnection()).metrics()
      wasWell = true
      describe(&exposition, seconds: (ContinuousClock.now - start) / .seconds(1))
    } catch {
      failures += 1
      if wasWell { logger.warning("metrics cannot be read: \(error.inSentences)") }
      wasWell = false
      await connection?.close()
      connection = nil
      exposition = TaskQueue.emptyMetrics
      describe(&exposition, seconds: nil)
    }
    last = (.now, exposition)
    reading = nil
    return exposition
  }

  private func usableConnection() async throws(PostgresError) -> PostgresConnection {
    if let connection { return connection }
    let fresh = try await PostgresConnection.connect(to: configuration)
    connection = fresh
    return fresh
  }

  private func describe(_ exposition: inout Exposition, seconds: Double?) {
    let families: [(MetricFamily, Double?)] = [
      (
        MetricFamily("trabecula_database_up", .gauge, "1 where the database answered."),
        seconds == nil ? 0 : 1
      ),
      (
        MetricFamily("trabecula_reading_seconds", .gauge, "What the database took for these metrics."),
        seconds
      ),
      (
        MetricFamily("trabecula_readings_failed_total", .counter, "Readings of these metrics that failed."),
        Double(failures)
      ),
    ]
    for (family, value) in families {
      exposition.add(family, value.map { [MetricSample(family.name, [], $0)] } ?? [])
    }
  }
}
