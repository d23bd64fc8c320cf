import Foundation
import Synchronization

/// The computing part of one task: on threads of its own, so that the shared pool stays free for everything that must
/// answer at once, and within a time limit.
///
/// A thread cannot be stopped from outside. When the time is over or the surrounding task is cancelled, the caller goes
/// on at once and the thread is asked to end at its next check; what it finds is dropped. One that is still busy when
/// the grace is over is reported as stuck.
package struct Computation: Sendable {
  private let limit: Duration?
  /// From the end of the time to the report that the thread is stuck.
  private let grace: Duration
  private let onStuck: @Sendable () -> Void
  private let deadline: ContinuousClock.Instant?

  /// Starts the clock.
  package init(limit: Duration?, grace: Duration, onStuck: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.grace = grace
    self.onStuck = onStuck
    deadline = limit.map { .now + $0 }
  }

  /// For what several tasks share.
  package static let unlimited = Computation(limit: nil, grace: .zero, onStuck: {})

  /// - Throws: `CancellationError`, `OverTime`, or what `body` throws.
  package func run<Value: Sendable>(
    _ body: @escaping @Sendable (CancellationToken) throws -> Value
  ) async throws -> Value {
    let (promise, cancellation, hasEnded) = (Promise<Value>(), CancellationToken(), Flag())
    let alarm = startAlarm(promise, cancellation, hasEnded)
    defer { alarm?.cancel() }
    return try await withTaskCancellationHandler {
      try await promise.value {
        startThread {
          let found = Result { try body(cancellation) }
          // Stopped, it may have thrown what is no failure of the task.
          promise.resolve(cancellation.isCancelled ? .failure(CancellationError()) : found)
          hasEnded.raise()
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// The same for what waits instead of computing, a program for one: it is cancelled when the time is over or the
  /// surrounding task is cancelled, and awaited.
  /// - Throws: `CancellationError`, `OverTime`, or what `body` throws.
  package func wait<Value: Sendable>(for body: @escaping @Sendable () async throws -> Value) async throws
    -> Value
  {
    guard let limit, let deadline else { return try await body() }
    return try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(until: deadline)
        throw OverTime(limit: limit)
      }
      defer { group.cancelAll() }
      guard let found = try await group.next() else { throw CancellationError() }
      return found
    }
  }

  private func startAlarm<Value: Sendable>(
    _ promise: Promise<Value>, _ cancellation: CancellationToken, _ hasEnded: Flag
  ) -> Task<Void, any Error>? {
    guard let limit, let deadline else { return nil }
    let (grace, onStuck) = (grace, onStuck)
    return Task {
      try await Task.sleep(until: deadline)
      guard promise.resolve(.failure(OverTime(limit: limit))) else { return }
      cancellation.cancel()
      // Outlives the call on purpose: it watches a thread that nobody waits for any more.
      Task {
        try await Task.sleep(for: grace)
        if !hasEnded.isRaised { onStuck() }
      }
    }
  }
}

/// A computation ran longer than it may.
package struct OverTime: Error {
  package let limit: Duration
}

/// Raised once.
private final class Flag: Sendable {
  private let raised = Atomic(false)
  var isRaised: Bool { raised.load(ordering: .acquiring) }
  func raise() { raised.store(true, ordering: .releasing) }
}
