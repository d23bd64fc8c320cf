import TaskQueue

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
