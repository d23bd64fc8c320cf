import StudyPlan
import TaskQueue
import WorkerCore

extension StudyTaskError: ExplainedFailure {
  package var taskFailure: TaskFailure {
    TaskFailure(code: code, sentence: sentence, remedy: remedy, isRetryable: isTransient)
  }
}

extension StudyError: ExplainedFailure {
  package var taskFailure: TaskFailure {
    TaskFailure(
      code: code.rawValue, sentence: message, remedy: "Mend the study and submit it again.",
      isRetryable: false)
  }
}
