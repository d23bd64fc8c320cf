import Cancellation
import Postgres

/// Keeps a study from running past the moments at which faults are to happen, however late the harness sees them.
///
/// From a moment on no task ends until the fault is there: ends wait for a lock that a session of the harness has. They have no other
/// lock by then than that of their own rows. What has been claimed is computed meanwhile.
package actor StudyGate {
  private var connection: PostgresConnection?
  private static let space = 4711

  /// Added by the harness to its own database.
  package static let trigger = """
    CREATE TABLE public.gate (moment int, beyond int);
    CREATE FUNCTION public.wait_at_gates() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      DECLARE
        reached int;
      BEGIN
        FOR reached IN SELECT moment FROM public.gate
          WHERE beyond <= (SELECT count(*) FROM queue.task_history) ORDER BY moment
        LOOP
          PERFORM pg_advisory_xact_lock_shared(\(space), reached);
        END LOOP;
        RETURN OLD;
      END $$;
    CREATE TRIGGER wait_at_gates BEFORE DELETE ON queue.live_task
      FOR EACH ROW WHEN (OLD.state = 'running') EXECUTE FUNCTION public.wait_at_gates();
    """

  /// - Parameters:
  ///   - moments: numbers of ended tasks. None is passed before it is opened.
  ///   - target: the database, which has the trigger and at which no worker is yet.
  package init(at target: String, moments: [Int]) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    for (number, moment) in moments.enumerated() {
      try await connection.query("SELECT pg_advisory_lock($1, $2)", Int32(Self.space), Int32(number))
      try await connection.execute("INSERT INTO public.gate VALUES ($1, $2)", Int32(number), Int32(moment))
    }
    self.connection = connection
  }

  /// Closes the gate of a further moment, or of the next task to end where that moment has passed. Only when the fault before is over:
  /// workers wait at a gate, and what they do besides, as to declare others lost, waits with them.
  ///
  /// What is being ended while the gate closes may have passed it already. It is not counted, so that nothing depends on whether it ends
  /// before the counting or after it.
  /// - Parameter workers: each may end one more task past the gate, in a transaction that began before and whose snapshot does not
  ///   change.
  /// - Returns: whether a task is left for the gate to hold, after those up to the moment and one for each worker.
  package func close(_ number: Int, at moment: Int, workers: Int) async -> Bool {
    // A server that has gone away has opened all gates.
    guard let held = connection else { return true }
    do {
      try await held.query("SELECT pg_advisory_lock($1, $2)", Int32(Self.space), Int32(number))
      try await held.execute(
        "INSERT INTO public.gate SELECT $1, greatest($2, (SELECT count(*)::int FROM queue.task_history))",
        Int32(number), Int32(moment))
      return try await held.query(
        """
        SELECT count(*) > $1 + greatest($2 - (SELECT count(*) FROM queue.task_history), 0)
          FROM (SELECT FROM queue.live_task FOR KEY SHARE SKIP LOCKED) untouched
        """, workers, moment
      ).scalar(as: Bool.self)
    } catch {
      await close()
      return true
    }
  }

  /// Lets the study go on past a moment. Where the server has gone away meanwhile, it has opened all gates.
  package func open(_ number: Int) async {
    guard let open = connection else { return }
    do {
      try await open.query("SELECT pg_advisory_unlock($1, $2)", Int32(Self.space), Int32(number))
    } catch {
      await close()
    }
  }

  /// Opens all that are left.
  package func close() async {
    await connection?.close()
    connection = nil
  }
}
