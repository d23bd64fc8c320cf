import Cancellation
import TaskQueue
import Testing
import WorkerCore

@Suite struct `The queue of completions` {
  private func queue(_ fences: [Int64], by worker: Int64 = 7) -> CompletionQueue {
    var queue = CompletionQueue()
    for fence in fences { queue.add(fence, by: worker) }
    return queue
  }

  @Test func `sends the first at once, and those that came meanwhile together`() {
    var queue = queue([1])
    #expect(queue.next()?.fences == [1])
    queue.add(2, by: 7)
    queue.add(3, by: 7)
    #expect(queue.next() == nil, "one call at a time")
    #expect(queue.waitingCount == 2)
    #expect(queue.answered() == [1])
    #expect(queue.next()?.fences == [2, 3])
    #expect(queue.answered() == [2, 3])
    #expect(queue.next() == nil)
  }

  @Test func `sends no more together than a call takes`() {
    var queue = CompletionQueue(most: 2)
    for fence in 1...3 { queue.add(Int64(fence), by: 7) }
    #expect(queue.next()?.fences == [1, 2])
    #expect(queue.answered() == [1, 2])
    #expect(queue.next()?.fences == [3])
  }

  @Test func `never mixes the completions of a worker with those of its former self`() {
    var queue = queue([1])
    queue.add(2, by: 8)
    queue.add(3, by: 7)
    let first = queue.next()
    #expect(first?.worker == 7 && first?.fences == [1, 3])
    _ = queue.answered()
    let second = queue.next()
    #expect(second?.worker == 8 && second?.fences == [2])
  }

  @Test func `sends each alone where they failed together, before anything else`() {
    var queue = queue([1, 2, 3])
    _ = queue.next()
    queue.add(4, by: 7)
    #expect(queue.failed() == [], "nobody is told yet")
    #expect(queue.next()?.fences == [1])
    #expect(queue.failed() == [1])
    #expect(queue.next()?.fences == [2])
    #expect(queue.answered() == [2])
    #expect(queue.next()?.fences == [3])
    #expect(queue.answered() == [3])
    #expect(queue.next()?.fences == [4])
  }

  @Test func `forgets who was withdrawn, wherever it stands`() {
    var queue = queue([1, 2, 3])
    #expect(queue.withdraw(3) == false)
    #expect(queue.next()?.fences == [1, 2])
    #expect(queue.withdraw(1) == false, "somebody waits for the call still")
    #expect(queue.failed() == [])
    #expect(queue.next()?.fences == [2], "who was withdrawn is not sent again")
    #expect(queue.answered() == [2])
    #expect(queue.next() == nil)
  }

  @Test func `says when nobody waits for the call under way any more`() {
    var queue = queue([1, 2])
    _ = queue.next()
    queue.add(3, by: 7)
    #expect([1, 2, 2, 3].map { queue.withdraw($0) } == [false, true, false, false])
    #expect(queue.failed() == [])
    #expect(queue.next() == nil)
  }
}

/// A database that answers a call when it is told to.
private struct Recipient: Sendable {
  struct Call: Sendable {
    let values: [String]
    let answer = Promise<[Int64: Verdict]>()
  }

  let batches: CompletionBatches<String>
  private let calls: AsyncStream<Call>

  init() {
    let (calls, record) = AsyncStream<Call>.makeStream()
    self.calls = calls
    batches = CompletionBatches { values, _ in
      let call = Call(values: values)
      record.yield(call)
      return try await call.answer.value()
    }
  }

  func complete(_ id: Int64) -> Task<Verdict, any Error> {
    Task { try await batches.complete(.claim(id), with: "r\(id)", by: 7) }
  }

  /// Completes several tasks, of which each waits for the call under way.
  func complete(behind ids: [Int64]) async -> [Task<Verdict, any Error>] {
    var tasks: [Task<Verdict, any Error>] = []
    for id in ids {
      tasks.append(complete(id))
      while await batches.waitingCount < tasks.count { await Task.yield() }
    }
    return tasks
  }

  /// The next call that is made.
  func call() async throws -> Call {
    for await call in calls { return call }
    throw CancellationError()
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Completions in batches` {
  private struct Refused: Error {}

  @Test func `give each task its own verdict`() async throws {
    let recipient = Recipient()
    let first = recipient.complete(1)
    let single = try await recipient.call()
    #expect(single.values == ["r1"])
    let others = await recipient.complete(behind: [2, 3])
    single.answer.resolve(.success([1: .already]))
    #expect(try await first.value == .already)
    let several = try await recipient.call()
    #expect(several.values == ["r2", "r3"])
    several.answer.resolve(.success([3: .ok, 2: .stale]))
    #expect(try await others[0].value == .stale)
    #expect(try await others[1].value == .ok)
  }

  @Test func `let one bad result fail alone`() async throws {
    let recipient = Recipient()
    let first = recipient.complete(1)
    let single = try await recipient.call()
    let others = await recipient.complete(behind: [2, 3])
    single.answer.resolve(.success([1: .ok]))
    try await recipient.call().answer.resolve(.failure(Refused()))
    let second = try await recipient.call()
    #expect(second.values == ["r2"])
    second.answer.resolve(.failure(Refused()))
    try await recipient.call().answer.resolve(.success([3: .ok]))
    await #expect(throws: Refused.self) { try await others[0].value }
    #expect(try await others[1].value == .ok)
    #expect(try await first.value == .ok)
  }

  @Test func `refuse an answer without the task's verdict`() async throws {
    let recipient = Recipient()
    let first = recipient.complete(1)
    try await recipient.call().answer.resolve(.success([9: .ok]))
    await #expect(throws: (any Error).self) { try await first.value }
  }

  @Test func `are given up when nobody waits for the call any more, and go on with the rest`() async throws {
    let recipient = Recipient()
    let first = recipient.complete(1)
    _ = try await recipient.call()
    let others = await recipient.complete(behind: [2, 3])
    others[0].cancel()
    await #expect(throws: CancellationError.self) { try await others[0].value }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    // The first call was never answered: it was cancelled.
    let next = try await recipient.call()
    #expect(next.values == ["r3"])
    next.answer.resolve(.success([3: .ok]))
    #expect(try await others[1].value == .ok)
  }
}
