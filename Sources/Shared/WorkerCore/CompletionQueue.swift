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

  private var waiting: [(fence: Int64, worker: Int64)] = []
  /// What failed together, and is sent alone before anything else.
  private var alone: [(fence: Int64, worker: Int64)] = []
  private var underWay: Batch?
  /// Completions of the call under way that somebody still waits for.
  private var wanted: Set<Int64> = []

  package init() {}

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
      batch = Batch(worker: worker, fences: waiting.filter { $0.worker == worker }.map(\.fence))
      waiting.removeAll { $0.worker == worker }
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
