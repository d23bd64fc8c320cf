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
  private var queue = CompletionQueue()
  private var items: [Int64: Item] = [:]
  private var underWay: Task<Void, Never>?

  package init(send: @escaping Send) { self.send = send }

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
