import Postgres
import StatusServer

/// Cases of a study, all or by state, cause and site.
struct CasesPage {
  struct Choice {
    let value: String
    let isChosen: Bool
  }

  let job: Int64
  let states: [Choice]
  let code: String
  let site: String
  let cases: PageTable
  let next: String?
  let acts: [PageTable.Link]
  let hasActs: Bool

  /// Cases of one page.
  static let length = 100
  private static let known = ["", "pending", "done", "failed", "excluded"]

  static func page(
    _ reader: QueueReader, _ session: Session, _ job: Int64, _ query: FormFields
  ) async throws -> PageContent {
    let state = query["state"].flatMap { known.contains($0) ? $0 : nil } ?? ""
    let (code, site) = (query["code"], query["site"])
    let after = query.number("after") ?? 0
    let rows = try await reader.rows(
      """
      SELECT c.case_id, c.subject, c.site, c.image, concat(c.mask, ': ' || c.segment, ', ring ' || c.ring || ' mm'), c.state, c.failure_code,
          c.failure_text, d.task_id, d.remedy
        FROM trabecula.case_overview c LEFT JOIN trabecula.failure_detail d ON d.job_id = c.job_id AND d.case_id = c.case_id
        WHERE c.job_id = $1 AND ($2 = '' OR c.state = $2) AND ($3::text IS NULL OR c.failure_code = $3)
          AND ($4::text IS NULL OR c.site = $4) AND c.case_id > $5
        ORDER BY c.case_id LIMIT \(length)
      """, job, state, code, site, after)
    var table: [[PageTable.Cell]] = []
    for row in rows { table.append(try cells(row, job, acts: session.rights.acts)) }
    let last = try rows.last.map { row throws(PostgresError) in try row.decode(at: 0, as: Int64.self) }
    let filter = "state=\(state)&code=\((code ?? "").queryEncoded)&site=\((site ?? "").queryEncoded)"
    let acts =
      session.rights.acts && state == "failed" && !rows.isEmpty
      ? [
        Act(.retry, job: job, site: site, code: code).link,
        Act(.exclude, job: job, site: site, code: code).link,
      ] : []
    let page = CasesPage(
      job: job, states: known.map { Choice(value: $0, isChosen: $0 == state) }, code: code ?? "",
      site: site ?? "", cases: PageTable(nil, table, empty: "No such case, or none that you may see."),
      next: rows.count == length ? last.map { "/study/\(job)/cases?\(filter)&after=\($0)" } : nil, acts: acts,
      hasActs: !acts.isEmpty)
    return PageContent("Cases of study \(job)", try PageTemplates.render(page, "cases"), place: .studies)
  }

  private static func cells(_ row: PostgresRow, _ job: Int64, acts: Bool) throws(PostgresError) -> [PageTable
    .Cell]
  {
    let (number, state) = (try row.decode(at: 0, as: Int64.self), try row.decode(at: 5, as: String.self))
    var links: [PageTable.Link] = []
    if let task = try row.decode(at: 8, as: Int64?.self) {
      links.append(PageTable.Link(text: "Task \(task)", href: "/task/\(task)"))
      if acts { links.append(Act(.retryTask, job: job, task: task).link) }
    }
    if acts { links.append(Act(state == "excluded" ? .include : .exclude, job: job, item: number).link) }
    let tones = ["done": "succeeded", "failed": "failed", "excluded": "cancelled", "pending": "running"]
    let reason = try row.decode(at: 7, as: String?.self).map { text throws(PostgresError) in
      "\(try row.decode(at: 6, as: String?.self) ?? ""): \(text)"
    }
    return [
      .text("Case", "\(number)"), .text("Subject", try row.decode(at: 1)),
      .text("Site", try row.decode(at: 2)),
      .text("State", state, tone: tones[state]), .text("Why", reason),
      .text("What to do", try row.decode(at: 9)),
      .code("Image", try row.decode(at: 3)), .code("Mask", try row.decode(at: 4)), .links("Here", links),
    ]
  }
}
