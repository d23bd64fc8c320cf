import Foundation
import ImageFilters
import Postgres
import StudyPlan
import TaskQueue

/// A case to be submitted, with what is known of its files.
package struct SubmittedCase: Sendable {
  package var row: Manifest.Row
  package var label: UInt32
  /// SHA-256 of the files, where this machine can read them.
  package var imageSHA256: [UInt8]?
  package var maskSHA256: [UInt8]?
  /// Its features, where the study begins from a table of them; the digest of the image is then theirs.
  package var values: [Double]?
  /// Why a reader of its picture marked it, so that it is not used.
  package var mark: String?

  package init(
    row: Manifest.Row, label: UInt32, imageSHA256: [UInt8]?, maskSHA256: [UInt8]?, values: [Double]? = nil,
    mark: String? = nil
  ) {
    self.mark = mark
    self.row = row
    self.label = label
    self.imageSHA256 = imageSHA256
    self.maskSHA256 = maskSHA256
    self.values = values
  }
}

/// Ingested cases, in the order given.
package struct IngestedCases: Sendable {
  package var cohort: Int32
  package var cases: [Int64] = []
  package var sites: [Int32] = []
  /// What is known of each case's files: what a worker read last, else what a submitter saw.
  package var imageSHA256: [[UInt8]?] = []
  package var maskSHA256: [[UInt8]?] = []
}

/// How far a submission is: told after each of its batches.
package struct SubmissionProgress: Equatable, Sendable {
  package enum Step: String, Sendable {
    case cases, tasks
  }

  package var step: Step
  package var done: Int
  package var total: Int

  package init(step: Step, done: Int, total: Int) {
    self.step = step
    self.done = done
    self.total = total
  }
}

package typealias ProgressReport = @Sendable (SubmissionProgress) -> Void

extension StudyStore {
  /// Cases in one statement, so that none lasts long, however many there are.
  private static let casesInStatement = 2_000

  /// Writes sites, subjects and cases of a manifest without submitting a study.
  /// - Returns: the number of cases.
  package func ingest(
    _ cases: [SubmittedCase], cohort: String, progress: @escaping ProgressReport = { _ in }
  ) async throws -> Int {
    try await connection.transaction { session in
      try Self.ingest(cases, cohort: cohort, progress: progress, in: session).cases.count
    }
  }

  /// Writes sites, subjects and cases. The cohort is locked to the end of the transaction.
  /// - Parameter replacesDigests: whether digests of files replace those that are known; else they only fill what is not
  ///   known.
  package static func ingest(
    _ cases: [SubmittedCase], cohort: String, replacesDigests: Bool = false,
    progress: ProgressReport = { _ in },
    in session: PostgresSession
  ) throws(PostgresError) -> IngestedCases {
    let sites = Set(cases.map(\.row.site)).sorted()
    try TaskQueue.addSites(sites, in: session)
    var ingested = IngestedCases(
      cohort: try session.query("SELECT trabecula.open_cohort($1)", cohort).scalar(as: Int32.self))
    for part in cases.parts(of: casesInStatement) {
      let rows = try session.query(
        """
        SELECT case_id, site_id, image_sha256, mask_sha256
          FROM trabecula.ingest_cases($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """, ingested.cohort, part.map(\.row.site), part.map(\.row.subject), part.map(\.row.image),
        part.map(\.row.mask), part.map { Int64($0.label) }, part.map(\.row.segment),
        part.map { $0.row.choice?.text },
        part.map { $0.row.ring?.description },
        part.map { $0.row.outcome.map(Int16.init) },
        part.map { $0.row.split?.rawValue }, part.map(\.row.group),
        part.map(\.row.extraJSON),
        part.map(\.imageSHA256), part.map(\.maskSHA256), replacesDigests)
      guard rows.count == part.count else {
        throw PostgresError(.schema, "\(part.count) cases were written and \(rows.count) came back")
      }
      for row in rows {
        ingested.cases.append(try row.decode(at: 0))
        ingested.sites.append(try row.decode(at: 1))
        ingested.imageSHA256.append(try row.decode(at: 2))
        ingested.maskSHA256.append(try row.decode(at: 3))
      }
      progress(SubmissionProgress(step: .cases, done: ingested.cases.count, total: cases.count))
    }
    return ingested
  }

  /// Sites in the database that differ from these in letter case only.
  package static func sites(
    spelledAlmostAs names: [String], in session: PostgresSession
  ) throws(PostgresError) -> [String] {
    let rows = try session.query(
      """
      SELECT name FROM queue.site
        WHERE lower(name) IN (SELECT lower(given) FROM unnest($1::text[]) AS given) AND name <> ALL ($1) ORDER BY name
      """, names)
    var found: [String] = []
    for row in rows { found.append(try row.decode(at: 0)) }
    return found
  }

  /// How many cases a job has.
  package static func caseCount(of job: Int64, in session: PostgresSession) throws(PostgresError) -> Int {
    try session.query("SELECT count(*) FROM trabecula.job_case WHERE job_id = $1", job).scalar()
  }

  /// How many of these cases have other files now than a job used, or saw when it was submitted. Files that are not seen do not
  /// count.
  package static func changedCases(
    _ cases: [SubmittedCase], _ ids: [Int64], since job: Int64, in session: PostgresSession
  ) throws(PostgresError) -> Int {
    let seen = zip(cases, ids).filter { $0.0.imageSHA256 != nil || $0.0.maskSHA256 != nil }
    var changed = 0
    for part in seen.parts(of: casesInStatement) {
      changed += try session.query(
        "SELECT trabecula.changed_cases($1, $2, $3, $4)", job, part.map(\.1), part.map(\.0.imageSHA256),
        part.map(\.0.maskSHA256)
      ).scalar(as: Int.self)
    }
    return changed
  }

