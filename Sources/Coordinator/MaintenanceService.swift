import CommandSupport
import Logging
import Postgres
import ServiceLifecycle
import StatusServer
import StudyStore
import TaskQueue

/// Asks for the leadership again and again, and does the maintenance while it has it.
actor MaintenanceService: Service {
  private let configuration: PostgresConfiguration
  private let name: String
  private let leaseInSeconds: Double
  private let daysOfHistory: Int
  private let daysOfUnusedFeatures: Int
  private let daysOfJobs: Int?
  private let logger: Logger

  private var connection: PostgresConnection?
  private var leadership = Leadership()
  private var historyIsDueAt = ContinuousClock.now
  /// When the database last answered a round.
  private var answeredAt: ContinuousClock.Instant?

  private static let historyInterval = Duration.seconds(3600)

  init(
    configuration: PostgresConfiguration, name: String, leaseInSeconds: Double, daysOfHistory: Int,
    daysOfUnusedFeatures: Int, daysOfJobs: Int?, logger: Logger
  ) {
    self.configuration = configuration
    self.name = name
    self.leaseInSeconds = leaseInSeconds
    self.daysOfHistory = daysOfHistory
    self.daysOfUnusedFeatures = daysOfUnusedFeatures
    self.daysOfJobs = daysOfJobs
    self.logger = logger
  }

  func run() async throws {
    do throws(PostgresError) {
      let first = try await PostgresConnection.connect(to: configuration)
      connection = first
      try await TaskQueue(first).requireMatchingVersion()
    } catch {
      throw CommandFailure(error)
    }
    // Three tries within a lease, so that one that is late costs nothing.
    let interval = Duration.seconds(leaseInSeconds / 3)
    while !Task.isShuttingDownGracefully {
      try await takeTurn()
      do {
        try await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
      } catch is CancellationError where Task.isShuttingDownGracefully {
        break
      }
    }
    try await handOver()
  }

  /// How it stands.
  var status: MaintenanceStatus {
    let silence = answeredAt.map { ContinuousClock.now - $0 }
    return MaintenanceStatus(
      isConnected: silence.map { $0 < Duration.seconds(leaseInSeconds) } ?? false, term: leadership.term)
  }

  /// One round; a database that is away is tried again with the next.
  private func takeTurn() async throws {
    do throws(PostgresError) {
      let queue = TaskQueue(try await usableConnection())
      let term = try await queue.lead(as: name, term: leadership.term, leaseInSeconds: leaseInSeconds)
      answeredAt = .now
      if let news = leadership.heard(term) { logger.info("\(news)") }
      if let term { try await maintain(queue, term) }
    } catch {
      guard error.isTransient || error.needsReconnect else { throw CommandFailure(error) }
      logger.warning("database: \(error.message); trying again")
      if error.needsReconnect {
        await connection?.close()
        connection = nil
      }
    }
  }

  private func maintain(_ queue: TaskQueue, _ term: Int64) async throws(PostgresError) {
    let done = try await queue.maintain(inTerm: term)
    if done.lostWorkers > 0 || done.tasksTakenBack > 0 {
      logger.info("\(done.lostWorkers) workers lost, \(done.tasksTakenBack) tasks taken back")
    }
    guard ContinuousClock.now >= historyIsDueAt else { return }
    try await queue.maintainHistory(inTerm: term, keepingDays: daysOfHistory)
    // In batches, one a round, until nothing is left for this hour.
    let gone = try await StudyStore(queue.connection).maintainRetention(
      inTerm: term, keepingWorkers: daysOfHistory, features: daysOfUnusedFeatures, jobs: daysOfJobs)
    if gone > 0 { return logger.info("\(gone) old workers, unused feature rows and jobs deleted") }
    historyIsDueAt = .now + Self.historyInterval
  }

  private func usableConnection() async throws(PostgresError) -> PostgresConnection {
    if let connection { return connection }
    let fresh = try await PostgresConnection.connect(to: configuration)
    connection = fresh
    return fresh
  }

  private func handOver() async throws {
    guard let connection else { return }
    do throws(PostgresError) {
      if let term = leadership.term { try await TaskQueue(connection).resign(term: term) }
    } catch {
      guard error.isTransient || error.needsReconnect else { throw CommandFailure(error) }
      logger.warning("database: \(error.message); the lease ends by itself")
    }
    await connection.close()
  }
}

/// Whether a coordinator can do its work.
struct MaintenanceStatus: Equatable {
  /// The database answered within a lease.
  let isConnected: Bool
  let term: Int64?

  var answer: StatusAnswer {
    guard isConnected else {
      return .state(false, ["not ready: the database has not answered within a lease"])
    }
    return .state(
      true, [term.map { "ready: leads in term \($0)" } ?? "ready: stands by, another coordinator leads"])
  }
}

/// Whether this coordinator leads, and what there is to say when that changes.
struct Leadership: Equatable {
  private(set) var term: Int64?
  private var hasSpoken = false

  /// Takes in the answer of the database.
  /// - Returns: a line for the log where something changed.
  mutating func heard(_ answer: Int64?) -> String? {
    defer {
      term = answer
      hasSpoken = true
    }
    if let answer { return answer == term ? nil : "leads in term \(answer): does the maintenance" }
    if term != nil { return "leads no more: another coordinator took over" }
    return hasSpoken ? nil : "stands by: another coordinator leads"
  }
}
