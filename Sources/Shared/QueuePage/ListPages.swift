import Postgres

/// Pages of one table: workers, who did what, the database.
struct ListPage {
  let title: String
  let about: String
  let table: PageTable
  let next: String?

  fileprivate func content(_ place: PagePlace) throws -> PageContent {
    PageContent(title, try PageTemplates.render(self, "list"), place: place)
  }
}

extension QueueReader {
  func workersPage(_ session: Session) async throws -> PageContent {
    let found = try await rows(
      """
      SELECT worker_id, host, pid::bigint, state, slots::bigint, running::bigint, reserved::bigint, sites,
          since_heartbeat::text, login::text, version
        FROM queue.worker_overview WHERE ended_at IS NULL OR state = 'lost' AND ended_at > now() - interval '1 day'
        ORDER BY state <> 'lost' AND state <> 'silent', worker_id LIMIT 200
      """)
    let tones = ["active": "succeeded", "draining": "held", "silent": "failed", "lost": "failed"]
    var table: [[PageTable.Cell]] = []
    for row in found {
      let (number, state) = (try row.decode(at: 0, as: Int64.self), try row.decode(at: 3, as: String.self))
      var cells: [PageTable.Cell] = [
        .text("Worker", "\(number)"), .text("State", state, tone: tones[state]),
        .text(
          "Host",
          "\(try row.decode(at: 1, as: String.self)), process \(try row.decode(at: 2, as: Int64.self))"),
        .number("Slots", try row.decode(at: 4)), .number("Running", try row.decode(at: 5)),
        .number("Reserved", try row.decode(at: 6)), .text("Sites", try row.decode(at: 7)),
        .text("Last heard", "\(try row.decode(at: 8, as: String.self)) ago"),
        .text("Login", try row.decode(at: 9)),
        .text("Version", try row.decode(at: 10)),
      ]
      if session.rights.acts {
        cells.append(
          .links("Acts", state == "active" || state == "silent" ? [Act(.drain, worker: number).link] : []))
      }
      table.append(cells)
    }
    return try ListPage(
      title: "Workers", about: "Those that are not heard of first; 200 at most.",
      table: PageTable(nil, table, empty: "No worker runs."), next: nil
    ).content(.workers)
  }

  func auditPage(before: Int64?) async throws -> PageContent {
    let found = try await rows(
      """
      SELECT audit_id, \(Self.instant("done_at")), login::text, act, object, before::text, after::text FROM trabecula.audit
        WHERE $1::bigint IS NULL OR audit_id < $1 ORDER BY audit_id DESC LIMIT 50
      """, before)
    var table: [[PageTable.Cell]] = []
    for row in found {
      table.append([
        .text("When", try row.decode(at: 1)), .text("Login", try row.decode(at: 2)),
        .text("Act", try row.decode(at: 3)),
        .text("On", try row.decode(at: 4)), .code("Before", try row.decode(at: 5, as: String?.self) ?? "–"),
        .code("After", try row.decode(at: 6, as: String?.self) ?? "–"),
      ])
    }
    let last = try found.last.map { row throws(PostgresError) in try row.decode(at: 0, as: Int64.self) }
    return try ListPage(
      title: "Acts", about: "Who did what. Nobody can change it; logins of all sites see it.",
      table: PageTable(nil, table, empty: "No act, or none that you may see."),
      next: found.count == 50 ? last.map { "/acts?before=\($0)" } : nil
    ).content(.acts)
  }

  func databasePage() async throws -> PageContent {
    let found = try await rows("SELECT what, value, about FROM trabecula.db_health")
    var table: [[PageTable.Cell]] = []
    for row in found {
      table.append([
        .text("What", try row.decode(at: 0)), .text("Value", try row.decode(at: 1)),
        .text("About", try row.decode(at: 2)),
      ])
    }
    return try ListPage(
      title: "Database", about: "What slows a queue in PostgreSQL.",
      table: PageTable(nil, table, empty: "Nothing is known."), next: nil
    ).content(.database)
  }
}
