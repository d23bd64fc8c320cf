import Logging
import Postgres
import Synchronization

/// What a login may do, as PostgreSQL says; it decides what the page offers. Whether a deed is allowed, PostgreSQL decides again.
struct LoginRights: Equatable, Sendable {
  var seesQueue = false
  var seesCases = false
  var seesAttempts = false
  var seesReports = false
  var seesAudit = false
  /// Cases by name, predictions and features: what only coordinators export.
  var exports = false
  var acts = false
  var servesAllSites = false

  init() {}

  /// Asks for the rights of the connection's login.
  init(of connection: PostgresConnection) async throws {
    let row = try await connection.query(
      """
      SELECT has_schema_privilege('trabecula', 'USAGE') AND has_table_privilege('trabecula.job_progress', 'SELECT'),
          has_table_privilege('trabecula.case_overview', 'SELECT'), has_function_privilege('trabecula.task_timeline(bigint)', 'EXECUTE'),
          has_table_privilege('trabecula.report', 'SELECT'), has_table_privilege('trabecula.audit', 'SELECT'),
          has_function_privilege('trabecula.retry_failed(bigint)', 'EXECUTE'),
          has_function_privilege('trabecula.study_of(bigint, bigint)', 'EXECUTE')
            AND has_table_privilege('trabecula.report', 'SELECT')
      """
    ).only()
    (seesQueue, seesCases, seesAttempts, seesReports, seesAudit, acts, exports) = try row.decode(
      Bool.self, Bool.self, Bool.self, Bool.self, Bool.self, Bool.self, Bool.self)
    if seesQueue { servesAllSites = try await connection.query("SELECT queue.serves_all_sites()").scalar() }
  }
}

/// Somebody who is signed in, with a connection of their own to the database.
final class Session: Sendable {
  let login: String
  let rights: LoginRights
  /// Nil in tests of the ledger alone.
  let connection: PostgresConnection?
  /// Bound to the session: every form has it, so that no other site can send one.
  let token = Secret()
  let reports: ReportFolder
  private let news = Mutex<String?>(nil)

  init(login: String, rights: LoginRights, connection: PostgresConnection?, logger: Logger) {
    self.login = login
    self.rights = rights
    self.connection = connection
    reports = ReportFolder(logger: logger)
  }

  /// What the last act did, to be shown with the next page.
  func tell(_ sentence: String) { news.withLock { $0 = sentence } }

  func takeNews() -> String? {
    news.withLock { news in
      defer { news = nil }
      return news
    }
  }

  /// Ends the connection and removes what was written for the session.
  func end() async {
    await connection?.close()
    await reports.remove()
  }
}
