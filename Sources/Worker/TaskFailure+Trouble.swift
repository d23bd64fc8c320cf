import Postgres
import TaskQueue

extension TaskFailure {
  /// An error that the task itself did not cause: the database refused what the task needed, or its result.
  ///
  /// Tried again until the attempts are used up. Names the SQLSTATE or the kind of error only, because messages may
  /// quote values.
  init(around error: any Error) {
    guard let error = error as? PostgresError else {
      self.init(
        code: "unexpected-error",
        sentence: "The attempt ended with an unexpected error (\(type(of: error))).",
        remedy: "The log of the worker says more; retry the task when the cause is mended.", isRetryable: true
      )
      return
    }
    let reason = error.sqlState.map { "SQLSTATE \($0)" } ?? error.code.rawValue
    self.init(
      code: "database-error", sentence: "The database refused a statement of the task (\(reason)).",
      remedy: "The log of the worker says more; retry the task when the cause is mended.", isRetryable: true)
  }
}
