import Cancellation
import Postgres
import TaskQueue

/// Why a task was not done, as the worker must know it.
public enum TaskError: Error {
  /// The task cannot be done, or not this time; is recorded as a failed attempt.
  case failure(TaskFailure)
  /// The task cannot be done here, and perhaps on another machine: one of its files is missing. It waits for a worker on
  /// another host that has what the task needs; where each such host has said so, it is recorded as a failed attempt.
  case notHere(TaskFailure)
  /// This machine lacks what the task needs. The task goes back, and the offer is withdrawn.
  case needNotMet(String, because: String)
  /// Something that the task waits for is not there yet. The task is put off by this long, 30 days at most, and spends no
  /// attempt; operators read the reason, which names nobody.
  case notYet(after: Duration, because: String)
  /// Nobody waits for the task any more; nothing is recorded.
  case cancelled
  /// Something around the task went wrong. It is recorded as a failed attempt too, told apart by its code, so that it
  /// is tried again, and known in the end.
  case infrastructure(any Error)
}

/// An error of a kind's own that says how it is recorded.
public protocol ExplainedFailure: Error {
  var taskFailure: TaskFailure { get }
}

extension TaskError {
  /// Sorts whatever a part of a task has thrown; nothing is left over.
  public init(_ error: any Error) {
    self =
      switch error {
      case let error as TaskError: error
      case let error as TaskFailure: .failure(error)
      case let error as any ExplainedFailure: .failure(error.taskFailure)
      case is CancellationError: .cancelled
      case let error as PostgresError where error.code == .cancelled: .cancelled
      default: .infrastructure(error)
      }
  }
}

extension TaskFailure {
  /// An error that the task itself did not cause: the database refused what the task needed, or its result.
  ///
  /// Tried again until the attempts are used up. Names the SQLSTATE or the type of the error only, because messages
  /// may quote values.
  init(unexpected error: any Error) {
    let (code, sentence) =
      if let error = error as? PostgresError {
        (
          "database-error",
          "The database refused a statement of the task (\(error.sqlState.map { "SQLSTATE \($0)" } ?? error.code.rawValue))."
        )
      } else {
        ("unexpected-error", "The attempt ended with an unexpected error (\(type(of: error))).")
      }
    self.init(
      code: code, sentence: sentence,
      remedy: "The log of the worker says more; retry the task when the cause is mended.", isRetryable: true)
  }

  /// Tried once more, because a machine may have been busy; a task that is slow twice is slow.
  init(_ overTime: OverTime, failures: Int) {
    self.init(
      code: "time-limit", sentence: "The task was stopped after \(overTime.limit), the limit of its worker.",
      remedy: "Start a worker with a longer --task-limit and retry the task, or leave it out.",
      isRetryable: failures == 0)
  }
}
