import Postgres
import StatusServer
import StudyExports
import StudyStore

/// A study: how far it is, what is stuck, what failed, what can be done, what came of it.
struct StudyPage {
  struct Fact {
    let name: String
    let value: String
  }

  let study: StudyCard
  let facts: [Fact]
  let acts: [PageTable.Link]
  let hasActs: Bool
  let stuck: PageTable
  let failures: PageTable
  let cases: String?
  let results: [PageTable.Link]
  let hasResults: Bool
  /// Why there is no report to be had.
  let noReport: String?

  static func page(_ reader: QueueReader, _ session: Session, _ job: Int64) async throws -> PageContent {
    guard let study = try await reader.study(job) else { return try .notFound("There is no study \(job).") }
    let record = try await reader.rows(
      """
      SELECT state, paused, over_budget IS NOT NULL, priority::bigint, \(QueueReader.instant("submitted_at")),
          \(QueueReader.instant("ended_at")), failure_text, remedy
        FROM trabecula.job WHERE job_id = $1
      """, job
    ).only()
    let state: String = try record.decode(at: 0)
    let acts = session.rights.acts ? try Self.acts(job, record) : []
    let isDone = state == "succeeded"
    let superseded =
      isDone && session.rights.seesReports
      ? try await StudyStore(reader.connection).supersession(of: job) : nil
    let results =
      isDone && superseded == nil ? try await reader.results(of: job, session.rights) : []
    let page = StudyPage(
      study: study, facts: try Self.facts(record), acts: acts, hasActs: !acts.isEmpty,
      stuck: try await reader.stuck(of: job, acts: session.rights.acts),
      failures: try await reader.failures(of: job, session.rights),
      cases: session.rights.seesCases ? "/study/\(job)/cases" : nil, results: results,
      hasResults: !results.isEmpty, noReport: superseded.map { "The report is superseded: \($0)" })
    return PageContent(
      "\(study.name), study \(job)", try PageTemplates.render(page, "study"), place: .studies)
  }

  private static func facts(_ record: PostgresRow) throws(PostgresError) -> [Fact] {
    var facts = [Fact(name: "Submitted", value: try record.decode(at: 4))]
    if let ended = try record.decode(at: 5, as: String?.self) {
      facts.append(Fact(name: "Ended", value: ended))
    }
    facts.append(Fact(name: "Priority", value: Words.count(try record.decode(at: 3))))
    if let failure = try record.decode(at: 6, as: String?.self) {
      facts.append(Fact(name: "Failed because", value: failure))
    }
    if let remedy = try record.decode(at: 7, as: String?.self) {
      facts.append(Fact(name: "What to do", value: remedy))
    }
    return facts
  }

  private static func acts(_ job: Int64, _ record: PostgresRow) throws(PostgresError) -> [PageTable.Link] {
    let (isPaused, isHeld) = (
      try record.decode(at: 1, as: Bool.self), try record.decode(at: 2, as: Bool.self)
    )
    guard try record.decode(at: 0, as: String.self) == "running" else { return [Act(.retry, job: job).link] }
    return [
      Act(.retry, job: job).link, Act(isPaused || isHeld ? .resume : .pause, job: job).link,
      Act(.priority, job: job).link,
      Act(.cancel, job: job).link,
    ]
  }
}

extension QueueReader {
  /// What failed in a study, by cause.
  func failures(of job: Int64, _ rights: LoginRights) async throws(PostgresError) -> PageTable {
    let found = try await rows(
      """
      SELECT kind, failure_code, cases, example_task, example, remedy FROM trabecula.failures WHERE job_id = $1
        ORDER BY cases DESC, failure_code LIMIT 100
      """, job)
    var table: [[PageTable.Cell]] = []
    for row in found {
      let code: String = try row.decode(at: 1)
      let isCase = try row.decode(at: 0, as: String.self) != "job"
      let list =
        isCase && rights.seesCases ? "/study/\(job)/cases?state=failed&code=\(code.queryEncoded)" : nil
      var links: [PageTable.Link] = []
      if let task = try row.decode(at: 3, as: Int64?.self) {
        links.append(PageTable.Link(text: "Task \(task)", href: "/task/\(task)"))
      }
      if isCase, rights.acts {
        links += [Act(.retry, job: job, code: code).link, Act(.exclude, job: job, code: code).link]
      }
      table.append([
        .text("Cause", code, href: list, tone: "failed"), .number("Cases", try row.decode(at: 2)),
        .text("Example", try row.decode(at: 4)), .text("What to do", try row.decode(at: 5)),
        .links("Here", links),
      ])
    }
    return PageTable("What failed, by cause", table, empty: "Nothing has failed.")
  }

  /// What a finished study gives out to this login.
  func results(of job: Int64, _ rights: LoginRights) async throws(PostgresError) -> [PageTable.Link] {
    guard rights.seesReports, rights.servesAllSites else { return [] }
    var links = [
      PageTable.Link(text: "Report", href: "/study/\(job)/report/index.html"),
      PageTable.Link(text: "report.json", href: "/study/\(job)/report/report.json"),
    ]
    let tables: [ExportedTable] =
      rights.exports ? [.metrics, .predictions, .features, .failures] : [.metrics]
    for table in tables {
      links.append(
        PageTable.Link(text: "\(table.rawValue).csv", href: "/study/\(job)/export/\(table.rawValue).csv"))
    }
    let models = try await rows("SELECT name FROM trabecula.model WHERE job_id = $1 ORDER BY name", job)
    for row in models {
      let name: String = try row.decode(at: 0)
      for format in ["json", "pmml"] {
        links.append(
          PageTable.Link(
            text: "model \(name) (\(format))", href: "/study/\(job)/model.\(format)?name=\(name.queryEncoded)"
          ))
      }
    }
    return links
  }
}
