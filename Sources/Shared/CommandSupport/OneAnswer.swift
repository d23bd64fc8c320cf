import Synchronization

/// Resumes a continuation with the first answer given, before or after the continuation is there.
package final class OneAnswer<Value: Sendable>: Sendable {
  private enum State {
    case open(CheckedContinuation<Value, any Error>?)
    case answered(Result<Value, any Error>?)
  }

  private let state = Mutex(State.open(nil))

  package init() {}

  /// Waits for the answer; cancellation is one.
  package func wait(after start: () -> Void) async throws -> Value {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        resumeLater(continuation)
        start()
      }
    } onCancel: {
      give(.failure(CancellationError()))
    }
  }

  private func resumeLater(_ continuation: CheckedContinuation<Value, any Error>) {
    let early: Result<Value, any Error>? = state.withLock { state in
      guard case .answered(let result) = state else {
        state = .open(continuation)
        return nil
      }
      return result
    }
    if let early { continuation.resume(with: early) }
  }

  /// - Returns: whether this was the first answer.
  @discardableResult
  package func give(_ result: Result<Value, any Error>) -> Bool {
    let (isFirst, waiting): (Bool, CheckedContinuation<Value, any Error>?) = state.withLock { state in
      guard case .open(let continuation) = state else { return (false, nil) }
      state = .answered(continuation == nil ? result : nil)
      return (true, continuation)
    }
    waiting?.resume(with: result)
    return isFirst
  }
}

/// The value of a task that others wait for too: a cancelled caller goes on at once, the task does not notice.
package func value<Value: Sendable>(of shared: Task<Value, any Error>) async throws -> Value {
  let answer = OneAnswer<Value>()
  return try await answer.wait {
    // Ends with the shared task.
    Task { answer.give(await shared.result) }
  }
}
