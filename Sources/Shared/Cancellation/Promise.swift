import Synchronization

/// A value that is given once and awaited once, whichever comes first.
package final class Promise<Value: Sendable>: Sendable {
  private enum State {
    case open(CheckedContinuation<Value, any Error>?)
    case resolved(Result<Value, any Error>?)
  }

  private let state = Mutex(State.open(nil))

  package init() {}

  /// Waits for the value; the cancellation of the caller resolves the promise.
  /// - Parameter start: begins what will resolve it.
  /// - Throws: `CancellationError`, or the error that it was resolved with.
  package func value(after start: () -> Void = {}) async throws -> Value {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        resumeLater(continuation)
        start()
      }
    } onCancel: {
      resolve(.failure(CancellationError()))
    }
  }

  private func resumeLater(_ continuation: CheckedContinuation<Value, any Error>) {
    let early: Result<Value, any Error>? = state.withLock { state in
      guard case .resolved(let result) = state else {
        state = .open(continuation)
        return nil
      }
      return result
    }
    if let early { continuation.resume(with: early) }
  }

  /// - Returns: whether it was open still; a second value is dropped.
  @discardableResult
  package func resolve(_ result: Result<Value, any Error>) -> Bool {
    let (isFirst, waiting): (Bool, CheckedContinuation<Value, any Error>?) = state.withLock { state in
      guard case .open(let continuation) = state else { return (false, nil) }
      state = .resolved(continuation == nil ? result : nil)
      return (true, continuation)
    }
    waiting?.resume(with: result)
    return isFirst
  }
}

/// The value of a task that others wait for too: a cancelled caller goes on at once, the task does not notice.
/// - Throws: `CancellationError`, or what the task throws.
package func value<Value: Sendable>(of shared: Task<Value, any Error>) async throws -> Value {
  let promise = Promise<Value>()
  return try await promise.value {
    // Ends with the shared task.
    Task { promise.resolve(await shared.result) }
  }
}
