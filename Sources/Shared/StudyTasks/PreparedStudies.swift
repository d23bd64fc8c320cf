import Cancellation
import Modelling
import Postgres
import StudyPlan
import StudyStore
import TaskQueue
import WorkerCore

/// Studies that this process works on, each fetched and prepared once for all its tasks.
package actor PreparedStudies {
  private var studies: [Int64: Study] = [:]
  private var prepared: [Int64: Preparation] = [:]

  private struct Preparation {
    /// Who reads it; a worker that was declared lost and registered anew may not rely on its former self.
    let worker: Int64
    /// Of the job, when its features were read.
    let revision: Int32
    let study: Task<PreparedStudy, any Error>
  }

  /// A prepared study holds the whole feature table; only the newest few are kept.
  private static let mostPrepared = 3

  package init() {}

  /// The study of a job.
  package func study(of job: Int64, with tools: TaskTools) async throws(TaskError) -> Study {
    if let known = studies[job] { return known }
    let study = try await tools.fetch { try await StudyStore($0, reader: tools.worker).study(of: job) }
    studies[job] = study
    return study
  }

  /// The feature table of a job whose extraction has ended, ready for replicates.
  ///
  /// A job that was taken up again has other cases than before, and is prepared anew.
  package func prepared(_ job: Int64, with tools: TaskTools) async throws(TaskError) -> PreparedStudy {
    let revision = try await tools.fetch { try await StudyStore($0, reader: tools.worker).revision(of: job) }
    let preparation: Task<PreparedStudy, any Error>
    if let known = prepared[job], known.revision == revision, known.worker == tools.worker {
      preparation = known.study
    } else {
      preparation = begin(job, revision, tools)
    }
    do {
      return try await value(of: preparation)
    } catch {
      if prepared[job]?.study == preparation, !(error is CancellationError) { prepared[job] = nil }
      throw tools.taskError(error)
    }
  }

  private func begin(_ job: Int64, _ revision: Int32, _ tools: TaskTools) -> Task<PreparedStudy, any Error> {
    while prepared.count >= Self.mostPrepared, let oldest = prepared.keys.min() { prepared[oldest] = nil }
    // Shared by all slots that need the study, so the cancellation of one of them must not reach it.
    let preparation = Task {
      let cohort = try await tools.fetch { try await StudyStore($0, reader: tools.worker).cohort(of: job) }
      return try await Computation.unlimited.run { _ in try PreparedStudy(cohort) }
    }
    prepared[job] = Preparation(worker: tools.worker, revision: revision, study: preparation)
    return preparation
  }
}
