import Postgres
import StudyPlan
import TaskQueue

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
  /// Whether more of it failed than its budget allows, so that nothing of it is claimed.
  package let isHeld: Bool
}

/// Why a job is held that nobody paused.
package struct JobHold: Equatable, Sendable {
  package let kind: String
  package let failed: Int
  package let total: Int
  /// How many may fail.
  package let allowed: Int
  /// The most frequent cause, and what to do about it.
  package let code: String?
  package let remedy: String?
}

/// Something that tasks wait for, as `stuck_tasks` tells it.
package struct JobObstacle: Equatable, Encodable, Sendable {
  package let why: String
  package let kind: String?
  package let site: String?
  package let whatToDo: String
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

/// Jobs as they stand, and what they have left behind.
extension StudyStore {
  private static let jobColumns =
    """
    job_id, name, state, failure_text, key,
        greatest(extract(epoch FROM coalesce(ended_at, now()) - submitted_at), 0)::float8 AS seconds,
        over_budget IS NOT NULL AS is_held
    """

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
      failure: try row.decode("failure_text"), key: try row.decode("key"), seconds: try row.decode("seconds"),
      isHeld: try row.decode("is_held"))
  }

  /// Why a job is held because of what failed; nil where it is not.
  package func hold(of job: Int64) async throws(PostgresError) -> JobHold? {
    let rows = try await connection.query(
      """
      SELECT j.over_budget, c.failed, c.total, coalesce(j.failure_budget, 0)::bigint, f.failure_code, f.remedy
        FROM queue.job j CROSS JOIN LATERAL (SELECT sum(failed)::bigint AS failed, sum(total)::bigint AS total
            FROM queue.stage_shard s WHERE s.job_id = j.job_id AND s.kind = j.over_budget) c
          LEFT JOIN LATERAL (SELECT failure_code, remedy FROM queue.failures f
            WHERE f.job_id = j.job_id AND f.kind = j.over_budget ORDER BY tasks DESC, failure_code LIMIT 1) f ON true
        WHERE j.job_id = $1 AND j.over_budget IS NOT NULL
      """, job)
    guard let row = rows.first else { return nil }
    return JobHold(
      kind: try row.decode(at: 0), failed: try row.decode(at: 1), total: try row.decode(at: 2),
      allowed: try row.decode(at: 3), code: try row.decode(at: 4), remedy: try row.decode(at: 5))
  }

  /// What keeps the tasks of a running job waiting, and what to do about it; with causes that hold for tasks of all jobs.
  package func obstacles(of job: Int64) async throws(PostgresError) -> [JobObstacle] {
    let rows = try await connection.query(
      """
      SELECT s.why, s.kind, s.site, s.what_to_do FROM queue.stuck_tasks s
        WHERE s.cause <> 'over-budget' AND (s.job_id = $1
          -- These rows are about all jobs that wait there, and name one of them.
          OR s.cause IN ('no-worker', 'last-worker-silent', 'site-paused') AND EXISTS (
            SELECT FROM queue.task t JOIN queue.live_task l USING (task_id) LEFT JOIN queue.site p
              ON p.site_id = l.site_id
              WHERE t.job_id = $1 AND t.kind = coalesce(s.kind, t.kind) AND coalesce(p.name, '(no site)') = s.site
                AND l.state IN ('ready', 'delayed', 'held')))
        ORDER BY s.why, s.kind, s.site LIMIT 20
      """, job)
    var obstacles: [JobObstacle] = []
    for row in rows {
      obstacles.append(
        JobObstacle(
          why: try row.decode(at: 0), kind: try row.decode(at: 1), site: try row.decode(at: 2),
          whatToDo: try row.decode(at: 3)))
    }
    return obstacles
  }

  /// Sites of which no case of a job is left, because what did not fail was excluded.
  package func lostSites(of job: Int64) async throws(PostgresError) -> [String] {
    let rows = try await connection.query(
      """
      SELECT s.name FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id)
          JOIN trabecula.subject u USING (subject_id) JOIN queue.site s USING (site_id)
        WHERE c.job_id = $1 GROUP BY s.name
        HAVING bool_and(c.state IN ('failed', 'excluded')) AND bool_or(c.state = 'failed') ORDER BY s.name
      """, job)
    var sites: [String] = []
    for row in rows { sites.append(try row.decode(at: 0)) }
    return sites
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

  /// report.json of a finished job without times; nil where there is none yet.
  package func report(of job: Int64) async throws(PostgresError) -> String? {
    let rows = try await connection.query(
      "SELECT body FROM trabecula.report JOIN queue.job USING (job_id) WHERE job_id = $1 AND state = 'succeeded'",
      job)
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

  /// Fitted models of a finished job by name, as JSON; none where there is none yet.
  package func models(of job: Int64) async throws(PostgresError) -> [(name: String, body: String)] {
    let rows = try await connection.query(
      "SELECT name, body::text FROM trabecula.model WHERE job_id = $1 ORDER BY name", job)
    var models: [(name: String, body: String)] = []
    for row in rows { models.append((try row.decode(at: 0), try row.decode(at: 1))) }
    return models
  }
}
