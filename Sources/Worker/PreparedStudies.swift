import CommandSupport
import Modelling
import Postgres
import StudyPlan
import StudyStore

/// Studies that this process works on, each fetched and prepared once for all its tasks.
actor PreparedStudies {
  private let link: DatabaseLink
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

  init(link: DatabaseLink) { self.link = link }

  func study(of job: Int64, for worker: Int64) async throws -> Study {
    if let known = studies[job] { return known }
    let study = try await link.call { try await StudyStore($0, reader: worker).study(of: job) }
    studies[job] = study
    return study
  }

  /// The feature table of a job whose extraction has ended, ready for replicates.
  ///
  /// A job that was taken up again has other cases than before, and is prepared anew.
  func prepared(_ job: Int64, for worker: Int64) async throws -> PreparedStudy {
    let revision = try await link.call { try await StudyStore($0, reader: worker).revision(of: job) }
    if let known = prepared[job], known.revision == revision, known.worker == worker {
      return try await value(of: known.study)
    }
    while prepared.count >= Self.mostPrepared, let oldest = prepared.keys.min() { prepared[oldest] = nil }
    let link = self.link
    // Shared by all slots that need the study, so the cancellation of one of them must not reach it.
    let preparation = Task {
      let cohort = try await link.call { try await StudyStore($0, reader: worker).cohort(of: job) }
      return try await Computation.unlimited.run { _ in try PreparedStudy(cohort) }
    }
    prepared[job] = Preparation(worker: worker, revision: revision, study: preparation)
    do {
      return try await value(of: preparation)
    } catch {
      if prepared[job]?.study == preparation { prepared[job] = nil }
      throw error
    }
  }
}
