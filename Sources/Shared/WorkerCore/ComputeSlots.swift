/// The slots of a worker: at most so many tasks compute at a time, in the order they came.
///
/// Storing a result needs no slot, so that the next task computes meanwhile.
package actor ComputeSlots {
  /// Thrown to a task that had not begun and is not going to.
  package struct TurnedAway: Error {}

  private var queue: SlotQueue
  private var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]

  package init(_ count: Int) { queue = SlotQueue(count) }

  /// Runs `body` in a slot.
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

  /// Tasks that wait for a slot.
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
