import TaskQueue

/// Which tasks this process holds, and when it may claim more: the rules of a worker, without clock or network.
struct SlotLedger {
  enum Phase: Equatable {
    /// Claims whenever a slot is free.
    case claiming
    /// Told to stop: runs what it holds, claims nothing.
    case finishing
  }

  let slots: Int
  private(set) var phase = Phase.claiming
  private(set) var running: [Int64: ClaimedTask] = [:]

  init(slots: Int) { self.slots = slots }

  /// How many tasks may be claimed now. A task whose worker died before runs alone, so that no neighbour is suspected
  /// with it if it kills again.
  var room: Int {
    guard phase == .claiming, !running.values.contains(where: { $0.crashes > 0 }) else { return 0 }
    return slots - running.count
  }

  var isEmpty: Bool { running.isEmpty }

  mutating func started(_ task: ClaimedTask) { running[task.id] = task }

  mutating func ended(_ task: ClaimedTask) {
    if running[task.id]?.fence == task.fence { running[task.id] = nil }
  }

  mutating func finish() { phase = .finishing }

  /// Tasks to hand back when the grace period is over.
  var unfinished: [ClaimedTask] { running.values.sorted { $0.id < $1.id } }
}
