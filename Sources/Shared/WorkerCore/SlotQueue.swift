/// Who has a slot and who is next: at most so many at a time, in the order they came.
package struct SlotQueue: Sendable {
  private var free: Int
  private var waiting: [Int] = []
  private var lastNumber = 0

  package init(_ count: Int) { free = count }

  package enum Entry: Equatable, Sendable {
    case free
    /// Wait to be called by this number.
    case wait(Int)
  }

  package mutating func enter() -> Entry {
    guard free == 0 else {
      free -= 1
      return .free
    }
    lastNumber += 1
    waiting.append(lastNumber)
    return .wait(lastNumber)
  }

  /// - Returns: whose slot it is now; nil where nobody waits.
  package mutating func leave() -> Int? {
    guard !waiting.isEmpty else {
      free += 1
      return nil
    }
    return waiting.removeFirst()
  }

  /// - Returns: false where the number waits no more: it has a slot, or was turned away.
  package mutating func giveUp(_ number: Int) -> Bool {
    guard let index = waiting.firstIndex(of: number) else { return false }
    waiting.remove(at: index)
    return true
  }

  /// Sends away everybody who waits.
  package mutating func turnAway() -> [Int] {
    defer { waiting = [] }
    return waiting
  }
}
