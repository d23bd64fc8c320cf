import Postgres

/// A stage of a study, as the page shows it.
struct StageLine {
  let kind: String
  let percent: String
  /// `12 of 30 done · 1 failed · 2.3 a second · about 3 min left`
  let sentence: String
  let hasFailed: Bool
}

/// A study with its stages.
struct StudyCard {
  let job: Int64
  let name: String
  let href: String
  let state: String
  let tone: String
  let stages: [StageLine]
}

extension QueueReader {
  /// Studies of one page.
  static let studiesAPage = 20

  /// Running studies first, then the newest; or those before a number.
  func studies(before: Int64?) async throws(PostgresError) -> [StudyCard] {
    let jobs = try await rows(
      """
      SELECT job_id FROM trabecula.job WHERE $1::bigint IS NULL OR job_id < $1
        ORDER BY $1::bigint IS NULL AND state = 'running' DESC, job_id DESC LIMIT \(Self.studiesAPage)
      """, before)
    var numbers: [Int64] = []
    for row in jobs { numbers.append(try row.decode(at: 0)) }
    let cards = try await cards(of: numbers)
    return numbers.compactMap { number in cards.first { $0.job == number } }
  }

  /// One study; nil where there is none.
  func study(_ job: Int64) async throws(PostgresError) -> StudyCard? { try await cards(of: [job]).first }

  private func cards(of jobs: [Int64]) async throws(PostgresError) -> [StudyCard] {
    let stages = try await rows(
      """
      SELECT job_id, name, state, paused, over_budget, kind, total::bigint, succeeded::bigint, failed::bigint,
          cancelled::bigint, percent::float8, per_second, extract(epoch FROM eta)::float8, opened_at IS NOT NULL,
          closed_at IS NOT NULL
        FROM queue.job_progress WHERE job_id = ANY ($1)
      """, jobs)
    var cards: [StudyCard] = []
    for row in stages {
      let job: Int64 = try row.decode(at: 0)
      let (state, tone) = Self.shown(
        state: try row.decode(at: 2), isPaused: try row.decode(at: 3), isHeld: try row.decode(at: 4))
      let line = try Self.stage(row)
      if cards.last?.job == job, let last = cards.popLast() {
        cards.append(
          StudyCard(
            job: job, name: last.name, href: last.href, state: state, tone: tone, stages: last.stages + [line]
          ))
      } else {
        cards.append(
          StudyCard(
            job: job, name: try row.decode(at: 1), href: "/study/\(job)", state: state, tone: tone,
            stages: [line]))
      }
    }
    return cards
  }

  private static func shown(state: String, isPaused: Bool, isHeld: Bool) -> (String, tone: String) {
    guard state == "running" else { return (state, state) }
    if isPaused { return ("paused", "held") }
    return isHeld ? ("held: too much has failed", "failed") : ("running", "running")
  }

  private static func stage(_ row: PostgresRow) throws(PostgresError) -> StageLine {
    let (total, succeeded, failed, cancelled) = (
      try row.decode(at: 6, as: Int64.self), try row.decode(at: 7, as: Int64.self),
      try row.decode(at: 8, as: Int64.self), try row.decode(at: 9, as: Int64.self)
    )
    let isOpen = try row.decode(at: 13, as: Bool.self)
    let isClosed = try row.decode(at: 14, as: Bool.self)
    var parts = ["\(Words.count(succeeded)) of \(Words.count(total)) done"]
    if failed > 0 { parts.append("\(Words.count(failed)) failed") }
    if cancelled > 0 { parts.append("\(Words.count(cancelled)) cancelled") }
    if !isOpen, try row.decode(at: 2, as: String.self) == "running" {
      parts.append("waits for the stage before it")
    }
    if isOpen, let rate = try row.decode(at: 11, as: Double?.self), rate > 0 {
      parts.append(Words.rate(rate))
    }
    if isOpen, !isClosed, let left = try row.decode(at: 12, as: Double?.self) {
      parts.append("about \(Words.duration(left)) left")
    }
    return StageLine(
      kind: try row.decode(at: 5),
      percent: "\(Int((try row.decode(at: 10, as: Double?.self) ?? 0).rounded(.down)))",
      sentence: parts.joined(separator: " · "), hasFailed: failed > 0)
  }
}
