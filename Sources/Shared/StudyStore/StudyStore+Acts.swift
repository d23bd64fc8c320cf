import Foundation
import Postgres

/// What people do with the cases, sites and subjects of a study, and with a job as a whole.
///
/// Each call is one function of schema `trabecula`, which checks what its caller may do and records the act in the audit. It
/// answers a line that says what was done, and throws `PostgresError` of code `.server` for what is not there or may not be.
extension StudyStore {
  /// Deadline of an act: one that is given up is undone, and would take as long again.
  private static let longestAct = Duration.seconds(3_600)

  /// Takes a case out of a job: its open tasks are cancelled, and the report counts it as excluded.
  /// - Parameters:
  ///   - item: number of the case.
  ///   - job: number of the job.
  ///   - reason: for the report; names nobody.
  ///   - reopens: whether a job that has succeeded is taken up again, which withdraws its report.
  package func exclude(case item: Int64, from job: Int64, because reason: String, reopens: Bool)
    async throws(PostgresError) -> String
  {
    try await connection.query(
      "SELECT trabecula.exclude_case($1, $2, $3, $4)", job, item, reason, reopens, timeout: Self.longestAct
    ).scalar()
  }

  /// Takes an excluded case into its job again.
  package func include(case item: Int64, in job: Int64) async throws(PostgresError) -> String {
    try await connection.query("SELECT trabecula.include_case($1, $2)", job, item, timeout: Self.longestAct)
      .scalar()
  }

  /// Excludes the cases of a site that has left, but for those whose features are stored.
  package func giveUp(site: String, in job: Int64) async throws(PostgresError) -> String {
    try await connection.query("SELECT trabecula.give_up_site($1, $2)", job, site, timeout: Self.longestAct)
      .scalar()
  }

  /// Takes a site that was given up into the job again.
  package func takeIn(site: String, to job: Int64) async throws(PostgresError) -> String {
    try await connection.query("SELECT trabecula.take_site_in($1, $2)", job, site, timeout: Self.longestAct)
      .scalar()
  }

  /// Removes a person from every job.
  /// - Parameters:
  ///   - subject: the code, as column ID of the manifest has it.
  ///   - site: where the code is used.
  ///   - cohorts: of this person, where several have the code; empty where there is one.
  package func erase(subject: String, at site: String, cohorts: [String]) async throws(PostgresError)
    -> String
  {
    try await connection.query(
      "SELECT trabecula.erase_subject($1, $2, $3)", subject, site, cohorts.isEmpty ? nil : cohorts,
      timeout: Self.longestAct
    ).scalar()
  }

  /// Deletes a job that has ended, with what no other job uses.
  package func delete(job: Int64) async throws(PostgresError) -> String {
    try await connection.query("SELECT trabecula.delete_job($1)", job, timeout: Self.longestAct).scalar()
  }

  /// Why the report of a job is superseded; nil where it stands, or where there is none.
  package func supersession(of job: Int64) async throws(PostgresError) -> String? {
    try await connection.query("SELECT superseded_because FROM trabecula.report WHERE job_id = $1", job)
      .first?
      .decode(at: 0, as: String?.self)
  }

  /// Numbers and sites of the cases that tables call so: the code of their subject, with `#2` where it has several.
  package func cases(called name: String, in job: Int64) async throws(PostgresError) -> [(
    id: Int64, site: String
  )] {
    let rows = try await connection.query(
      """
      SELECT case_id, site FROM (
        SELECT case_id, site, subject, count(*) OVER whole AS cases, row_number() OVER
            (whole ORDER BY image COLLATE "C", mask COLLATE "C", label, segment COLLATE "C" NULLS FIRST,
              ring COLLATE "C" NULLS FIRST) AS number
          FROM trabecula.case_overview
          WHERE job_id = $1 AND subject IN ($2, regexp_replace($2, '#[0-9]+$', ''))
          WINDOW whole AS (PARTITION BY site, subject)) named
        WHERE subject || CASE WHEN cases > 1 THEN '#' || number ELSE '' END = $2 ORDER BY site
      """, job, name)
    var found: [(id: Int64, site: String)] = []
    for row in rows { found.append((try row.decode(at: 0), try row.decode(at: 1))) }
    return found
  }

  /// Whether the login sees the rows of every site.
  package func seesAllSites() async throws(PostgresError) -> Bool {
    try await connection.query("SELECT queue.serves_all_sites()").scalar()
  }

  /// Writes to the audit that a job was copied as a whole.
  /// - Parameters:
  ///   - digest: SHA-256 of the file.
  ///   - revision: of the job when it was copied; another one now is an error.
  package func noteArchive(of job: Int64, digest: [UInt8], revision: Int32) async throws(PostgresError) {
    try await connection.query("SELECT trabecula.note_archive($1, $2, $3)", job, digest, revision)
  }

  /// For the leader of a term: deletes workers and unused feature rows that are old enough, a thousand of each at most, and the
  /// oldest job that is.
  /// - Parameter jobDays: nil keeps all jobs.
  /// - Returns: how many workers, rows and jobs went.
  package func maintainRetention(
    inTerm term: Int64, keepingWorkers workerDays: Int, features featureDays: Int, jobs jobDays: Int?
  ) async throws(PostgresError) -> Int {
    Int(
      try await connection.query(
        "SELECT trabecula.maintain_retention($1, $2, $3, $4)", term, Int32(workerDays), Int32(featureDays),
        jobDays.map(Int32.init), timeout: Self.longestAct
      ).scalar(as: Int32.self))
  }
}
