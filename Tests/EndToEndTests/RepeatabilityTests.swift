import Foundation
import Postgres
import PrivateServer
import Testing

@Suite struct `The report of a study` {
  @Test func `is the same bytes with one worker, with four, and with workers killed in every stage`()
    async throws
  {
    try await SmallStudy.with { study in
      let one = try await study.local(["-j", "1"], out: "one")
      try #require(one.status == 0, Comment(rawValue: one.errors))
      let expected = try study.reproducibleReport("one")
      // The same data folder would have the features already; each run gets its own.
      let four = try await study.local(["-j", "4"], out: "four", data: "data-four")
      #expect(four.status == 0)
      #expect(try study.reproducibleReport("four") == expected)
      let server = try await PrivatePostgres.start(
        in: study.folder.appendingPathComponent("data-killed"), lifetime: .untilStopped, tuning: .durable)
      let killer = try await WorkerKiller(on: server.connectionString())
      async let kills = killer.killOnce(in: ["extract", "bootstrap"])
      let killed = try await study.local(["-j", "2"], out: "killed", data: "data-killed")
      #expect(killed.status == 0, Comment(rawValue: killed.errors))
      #expect(try await kills == ["extract", "bootstrap"])
      #expect(try study.reproducibleReport("killed") == expected)
      for name in ["data-four", "data-killed"] { _ = try await study.local(["--stop"], data: name) }
    }
  }
}

/// Kills a worker process with SIGKILL once in the middle of each of some stages.
///
/// From the first ended task of a stage on, no other may end before the kill: their ends wait for a lock that this holds.
actor WorkerKiller {
  private let connection: PostgresConnection

  private static let triggers = """
    CREATE FUNCTION public.tell_test() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('test_moved', ''); RETURN NULL; END $$;
    CREATE FUNCTION public.wait_for_kill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF EXISTS (SELECT FROM queue.task_history h WHERE h.kind = NEW.kind AND h.task_id <> NEW.task_id) THEN
        PERFORM pg_advisory_xact_lock_shared(hashtext(NEW.kind));
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER wait_for_kill BEFORE INSERT ON queue.task_history
      FOR EACH ROW EXECUTE FUNCTION public.wait_for_kill();
    CREATE TRIGGER tell_test AFTER INSERT ON queue.task_history
      FOR EACH STATEMENT EXECUTE FUNCTION public.tell_test();
    CREATE TRIGGER tell_test AFTER INSERT OR UPDATE ON queue.live_task
      FOR EACH STATEMENT EXECUTE FUNCTION public.tell_test();
    """

  /// Prepares a new database before any worker comes.
  init(on target: String) async throws {
    _ = try await Programs.run("coordinator", ["migrate", "--database", target])
    connection = try await PostgresConnection.connect(to: target)
    try await connection.execute(script: Self.triggers)
    try await connection.listen(to: "test_moved")
  }

  /// - Returns: the stages in which a worker was killed.
  func killOnce(in kinds: [String]) async throws -> [String] {
    for kind in kinds { try await connection.query("SELECT pg_advisory_lock(hashtext($1))", kind) }
    var kills: [String] = []
    for kind in kinds {
      while let _ = try await connection.nextNotification(timeout: .seconds(600)) {
        guard let victim = try await worker(amid: kind) else { continue }
        Foundation.kill(victim, SIGKILL)
        kills.append(kind)
        break
      }
      try await connection.query("SELECT pg_advisory_unlock(hashtext($1))", kind)
    }
    await connection.close()
    return kills
  }

  /// A process that runs a task of a stage of which another task has ended.
  private func worker(amid kind: String) async throws -> Int32? {
    try await connection.query(
      """
      SELECT pid FROM queue.live_task JOIN queue.worker USING (worker_id)
        WHERE kind = $1 AND live_task.state = 'running'
          AND EXISTS (SELECT FROM queue.task_history WHERE kind = $1) ORDER BY task_id LIMIT 1
      """, kind
    ).first?.decode(at: 0)
  }
}
