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

  package init(slots: Int, poll: PollPolicy, drains: Bool) {
    ledger = SlotLedger(slots: slots)
    self.poll = poll
    self.drains = drains
  }

  package mutating func registered(as worker: Int64) { self.worker = worker }

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

  package mutating func started(_ tasks: [ClaimedTask]) {
    if !tasks.isEmpty { poll.foundWork() }
    for task in tasks { ledger.started(task) }
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
      return .lookAgain(after: poll.foundNothing(workIsAhead: workIsAhead, chance: chance))
    }
    let ahead = ledger.ahead
    return ahead.most > 0 ? .claimAhead(upTo: ahead.most, kinds: ahead.kinds) : .rest
  }

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
    return ledger.took(seconds, kind: task.kind)
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
}

/// Which tasks a worker process holds, and how many more it may claim.
package struct SlotLedger: Sendable {
  package enum Phase: Equatable, Sendable {
    /// Claims whenever a slot is free.
    case claiming
    /// Told to stop: runs what it holds, claims nothing.
    case finishing
  }

  /// Short tasks are claimed ahead for about this long, so that a claim is paid once for many of them, and no task
  /// waits longer than this in a worker while another has a free slot.
  package static let secondsAhead = 0.5
  /// Longer tasks are claimed when a slot is free.
  package static let longestShortTask = 0.25
  package static let mostAhead = 64

  package let slots: Int
  package private(set) var phase = Phase.claiming
  /// The newest claim of each task that is held.
  package private(set) var running: [Int64: ClaimedTask] = [:]
  /// Seconds that a task of a kind took of late.
  private var durations: [String: Double] = [:]

  package init(slots: Int) { self.slots = slots }

  /// A task whose worker died before runs alone, so that no neighbour is suspected with it if it kills again.
  private var mayClaim: Bool { phase == .claiming && !running.values.contains { $0.crashes > 0 } }

  /// How many tasks may be claimed now to fill free slots.
  package var room: Int { mayClaim ? max(0, slots - running.count) : 0 }

  /// How many tasks may be claimed for later, and of which kinds: short ones only, and not until half of the last
  /// claim is used up.
  package var ahead: (most: Int, kinds: [String]) {
    let short = durations.filter { $0.value < Self.longestShortTask }
    guard mayClaim, let longest = short.values.max() else { return (0, []) }
    let extra = min(Double(Self.mostAhead), Self.secondsAhead * Double(slots) / max(longest, 1e-3))
    let places = slots + Int(extra)
    guard running.count <= places / 2 else { return (0, []) }
    return (places - running.count, short.keys.sorted())
  }

  package var isEmpty: Bool { running.isEmpty }

  /// Numbers of the tasks that are held, in order.
  package var held: [Int64] { running.keys.sorted() }

  package mutating func started(_ task: ClaimedTask) { running[task.id] = task }

  /// A claim is over. One that was taken back may end after the task was claimed anew, which is then still held.
  package mutating func ended(_ task: ClaimedTask) {
    if running[task.id]?.fence == task.fence { running[task.id] = nil }
  }

  /// A task of this kind took so long in its slot.
  /// - Returns: whether tasks that wait behind it should go back, because they are not short any more.
  package mutating func took(_ seconds: Double, kind: String) -> Bool {
    durations[kind] = ((durations[kind] ?? seconds) + seconds) / 2
    return seconds > 2 * Self.secondsAhead && running.count > slots
  }

  package mutating func finish() { phase = .finishing }
}
