import Postgres

/// Holds a study in its midst: from the time that so many tasks of a kind have ended, no other of them ends before the test lets it,
/// however late the test sees where the study is.
///
/// Their ends wait for a lock that a session of the test has. What is claimed is computed meanwhile; a claim replaces a row that is ready, and passes.
struct EndGate {
  private let connection: PostgresConnection

  /// - Parameters:
  ///   - count: ended tasks; where workers have several slots, as many more may end at the same moment.
  ///   - target: the database, which has been migrated and at which no worker is yet.
  static func hold(_ kind: String, beyond count: Int, at target: String) async throws -> EndGate {
    let connection = try await PostgresConnection.connect(to: target)
    try await connection.execute(
      script: """
        SELECT pg_advisory_lock(hashtext('test gate'));
        CREATE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          IF OLD.kind = '\(kind)' AND (SELECT count(*) FROM queue.task_history WHERE kind = '\(kind)') >= \(count) THEN
            PERFORM pg_advisory_xact_lock_shared(hashtext('test gate'));
          END IF;
          RETURN OLD;
        END $$;
        CREATE TRIGGER wait_at_gate BEFORE DELETE ON queue.live_task
          FOR EACH ROW WHEN (OLD.state = 'running') EXECUTE FUNCTION public.wait_at_gate();
        """)
    return EndGate(connection: connection)
  }

  /// Ends the session, and with it the lock.
  func open() async { await connection.close() }
}
