import Cancellation
import CommandSupport
import Foundation
import StudyTasks
import Synchronization

/// The computing part of one task: on threads of its own, so that the shared pool stays free for heartbeats, and within
/// the worker's time limit.
///
/// A thread cannot be stopped from outside. When the time is over or the surrounding task is cancelled, the caller goes
/// on at once and the thread is asked to end at its next check (between image types, between replicates); what it
/// finds is dropped. One that is still busy when the grace is over is reported as stuck.
struct Computation: Sendable {
  let limit: Duration?
  /// From the end of the time to the report that the thread is stuck.
  let grace: Duration
  let onStuck: @Sendable () -> Void
  private let deadline: ContinuousClock.Instant?

  /// Starts the clock.
  init(limit: Duration?, grace: Duration, onStuck: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.grace = grace
    self.onStuck = onStuck
    deadline = limit.map { .now + $0 }
  }

  /// For what several tasks share.
  static let unlimited = Computation(limit: nil, grace: .zero, onStuck: {})

  /// - Throws: `CancellationError`, `OverTime`, or what `body` throws.
  func run<Value: Sendable>(_ body: @escaping @Sendable (CancellationToken) throws -> Value) async throws
    -> Value
  {
    let (answer, cancellation, hasEnded) = (OneAnswer<Value>(), CancellationToken(), Flag())
    let alarm = startAlarm(answer, cancellation, hasEnded)
    defer { alarm?.cancel() }
    return try await withTaskCancellationHandler {
      try await answer.wait {
        let thread = Thread {
          let found = Result { try body(cancellation) }
          // Stopped, it may have thrown what is no failure of the task.
          answer.give(cancellation.isCancelled ? .failure(CancellationError()) : found)
          hasEnded.raise()
        }
        thread.stackSize = 8 << 20
        thread.start()
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  private func startAlarm<Value: Sendable>(
    _ answer: OneAnswer<Value>, _ cancellation: CancellationToken, _ hasEnded: Flag
  ) -> Task<Void, any Error>? {
    guard let limit, let deadline else { return nil }
    let (grace, onStuck) = (grace, onStuck)
    return Task {
      try await Task.sleep(until: deadline)
      guard answer.give(.failure(OverTime(limit: limit))) else { return }
      cancellation.cancel()
      // Outlives the call on purpose: it watches a thread that nobody waits for any more.
      Task {
        try await Task.sleep(for: grace)
        if !hasEnded.isRaised { onStuck() }
      }
    }
  }
}

/// The computation ran longer than the worker allows.
struct OverTime: Error {
  let limit: Duration
}

/// Raised once.
private final class Flag: Sendable {
  private let raised = Atomic(false)
  var isRaised: Bool { raised.load(ordering: .acquiring) }
  func raise() { raised.store(true, ordering: .releasing) }
}
