import Postgres
import StudyStore
import TaskQueue

/// Ends bootstrap tasks many at a time.
///
/// Nothing waits for a clock: the first result is sent at once, and those that come while it is under way go
/// together in the next call. The slower the database answers, the larger the batches.
actor CompletionBatches {
  typealias Send = @Sendable ([BootstrapResult], _ worker: Int64) async throws -> [Int64: Verdict]

  private struct Item {
    var result: BootstrapResult
    var worker: Int64
    var continuation: CheckedContinuation<Verdict, any Error>
  }

  private let send: Send
  private var items: [Int64: Item] = [:]
  private var waiting: [Int64] = []
  private var underWay: Task<Void, Never>?

  /// - Parameter send: a call that may safely be repeated; answers a verdict for each task.
  init(send: @escaping Send) { self.send = send }

  /// Ends a task together with whatever else is ready to end.
  ///
  /// Cancelling the caller withdraws it; a call that nobody waits for any more is cancelled too.
  func complete(_ result: BootstrapResult, by worker: Int64) async throws -> Verdict {
    try Task.checkCancellation()
    // The fence is new at each claim, so it names this completion.
    let name = result.task.fence
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        items[name] = Item(result: result, worker: worker, continuation: continuation)
        waiting.append(name)
        sendNext()
      }
    } onCancel: {
      Task { await withdraw(name) }
    }
  }

  /// Results that go with the next call.
  var waitingCount: Int { waiting.count }

  private func sendNext() {
    guard underWay == nil, let first = waiting.first, let worker = items[first]?.worker else { return }
    let batch = waiting.filter { items[$0]?.worker == worker }
    waiting.removeAll { batch.contains($0) }
    // Shared by all callers in the batch, so it is no child of one of them.
    underWay = Task {
      await deliver(batch, by: worker)
      underWay = nil
      sendNext()
    }
  }

  private func deliver(_ batch: [Int64], by worker: Int64) async {
    let results = batch.compactMap { items[$0]?.result }
    guard !results.isEmpty else { return }
    do {
      let verdicts = try await send(results, worker)
      for result in results {
        items.removeValue(forKey: result.task.fence)?.continuation.resume(
          with: Result { try Self.verdict(of: result.task, in: verdicts) })
      }
    } catch  where results.count > 1 && !(error is CancellationError) {
      // One bad result must not cost the others.
      for name in batch { await deliver([name], by: worker) }
    } catch {
      for name in batch { items.removeValue(forKey: name)?.continuation.resume(throwing: error) }
    }
  }

  private static func verdict(of task: ClaimedTask, in verdicts: [Int64: Verdict]) throws -> Verdict {
    guard let verdict = verdicts[task.id] else {
      throw PostgresError(.schema, "The database gave no verdict for task \(task.id); update the programs.")
    }
    return verdict
  }

  private func withdraw(_ name: Int64) {
    guard let item = items.removeValue(forKey: name) else { return }
    if let index = waiting.firstIndex(of: name) { waiting.remove(at: index) }
    item.continuation.resume(throwing: CancellationError())
    if Set(items.keys).isSubset(of: waiting) { underWay?.cancel() }
  }
}
