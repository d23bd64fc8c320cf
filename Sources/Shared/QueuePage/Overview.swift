import Postgres
import StatusServer

/// The first page: studies, what is stuck, sites.
struct Overview {
  let studies: [StudyCard]
  let hasStudies: Bool
  let older: String?
  let isFirst: Bool
  let stuck: PageTable
  let sites: PageTable

  static func page(_ reader: QueueReader, _ session: Session, _ query: FormFields) async throws -> PageContent
  {
    let before = query.number("before")
    let studies = try await reader.studies(before: before)
    let older =
      studies.count == QueueReader.studiesAPage ? studies.map(\.job).min().map { "/?before=\($0)" } : nil
    let overview = Overview(
      studies: studies, hasStudies: !studies.isEmpty, older: older, isFirst: before == nil,
      stuck: try await reader.stuck(of: nil, acts: session.rights.acts),
      sites: try await reader.sites(acts: session.rights.acts, caption: "Sites"))
    return PageContent("Studies", try PageTemplates.render(overview, "overview"), place: .studies)
  }
}

extension QueueReader {
  /// What keeps tasks waiting, and what to do about it.
  /// - Parameter job: with what holds for tasks of all jobs; nil for everything.
  func stuck(of job: Int64?, acts: Bool) async throws(PostgresError) -> PageTable {
    let found = try await rows(
      """
      SELECT why, job_id, kind, site, tasks::bigint, task_id, \(Self.instant("since")), what_to_do, cause
        FROM trabecula.stuck_tasks
        WHERE $1::bigint IS NULL OR job_id IS NULL OR job_id = $1 OR cause IN ('no-worker', 'last-worker-silent')
        ORDER BY job_id NULLS FIRST, why, kind, site LIMIT 100
      """, job)
    var table: [[PageTable.Cell]] = []
    for row in found {
      let why: String = try row.decode(at: 0)
      let (ofJob, site) = (try row.decode(at: 1, as: Int64?.self), try row.decode(at: 3, as: String?.self))
      var links =
        try row.decode(at: 5, as: Int64?.self).map {
          [PageTable.Link(text: "Task \($0)", href: "/task/\($0)")]
        } ?? []
      if acts { links += Self.remedies(of: try row.decode(at: 8), ofJob, site) }
      table.append([
        .text("Why", why, tone: "held"),
        .text("Study", ofJob.map(String.init), href: ofJob.map { "/study/\($0)" }),
        .text("Kind", try row.decode(at: 2)), .text("Site", site),
        .number("Tasks", try row.decode(at: 4)), .text("Since", try row.decode(at: 6)),
        .code("What to do", try row.decode(at: 7)), .links("Here", links),
      ])
    }
    return PageTable("What is stuck, and what to do", table, empty: "Nothing is stuck.")
  }

  /// Deeds of this page that do what the view advises.
  private static func remedies(of cause: String, _ job: Int64?, _ site: String?) -> [PageTable.Link] {
    switch (cause, job, site) {
    case ("job-paused", let job?, _): [Act(.resume, job: job).link]
    case ("site-paused", _, let site?): [Act(.resumeSite, site: site).link]
    case ("over-budget", let job?, _): [Act(.retry, job: job).link, Act(.resume, job: job).link]
    case ("no-worker", let job?, let site?) where site != "(no site)":
      [Act(.giveUp, job: job, site: site).link]
    default: []
    }
  }

  func sites(acts: Bool, caption: String? = nil) async throws(PostgresError) -> PageTable {
    let found = try await rows(
      "SELECT site, paused, workers, slots::bigint, running, ready FROM trabecula.site_overview")
    var table: [[PageTable.Cell]] = []
    for row in found {
      let (site, isPaused) = (try row.decode(at: 0, as: String.self), try row.decode(at: 1, as: Bool.self))
      var cells: [PageTable.Cell] = [
        .text("Site", site),
        .text("State", isPaused ? "paused" : "open", tone: isPaused ? "held" : "succeeded"),
        .number("Workers", try row.decode(at: 2)), .number("Slots", try row.decode(at: 3)),
        .number("Running", try row.decode(at: 4)), .number("Ready", try row.decode(at: 5)),
      ]
      if acts {
        cells.append(
          .links(
            "Acts", site == "(no site)" ? [] : [Act(isPaused ? .resumeSite : .pauseSite, site: site).link]))
      }
      table.append(cells)
    }
    return PageTable(caption, table, empty: "No site is known yet.")
  }
}
