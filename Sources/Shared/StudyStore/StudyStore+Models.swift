import Postgres

extension StudyStore {
  /// Fitted models of a finished job by name, as JSON; none where there is none yet.
  package func models(of job: Int64) async throws(PostgresError) -> [(name: String, body: String)] {
    let rows = try await connection.query(
      "SELECT name, body::text FROM trabecula.model WHERE job_id = $1 ORDER BY name", job)
    var models: [(name: String, body: String)] = []
    for row in rows { models.append((try row.decode(at: 0), try row.decode(at: 1))) }
    return models
  }
}
