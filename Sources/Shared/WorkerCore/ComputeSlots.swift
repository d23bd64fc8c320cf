/// The slots of a worker: at most so many tasks compute at a time, in the order they came.
///
/// Storing a result needs no slot, so that the next task computes meanwhile.
actor ComputeSlots {
  /// Thrown to a task that had not begun and is not going to.
  struct TurnedAway: Error {}

  private var free: Int
  private var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
  private var numbers = 0

  init(_ count: Int) { free = count }

  /// Runs `body` in a slot.
  /// - Throws: `TurnedAway` where `turnAway` was called while it waited, `CancellationError`, and what `body` throws.
  nonisolated func during<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
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
  var waitingCount: Int { waiting.count }

  /// Sends away everybody who waits.
  func turnAway() {
    let sent = waiting
    waiting = []
    for waiter in sent { waiter.continuation.resume(throwing: TurnedAway()) }
  }

  private func enter() async throws {
    try Task.checkCancellation()
    guard free == 0 else {
      free -= 1
      return
    }
    numbers += 1
    let number = numbers
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiting.append((number, $0)) }
    } onCancel: {
      // Nobody's child: a cancellation handler cannot wait for the actor.
      Task { await giveUp(number) }
    }
  }

  private func leave() {
    guard !waiting.isEmpty else {
      free += 1
      return
    }
    waiting.removeFirst().continuation.resume()
  }

  private func giveUp(_ number: Int) {
    guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: index).continuation.resume(throwing: CancellationError())
  }
}
