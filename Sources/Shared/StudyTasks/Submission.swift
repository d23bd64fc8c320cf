import Digests
import Foundation
import Postgres
import StudyPlan
import StudyStore
import TaskQueue

/// What a submission did.
package struct Submission: Equatable, Sendable {
  package let job: Int64
  /// True where the same study with the same contents had been submitted before.
  package let wasKnown: Bool
  package let cases: Int
  /// Cases whose features were there already, so that nothing is extracted for them.
  package let reused: Int

  package init(job: Int64, wasKnown: Bool, cases: Int, reused: Int) {
    self.job = job
    self.wasKnown = wasKnown
    self.cases = cases
    self.reused = reused
  }
}

extension StudyStore {
  /// Submits a study: cases, job and tasks in one transaction. The same study is the same job.
  ///
  /// - Parameters:
  ///   - featureNames: names of the cases' values, where the study begins from a table of features.
  ///   - attempt: 0, or a number that makes a new job of a study that was submitted before.
  package func submit(
    _ study: Study, cohort: String, cases: [SubmittedCase], featureNames: [String] = [], attempt: Int = 0
  ) async throws -> Submission {
    let sorted = cases.sorted {
      ($0.row.site, $0.row.subject, $0.row.image, $0.row.mask, $0.label)
        < ($1.row.site, $1.row.subject, $1.row.image, $1.row.mask, $1.label)
    }
    let key = jobKey(study, cohort: cohort, cases: sorted, attempt: attempt)
    let table = study.table.map { FeatureTableRows(source: $0, names: featureNames) }
    let keys = sorted.map { item in
      guard let table else { return item.featureKeys(study.recipes) }
      return table.key(of: item).map { [.handcrafted: $0] } ?? [:]
    }
    return try await connection.transaction { session in
      if let known = try Self.job(withKey: key, in: session) {
        return Submission(job: known, wasKnown: true, cases: sorted.count, reused: sorted.count)
      }
      let ingested = try Self.ingest(sorted, cohort: cohort, in: session)
      // Of two coordinators that submit at once the second waits here, and finds the job of the first.
      let (job, wasKnown) = try TaskQueue.planJob(
        key: key, name: study.name, requirements: [TaskNeed.extractor(Release.extractor).text], in: session)
      if wasKnown { return Submission(job: job, wasKnown: true, cases: sorted.count, reused: sorted.count) }
      try session.execute(
        "INSERT INTO trabecula.study (job_id, cohort_id, study) VALUES ($1, $2, $3)",
        job, ingested.cohort, study.canonicalJSON)
      try Self.write(study.recipes, of: job, in: session)
      try table?.store(sorted, in: session)
      let known = try Self.knownRows(among: keys.flatMap(\.values), in: session)
      let plan = ExtractionPlan(study, keys: keys, stored: known)
      let stages = [
        Extract.stage(plan, of: sorted, at: ingested.sites), Bootstrap.stage(of: study), Aggregate.stage,
      ]
      let extractions = try TaskQueue.plan(stages, of: job, in: session)[0]
      let tasks = zip(extractions, plan.tasks).map { (id: $0, index: $1.index) }
      try Self.link(sorted, ingested.cases, tasks: tasks, to: job, in: session)
      try Self.reuse(plan.reused.map { (ingested.cases[$0.index], $0.key) }, in: job, session)
      try TaskQueue.start(job: job, in: session)
      return Submission(
        job: job, wasKnown: false, cases: sorted.count,
        reused: sorted.count - Set(plan.tasks.map(\.index)).count)
    }
  }

  private static func job(withKey key: [UInt8], in session: PostgresSession) throws(PostgresError) -> Int64? {
    try session.query("SELECT job_id FROM queue.job WHERE key = $1", key).first?.decode(at: 0)
  }

  private func jobKey(_ study: Study, cohort: String, cases: [SubmittedCase], attempt: Int) -> [UInt8] {
    let parts = cases.flatMap { submitted in
      [
        canonicalBytes(of: submitted.row), Data(String(submitted.label).utf8),
        Data(submitted.imageSHA256 ?? []), Data(submitted.maskSHA256 ?? []),
      ]
    }
    return sha256(
      [
        Data("job".utf8), Data(study.canonicalJSON.utf8), Data(cohort.utf8), Data(Release.extractor.utf8),
        Data(String(attempt).utf8),
      ] + parts)
  }
}
