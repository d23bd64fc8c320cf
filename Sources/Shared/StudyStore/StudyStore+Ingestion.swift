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

  /// Keys of its features by source; empty where its files are not known here.
  package func featureKeys(_ recipes: [FeatureRecipe]) -> [FeatureSource: [UInt8]] {
    guard let imageSHA256, let maskSHA256 else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: recipes.map {
        ($0.source, FeatureKey(image: imageSHA256, mask: maskSHA256, label: label, recipe: $0).bytes)
      })
  }
}

/// Ids of ingested cases and their sites, in the order given.
package struct IngestedCases {
  package var cohort: Int32
  package var cases: [Int64]
  package var sites: [Int32]
}

extension StudyStore {
  /// Writes sites, subjects and cases of a manifest without submitting a study.
  /// - Returns: the number of cases.
  package func ingest(_ cases: [SubmittedCase], cohort: String) async throws -> Int {
    try await connection.transaction { session in
      try Self.ingest(cases, cohort: cohort, in: session).cases.count
    }
  }

  /// Writes sites, subjects and cases.
  package static func ingest(_ cases: [SubmittedCase], cohort: String, in session: PostgresSession)
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

  /// Writes what a job computes of each region.
  package static func write(
    _ recipes: [FeatureRecipe], of job: Int64, in session: PostgresSession
  ) throws(PostgresError) {
    try session.execute(
      """
      INSERT INTO trabecula.job_recipe (job_id, source, extractor, parameters)
        SELECT $1, source, $2, parameters FROM unnest($3::text[], $4::text[]) AS given(source, parameters)
      """, job, Release.extractor, recipes.map(\.source.rawValue), recipes.map(\.parameters))
  }

  /// Those of the keys that have a row.
  package static func knownRows(
    among keys: [[UInt8]], in session: PostgresSession
  ) throws(PostgresError) -> Set<[UInt8]> {
    let rows = try session.query(
      "SELECT feature_key FROM trabecula.feature_row WHERE feature_key = ANY ($1)", keys)
    var known: Set<[UInt8]> = []
    for row in rows { known.insert(try row.decode(at: 0)) }
    return known
  }

  /// Writes the cases of a job, and which tasks extract them.
  /// - Parameters:
  ///   - ids: of the cases.
  ///   - tasks: each with the place of its case.
  package static func link(
    _ cases: [SubmittedCase], _ ids: [Int64], tasks: [(id: Int64, index: Int)], to job: Int64,
    in session: PostgresSession
  ) throws(PostgresError) {
    var open = [Int16](repeating: 0, count: cases.count)
    for task in tasks { open[task.index] += 1 }
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
      """, job, tasks.map(\.id), tasks.map { ids[$0.index] })
  }

  /// Gives cases of a job features that were there before.
  package static func reuse(_ rows: [(case: Int64, key: [UInt8])], in job: Int64, _ session: PostgresSession)
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
