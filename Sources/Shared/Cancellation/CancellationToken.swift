import Synchronization

/// Where a long computation on a thread of its own looks, between two of its parts, whether anybody still wants its result.
public final class CancellationToken: Sendable {
  private let cancelled = Atomic(false)

  public init() {}

  public var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  /// Asks the computation to end at its next check.
  public func cancel() { cancelled.store(true, ordering: .releasing) }

  /// - Throws: `CancellationError` once `cancel` was called.
  public func check() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}
