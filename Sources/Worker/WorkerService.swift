import CommandSupport
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import StudyPlan
import TaskQueue

#if canImport(Glibc)
  import Glibc
#endif

/// How one worker process runs.
struct WorkerSettings: Sendable {
  var configuration: PostgresConfiguration
  /// nil serves all sites.
  var sites: [String]?
  var kinds: [TaskKind]
  var slots: Int
  /// Folder that image paths count from.
  var root: URL
  /// Ends when the queue holds nothing more to do.
  var drains: Bool
  var maximumTime: Duration?
  var leaseInSeconds: Double
  /// What running tasks get to finish after the worker was told to stop.
  var grace: Duration
  /// What a task may compute for.
  var taskLimit: Duration?
  /// Process whose end stops this worker.
  var parent: Int32?

  /// Idle workers look for work this often even when no notification reaches them; doubled at random.
  static let pollInterval = Duration.seconds(2)
}

/// Claims tasks, keeps its slots busy and its lease alive.
actor WorkerService: Service {
  private enum Event: Sendable {
    case lookForWork
    case ended(ClaimedTask)
    case answered(HeartbeatAnswer)
    case stop
    case graceIsOver
    /// A task went on computing although its time was over.
    case stuck
  }

  private let settings: WorkerSettings
  private let logger: Logger
  private let link: DatabaseLink
  private let runner: TaskRunner
  private let events: AsyncStream<Event>
  private let announce: AsyncStream<Event>.Continuation
  /// Says that the worker was told to stop, even while `work` waits for the database.
  private let stopping: AsyncStream<Void>
  private let tellStopping: AsyncStream<Void>.Continuation

  private var ledger: SlotLedger
  private var worker: Int64 = 0
  private var claimGeneration = 0
  private var isStuck = false
  /// Each task is one of its own, not a child of a group: it may be cancelled alone, when its claim is taken back.
  private var executions: [Int64: Task<Void, Never>] = [:]

  init(settings: WorkerSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
    link = DatabaseLink(settings.configuration) { logger.warning("\($0)") }
    ledger = SlotLedger(slots: settings.slots)
    (events, announce) = AsyncStream.makeStream()
    (stopping, tellStopping) = AsyncStream.makeStream()
    let (limit, announce) = (settings.taskLimit, announce)
    runner = TaskRunner(link: link, root: settings.root) {
      Computation(limit: limit, grace: Self.stopGrace) { announce.yield(.stuck) }
    }
  }

  /// From the end of a task's time to the end of the process that cannot stop it otherwise.
  private static let stopGrace = Duration.seconds(5)
  /// What a stopped worker gets to say goodbye to a database that is away.
  private static let goodbyeTime = Duration.seconds(10)

  func run() async throws {
    try await start()
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.beat() }
        group.addTask { try await self.listen() }
        group.addTask { try await self.limitTime() }
        group.addTask { try await self.watchParent() }
        group.addTask { try await self.limitStopping() }
        group.addTask {
          try await self.work()
          try await self.sayGoodbye()
        }
        // The helpers run until cancelled, so whoever ends first is the work, or an error.
        defer { group.cancelAll() }
        try await group.next()
      }
    } onGracefulShutdown: {
      self.announceStop()
    }
    await link.close()
    if isStuck {
      throw CommandFailure(
        ExitStatus.tryAgain, "A task could not be stopped when its time was over; start the worker again.")
    }
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
    guard let limit = settings.maximumTime else { return try await untilCancelled() }
    try await Task.sleep(for: limit)
    announceStop()
    try await untilCancelled()
  }

  private func watchParent() async throws {
    guard let parent = settings.parent else { return try await untilCancelled() }
    while getppid() == parent { try await Task.sleep(for: .seconds(1)) }
    logger.warning("the process that started this worker has ended")
    announceStop()
    try await untilCancelled()
  }

  /// A worker that was told to stop ends although the database is away: what it holds goes back with its lease.
  private func limitStopping() async throws {
    for await _ in stopping { break }
    try await Task.sleep(for: settings.grace + Self.goodbyeTime)
    throw CommandFailure(
      ExitStatus.databaseUnreachable,
      "The database did not answer when this worker stopped; its tasks go back when its lease ends.")
  }

  private func untilCancelled() async throws { try await Task.sleep(for: .seconds(3600 * 24 * 3650)) }

  private nonisolated func announceStop() {
    announce.yield(.stop)
    tellStopping.yield()
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
      case .stuck:
        isStuck = true
        stop()
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

  private func queueIsIdle() async throws -> Bool {
    try await link.call { try await TaskQueue($0).isIdle() }
  }

  private func execute(_ task: ClaimedTask) async {
    let worker = self.worker
    do {
      let verdict = try await runner.run(task, as: worker)
      logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)")
    } catch  where error is CancellationError || (error as? PostgresError)?.code == .cancelled {
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
