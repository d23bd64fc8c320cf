import TaskQueue

/// Which tasks a worker process holds, and how many more it may claim.
package struct SlotLedger: Sendable {
  package enum Phase: Equatable, Sendable {
    /// Claims whenever a slot is free.
    case claiming
    /// Told to stop: runs what it holds, claims nothing.
    case finishing
  }

  /// Short tasks are claimed ahead for about this long, so that a claim is paid once for many of them.
  package static let secondsAhead = 0.5
  /// Longer tasks are claimed when a slot is free.
  package static let longestShortTask = 0.25
  package static let mostAhead = 64
  /// A task that has waited here for so long goes back, for another may have a free slot: those before it were not as short
  /// as was thought.
  package static let longestWait = Duration.seconds(2 * secondsAhead)

  /// Tasks that take about as long as each other.
  private struct Sort: Hashable {
    let job: Int64
    let kind: String

    init(_ task: ClaimedTask) { (job, kind) = (task.job, task.kind) }
  }

  package let slots: Int
  package private(set) var phase = Phase.claiming
  /// The newest claim of each task that is held.
  package private(set) var running: [Int64: ClaimedTask] = [:]
  /// Since when a claim waits for a slot, by its fence.
  private var waiting: [Int64: (sort: Sort, since: ContinuousClock.Instant)] = [:]
  /// Since when a claim has a slot, by its fence.
  private var begun: [Int64: (sort: Sort, since: ContinuousClock.Instant)] = [:]
  /// Seconds that tasks took of late.
  private var durations: [Sort: Double] = [:]
  /// What the last task of a kind was: what the next ones of that kind will be like.
  private var latest: [String: Sort] = [:]

  package init(slots: Int) { self.slots = slots }

  /// A task whose worker died before runs alone, so that no neighbour is suspected with it if it kills again.
  private var mayClaim: Bool { phase == .claiming && !running.values.contains { $0.crashes > 0 } }

  /// How many tasks may be claimed now to fill free slots.
  package var room: Int { mayClaim ? max(0, slots - running.count) : 0 }

  /// How many tasks may be claimed for later, and of which kinds: short ones only, for slots that no long task has, and not
  /// until half of the last claim is used up.
  package var ahead: (most: Int, kinds: [String]) {
    let short = latest.values.filter(isShort)
    let quick = running.values.count { isShort(Sort($0)) }
    let free = slots - (running.count - quick)
    guard mayClaim, free > 0, let longest = short.compactMap({ durations[$0] }).max() else { return (0, []) }
    let extra = min(Double(Self.mostAhead), Self.secondsAhead * Double(free) / max(longest, 1e-3))
    let places = free + Int(extra)
    guard quick <= places / 2 else { return (0, []) }
    return (places - quick, short.map(\.kind).sorted())
  }

  private func isShort(_ sort: Sort) -> Bool { durations[sort].map { $0 < Self.longestShortTask } ?? false }

  package var isEmpty: Bool { running.isEmpty }

  /// Numbers of the tasks that are held, in order.
  package var held: [Int64] { running.keys.sorted() }

  // MARK: From claim to end

  /// Tasks were claimed.
  /// - Returns: those that go back at once: there is no slot for them, and nobody knows them to be short.
  package mutating func started(_ tasks: [ClaimedTask], at now: ContinuousClock.Instant) -> [ClaimedTask] {
    tasks.filter { task in
      let sort = Sort(task)
      latest[task.kind] = sort
      guard isShort(sort) || running.count < slots else { return true }
      running[task.id] = task
      waiting[task.fence] = (sort, now)
      return false
    }
  }

  /// A task has a slot.
  package mutating func began(_ task: ClaimedTask, at time: ContinuousClock.Instant) {
    if let claim = waiting.removeValue(forKey: task.fence) { begun[task.fence] = (claim.sort, time) }
  }

  /// A task took so long in its slot.
  /// - Returns: whether tasks that wait here should go back, because their like are not short any more.
  package mutating func took(_ seconds: Double, _ task: ClaimedTask) -> Bool {
    let sort = Sort(task)
    begun[task.fence] = nil
    latest[task.kind] = sort
    durations[sort] = ((durations[sort] ?? seconds) + seconds) / 2
    return !isShort(sort) && running.count > slots && waiting.values.contains { $0.sort == sort }
  }

  /// A claim is over. One that was taken back may end after the task was claimed anew, which is then still held.
  package mutating func ended(_ task: ClaimedTask) {
    (waiting[task.fence], begun[task.fence]) = (nil, nil)
    if running[task.id]?.fence == task.fence { running[task.id] = nil }
  }

  /// When a task that waits here has waited for too long; nil where none waits.
  package var waitEnds: ContinuousClock.Instant? {
    waiting.values.map(\.since).min().map { $0 + Self.longestWait }
  }

  /// Whether a task has waited for too long, so that all that wait go back. Those in slots then count for as long as they
  /// have been running.
  package mutating func hasWaited(until now: ContinuousClock.Instant) -> Bool {
    guard let end = waitEnds, now >= end else { return false }
    for claim in begun.values {
      durations[claim.sort] = max(durations[claim.sort] ?? 0, (now - claim.since) / .seconds(1))
    }
    // They are held until the database has them back; until then nobody asks for it again.
    for fence in waiting.keys { waiting[fence]?.since = now }
    return true
  }

  package mutating func finish() { phase = .finishing }
}
