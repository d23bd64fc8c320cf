import CommandSupport
import Postgres
import StudyPlan
import StudyStore
import StudyTasks

/// Studies that this process works on, each fetched and prepared once for all its tasks.
actor PreparedStudies {
  private let link: DatabaseLink
  private var studies: [Int64: Study] = [:]
  private var prepared: [Int64: Task<PreparedStudy, any Error>] = [:]

  /// A prepared study holds the whole feature table; only the newest few are kept.
  private static let mostPrepared = 3

  init(link: DatabaseLink) { self.link = link }

  func study(of job: Int64) async throws -> Study {
    if let known = studies[job] { return known }
    let study = try await link.call { try await StudyStore($0).study(of: job) }
    studies[job] = study
    return study
  }

  /// The feature table of a job whose extraction has ended, ready for replicates.
  func prepared(_ job: Int64) async throws -> PreparedStudy {
    if let known = prepared[job] { return try await value(of: known) }
    while prepared.count >= Self.mostPrepared, let oldest = prepared.keys.min() { prepared[oldest] = nil }
    let link = self.link
    // Shared by all slots that need the study, so the cancellation of one of them must not reach it.
    let preparation = Task {
      let cohort = try await link.call { try await StudyStore($0).cohort(of: job) }
      return try await Computation.unlimited.run { _ in try PreparedStudy(cohort) }
    }
    prepared[job] = preparation
    do {
      return try await value(of: preparation)
    } catch {
      prepared[job] = nil
      throw error
    }
  }
}
