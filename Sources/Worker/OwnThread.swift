import Foundation
import Synchronization

/// Runs a long computation on a thread of its own, so that the shared pool stays free for heartbeats.
///
/// Kernels cannot be interrupted. When the surrounding task is cancelled the caller goes on at once with
/// `CancellationError`, and what the thread finds in the end is dropped.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  let answer = OneAnswer<Value>()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      answer.wait(with: continuation)
      let thread = Thread { answer.give(Result(catching: body)) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  } onCancel: {
    answer.give(.failure(CancellationError()))
  }
}

/// Resumes a continuation with the first answer given, before or after the continuation is there.
private final class OneAnswer<Value: Sendable>: Sendable {
  private enum State {
    case open(CheckedContinuation<Value, any Error>?)
    case answered(Result<Value, any Error>?)
  }

  private let state = Mutex(State.open(nil))

  func wait(with continuation: CheckedContinuation<Value, any Error>) {
    let early: Result<Value, any Error>? = state.withLock { state in
      guard case .answered(let result) = state else {
        state = .open(continuation)
        return nil
      }
      return result
    }
    if let early { continuation.resume(with: early) }
  }

  func give(_ result: Result<Value, any Error>) {
    let waiting: CheckedContinuation<Value, any Error>? = state.withLock { state in
      guard case .open(let continuation) = state else { return nil }
      state = .answered(continuation == nil ? result : nil)
      return continuation
    }
    waiting?.resume(with: result)
  }
}
