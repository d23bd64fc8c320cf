import Postgres

/// What operators do with jobs and sites.
///
/// Each call is one function of schema `queue`, is recorded in the audit there, and does nothing when called again.
extension TaskQueue {
  /// - Returns: one line that says what was done.
  package func retryFailed(of job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.retry_failed($1)", job)
  }

  /// - Returns: one line that says what was done.
  package func retry(task: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.retry_task($1)", task)
  }

  /// Ends a job and what is left of it; workers drop what they run of it with their next heartbeat.
  /// - Returns: one line that says what was done.
  package func cancel(job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.cancel_job($1)", job)
  }

  /// - Returns: one line that says what was done.
  package func pause(job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.pause_job($1)", job)
  }

  /// - Returns: one line that says what was done.
  package func resume(job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.resume_job($1)", job)
  }

  /// - Returns: one line that says what was done.
  package func pause(site: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.pause_site($1)", site)
  }

  /// - Returns: one line that says what was done.
  package func resume(site: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.resume_site($1)", site)
  }

  /// Lets a login of a worker, operator or reader see and serve these sites.
  /// - Returns: one line that says what the login may do now.
  package func grant(sites: [String], to login: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.grant_site($1, VARIADIC $2)", login, sites)
  }

  /// Lets a login see and serve every site, and the tasks of no site.
  /// - Returns: one line that says what the login may do now.
  package func grantAllSites(to login: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.grant_all_sites($1)", login)
  }

  /// Takes sites from a login; its workers that served them stop, and their tasks go back.
  /// - Parameter sites: empty for all.
  /// - Returns: one line that says what the login may do now.
  package func revoke(sites: [String], from login: String) async throws(PostgresError) -> String {
    sites.isEmpty
      ? try await act("SELECT queue.revoke_all_sites($1)", login)
      : try await act("SELECT queue.revoke_site($1, VARIADIC $2)", login, sites)
  }

  private func act(_ sql: String, _ parameters: any PostgresEncodable...) async throws(PostgresError)
    -> String
  {
    try await connection.query(PostgresStatement(sql, parameters: parameters.map(\.postgresValue))).scalar()
  }
}
