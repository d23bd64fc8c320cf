import Postgres
import StudyPlan
import TaskQueue

/// Cohorts, feature rows, replicates, models and reports in the database: what the tasks of a study read and write.
package struct StudyStore: Sendable {
  package let connection: PostgresConnection
  /// The worker that reads, which may read what its running tasks need; nil for a coordinator, who reads everything.
  let reader: Int64?

  package init(_ connection: PostgresConnection, reader: Int64? = nil) {
    self.connection = connection
    self.reader = reader
  }
}

/// A job as it stands.
package struct JobRecord: Equatable, Sendable {
  package enum State: String, Sendable {
    case running, succeeded, failed, cancelled
  }

  package let id: Int64
  package let name: String
  package let state: State
  package let failure: String?
  /// SHA-256 of what was submitted.
  package let key: [UInt8]
  /// Seconds from submission to the end, or until now.
  package let seconds: Double
}

/// How far a stage of a job has come.
package struct StageProgress: Equatable, Sendable {
  package let kind: String
  package let total: Int
  package let succeeded: Int
  package let failed: Int
  package let remaining: Int
  package let perSecond: Double?
  package let etaInSeconds: Double?
  package let isOpen: Bool
}

extension StudyStore {
  private static let jobColumns =
    "job_id, name, state, failure_text, key, extract(epoch FROM coalesce(ended_at, now()) - submitted_at)::float8"

  /// A job by its number; nil where there is none.
  package func job(_ id: Int64) async throws(PostgresError) -> JobRecord? {
    let rows = try await connection.query(
      "SELECT \(Self.jobColumns) FROM queue.job WHERE job_id = $1", id)
    return try rows.first.map(Self.record)
  }

  /// All jobs, newest first.
  package func jobs() async throws(PostgresError) -> [JobRecord] {
    let rows = try await connection.query("SELECT \(Self.jobColumns) FROM queue.job ORDER BY job_id DESC")
    var jobs: [JobRecord] = []
    for row in rows { jobs.append(try Self.record(row)) }
    return jobs
  }

  private static func record(_ row: PostgresRow) throws(PostgresError) -> JobRecord {
    JobRecord(
      id: try row.decode("job_id"), name: try row.decode("name"),
      state: try JobRecord.State(answered: row.decode("state")),
      failure: try row.decode("failure_text"), key: try row.decode("key"), seconds: try row.decode(at: 5))
  }

  /// The stages of a job in their order.
  package func progress(of job: Int64) async throws(PostgresError) -> [StageProgress] {
    let rows = try await connection.query(
      """
      SELECT kind, total::bigint, succeeded::bigint, failed::bigint, remaining::bigint, per_second,
          extract(epoch FROM eta)::float8 AS eta, opened_at IS NOT NULL AND closed_at IS NULL AS is_open
        FROM queue.job_progress WHERE job_id = $1
      """, job)
    var stages: [StageProgress] = []
    for row in rows {
      stages.append(
        StageProgress(
          kind: try row.decode("kind"), total: try row.decode("total"),
          succeeded: try row.decode("succeeded"),
          failed: try row.decode("failed"), remaining: try row.decode("remaining"),
          perSecond: try row.decode("per_second"), etaInSeconds: try row.decode("eta"),
          isOpen: try row.decode("is_open")))
    }
    return stages
  }

  /// The study of a job.
  package func study(of job: Int64) async throws -> Study {
    let text: String = try await connection.query(
      "SELECT study FROM trabecula.study_of($1, $2)", reader, job
    ).scalar(as: String.self)
    return try Study(canonicalJSON: text)
  }

  /// SHA-256 of what was submitted as a job.
  package func key(of job: Int64) async throws(PostgresError) -> [UInt8] {
    try await connection.query("SELECT key FROM trabecula.study_of($1, $2)", reader, job).scalar()
  }

  /// Raised each time a job is taken up again: what was kept of its cases and features is then out of date.
  package func revision(of job: Int64) async throws(PostgresError) -> Int32 {
    try await connection.query("SELECT revision FROM trabecula.study_of($1, $2)", reader, job).scalar()
  }
}
