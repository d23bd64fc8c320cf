import Postgres

/// What happened to a task, attempt by attempt.
struct TaskPage {
  struct Event {
    let instant: String
    let what: String
    let tone: String
    let worker: String?
    let took: String?
    let code: String?
    let text: String?
    let remedy: String?
  }

  let task: Int64
  let job: Int64
  let kind: String
  let site: String
  let events: [Event]
  let hasEvents: Bool
  let isHidden: Bool
  let cases: PageTable
  let showsCases: Bool
  let acts: [PageTable.Link]
  let hasActs: Bool

  static func page(_ reader: QueueReader, _ session: Session, _ task: Int64) async throws -> PageContent {
    let found = try await reader.rows(
      """
      SELECT t.job_id, t.kind, coalesce(s.name, '(no site)') FROM (SELECT task_id, job_id, kind, site_id FROM queue.task) t
          LEFT JOIN trabecula.site s USING (site_id) WHERE t.task_id = $1
      """, task)
    guard let row = found.first else { return try .notFound("There is no task \(task) that you may see.") }
    let job: Int64 = try row.decode(at: 0)
    let events = session.rights.seesAttempts ? try await reader.timeline(of: task) : []
    let cases = session.rights.seesCases ? try await reader.cases(of: task, job, session.rights) : nil
    let acts =
      session.rights.acts && events.last?.what == "failed" ? [Act(.retryTask, job: job, task: task).link] : []
    let page = TaskPage(
      task: task, job: job, kind: try row.decode(at: 1), site: try row.decode(at: 2), events: events,
      hasEvents: !events.isEmpty, isHidden: !session.rights.seesAttempts,
      cases: cases ?? PageTable("", [], empty: ""), showsCases: cases?.hasRows == true, acts: acts,
      hasActs: !acts.isEmpty)
    return PageContent("Task \(task)", try PageTemplates.render(page, "task"), place: .studies)
  }
}

extension QueueReader {
  func timeline(of task: Int64) async throws(PostgresError) -> [TaskPage.Event] {
    let rows = try await rows(
      """
      SELECT \(Self.instant("happened_at")), what, worker_id, host, extract(epoch FROM took)::float8, failure_code,
          failure_text, remedy
        FROM trabecula.task_timeline($1)
        ORDER BY what LIKE 'is %' OR what LIKE 'runs %', happened_at NULLS LAST LIMIT 200
      """, task)
    var events: [TaskPage.Event] = []
    for row in rows {
      let what: String = try row.decode(at: 1)
      let host = try row.decode(at: 3, as: String?.self).map { " on \($0)" } ?? ""
      let tones = [
        "succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled", "attempt failed": "held",
      ]
      events.append(
        TaskPage.Event(
          instant: try row.decode(at: 0, as: String?.self) ?? "now", what: what,
          tone: tones[what] ?? "running",
          worker: try row.decode(at: 2, as: Int64?.self).map { "worker \($0)\(host)" },
          took: try row.decode(at: 4, as: Double?.self).map { "after \(Words.duration($0))" },
          code: try row.decode(at: 5), text: try row.decode(at: 6), remedy: try row.decode(at: 7)))
    }
    return events
  }

  /// The cases that a failed task belongs to.
  func cases(of task: Int64, _ job: Int64, _ rights: LoginRights) async throws(PostgresError) -> PageTable {
    let rows = try await rows(
      """
      SELECT case_id, subject, site, image, concat(mask, ': ' || segment, ', ring ' || ring || ' mm'), remedy FROM trabecula.failure_detail
        WHERE job_id = $1 AND task_id = $2 ORDER BY case_id LIMIT 20
      """, job, task)
    var table: [[PageTable.Cell]] = []
    for row in rows {
      let number: Int64 = try row.decode(at: 0)
      table.append([
        .text("Case", "\(number)"), .text("Subject", try row.decode(at: 1)),
        .text("Site", try row.decode(at: 2)),
        .code("Image", try row.decode(at: 3)), .code("Mask", try row.decode(at: 4)),
        .text("What to do", try row.decode(at: 5)),
        .links("Acts", rights.acts ? [Act(.exclude, job: job, item: number).link] : []),
      ])
    }
    return PageTable("The case", table, empty: "")
  }
}
