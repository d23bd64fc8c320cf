/// Lets at most so many tasks do something at a time, in the order they came.
package actor AsyncSemaphore {
  /// Thrown to a task that had not begun and is not going to.
  package struct TurnedAway: Error {}

  private var queue: SemaphoreQueue
  private var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]

  package init(_ count: Int) { queue = SemaphoreQueue(count) }

  /// Runs `body` in one of the places.
  /// - Throws: `TurnedAway` where `turnAway` was called while it waited, `CancellationError`, and what `body` throws.
  package nonisolated func during<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws
    -> Value
  {
    try await enter()
    do {
      let value = try await body()
      await leave()
      return value
    } catch {
      await leave()
      throw error
    }
  }

  /// Tasks that wait for a place.
  package var waitingCount: Int { waiting.count }

  /// Sends away everybody who waits.
  package func turnAway() {
    for number in queue.turnAway() { waiting.removeValue(forKey: number)?.resume(throwing: TurnedAway()) }
  }

  private func enter() async throws {
    try Task.checkCancellation()
    guard case .wait(let number) = queue.enter() else { return }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiting[number] = $0 }
    } onCancel: {
      // Nobody's child: a cancellation handler cannot wait for the actor.
      Task { await giveUp(number) }
    }
  }

  private func leave() {
    guard let next = queue.leave() else { return }
    waiting.removeValue(forKey: next)?.resume()
  }

  private func giveUp(_ number: Int) {
    guard queue.giveUp(number) else { return }
    waiting.removeValue(forKey: number)?.resume(throwing: CancellationError())
  }
}

/// Who has one of a few places and who is next, in the order they came: the rules of `AsyncSemaphore`.
package struct SemaphoreQueue: Sendable {
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
