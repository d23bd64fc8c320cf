import Digests
import Foundation
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

  package init(
    row: Manifest.Row, label: UInt32, imageSHA256: [UInt8]?, maskSHA256: [UInt8]?, values: [Double]? = nil
  ) {
    self.row = row
    self.label = label
    self.imageSHA256 = imageSHA256
    self.maskSHA256 = maskSHA256
    self.values = values
  }
}

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
      guard let table else { return featureKeys(item, study.recipes) }
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
      try table?.store(sorted, in: session)
      let known = try Self.knownRows(among: keys.flatMap(\.values), in: session)
      let plan = ExtractionPlan(study, keys: keys, stored: known)
      let stages = stages(of: study, plan.tasks.map { (sorted[$0.index], ingested.sites[$0.index], $0) })
      // The extractions come first.
      let tasks = try TaskQueue.plan(stages, of: job, in: session).joined().prefix(plan.tasks.count)
      try Self.link(sorted, ingested.cases, plan, tasks: Array(tasks), to: job, in: session)
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

  private func stages(
    of study: Study, _ extractions: [(of: SubmittedCase, site: Int32, task: ExtractionPlan.Task)]
  ) -> [StageDraft] {
    let extract = extractions.map { submitted, site, task in
      let payload = ExtractPayload(
        image: submitted.row.image, mask: submitted.row.mask, label: submitted.label, sources: task.sources)
      return TaskDraft(site: site, payload: json(payload), needs: task.needs.map(\.text))
    }
    let bootstrap = study.models.isEmpty ? [] : study.bootstrap.tasks.map { TaskDraft(payload: json($0)) }
    return [
      StageDraft(kind: TaskKind.extract.rawValue, tasks: extract),
      StageDraft(kind: TaskKind.bootstrap.rawValue, tasks: bootstrap),
      StageDraft(kind: TaskKind.aggregate.rawValue, tasks: [TaskDraft(payload: "{}")]),
    ]
  }

  private func json(_ value: some Encodable) -> String {
    String(decoding: canonicalBytes(of: value), as: UTF8.self)
  }

  /// Keys of a case's features by source; empty where its files are not known here.
  private func featureKeys(_ submitted: SubmittedCase, _ recipes: [FeatureRecipe]) -> [FeatureSource: [UInt8]]
  {
    guard let image = submitted.imageSHA256, let mask = submitted.maskSHA256 else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: recipes.map {
        ($0.source, FeatureKey.row(image: image, mask: mask, label: submitted.label, recipe: $0))
      })
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

/// Ids of ingested cases and their sites, in the order given.
struct IngestedCases {
  var cohort: Int32
  var cases: [Int64]
  var sites: [Int32]
}

extension StudyStore {
  /// Writes sites, subjects and cases of a manifest without submitting a study.
  /// - Returns: the number of cases.
  package func ingest(_ cases: [SubmittedCase], cohort: String) async throws -> Int {
    try await connection.transaction { session in
      try Self.ingest(cases, cohort: cohort, in: session).cases.count
    }
  }

  static func ingest(_ cases: [SubmittedCase], cohort: String, in session: PostgresSession)
    throws(PostgresError) -> IngestedCases
  {
    try TaskQueue.addSites(Array(Set(cases.map(\.row.site))), in: session)
    try session.execute(
      "INSERT INTO trabecula.cohort (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", cohort)
    let cohortID = try session.query("SELECT cohort_id FROM trabecula.cohort WHERE name = $1", cohort)
      .scalar(as: Int32.self)
    try session.execute(
      """
      INSERT INTO trabecula.subject (cohort_id, site_id, code)
        SELECT DISTINCT $1, site_id, given.code
          FROM unnest($2::text[], $3::text[]) AS given(site, code) JOIN queue.site ON site.name = given.site
          ORDER BY 2, 3
        ON CONFLICT (cohort_id, site_id, code) DO NOTHING
      """, cohortID, cases.map(\.row.site), cases.map(\.row.subject))
    let rows = try session.query(
      Self.ingestCases, cohortID, cases.map(\.row.site), cases.map(\.row.subject), cases.map(\.row.image),
      cases.map(\.row.mask), cases.map { Int64($0.label) }, cases.map { $0.row.outcome.map(Int16.init) },
      cases.map { $0.row.split?.rawValue }, cases.map(\.row.group),
      cases.map { PostgresJSON(String(decoding: canonicalBytes(of: $0.row.extra), as: UTF8.self)) },
      cases.map(\.imageSHA256), cases.map(\.maskSHA256))
    var ingested = IngestedCases(cohort: cohortID, cases: [], sites: [])
    for row in rows {
      ingested.cases.append(try row.decode("case_id"))
      ingested.sites.append(try row.decode("site_id"))
    }
    return ingested
  }

