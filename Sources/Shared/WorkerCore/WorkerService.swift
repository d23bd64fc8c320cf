import Cancellation
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import TaskQueue

/// A worker: claims tasks of the kinds that it is given, keeps its slots busy and its lease alive, until it is told to
/// stop or there is nothing more to do.
///
/// ```swift
/// let worker = WorkerService(settings: settings, kinds: [WordCount()], logger: logger)
/// try await ServiceGroup(services: [worker], gracefulShutdownSignals: [.sigterm], logger: logger).run()
/// ```
/// It does what `WorkerPlan` decides. Beside this file: `+Tasks` claims and runs, `+Needs` learns what it can
/// offer, `+Helpers` keeps lease, ears and limits.
public actor WorkerService: Service {
  enum Event: Sendable {
    case lookForWork
    case began(ClaimedTask, at: ContinuousClock.Instant)
    case ended(ClaimedTask)
    case computed(ClaimedTask, seconds: Double)
    case answered(HeartbeatAnswer, to: HeartbeatQuestion)
    /// A need was looked into.
    case looked(String, Finding)
    /// A look for a need goes on although its time is over.
    case lookHangs(String)
    /// A task may have waited for a slot for too long.
    case waitEnds
    case stop
    case graceIsOver
    /// A task went on computing although its time was over.
    case stuck
    /// A task can neither be ended nor handed back while this process lives.
    case cannotHandBack
  }

  let settings: WorkerSettings
  let logger: Logger
  let link: DatabaseLink
  let runner: TaskRunner
  /// What it counts of its work.
  package nonisolated let metrics = WorkerMetrics()
  /// What it claims.
  let kinds: [String]
  let events: AsyncStream<Event>
  let announce: AsyncStream<Event>.Continuation
  /// Needs that are to be looked into, and as which worker.
  let questions: AsyncStream<(need: String, worker: Int64)>
  let ask: AsyncStream<(need: String, worker: Int64)>.Continuation
  /// Says that the worker was told to stop, even while `work` waits for the database.
  let stopping: AsyncStream<Void>
  private let tellStopping: AsyncStream<Void>.Continuation

  var plan: WorkerPlan
  var offers: Offers
  /// Brings the next look for work.
  var alarm: Task<Void, Never>?
  /// Rings when a task has waited for a slot for too long.
  var waitAlarm: Task<Void, Never>?
  /// By fence, because a task may be claimed anew before an execution that was cancelled has ended. Each is a task of
  /// its own, not a child of a group: it may be cancelled alone, when its claim is taken back.
  var executions: [Int64: Task<Void, Never>] = [:]
  /// A task went on computing although its time was over.
  var isStuck = false

  /// - Parameters:
  ///   - settings: its database, slots, sites and times.
  ///   - kinds: all that it claims, each with a name of its own.
  ///   - logger: tells of tasks by their numbers only.
  public init(settings: WorkerSettings, kinds: [any TaskKind], logger: Logger) {
    self.settings = settings
    self.logger = logger
    self.kinds = kinds.map { type(of: $0).name }
    offers = Offers(settings.offers)
    link = DatabaseLink(settings.database) { logger.log(level: $0.isTrouble ? .warning : .info, "\($0)") }
    plan = WorkerPlan(
      slots: settings.slots, poll: PollPolicy(longest: settings.pollInterval), drains: settings.drains,
      lease: .seconds(settings.leaseInSeconds), needPatience: NeedPatience(length: settings.needPatience))
    (events, announce) = AsyncStream.makeStream()
    (questions, ask) = AsyncStream.makeStream()
    (stopping, tellStopping) = AsyncStream.makeStream()
    let (limit, announce) = (settings.taskLimit, announce)
    runner = TaskRunner(kinds, slots: settings.slots, link: link, lookLimit: settings.lookLimit) {
      Computation(limit: limit, grace: Self.stopGrace) { announce.yield(.stuck) }
    }
  }

  /// From the end of a task's time to the end of the process that cannot stop it otherwise.
  private static let stopGrace = Duration.seconds(5)

  /// Works until it is told to stop, or the queue holds nothing more where it drains.
  /// - Throws: `WorkerError`; `PostgresError` where the database cannot be reached at the start, or refuses the worker.
  public func run() async throws {
    try await start()
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.withVersionTold { try await self.beat() } }
        group.addTask { try await self.listen() }
        group.addTask { try await self.look() }
        group.addTask { try await self.limitTime() }
        group.addTask { try await self.watchParent() }
        group.addTask { try await self.limitStopping() }
        group.addTask {
          try await self.withVersionTold { try await self.work() }
          try await self.sayGoodbye()
          try await self.requireMatchingVersion()
        }
        // The helpers run until cancelled, so whoever ends first is the work, or an error.
        defer { group.cancelAll() }
        try await group.next()
      }
    } onGracefulShutdown: {
      self.announceStop()
    }
    alarm?.cancel()
    waitAlarm?.cancel()
    await link.close()
    if isStuck { throw WorkerError.taskCannotBeStopped }
    if !plan.unmetNeeds.isEmpty { throw WorkerError.needsNotMet(plan.unmetNeeds) }
  }

  // MARK: Start and end

  private func start() async throws {
    try await link.open()
    try await requireMatchingVersion()
    try await register()
    plan.knowsAllClaims(on: await link.generation)
    logger.info("worker \(plan.worker) started", metadata: ["slots": "\(settings.slots)"])
  }

  private func register() async throws {
    let description = WorkerDescription(
      host: ProcessInfo.processInfo.hostName, processID: ProcessInfo.processInfo.processIdentifier,
      slots: settings.slots, version: settings.version, sites: settings.sites,
      leaseInSeconds: settings.leaseInSeconds, offers: offers.offered, kinds: kinds)
    plan.registered(as: try await link.call { try await TaskQueue($0).register(description) })
    // So that an administrator finds the worker of a session.
    try await link.rename("\(settings.database.applicationName) \(plan.worker)")
  }

  func sayGoodbye() async throws {
    let worker = plan.worker
    let released = try await link.call { try await TaskQueue($0).stop(worker: worker) }
    logger.info("worker \(worker) stopped", metadata: ["handed back": "\(released)"])
  }

  nonisolated func announceStop() {
    announce.yield(.stop)
    tellStopping.yield()
  }

  // MARK: Orders

  func heed(_ answer: HeartbeatAnswer, to question: HeartbeatQuestion) async throws {
    metrics.heard(at: .now)
    let order = plan.order(after: answer, to: question)
    for claim in order.dropped { executions[claim]?.cancel() }
    switch order.then {
    case .goOn: break
    case .stop: await stop()
    case .registerAnew:
      logger.warning("worker \(plan.worker) was declared lost; its tasks went back, starting anew")
      try await register()
    }
    lookInto(wanted: answer.wanted)
  }

  func stop() async {
    guard plan.finish() else { return }
    await runner.slots.turnAway()
    logger.info("worker \(plan.worker) stops: finishing \(plan.ledger.held.count) tasks")
    let (grace, announce) = (settings.ending.tasksEnd, announce)
    // Outlives this call on purpose; it only sends an event, and ends with the process.
    Task {
      try await Task.sleep(for: grace)
      announce.yield(.graceIsOver)
    }
  }
}
