import TaskQueue

/// What a worker process does next: its rules, without clock, network or threads.
///
/// The worker tells what happened, and the answer is what to do: claim, look again later, go on with what it holds, or
/// end. Heartbeats are in `WorkerPlan+Heartbeat`.
package struct WorkerPlan: Sendable {
  package private(set) var ledger: SlotLedger
  private var poll: PollPolicy
  /// Ends when the queue holds nothing more to do.
  private let drains: Bool
  /// Under which number the database knows this process; another one after it was declared lost.
  package private(set) var worker: Int64 = 0
  /// The connection up to which all claims are known.
  private var knownConnection = 0
  /// Fences of the claims that are computed and whose end is being recorded.
  private(set) var computed: Set<Int64> = []
  /// Without a sign of life for so long this worker is declared lost, unless it has said that it will be silent.
  private let lease: Duration
  /// The database was told, since it last gave this worker a task or heard a heartbeat, for how long it will be silent.
  private var silenceIsAnnounced = false
  private var needPatience: NeedPatience
  /// What all that was left needed and nobody offered when this worker gave up; empty where it did not.
  package private(set) var unmetNeeds: [String] = []

  package init(
    slots: Int, poll: PollPolicy, drains: Bool, lease: Duration = .seconds(30),
    needPatience: NeedPatience = NeedPatience()
  ) {
    ledger = SlotLedger(slots: slots)
    self.poll = poll
    self.drains = drains
    self.lease = lease
    self.needPatience = needPatience
  }

  package mutating func registered(as worker: Int64) {
    self.worker = worker
    silenceIsAnnounced = false
  }

  /// How long a worker without tasks may be silent.
  package var longestSilence: Duration { poll.longestSilence }

  // MARK: Claims

  /// How free slots are filled.
  package enum Filling: Equatable, Sendable {
    /// A sign of life, maintenance and a claim, in one statement.
    case look(upTo: Int)
    case claim(upTo: Int)
  }

  /// - Parameter isLook: the time for a look has come, not only the end of a task.
  /// - Returns: nil where no slot is free, or nothing may be claimed.
  package func filling(isLook: Bool) -> Filling? {
    guard ledger.room > 0 else { return nil }
    return isLook && ledger.isEmpty ? .look(upTo: ledger.room) : .claim(upTo: ledger.room)
  }

  /// Tasks were claimed.
  /// - Returns: those that go back at once, because nobody knows them to be short, and all slots are taken.
  package mutating func started(_ tasks: [ClaimedTask], at now: ContinuousClock.Instant) -> [ClaimedTask] {
    if !tasks.isEmpty {
      poll.foundWork()
      silenceIsAnnounced = false
    }
    return ledger.started(tasks, at: now)
  }

  package mutating func began(_ task: ClaimedTask, at time: ContinuousClock.Instant) {
    ledger.began(task, at: time)
  }

  /// When to ask `hasWaited`; nil where no task waits for a slot.
  package var waitEnds: ContinuousClock.Instant? { ledger.waitEnds }

  /// - Returns: whether tasks that wait for a slot go back to the queue.
  package mutating func hasWaited(until now: ContinuousClock.Instant) -> Bool {
    ledger.hasWaited(until: now)
  }

  package enum Next: Equatable, Sendable {
    /// A slot stayed free: look again, unless something happens before.
    case lookAgain(after: Duration)
    case claimAhead(upTo: Int, kinds: [String])
    /// Wait for a task to end.
    case rest
  }

  /// What follows when free slots were filled as far as there was work.
  /// - Parameters:
  ///   - workIsAhead: whether a job is unfinished, as far as is known.
  ///   - chance: uniform in 0..<1.
  package mutating func next(workIsAhead: Bool, chance: Double) -> Next {
    if ledger.room > 0 {
      let wait = poll.foundNothing(workIsAhead: workIsAhead, chance: chance)
      return .lookAgain(after: mayBeSilent ? wait : min(wait, lease / 3))
    }
    let ahead = ledger.ahead
    return ahead.most > 0 ? .claimAhead(upTo: ahead.most, kinds: ahead.kinds) : .rest
  }

  /// Whether its lease outlasts the longest wait. A worker with tasks sends heartbeats. One without gives its signs of life when it
  /// looks for work, and the look tells the database how long it will be silent then. Until it has, the lease is what the last heartbeat
  /// made it: a third of it may have passed since, and a sixth more while that heartbeat waited.
  private var mayBeSilent: Bool { !ledger.isEmpty || silenceIsAnnounced }

  /// A look that named this worker was answered, and gave it nothing.
  package mutating func announcedSilence(as worker: Int64) {
    if worker == self.worker, ledger.isEmpty { silenceIsAnnounced = true }
  }

  /// A heartbeat was answered: the database knows of no silence any more.
  package mutating func endedSilence() { silenceIsAnnounced = false }

  /// Claims on an older connection may have been committed although their answer was lost.
  /// - Parameter connection: number of the present one; rises with each.
  /// - Returns: tasks to keep, where whatever else the database counts as this worker's must go back now.
  package func tasksToKeep(on connection: Int) -> [Int64]? {
    connection == knownConnection ? nil : ledger.held
  }

  package mutating func knowsAllClaims(on connection: Int) { knownConnection = connection }

  // MARK: Ends

  package mutating func ended(_ task: ClaimedTask) {
    ledger.ended(task)
    computed.remove(task.fence)
  }

  /// A task took so long in its slot.
  /// - Returns: whether tasks that wait for a slot go back to the queue.
  package mutating func computed(_ task: ClaimedTask, seconds: Double) -> Bool {
    computed.insert(task.fence)
    return ledger.took(seconds, task)
  }

  /// Claims nothing more.
  /// - Returns: whether that is news.
  package mutating func finish() -> Bool {
    guard ledger.phase == .claiming else { return false }
    ledger.finish()
    return true
  }

  package enum Ending: Equatable, Sendable {
    case goOn
    /// Nothing is held: ask the queue whether anything is to come, and end where nothing is.
    case askWhetherIdle
    case end
  }

  /// Whether it is time to end.
  package var ending: Ending {
    guard ledger.isEmpty else { return .goOn }
    if ledger.phase == .finishing { return .end }
    return drains ? .askWhetherIdle : .goOn
  }

  /// Something is left, and this is what all of it needs and no live worker offers.
  /// - Returns: whether to end for that.
  package mutating func giveUp(for unmet: [String], at now: ContinuousClock.Instant) -> Bool {
    guard needPatience.isOver(unmet, at: now) else { return false }
    unmetNeeds = unmet
    return true
  }
}
