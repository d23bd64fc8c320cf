import TaskQueue

/// Ends tasks many at a time, as `CompletionQueue` puts them together. The slower the database answers, the larger the
/// batches.
package actor CompletionBatches<Value: Sendable> {
  /// A call that may safely be repeated; answers a verdict for each task.
  package typealias Send = @Sendable ([Value], _ worker: Int64) async throws -> [Int64: Verdict]

  private struct Item {
    var task: ClaimedTask
    var value: Value
    var continuation: CheckedContinuation<Verdict, any Error>
  }

  private let send: Send
  private var queue: CompletionQueue
  private var items: [Int64: Item] = [:]
  private var underWay: Task<Void, Never>?

  /// - Parameter most: values of one call.
  package init(most: Int = .max, send: @escaping Send) {
    queue = CompletionQueue(most: most)
    self.send = send
  }

  /// Ends a task together with whatever else is ready to end.
  ///
  /// Cancelling the caller withdraws it; a call that nobody waits for any more is cancelled too.
  package func complete(_ task: ClaimedTask, with value: Value, by worker: Int64) async throws -> Verdict {
    try Task.checkCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        items[task.fence] = Item(task: task, value: value, continuation: continuation)
        queue.add(task.fence, by: worker)
        sendNext()
      }
    } onCancel: {
      // Nobody's child: a cancellation handler cannot wait for the actor.
      Task { await withdraw(task.fence) }
    }
  }

  /// Results that go with the next call.
  package var waitingCount: Int { queue.waitingCount }

  private func sendNext() {
    guard let batch = queue.next() else { return }
    let values = batch.fences.compactMap { items[$0]?.value }
    // Shared by all callers in the batch, so it is no child of one of them.
    underWay = Task {
      do {
        let verdicts = try await send(values, batch.worker)
        for fence in queue.answered() { tell(fence) { try verdicts.verdict(of: $0) } }
      } catch {
        for fence in queue.failed() { tell(fence) { _ in throw error } }
      }
      sendNext()
    }
  }

  private func tell(_ fence: Int64, _ answer: (ClaimedTask) throws -> Verdict) {
    guard let item = items.removeValue(forKey: fence) else { return }
    item.continuation.resume(with: Result { try answer(item.task) })
  }

  private func withdraw(_ fence: Int64) {
    guard let item = items.removeValue(forKey: fence) else { return }
    if queue.withdraw(fence) { underWay?.cancel() }
    item.continuation.resume(throwing: CancellationError())
  }
}

/// Which completions go together in the next call.
///
/// Nothing waits for a clock: the first is sent at once, and those that come while its call is under way go together
/// in the next. Where a call for several fails, each of them is sent alone, because one bad result must not cost the
/// others.
package struct CompletionQueue: Sendable {
  /// Completions of one worker, by the fences of their claims: new at each claim, so they name a completion.
  package struct Batch: Equatable, Sendable {
    package let worker: Int64
    package let fences: [Int64]
  }

  private let most: Int
  private var waiting: [(fence: Int64, worker: Int64)] = []
  /// What failed together, and is sent alone before anything else.
  private var alone: [(fence: Int64, worker: Int64)] = []
  private var underWay: Batch?
  /// Completions of the call under way that somebody still waits for.
  private var wanted: Set<Int64> = []

  /// - Parameter most: completions of one call.
  package init(most: Int = .max) { self.most = most }

  /// Completions that go with the next call.
  package var waitingCount: Int { waiting.count }

  package mutating func add(_ fence: Int64, by worker: Int64) { waiting.append((fence, worker)) }

  /// The next call to make; nil while one is under way, or where nothing waits.
  package mutating func next() -> Batch? {
    guard underWay == nil else { return nil }
    let batch: Batch
    if !alone.isEmpty {
      let first = alone.removeFirst()
      batch = Batch(worker: first.worker, fences: [first.fence])
    } else if let worker = waiting.first?.worker {
      batch = Batch(worker: worker, fences: waiting.filter { $0.worker == worker }.prefix(most).map(\.fence))
      waiting.removeAll { batch.fences.contains($0.fence) }
    } else {
      return nil
    }
    (underWay, wanted) = (batch, Set(batch.fences))
    return batch
  }

  /// The call under way was answered.
  /// - Returns: who is told.
  package mutating func answered() -> [Int64] {
    defer { (underWay, wanted) = (nil, []) }
    return underWay?.fences.filter(wanted.contains) ?? []
  }

  /// The call under way failed.
  /// - Returns: who is told; nobody where each is sent again, alone.
  package mutating func failed() -> [Int64] {
    guard let batch = underWay, batch.fences.count > 1 else { return answered() }
    alone = answered().map { ($0, batch.worker) }
    return []
  }

  /// Somebody waits no more.
  /// - Returns: whether nobody waits for the call under way any more, so that it may be given up.
  package mutating func withdraw(_ fence: Int64) -> Bool {
    waiting.removeAll { $0.fence == fence }
    alone.removeAll { $0.fence == fence }
    return wanted.remove(fence) != nil && wanted.isEmpty
  }
}