  /// Writes what a job computes of each region, and how its features may be named: workers have no say in that.
  /// - Parameter names: of each recipe, the lists that its features may be named by.
  package static func write(
    _ recipes: [FeatureRecipe], names: [[[String]]], of study: Study, as job: Int64,
    in session: PostgresSession
  ) throws(PostgresError) {
    for (recipe, lists) in zip(recipes, names) {
      var sets: [Int32] = []
      for list in lists { sets.append(try featureSet(recipe, names: list, in: session)) }
      try session.execute(
        """
        INSERT INTO trabecula.job_recipe (job_id, source, extractor, parameters, feature_sets, reuses_across_sites)
          VALUES ($1, $2, $3, $4, $5, $6)
        """, job, recipe.source.rawValue, Release.extractor, recipe.parameters, sets,
        study.reusesAcrossSites == true)
    }
  }

  /// Id of a feature set; the first caller makes it.
  package static func featureSet(
    _ recipe: FeatureRecipe, names: [String], in session: PostgresSession
  ) throws(PostgresError) -> Int32 {
    try session.query(
      "SELECT trabecula.feature_set_of($1, $2, $3, $4, $5)",
      recipe.setDigest(names: names), recipe.source.rawValue, Release.extractor, recipe.parameters, names
    ).scalar(as: Int32.self)
  }

  /// Starts a job whose tasks are planned: writes its cases, which tasks extract them, and which
  /// features they have already.
  /// - Parameters:
  ///   - ids: of the cases.
  ///   - tasks: each with the place of its case.
  ///   - reused: keys of features that were there before, each with the place of its case.
  /// - Throws: a failed serialization where some of these features were deleted meanwhile.
  package static func start(
    job: Int64, of cases: [SubmittedCase], _ ids: [Int64], tasks: [(id: Int64, index: Int)],
    reused: [(index: Int, key: [UInt8])], in session: PostgresSession
  ) throws(PostgresError) {
    try link(cases, ids, tasks: tasks, to: job, in: session)
    try reuse(reused.map { (ids[$0.index], $0.key) }, in: job, session)
    try TaskQueue.start(job: job, in: session)
  }

  private static func link(
    _ cases: [SubmittedCase], _ ids: [Int64], tasks: [(id: Int64, index: Int)], to job: Int64,
    in session: PostgresSession
  ) throws(PostgresError) {
    var open = [Int16](repeating: 0, count: cases.count)
    for task in tasks { open[task.index] += 1 }
    for part in cases.indices.parts(of: casesInStatement) {
      try session.execute(
        """
        INSERT INTO trabecula.job_case (job_id, case_id, open_tasks, outcome, split, grouping, extra, seen_image_sha256,
            seen_mask_sha256, state)
          SELECT $1, case_id, open_tasks, outcome, split, grp, extra, image, mask,
              CASE WHEN open_tasks = 0 THEN 'done' ELSE 'pending' END
            FROM unnest($2::bigint[], $3::int2[], $4::int2[], $5::text[], $6::text[], $7::jsonb[], $8::bytea[], $9::bytea[])
              AS given(case_id, open_tasks, outcome, split, grp, extra, image, mask)
        """, job, part.map { ids[$0] }, part.map { open[$0] },
        part.map { cases[$0].row.outcome.map(Int16.init) }, part.map { cases[$0].row.split?.rawValue },
        part.map { cases[$0].row.group }, part.map { cases[$0].row.extraJSON },
        part.map { cases[$0].imageSHA256 }, part.map { cases[$0].maskSHA256 })
    }
    for part in tasks.parts(of: casesInStatement) {
      try session.execute(
        """
        INSERT INTO trabecula.case_task (task_id, job_id, case_id)
          SELECT task_id, $1, case_id FROM unnest($2::bigint[], $3::bigint[]) AS given(task_id, case_id)
        """, job, part.map(\.id), part.map { ids[$0.index] })
    }
  }

  private static func reuse(_ rows: [(case: Int64, key: [UInt8])], in job: Int64, _ session: PostgresSession)
    throws(PostgresError)
  {
    for part in rows.parts(of: casesInStatement) {
      let written = try session.execute(
        """
        INSERT INTO trabecula.case_feature (job_id, case_id, source, variant, feature_key)
          SELECT $1, case_id, source, coalesce(variant, ''), feature_key
            FROM unnest($2::bigint[], $3::bytea[]) AS given(case_id, feature_key)
              JOIN trabecula.feature_row USING (feature_key) JOIN trabecula.feature_set USING (feature_set_id)
        """, job, part.map(\.case), part.map(\.key))
      guard written == part.count else {
        throw PostgresError(
          .server, "Stored features were deleted while they were to be used. Submit again.",
          sqlState: .serializationFailure)
      }
    }
  }
}

extension Manifest.Row {
  /// Its further columns, as the database keeps them.
  fileprivate var extraJSON: PostgresJSON {
    PostgresJSON(String(decoding: canonicalBytes(of: extra), as: UTF8.self))
  }
}

extension RandomAccessCollection where Index == Int {
  /// In their order, this many at a time.
  fileprivate func parts(of size: Int) -> [SubSequence] {
    stride(from: startIndex, to: endIndex, by: size).map { self[$0..<Swift.min($0 + size, endIndex)] }
  }
}
