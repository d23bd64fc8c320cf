import DatabaseSchema
import FileSources
import Foundation
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import WorkerCore

/// A migrated database, a small study, and a worker that can pretend to extract.
struct StoreFixture {
  let connection: PostgresConnection
  let store: StudyStore
  let queue: TaskQueue

  @discardableResult
  static func with<Value: Sendable>(_ body: (StoreFixture) async throws -> Value) async throws -> Value {
    try await TestDatabase.withConnection(schema: DatabaseSchema.files) { connection in
      return try await body(
        StoreFixture(connection: connection, store: StudyStore(connection), queue: TaskQueue(connection)))
    }
  }

  static func study(replicates: Int = 4) throws -> Study {
    try StudyFile(
      yaml: "study: hip\nmanifest: m.csv\nextraction: {featureClass: {firstorder: [Energy, Mean]}}\n"
        + "bootstrap: {replicates: \(replicates), per_task: 2}\n",
      besides: URL(fileURLWithPath: "/studies/hip.yaml")
    ).study
  }

  /// So many cases at two sites; `mask` stands for the content of every mask.
  static func cases(_ count: Int, mask: (Int) -> UInt8? = { _ in 7 }) -> [SubmittedCase] {
    (0..<count).map { index in
      SubmittedCase(
        row: Manifest.Row(
          subject: "P\(index)", site: index % 2 == 0 ? "North" : "South", image: "i\(index).nii",
          mask: "m\(index).nii",
          outcome: index / 2 % 2, extra: ["Age": "\(50 + index)"]),
        label: 1, imageSHA256: digest(UInt8(index)), maskSHA256: mask(index).flatMap(digest))
    }
  }

  static func digest(_ byte: UInt8) -> [UInt8]? { [UInt8](repeating: byte, count: 32) }

  /// A worker of this extractor's version.
  func worker(offers: [TaskNeed] = []) async throws -> Int64 {
    try await queue.register(
      WorkerDescription(
        host: "test", processID: 1, slots: 9, version: "test", sites: nil, leaseInSeconds: 600,
        offers: ([.extractor(Release.extractor), .files(site: "North"), .files(site: "South")] + offers).map(
          \.text)))
  }

  /// Does all extractions that are ready, with values that name the case.
  @discardableResult
  func extractEverything(_ study: Study, as worker: Int64) async throws -> Int {
    let tasks = try await queue.claim(upTo: 100, kinds: ["extract"], for: worker)
    for task in tasks {
      let verdict = try await completeExtraction(task, of: study, by: worker)
      precondition(verdict == .ok)
    }
    return tasks.count
  }

  /// A replicate of the one model of `study()`, as far as the database looks at it.
  static func replicate(_ number: Int) -> (number: Int, body: [UInt8]) {
    (number: number, body: [UInt8](#"{"models": [{"name": "Rad"}], "number": \#(number)}"#.utf8))
  }

  /// What the aggregation of `study()` leaves behind, as far as the database looks at it.
  /// - Parameter also: more members of the report, each with a comma before it.
  func aggregate(
    of job: Int64, also: String = "", metrics: String = "[]", predictions: [AggregateResult.Prediction] = []
  ) async throws -> AggregateResult {
    let (key, digest, cases, exclusions) = try await connection.query(
      """
      SELECT encode(j.key, 'hex'), encode(trabecula.digest_of(convert_to(s.study, 'UTF8')), 'hex'), told.cases, told.exclusions
        FROM queue.job j JOIN trabecula.study s USING (job_id) CROSS JOIN LATERAL (
          SELECT json_build_object('submitted', count(*), 'done', count(*) FILTER (WHERE c.state = 'done'),
              'failed', count(*) FILTER (WHERE c.state = 'failed'), 'excluded', count(*) FILTER (WHERE c.state = 'excluded'))::text,
            coalesce(json_agg(json_build_object('subject', c.code, 'site', c.site, 'kind', c.state, 'code', c.failure_code,
              'sentence', coalesce(c.failure_text, ''), 'remedy', coalesce(c.remedy, ''))) FILTER (WHERE c.state <> 'done'), '[]')::text
            FROM trabecula.cases_of(NULL, j.job_id) c) told(cases, exclusions)
        WHERE job_id = $1
      """, job
    ).only().decode(String.self, String.self, String.self, String.self)
    let study = #"{"job_key": "\#(key)", "configuration_sha256": "\#(digest)"}"#
    let told = #""cohort": {"cases": \#(cases)}, "exclusions": \#(exclusions)"#
    let model = #"{"name": "Rad", "intercept": 0.5, "features": [], "metrics": \#(metrics)}"#
    return AggregateResult(
      report: #"{"schema_version": 1, "study": \#(study), \#(told), "models": [\#(model)]\#(also)}"#,
      models: #"[{"name": "Rad", "intercept": 0.5}]"#, metrics: metrics, predictions: predictions)
  }

  /// The feature set of a job, as its submission wrote it: the first of a source.
  func set(of recipe: FeatureRecipe, in job: Int64) async throws -> Int32 {
    try await connection.query(
      "SELECT feature_sets[1] FROM trabecula.job_recipe WHERE job_id = $1 AND source = $2", job,
      recipe.source.rawValue
    ).scalar(as: Int32.self)
  }

  /// Ends an extraction with values that name the case.
  /// - Parameter set: the job's feature set, for a login that may not look it up as this does.
  func completeExtraction(
    _ task: ClaimedTask, of study: Study, set: Int32? = nil, picture: Extract.Picture? = nil, by worker: Int64
  ) async throws -> Verdict {
    let names: Int32
    if let set { names = set } else { names = try await self.set(of: study.recipes[0], in: task.job) }
    let payload = try JSONDecoder().decode(Extract.Payload.self, from: Data(task.payload.utf8))
    let number = UInt8(payload.image.dropFirst().prefix { $0 != "." })!
    let (image, mask) = (Self.digest(number)!, Self.digest(7)!)
    let key = FeatureKey(
      image: image, mask: mask, label: payload.label, segment: payload.segment, ring: payload.ring,
      variant: payload.variant, recipe: study.recipes[0], site: study.owner(ofRowsAt: payload.site))
    return try await store.complete(
      task,
      with: Extract.Outcome(
        imageSHA256: image, maskSHA256: mask, label: payload.label, segment: payload.segment,
        ring: payload.ring, variant: payload.variant,
        rows: [Extract.Row(key: key, set: names, values: [Double(number), .nan])],
        picture: picture),
      by: worker)
  }
}

/// Ends a task as its kind does.
extension StudyStore {
  private func end<Kind: TaskKind>(
    _ task: ClaimedTask, _ outcome: Kind.Outcome, of kind: Kind, by worker: Int64
  ) async throws -> Verdict {
    try await kind.store([EndedTask(task, outcome)], by: worker, on: connection).verdict(of: task)
  }

  func complete(_ task: ClaimedTask, with found: Extract.Outcome, by worker: Int64) async throws -> Verdict {
    let studies = PreparedStudies()
    let kind = Extract(source: FolderSource(URL(fileURLWithPath: "/")), weights: [], studies: studies)
    return try await end(task, found, of: kind, by: worker)
  }

  func complete(
    _ task: ClaimedTask, with replicates: [(number: Int, body: [UInt8])], by worker: Int64
  ) async throws -> Verdict {
    try await end(task, replicates, of: Bootstrap(studies: PreparedStudies()), by: worker)
  }

  func complete(_ task: ClaimedTask, with found: AggregateResult, by worker: Int64) async throws -> Verdict {
    try await end(task, found, of: Aggregate(studies: PreparedStudies()), by: worker)
  }
}
