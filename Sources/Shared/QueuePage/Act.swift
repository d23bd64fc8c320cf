import Postgres
import StatusServer

/// Something that an operator does: a function of schema `trabecula`, which checks the login and records the act.
struct Act: Equatable, Sendable {
  enum Name: String, CaseIterable, Sendable {
    case retry, cancel, pause, resume, priority, exclude, include, drain
    case retryTask = "retry-task"
    case pauseSite = "pause-site"
    case resumeSite = "resume-site"
    case giveUp = "give-up"
    case takeIn = "take-in"
  }

  let name: Name
  var job: Int64?
  var task: Int64?
  /// Number of a case.
  var item: Int64?
  var worker: Int64?
  var site: String?
  /// Cause of failures.
  var code: String?

  init(
    _ name: Name, job: Int64? = nil, task: Int64? = nil, item: Int64? = nil, worker: Int64? = nil,
    site: String? = nil, code: String? = nil
  ) {
    self.name = name
    self.job = job
    self.task = task
    self.item = item
    self.worker = worker
    self.site = site
    self.code = code
  }

  /// - Returns: nil where the form names no act, or not what it is done to.
  init?(_ form: FormFields) {
    guard let name = form["do"].flatMap(Name.init(rawValue:)) else { return nil }
    self.init(
      name, job: form.number("job"), task: form.number("task"), item: form.number("case"),
      worker: form.number("worker"), site: form["site"], code: form["code"])
    let isWhole =
      switch name {
      case .retry, .cancel, .pause, .resume, .priority: job != nil
      case .exclude: job != nil && (item != nil || code != nil || site != nil)
      case .include: job != nil && item != nil
      case .retryTask: task != nil
      case .drain: worker != nil
      case .pauseSite, .resumeSite: site != nil
      case .giveUp, .takeIn: job != nil && site != nil
      }
    guard isWhole else { return nil }
  }

  /// Names and values that say which act it is.
  var fields: [(name: String, value: String)] {
    let all: [(String, String?)] = [
      ("do", name.rawValue), ("job", job.map(String.init)), ("task", task.map(String.init)),
      ("case", item.map(String.init)), ("worker", worker.map(String.init)), ("site", site), ("code", code),
    ]
    return all.compactMap { field in field.1.map { (field.0, $0) } }
  }

  /// Where it is asked for.
  var href: String { "/act?" + fields.map { "\($0.name)=\($0.value.queryEncoded)" }.joined(separator: "&") }

  var link: PageTable.Link { PageTable.Link(text: label, href: href) }

  /// Where one goes afterwards.
  var origin: String {
    if let job { return "/study/\(job)" }
    if let task { return "/task/\(task)" }
    return worker != nil ? "/workers" : "/sites"
  }

  /// Whether it concerns part of what failed in a job.
  var isFiltered: Bool { code != nil || site != nil }
}

extension Act {
  /// Excludes at most as many at once.
  static let mostExcluded = 500
  private static let longest = Duration.seconds(600)

  /// Cases or tasks that a filter finds now; nil where the act has no filter.
  func count(_ reader: QueueReader) async throws(PostgresError) -> Int64? {
    guard let job, name == .retry || name == .exclude, isFiltered else { return nil }
    return try await reader.rows(
      """
      SELECT count(*) FROM trabecula.failure_detail
        WHERE job_id = $1 AND task_id IS NOT NULL AND ($2::text IS NULL OR failure_code = $2) AND ($3::text IS NULL OR site = $3)
      """, job, code, site
    ).scalar()
  }

  /// Does it.
  /// - Parameters:
  ///   - reason: for an exclusion.
  ///   - priority: for a job.
  ///   - reopens: whether an exclusion takes a job up again that has succeeded.
  /// - Returns: what was done, in the words of the function.
  func perform(
    _ connection: PostgresConnection, reason: String, priority: Int32, reopens: Bool
  ) async throws(PostgresError) -> String {
    func call(_ sql: String, _ parameters: any PostgresEncodable...) async throws(PostgresError) -> String {
      try await connection.query(
        PostgresStatement(sql, parameters: parameters.map(\.postgresValue)), timeout: Self.longest
      ).scalar()
    }
    switch name {
    case .retry where isFiltered:
      return try await call(
        """
        SELECT trabecula.retry_tasks($1, coalesce(array_agg(task_id), '{}')) FROM trabecula.failure_detail
          WHERE job_id = $1 AND task_id IS NOT NULL AND ($2::text IS NULL OR failure_code = $2) AND ($3::text IS NULL OR site = $3)
        """, job, code, site)
    case .retry: return try await call("SELECT trabecula.retry_failed($1)", job)
    case .retryTask: return try await call("SELECT trabecula.retry_task($1)", task)
    case .cancel: return try await call("SELECT trabecula.cancel_job($1)", job)
    case .pause: return try await call("SELECT trabecula.pause_job($1)", job)
    case .resume: return try await call("SELECT trabecula.resume_job($1)", job)
    case .priority: return try await call("SELECT trabecula.set_priority($1, $2)", job, priority)
    case .exclude where item != nil:
      return try await call("SELECT trabecula.exclude_case($1, $2, $3, $4)", job, item, reason, reopens)
    case .exclude:
      return try await call(
        """
        SELECT count(done) || ' of the cases are excluded: ' || coalesce(min(done), 'none was found') FROM (
          SELECT trabecula.exclude_case(job_id, case_id, $4, $5) AS done FROM (
            SELECT job_id, case_id FROM trabecula.failure_detail
              WHERE job_id = $1 AND task_id IS NOT NULL AND ($2::text IS NULL OR failure_code = $2)
                AND ($3::text IS NULL OR site = $3)
              ORDER BY case_id LIMIT \(Self.mostExcluded)) chosen) each_one
        """, job, code, site, reason, reopens)
    case .include: return try await call("SELECT trabecula.include_case($1, $2)", job, item)
    case .drain: return try await call("SELECT trabecula.drain_worker($1)", worker)
    case .pauseSite: return try await call("SELECT trabecula.pause_site($1)", site)
    case .resumeSite: return try await call("SELECT trabecula.resume_site($1)", site)
    case .giveUp: return try await call("SELECT trabecula.give_up_site($1, $2)", job, site)
    case .takeIn: return try await call("SELECT trabecula.take_site_in($1, $2)", job, site)
    }
  }
}