  /// A digest that is not known now does not erase one that was known.
  private static let ingestCases = """
    WITH given AS (
      SELECT n, site_id, subject_id, image, mask, label, outcome, split, grouping, extra, image_sha256, mask_sha256
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::int2[], $8::text[], $9::text[],
            $10::jsonb[], $11::bytea[], $12::bytea[]) WITH ORDINALITY
          AS listed(site, code, image, mask, label, outcome, split, grouping, extra, image_sha256, mask_sha256, n)
          JOIN queue.site ON site.name = listed.site
          JOIN trabecula.subject USING (site_id, code) WHERE cohort_id = $1
    ), written AS (
      INSERT INTO trabecula.image_case AS c (subject_id, image, mask, label, outcome, split, grouping, extra,
          image_sha256, mask_sha256)
        SELECT subject_id, image, mask, label, outcome, split, grouping, extra, image_sha256, mask_sha256
          FROM given ORDER BY n
        ON CONFLICT (subject_id, image, mask, label) DO UPDATE SET
          outcome = excluded.outcome, split = excluded.split, grouping = excluded.grouping, extra = excluded.extra,
          image_sha256 = coalesce(excluded.image_sha256, c.image_sha256),
          mask_sha256 = coalesce(excluded.mask_sha256, c.mask_sha256)
        RETURNING case_id, subject_id, image, mask, label
    )
    SELECT case_id, site_id FROM given JOIN written USING (subject_id, image, mask, label) ORDER BY n
    """

  static func knownRows(among keys: [[UInt8]], in session: PostgresSession) throws(PostgresError) -> Set<
    [UInt8]
  > {
    let rows = try session.query(
      "SELECT feature_key FROM trabecula.feature_row WHERE feature_key = ANY ($1)", keys)
    var known: Set<[UInt8]> = []
    for row in rows { known.insert(try row.decode(at: 0)) }
    return known
  }

  /// - Parameter tasks: ids of the plan's tasks, in its order.
  static func link(
    _ cases: [SubmittedCase], _ ids: [Int64], _ plan: ExtractionPlan, tasks: [Int64], to job: Int64,
    in session: PostgresSession
  ) throws(PostgresError) {
    var open = [Int16](repeating: 0, count: cases.count)
    for task in plan.tasks { open[task.index] += 1 }
    try session.execute(
      """
      INSERT INTO trabecula.job_case (job_id, case_id, open_tasks, outcome, split, state)
        SELECT $1, case_id, open_tasks, outcome, split, CASE WHEN open_tasks = 0 THEN 'done' ELSE 'pending' END
          FROM unnest($2::bigint[], $3::int2[], $4::int2[], $5::text[])
            AS given(case_id, open_tasks, outcome, split)
      """, job, ids, open, cases.map { $0.row.outcome.map(Int16.init) }, cases.map { $0.row.split?.rawValue })
    try session.execute(
      """
      INSERT INTO trabecula.case_task (task_id, job_id, case_id)
        SELECT task_id, $1, case_id FROM unnest($2::bigint[], $3::bigint[]) AS given(task_id, case_id)
      """, job, tasks, plan.tasks.map { ids[$0.index] })
  }

  static func reuse(_ rows: [(case: Int64, key: [UInt8])], in job: Int64, _ session: PostgresSession)
    throws(PostgresError)
  {
    try session.execute(
      """
      INSERT INTO trabecula.case_feature (job_id, case_id, source, feature_key)
        SELECT $1, case_id, source, feature_key
          FROM unnest($2::bigint[], $3::bytea[]) AS given(case_id, feature_key)
            JOIN trabecula.feature_row USING (feature_key) JOIN trabecula.feature_set USING (feature_set_id)
      """, job, rows.map(\.case), rows.map(\.key))
  }
}
