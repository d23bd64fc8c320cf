import Cancellation
import Testing
import WorkerCore

@Suite struct `The queue of a semaphore` {
  @Test func `lets as many in as there are slots, then one for each that leaves, in order`() {
    var queue = SemaphoreQueue(2)
    #expect((0..<4).map { _ in queue.enter() } == [.free, .free, .wait(1), .wait(2)])
    #expect(queue.leave() == 1)
    #expect(queue.enter() == .wait(3))
    #expect([queue.leave(), queue.leave(), queue.leave()] == [2, 3, nil])
    #expect([queue.enter(), queue.enter()] == [.free, .wait(4)])
  }

  @Test func `passes over who gave up`() {
    var queue = SemaphoreQueue(1)
    for _ in 0..<4 { _ = queue.enter() }
    #expect(queue.giveUp(2) == true)
    #expect(queue.giveUp(2) == false, "gone already")
    #expect(queue.leave() == 1)
    #expect(queue.giveUp(1) == false, "has a slot")
    #expect(queue.leave() == 3)
  }

  @Test func `sends away who waits, and nobody who has a slot`() {
    var queue = SemaphoreQueue(1)
    for _ in 0..<3 { _ = queue.enter() }
    #expect(queue.turnAway() == [1, 2])
    #expect(queue.turnAway() == [])
    #expect(queue.giveUp(1) == false)
    #expect(queue.enter() == .wait(3))
    #expect([queue.leave(), queue.leave()] == [3, nil])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The places of a semaphore` {
  /// A task in the only slot, until it is let go.
  private struct Occupant {
    let slots = AsyncSemaphore(1)
    private let gate = Promise<Bool>()
    private let task: Task<Void, any Error>

    init() async throws {
      let (slots, gate, entered) = (slots, gate, Promise<Bool>())
      task = Task {
        try await slots.during {
          entered.resolve(.success(true))
          _ = try await gate.value()
        }
      }
      _ = try await entered.value()
    }

    func waits(_ count: Int) async { while await slots.waitingCount != count { await Task.yield() } }

    func leave() async throws {
      gate.resolve(.success(true))
      try await task.value
    }
  }

  @Test func `are taken in turn`() async throws {
    let occupant = try await Occupant()
    let next = Task { try await occupant.slots.during { 5 } }
    await occupant.waits(1)
    try await occupant.leave()
    #expect(try await next.value == 5)
  }

  @Test func `are free again after an error`() async throws {
    let slots = AsyncSemaphore(1)
    await #expect(throws: CancellationError.self) { try await slots.during { throw CancellationError() } }
    #expect(try await slots.during { 6 } == 6)
  }

  @Test func `turn those away that wait`() async throws {
    let occupant = try await Occupant()
    let waiting = Task { try await occupant.slots.during { Issue.record("ran") } }
    await occupant.waits(1)
    await occupant.slots.turnAway()
    await #expect(throws: AsyncSemaphore.TurnedAway.self) { try await waiting.value }
    try await occupant.leave()
    #expect(try await occupant.slots.during { 7 } == 7)
  }

  @Test func `let go of a caller who is cancelled while it waits`() async throws {
    let occupant = try await Occupant()
    let waiting = Task { try await occupant.slots.during { Issue.record("ran") } }
    await occupant.waits(1)
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    try await occupant.leave()
    #expect(try await occupant.slots.during { 8 } == 8)
  }
}
