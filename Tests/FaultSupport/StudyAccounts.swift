import Postgres
import TaskQueue
import WorkerCore

/// What a finished study left in its database, and every rule that it breaks.
package struct StudyAccounts: Sendable {
  package private(set) var tasks = 0
  /// Attempts that came to an end: one a task, and one more for each that failed or died.
  package private(set) var executions = 0
  package private(set) var lost = 0
  package private(set) var duplicated = 0
  package private(set) var failed: [String] = []
  package private(set) var violations: [String] = []
  package private(set) var report: String?

  /// What a study must hold for each rule; a number other than 0 breaks it.
  private static let rules: [(rule: String, counts: String)] = [
    ("jobs that have not succeeded", "FROM queue.job WHERE state <> 'succeeded'"),
    (
      "workers with more rights than a worker's",
      """
      FROM queue.worker JOIN pg_roles ON rolname = login
        WHERE rolsuper OR pg_has_role(login, 'trabecula_coordinator', 'MEMBER')
      """
    ),
    (
      "tasks ended by a login that was not granted their site",
      "FROM queue.task_history t JOIN queue.worker w USING (worker_id) WHERE \(ClaimLog.isForeign)"
    ),
    ("tasks still live", "FROM queue.live_task"),
    ("tasks running or cancelled", "FROM queue.task_history WHERE outcome = 'cancelled'"),
    (
      "shards whose counters do not add up",
      """
      FROM queue.stage_shard s LEFT JOIN LATERAL (
          SELECT count(*) AS total, count(*) FILTER (WHERE h.outcome = 'succeeded') AS succeeded,
              count(*) FILTER (WHERE h.outcome = 'failed') AS failed
            FROM queue.task t JOIN queue.task_history h USING (task_id)
            WHERE t.job_id = s.job_id AND t.kind = s.kind AND t.shard = s.shard) seen ON true
        WHERE s.remaining <> 0 OR s.cancelled <> 0 OR s.total <> seen.total
          OR s.total - s.failed <> seen.succeeded OR s.failed <> seen.failed
      """
    ),
    ("stages still open", "FROM queue.stage WHERE closed_at IS NULL OR open_shards <> 0"),
    (
      "cases without exactly one feature row",
      """
      FROM trabecula.job_case c WHERE state = 'done' AND 1 <> (SELECT count(*) FROM trabecula.case_feature f
        JOIN trabecula.feature_row USING (feature_key) WHERE f.job_id = c.job_id AND f.case_id = c.case_id)
      """
    ),
    ("cases neither done nor failed", "FROM trabecula.job_case WHERE state NOT IN ('done', 'failed')"),
    (
      "attempts recorded for a claim that also ended the task",
      "FROM queue.attempt_failure a JOIN queue.task_history h USING (task_id, fence) WHERE h.outcome <> 'failed'"
    ),
  ]

  package init(of run: StudyRun) async throws {
    let found = try await run.link.call { connection in try await Self.read(connection) }
    self = found
    let claims = ClaimLog.rules(run.grants)
    violations += try await run.link.call { connection in try await Self.broken(claims, connection) }
    let replicates = try await run.link.call {
      try await $0.query("SELECT count(*) FROM trabecula.replicate").scalar(as: Int.self)
    }
    if replicates != ReferenceStudy.replicates {
      violations.append("\(replicates) replicates instead of \(ReferenceStudy.replicates)")
    }
    violations += await run.surprises
  }

  /// The accounts of a database that no run belongs to.
  package init(at connectionString: String) async throws {
    let connection = try await PostgresConnection.connect(to: connectionString)
    self = try await Self.read(connection)
    await connection.close()
  }

  private static func read(_ connection: PostgresConnection) async throws -> StudyAccounts {
    var accounts = StudyAccounts()
    func number(_ sql: String) async throws -> Int { try await connection.query(sql).scalar(as: Int.self) }
    accounts.tasks = try await number("SELECT count(*) FROM queue.task")
    accounts.lost = try await number(
      "SELECT count(*) FROM queue.task t WHERE NOT EXISTS (SELECT FROM queue.task_history h WHERE h.task_id = t.task_id)"
    )
    accounts.duplicated = try await number(
      "SELECT coalesce(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM queue.task_history GROUP BY task_id) h"
    )
    accounts.executions = try await number(
      "SELECT (SELECT count(*) FROM queue.task_history) + (SELECT count(*) FROM queue.attempt_failure)"
    )
    if accounts.lost > 0 { accounts.violations.append("\(accounts.lost) tasks without an end") }
    if accounts.duplicated > 0 { accounts.violations.append("\(accounts.duplicated) tasks ended twice") }
    accounts.violations += try await broken(rules, connection)
    let failures = try await connection.query(
      "SELECT failure_code FROM queue.task_history WHERE outcome = 'failed' ORDER BY task_id")
    for row in failures { accounts.failed.append(try row.decode(at: 0)) }
    accounts.report = try await connection.query("SELECT body FROM trabecula.report").first?.decode(at: 0)
    return accounts
  }

  private static func broken(_ rules: [(rule: String, counts: String)], _ connection: PostgresConnection)
    async throws -> [String]
  {
    var broken: [String] = []
    for rule in rules {
      let count = try await connection.query("SELECT count(*) " + rule.counts).scalar(as: Int.self)
      if count != 0 { broken.append("\(count) \(rule.rule)") }
    }
    return broken
  }

  private init() {}
}
