import CommandSupport
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import StudyPlan
import StudyTasks
import TaskQueue

/// How one worker process runs.
struct WorkerSettings: Sendable {
  var configuration: PostgresConfiguration
  /// nil serves all sites.
  var sites: [String]?
  var kinds: [TaskKind]
  var slots: Int
  /// Folder that image paths count from.
  var root: URL
  /// Weights of networks that do not lie below the root.
  var weights: [URL] = []
  /// Ends when the queue holds nothing more to do.
  var drains: Bool
  var maximumTime: Duration?
  var leaseInSeconds: Double
  /// What running tasks get to finish after the worker was told to stop.
  var grace: Duration

  /// Idle workers look for work this often even when no notification reaches them; doubled at random.
  static let pollInterval = Duration.seconds(2)
  /// A worker without the weights of a job looks for them again after this long.
  static let weightsInterval = Duration.seconds(60)
}

/// Claims tasks, keeps its slots busy and its lease alive.
actor WorkerService: Service {
  private enum Event: Sendable {
    case lookForWork
    case ended(ClaimedTask)
    case answered(HeartbeatAnswer)
    case stop
    case graceIsOver
  }

  private let settings: WorkerSettings
  private let logger: Logger
  private let link: DatabaseLink
  private let runner: TaskRunner
  private let events: AsyncStream<Event>
  private let announce: AsyncStream<Event>.Continuation

  private var ledger: SlotLedger
  private var worker: Int64 = 0
  private var claimGeneration = 0
  /// Each task is one of its own, not a child of a group: it may be cancelled alone, when its claim is taken back.
  private var executions: [Int64: Task<Void, Never>] = [:]
  /// Jobs whose weights this machine does not have, and since when that is known.
  private var lacking: [Int64: ContinuousClock.Instant] = [:]

  init(settings: WorkerSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
    link = DatabaseLink(settings.configuration, logger: logger)
    runner = TaskRunner(link: link, root: settings.root, weights: settings.weights)
    ledger = SlotLedger(slots: settings.slots)
    (events, announce) = AsyncStream.makeStream()
  }

  func run() async throws {
    try await start()
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.beat() }
        group.addTask { try await self.listen() }
        group.addTask { try await self.limitTime() }
        group.addTask { try await self.work() }
        // The helpers run until cancelled, so whoever ends first is the work, or an error.
        defer { group.cancelAll() }
        while let outcome = await group.nextResult() {
          switch outcome {
          case .success: if ledger.phase == .finishing, executions.isEmpty { return }
          case .failure(let error): throw error
          }
        }
      }
    } onGracefulShutdown: {
      self.announce.yield(.stop)
    }
    try await sayGoodbye()
  }

  // MARK: Start and end

  private func start() async throws {
    do {
      try await link.open()
      worker = try await register()
    } catch let error as PostgresError {
      throw CommandFailure(error)
    }
    claimGeneration = await link.generation
    logger.info("worker \(worker) started", metadata: ["slots": "\(settings.slots)"])
  }

  private func register() async throws -> Int64 {
    let description = WorkerDescription(
      host: ProcessInfo.processInfo.hostName, processID: ProcessInfo.processInfo.processIdentifier,
      slots: settings.slots, version: Release.version, sites: settings.sites,
      leaseInSeconds: settings.leaseInSeconds)
    return try await link.call { try await TaskQueue($0).register(description) }
  }

  private func sayGoodbye() async throws {
    let worker = self.worker
    let released = try await link.call { try await TaskQueue($0).stop(worker: worker) }
    logger.info("worker \(worker) stopped", metadata: ["handed back": "\(released)"])
    await link.close()
  }

  // MARK: Helpers

  private func beat() async throws {
    while true {
      try await Task.sleep(for: .seconds(settings.leaseInSeconds / 3))
      let worker = self.worker
      let running = ledger.running.keys.sorted()
      let answer = try await link.call { connection in
        let queue = TaskQueue(connection)
        let answer = try await queue.heartbeat(of: worker, running: running)
        try await queue.maintain()
        return answer
      }
      announce.yield(.answered(answer))
    }
  }

  /// Looks for work at once when it is announced, and now and then when nothing is heard.
  private func listen() async throws {
    var listening = 0
    while true {
      let generation = await link.generation
      let mustListen = generation != listening
      try await link.call { connection in
        if mustListen { try await connection.listen(to: TaskQueue.readyChannel) }
        // Jitter, so that a thousand idle workers do not ask in the same second.
        _ = try await connection.nextNotification(
          timeout: WorkerSettings.pollInterval * Double.random(in: 1...2))
      }
      listening = generation
      announce.yield(.lookForWork)
    }
  }

  private func limitTime() async throws {
    guard let limit = settings.maximumTime else {
      return try await Task.sleep(for: .seconds(3600 * 24 * 3650))
    }
    try await Task.sleep(for: limit)
    announce.yield(.stop)
    try await Task.sleep(for: .seconds(3600 * 24 * 3650))
  }

  // MARK: Work

  private func work() async throws {
    announce.yield(.lookForWork)
    for await event in events {
      switch event {
      case .lookForWork: break
      case .ended(let task):
        ledger.ended(task)
        executions[task.id] = nil
      case .answered(let answer): try await heed(answer)
      case .stop: stop()
      case .graceIsOver: return await abandon()
      }
      try await claim()
      if ledger.isEmpty {
        if ledger.phase == .finishing { return }
        if settings.drains, try await queueIsIdle() {
          ledger.finish()
          return
        }
      }
    }
  }

  private func claim() async throws {
    while ledger.room > 0 {
      try await recoverClaims()
      try await lookForWeights()
      let (room, worker, kinds) = (ledger.room, worker, settings.kinds.map(\.rawValue))
      let tasks = try await link.call { try await TaskQueue($0).claim(upTo: room, kinds: kinds, for: worker) }
      for task in tasks {
        ledger.started(task)
        executions[task.id] = Task { await execute(task) }
      }
      if tasks.isEmpty { return }
    }
  }

  /// A claim may have been committed although its answer was lost with the connection: those tasks go back.
  private func recoverClaims() async throws {
    let generation = await link.generation
    guard generation != claimGeneration else { return }
    let (worker, running) = (worker, ledger.running.keys.sorted())
    try await link.call { _ = try await TaskQueue($0).releaseOthers(than: running, of: worker) }
    claimGeneration = generation
  }

  /// A job whose weights were missing for a while gets another chance: someone may have brought them.
  private func lookForWeights() async throws {
    let old = lacking.filter { ContinuousClock.now - $0.value >= WorkerSettings.weightsInterval }
    guard !old.isEmpty else { return }
    for job in old.keys { lacking[job] = nil }
    try await tellLackingWeights()
  }

  /// Hands a task back that needs weights which are not here, and claims no more of that kind.
  private func decline(_ task: ClaimedTask, _ error: WeightsUnavailable) async throws {
    if lacking.updateValue(.now, forKey: task.job) == nil {
      logger.warning("job \(task.job): deep tasks are left to other workers: \(error)")
    }
    try await tellLackingWeights()
    let worker = self.worker
    _ = try await link.call { try await TaskQueue($0).release([task], by: worker) }
  }

  private func tellLackingWeights() async throws {
    let (worker, jobs) = (worker, lacking.keys.sorted())
    try await link.call { try await TaskQueue($0).lackWeights(ofJobs: jobs, on: worker) }
  }

  private func queueIsIdle() async throws -> Bool {
    try await link.call { try await TaskQueue($0).isIdle() }
  }

  private func execute(_ task: ClaimedTask) async {
    let worker = self.worker
    do {
      do {
        let verdict = try await runner.run(task, as: worker)
        logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)")
      } catch let error as WeightsUnavailable {
        try await decline(task, error)
      }
    } catch is CancellationError {
      logger.info("task \(task.id) \(task.kind): dropped, its claim was taken back")
    } catch {
      // Not recorded as a failure of the task: the lease decides what becomes of it.
      logger.error("task \(task.id) \(task.kind): its end could not be recorded: \(error)")
    }
    announce.yield(.ended(task))
  }

  private func heed(_ answer: HeartbeatAnswer) async throws {
    for task in answer.takenBack { executions[task]?.cancel() }
    switch answer.state {
    case .active: break
    case .draining, .stopped: stop()
    case .lost:
      logger.warning("worker \(worker) was declared lost; its tasks went back, starting anew")
      for execution in executions.values { execution.cancel() }
      worker = try await register()
    }
  }

  private func stop() {
    guard ledger.phase == .claiming else { return }
    ledger.finish()
    logger.info("worker \(worker) stops: finishing \(ledger.running.count) tasks")
    let (grace, announce) = (settings.grace, announce)
    // Outlives this call on purpose; it only sends an event, and ends with the process.
    Task {
      try await Task.sleep(for: grace)
      announce.yield(.graceIsOver)
    }
  }

  private func abandon() async {
    for execution in executions.values { execution.cancel() }
    for execution in executions.values { await execution.value }
    executions = [:]
  }
}
