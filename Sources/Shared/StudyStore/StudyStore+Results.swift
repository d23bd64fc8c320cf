import Postgres
import StudyPlan
import TaskQueue

/// A feature row that a case uses.
package struct FeatureRowWrite: Equatable, Sendable {
  package var key: [UInt8]
  /// Id of its feature set.
  package var set: Int32
  /// nil where the row is stored already.
  package var values: [Double]?
  /// JSON: warnings and what was seen of the region.
  package var diagnostics: String

  package init(key: [UInt8], set: Int32, values: [Double]?, diagnostics: String = "{}") {
    self.key = key
    self.set = set
    self.values = values
    self.diagnostics = diagnostics
  }
}

/// What an extraction leaves behind.
package struct ExtractResult: Equatable, Sendable {
  package var imageSHA256: [UInt8]
  package var maskSHA256: [UInt8]
  package var label: UInt32
  /// One for each source that the task was to compute.
  package var rows: [FeatureRowWrite]

  package init(imageSHA256: [UInt8], maskSHA256: [UInt8], label: UInt32, rows: [FeatureRowWrite]) {
    self.imageSHA256 = imageSHA256
    self.maskSHA256 = maskSHA256
    self.label = label
    self.rows = rows
  }
}

/// What a bootstrap task leaves behind.
package struct BootstrapResult: Sendable {
  package var task: ClaimedTask
  /// Numbers and canonical JSON.
  package var replicates: [(number: Int, body: [UInt8])]

  package init(task: ClaimedTask, replicates: [(number: Int, body: [UInt8])]) {
    self.task = task
    self.replicates = replicates
  }
}

extension StudyStore {
  /// Which of these feature rows are stored, each with the id of its feature set.
  package func storedRows(among keys: [[UInt8]]) async throws(PostgresError) -> [[UInt8]: Int32] {
    let rows = try await connection.query(
      "SELECT feature_key, feature_set_id FROM trabecula.stored_rows($1)", keys)
    var stored: [[UInt8]: Int32] = [:]
    for row in rows { stored[try row.decode(at: 0)] = try row.decode(at: 1, as: Int32.self) }
    return stored
  }

  /// Id of a feature set; the first caller makes it.
  package func featureSet(_ recipe: FeatureRecipe, names: [String]) async throws(PostgresError) -> Int32 {
    try await connection.query(
      "SELECT trabecula.feature_set_of($1, $2, $3, $4, $5)",
      FeatureKey.set(recipe, names: names), recipe.source.rawValue, Release.extractor, recipe.parameters,
      names
    ).scalar(as: Int32.self)
  }

  /// Ends an extraction and stores its rows in one transaction.
  package func complete(_ task: ClaimedTask, with result: ExtractResult, by worker: Int64)
    async throws(PostgresError) -> Verdict
  {
    try await verdict(
      of: PostgresStatement(
        "SELECT trabecula.complete_extract($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        worker, task.id, task.fence, result.rows.map(\.set), result.rows.map(\.key), result.imageSHA256,
        result.maskSHA256, Int64(result.label), result.rows.map { Int32($0.values?.count ?? 0) },
        result.rows.flatMap { $0.values ?? [] }, result.rows.map { PostgresJSON($0.diagnostics) }))
  }

  /// Ends a bootstrap task and stores its replicates (number and canonical JSON) in one transaction.
  package func complete(
    _ task: ClaimedTask, with replicates: [(number: Int, body: [UInt8])], by worker: Int64
  ) async throws(PostgresError) -> Verdict {
    try await complete([BootstrapResult(task: task, replicates: replicates)], by: worker).verdict(of: task)
  }

  /// Ends bootstrap tasks and stores their replicates in one transaction.
  package func complete(_ ended: [BootstrapResult], by worker: Int64) async throws(PostgresError)
    -> [Int64: Verdict]
  {
    let replicates = ended.flatMap { result in result.replicates.map { (result.task.id, $0) } }
    let answers = try await connection.pipeline([
      PostgresStatement(
        "SELECT trabecula.complete_bootstrap($1, $2, $3, $4, $5, $6)",
        worker, ended.map(\.task.id), ended.map(\.task.fence), replicates.map(\.0),
        replicates.map { Int32($0.1.number) }, replicates.map(\.1.body))
    ])
    return try Verdict.list(answers[0], of: ended.map(\.task))
  }

  /// Ends the aggregation and stores report, models, metrics and predictions in one transaction.
  package func complete(_ task: ClaimedTask, with result: AggregateResult, by worker: Int64)
    async throws(PostgresError) -> Verdict
  {
    try await verdict(
      of: PostgresStatement(
        "SELECT trabecula.complete_aggregate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        worker, task.id, task.fence, result.report, PostgresJSON(result.models), PostgresJSON(result.metrics),
        result.predictions.map(\.caseID), result.predictions.map(\.part), result.predictions.map(\.model),
        result.predictions.map(\.probability)))
  }

  private func verdict(of statement: PostgresStatement) async throws(PostgresError) -> Verdict {
    let rows = try await connection.pipeline([statement])
    return try Verdict(answered: rows[0].scalar(as: String.self))
  }

  /// report.json of a finished job without times; nil where there is none yet.
  package func report(of job: Int64) async throws(PostgresError) -> String? {
    let rows = try await connection.query("SELECT body FROM trabecula.report WHERE job_id = $1", job)
    return try rows.first?.decode(at: 0, as: String.self)
  }

  /// Predictions of a finished job by case, in the order of cases and models.
  package func predictions(of job: Int64) async throws(PostgresError) -> [AggregateResult.Prediction] {
    let rows = try await connection.query(
      """
      SELECT case_id, model, part, probability FROM trabecula.prediction WHERE job_id = $1 ORDER BY model, case_id
      """, job)
    var predictions: [AggregateResult.Prediction] = []
    for row in rows {
      predictions.append(
        AggregateResult.Prediction(
          caseID: try row.decode(at: 0), model: try row.decode(at: 1), part: try row.decode(at: 2),
          probability: try row.decode(at: 3)))
    }
    return predictions
  }

  /// Seconds that workers spent on the ended tasks of a job, by kind.
  package func taskSeconds(of job: Int64) async throws(PostgresError) -> [String: Double] {
    let rows = try await connection.query(
      """
      SELECT kind, sum(extract(epoch FROM ended_at - claimed_at))::float8 FROM queue.task_history
        WHERE job_id = $1 AND outcome = 'succeeded' GROUP BY kind
      """, job)
    var seconds: [String: Double] = [:]
    for row in rows { seconds[try row.decode(at: 0)] = try row.decode(at: 1, as: Double.self) }
    return seconds
  }
}
