import Postgres

/// What operators do with jobs and sites.
///
/// Each call is one function of schema `queue`, is recorded in the audit there, and does nothing when called again.
extension TaskQueue {
  /// Tries what failed in a job again; takes a failed or cancelled job up where it was.
  /// - Returns: one line that says what was done.
  /// - Throws: `PostgresError` of code `.server` for an unknown job, or what this login may not do; so do all acts.
  public func retryFailed(of job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.retry_failed($1)", job)
  }

  /// Tries one failed task again, with those that go with it.
  /// - Returns: one line that says what was done.
  public func retry(task: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.retry_task($1)", task)
  }

  /// Ends a job and what is left of it; workers drop what they run of it with their next heartbeat.
  /// - Returns: one line that says what was done.
  public func cancel(job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.cancel_job($1)", job)
  }

  /// Holds the ready tasks of a job; running ones go on to their end.
  /// - Returns: one line that says what was done.
  public func pause(job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.pause_job($1)", job)
  }

  /// Gives the held tasks of a job back to the queue.
  /// - Returns: one line that says what was done.
  public func resume(job: Int64) async throws(PostgresError) -> String {
    try await act("SELECT queue.resume_job($1)", job)
  }

  /// Holds the ready tasks of a site, of all jobs.
  /// - Returns: one line that says what was done.
  public func pause(site: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.pause_site($1)", site)
  }

  /// Gives the held tasks of a site back to the queue.
  /// - Returns: one line that says what was done.
  public func resume(site: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.resume_site($1)", site)
  }

  /// Lets a login of a worker, operator or reader see and serve these sites.
  /// - Returns: one line that says what the login may do now.
  public func grant(sites: [String], to login: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.grant_site($1, VARIADIC $2)", login, sites)
  }

  /// Lets a login see and serve every site, and the tasks of no site.
  /// - Returns: one line that says what the login may do now.
  public func grantAllSites(to login: String) async throws(PostgresError) -> String {
    try await act("SELECT queue.grant_all_sites($1)", login)
  }

  /// Whether a login may take as many of the server's connections as there are.
  public func mayTakeAllConnections(_ login: String) async throws(PostgresError) -> Bool {
    try await connection.query(
      "SELECT count(*) = 1 FROM pg_roles WHERE rolname = $1 AND rolconnlimit < 0 AND NOT rolsuper", login
    ).scalar()
  }

  /// Takes sites from a login; its workers that served them stop, and their tasks go back.
  /// - Parameters:
  ///   - sites: empty for all.
  ///   - login: a role that logs in.
  /// - Returns: one line that says what the login may do now.
  public func revoke(sites: [String], from login: String) async throws(PostgresError) -> String {
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
