import Postgres
import StudyPlan
import TaskQueue

/// What a job has left behind.
extension StudyStore {
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
