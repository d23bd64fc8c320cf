import Foundation

/// What the fleet did: counts, and when a slot was free somewhere.
actor FleetObserver {
  private let slots: Int
  private let workers: Int
  private(set) var statements = 0
  private(set) var ended = 0
  private var started = 0
  private var claims = 0
  private var claimed = 0
  private var taken = 0
  private let (whole, allAreHere) = AsyncStream<Void>.makeStream()
  /// Seconds since 1970 at which the whole fleet became full, or free somewhere.
  private var changes: [(at: Double, isFree: Bool)] = []

  init(workers: Int, slots: Int) {
    self.workers = workers
    self.slots = workers * slots
    changes.append((Date().timeIntervalSince1970, true))
  }

  var meanClaim: Double { claims == 0 ? 0 : Double(claimed) / Double(claims) }

  func hasStarted() {
    started += 1
    statements += 1
    if started == workers { allAreHere.finish() }
  }

  /// Waits for the last worker, or until one that could not start has the simulation cancelled.
  func allHaveStarted() async throws {
    for await _ in whole {}
    try Task.checkCancellation()
  }

  func submitted() {
    ended = 0
    claims = 0
    claimed = 0
  }

  func sent(ended count: Int, claimed more: Int) {
    statements += 1
    ended += count
    if more > 0 {
      claims += 1
      claimed += more
    }
    change(by: more)
  }

  func sentHeartbeat() { statements += 1 }

  func freedSlot() { change(by: -1) }

  private func change(by difference: Int) {
    let wasFree = taken < slots
    taken += difference
    let isFree = taken < slots
    if isFree != wasFree { changes.append((Date().timeIntervalSince1970, isFree)) }
  }

  /// How many of these seconds a slot was free somewhere.
  func freeSeconds(from start: Double, to end: Double) -> Double {
    var sum = 0.0
    for (index, change) in changes.enumerated() where change.isFree {
      let until = index + 1 < changes.count ? changes[index + 1].at : end
      sum += max(0, min(end, until) - max(start, change.at))
    }
    return sum
  }
}
