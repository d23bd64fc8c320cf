import CommandSupport
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import StudyPlan
import StudyTasks
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
  /// Weights of networks that do not lie below the root.
  var weights: [URL] = []
  /// Ends when the queue holds nothing more to do.
  var drains: Bool
  var maximumTime: Duration?
  var leaseInSeconds: Double
  /// What running tasks get to finish after the worker was told to stop.
  var grace: Duration
  /// Waits for announcements where the connection allows it; polls only, where this is false.
  var listens: Bool
  /// The longest time between two looks for work of an idle worker, but for jitter.
  var pollInterval: Duration
  /// What a task may compute for.
  var taskLimit: Duration?
  /// Process whose end stops this worker.
  var parent: Int32?

  /// After an announcement a thousand idle workers look for work spread over this time.
  static let herdInterval = Duration.milliseconds(50)
  /// A worker without the weights of a job looks for them again after this long.
  static let weightsInterval = Duration.seconds(60)
}

/// Claims tasks, keeps its slots busy and its lease alive.
actor WorkerService: Service {
  private enum Event: Sendable {
    case lookForWork
    case ended(ClaimedTask)
    case computed(ClaimedTask, seconds: Double)
    case answered(HeartbeatAnswer)
    case stop
    case graceIsOver
    /// A task went on computing although its time was over.
    case stuck
    /// A task can neither be ended nor handed back while this process lives.
    case cannotHandBack
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
  private var poll: PollPolicy
  /// Brings the next look for work.
  private var alarm: Task<Void, Never>?
  private var worker: Int64 = 0
  private var claimGeneration = 0
  private var isStuck = false
  /// Each task is one of its own, not a child of a group: it may be cancelled alone, when its claim is taken back.
  private var executions: [Int64: Task<Void, Never>] = [:]
  /// Jobs whose weights this machine does not have, and since when that is known.
  private var lacking: [Int64: ContinuousClock.Instant] = [:]

  init(settings: WorkerSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
    link = DatabaseLink(settings.configuration) { logger.warning("\($0)") }
    ledger = SlotLedger(slots: settings.slots)
    poll = PollPolicy(longest: settings.pollInterval)
    (events, announce) = AsyncStream.makeStream()
    (stopping, tellStopping) = AsyncStream.makeStream()
    let (limit, announce) = (settings.taskLimit, announce)
    runner = TaskRunner(
      link: link, root: settings.root, weights: settings.weights, slots: settings.slots
    ) {
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
    alarm?.cancel()
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

  /// Keeps the lease of a worker that has tasks; one without gives its signs of life when it looks for work.
  private func beat() async throws {
    while true {
      try await Task.sleep(for: .seconds(settings.leaseInSeconds / 3))
      guard !ledger.isEmpty else { continue }
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

  /// Looks for work when it is announced. Behind a pooler nothing is ever heard, and polling is all there is.
  private func listen() async throws {
    var listening = 0
    while true {
      let generation = await link.generation
      let mustListen = settings.listens && generation != listening
      let heard = try await link.call { connection in
        if mustListen, await connection.keepsState {
          try await connection.listen(to: TaskQueue.readyChannel)
        }
        return try await connection.nextNotification(timeout: .seconds(60)) != nil
      }
      // What was announced before this session listened is found by looking.
      if heard || generation != listening {
        try await Task.sleep(for: WorkerSettings.herdInterval * Double.random(in: 0..<1))
        announce.yield(.lookForWork)
      }
      listening = generation
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
      var isLook = false
      switch event {
      case .lookForWork: isLook = true
      case .computed(let task, let seconds):
        if ledger.took(seconds, kind: task.kind) { await runner.slots.turnAway() }
        continue
      case .ended(let task):
        ledger.ended(task)
        executions[task.id] = nil
      case .answered(let answer): try await heed(answer)
      case .stop: await stop()
      case .graceIsOver: return await abandon()
      case .stuck:
        isStuck = true
        await stop()
      case .cannotHandBack:
        throw CommandFailure(
          ExitStatus.tryAgain,
          "The database refuses to end a task or to take it back, as logged; it goes back with this worker's lease."
        )
      }
      try await claim(isLook: isLook)
      if ledger.isEmpty {
        if ledger.phase == .finishing { return }
        if settings.drains, try await queueIsIdle() {
          ledger.finish()
          return
        }
      }
    }
  }

  /// Fills free slots, and claims short tasks ahead.
  private func claim(isLook: Bool) async throws {
    let kinds = settings.kinds.map(\.rawValue)
    var workIsAhead = true
    while ledger.room > 0 {
      try await recoverClaims()
      try await lookForWeights()
      if isLook, ledger.isEmpty {
        let answer = try await lookForWork()
        workIsAhead = answer.workIsAhead
        try await heed(answer)
      } else {
        try await claim(upTo: ledger.room, kinds: kinds)
      }
      if ledger.room > 0 { return setAlarm(workIsAhead: workIsAhead) }
    }
    alarm?.cancel()
    let ahead = ledger.ahead
    if ahead.most > 0 { try await claim(upTo: ahead.most, kinds: ahead.kinds) }
  }

  private func claim(upTo most: Int, kinds: [String]) async throws {
    try await recoverClaims()
    let worker = worker
    start(try await link.call { try await TaskQueue($0).claim(upTo: most, kinds: kinds, for: worker) })
  }

  private func lookForWork() async throws -> HeartbeatAnswer {
    let (room, worker, kinds, silence) = (
      ledger.room, worker, settings.kinds.map(\.rawValue), poll.longestSilence
    )
    let (answer, tasks) = try await link.call {
      try await TaskQueue($0).lookForWork(upTo: room, kinds: kinds, for: worker, silence: silence)
    }
    start(tasks)
    return answer
  }

  private func start(_ tasks: [ClaimedTask]) {
    if !tasks.isEmpty { poll.foundWork() }
    for task in tasks {
      ledger.started(task)
      executions[task.id] = Task { await execute(task) }
    }
  }

  private func setAlarm(workIsAhead: Bool) {
    alarm?.cancel()
    let wait = poll.foundNothing(workIsAhead: workIsAhead, chance: .random(in: 0..<1))
    // Outlives this call on purpose; it only sends an event. A cancelled alarm does not ring.
    alarm = Task { [announce] in
      do { try await Task.sleep(for: wait) } catch { return }
      announce.yield(.lookForWork)
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
    let worker = self.worker
    return try await link.call { try await TaskQueue($0).isIdle(for: worker) }
  }

  private func execute(_ task: ClaimedTask) async {
    let worker = self.worker
    do {
      do {
        let verdict = try await runner.run(task, as: worker) { [announce] seconds in
          announce.yield(.computed(task, seconds: seconds))
        }
        logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)")
      } catch let error as WeightsUnavailable {
        try await decline(task, error)
      }
    } catch is ComputeSlots.TurnedAway {
      await handBack(task)
    } catch  where error is CancellationError || (error as? PostgresError)?.code == .cancelled {
      logger.info("task \(task.id) \(task.kind): dropped, its claim was taken back")
    } catch {
      await recordTrouble(error, with: task)
    }
    announce.yield(.ended(task))
  }

  /// What went wrong around a task counts as a failed attempt, so that it is tried again, and known in the end.
  private func recordTrouble(_ error: any Error, with task: ClaimedTask) async {
    logger.error("task \(task.id) \(task.kind): its end could not be recorded: \(error)")
    let worker = self.worker
    do {
      let verdict = try await link.call {
        try await TaskQueue($0).fail(task, because: TaskFailure(around: error), by: worker)
      }
      logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)")
    } catch {
      logger.error("task \(task.id) \(task.kind): the failed attempt could not be recorded: \(error)")
      await handBack(task)
    }
  }

  private func handBack(_ task: ClaimedTask) async {
    let worker = self.worker
    do {
      try await link.call { _ = try await TaskQueue($0).release([task], by: worker) }
      logger.info("task \(task.id) \(task.kind): handed back")
    } catch  where error is CancellationError || (error as? PostgresError)?.code == .cancelled {
      logger.info("task \(task.id) \(task.kind): goes back with the worker's lease")
    } catch {
      logger.error("task \(task.id) \(task.kind): could not be handed back: \(error)")
      announce.yield(.cannotHandBack)
    }
  }

  private func heed(_ answer: HeartbeatAnswer) async throws {
    for task in answer.takenBack { executions[task]?.cancel() }
    switch answer.state {
    case .active: break
    case .draining, .stopped: await stop()
    case .lost:
      logger.warning("worker \(worker) was declared lost; its tasks went back, starting anew")
      for execution in executions.values { execution.cancel() }
      worker = try await register()
    }
  }

  private func stop() async {
    guard ledger.phase == .claiming else { return }
    ledger.finish()
    await runner.slots.turnAway()
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
