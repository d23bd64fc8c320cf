import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Maintenance` {
  /// A worker that died with a task, as the database sees it.
  static let deadWorker = """
    SELECT queue.register_worker('gone', 1, 1, 'test', NULL, 600, 1, array_agg(DISTINCT need))
      FROM queue.lane, unnest(needs) AS need;
    SELECT queue.claim_tasks(max(worker_id), '{extract}', 1) FROM queue.worker;
    UPDATE queue.worker SET lease_until = now() - interval '1 second' WHERE host = 'gone';
    """

  @Test func `is taken over when the leading coordinator is killed`() async throws {
    try await OperatedStudy.with { study in
      // Long against a busy machine: where the first falls silent by itself, the second never stands by.
      let arguments = ["serve", "--lease", "30", "--database", study.database(as: .coordinator)]
      let connection = try await PostgresConnection.connect(to: study.target)
      try await connection.listen(to: "trabecula_ready")
      _ = try await RunningProgram.with("coordinator", arguments) { first in
        try #require(await first.lines.contain("leads in term 1"))
        let second = try await RunningProgram.with("coordinator", arguments) { second in
          try #require(await second.lines.contain("stands by"))
          first.kill(SIGKILL)
          try await wait(until: { first.hasEnded })
          // All but a second of its lease passes.
          try await connection.execute(
            "UPDATE queue.leader SET lease_until = least(lease_until, now() + interval '1 second')")
          #expect(await second.lines.contain("leads in term 2"))
          try await connection.execute(script: Self.deadWorker)
          #expect(try await connection.nextNotification(timeout: .seconds(600)) != nil)
          #expect(await second.lines.contain("1 workers lost, 1 tasks taken back"))
        }
        #expect(second.status == 0)
      }
      let held = try await connection.query("SELECT lease_until < now() FROM queue.leader").scalar(
        as: Bool.self)
      #expect(held, "a coordinator that is stopped resigns")
      await connection.close()
    }
  }

  private static let extractionOnly = """
    study: small
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models: []
    """

  @Test func `deletes the jobs that ended before the days that it is told, and keeps what others use`()
    async throws
  {
    try await OperatedStudy.with(yaml: Self.extractionOnly) { study in
      try await study.work()
      try await study.run("coordinator", ["submit", study.study.file.path, "--again"], as: .coordinator)
      try await study.work()
      try await study.psql(
        "UPDATE queue.job SET ended_at = now() - interval '1 day' * (33 - 2 * job_id)", as: nil)
      let arguments = [
        "serve", "--lease", "15", "--keep-jobs-days", "30", "--database", study.database(as: .coordinator),
      ]
      let connection = try await PostgresConnection.connect(to: study.target)
      let ended = try await RunningProgram.with("coordinator", arguments) { program in
        #expect(await program.lines.contain("1 old workers, unused feature rows and jobs deleted"))
        try await connection.wait(until: "NOT EXISTS (SELECT FROM queue.job WHERE job_id = 1)")
      }
      await connection.close()
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT string_agg(job_id::text, ' ') FROM queue.job") == "2")
      #expect(try await study.psql("SELECT count(*) FROM trabecula.case_feature") == "30")
      let audited = "SELECT object || ' by ' || login FROM queue.audit WHERE act = 'delete_job'"
      #expect(try await study.psql(audited) == "job 1 by \(TestLogin.coordinator.rawValue)")
    }
  }

  /// As `pg_cancel_backend` and `statement_timeout` do (57014).
  @Test func `goes on when its statement is cancelled`() async throws {
    try await OperatedStudy.with { study in
      let arguments = ["serve", "--lease", "6", "--database", study.database(as: .coordinator)]
      let connection = try await PostgresConnection.connect(to: study.target)
      let lock = try await PostgresConnection.connect(to: study.target)
      let ended = try await RunningProgram.with("coordinator", arguments) { program in
        try #require(await program.lines.contain("leads in term 1"))
        // Its next round waits here, and is cancelled while it does.
        try await lock.execute(script: "BEGIN; LOCK TABLE queue.leader IN ACCESS EXCLUSIVE MODE")
        try await connection.wait(
          until: """
            coalesce((SELECT bool_or(pg_cancel_backend(pid)) FROM pg_stat_activity
              WHERE datname = current_database() AND usename = '\(TestLogin.coordinator.rawValue)'
                AND wait_event_type = 'Lock'), false)
            """)
        #expect(await program.lines.contain("trying again"))
        try await lock.execute(script: "ROLLBACK")
        try await connection.execute(script: Self.deadWorker)
        #expect(await program.lines.contain("1 workers lost, 1 tasks taken back"))
      }
      await lock.close()
      await connection.close()
      #expect(ended.status == 0)
    }
  }

  @Test func `is done by workers where no coordinator runs`() async throws {
    try await OperatedStudy.with { study in
      let connection = try await PostgresConnection.connect(to: study.target)
      try await connection.execute(script: Self.deadWorker)
      await connection.close()
      try await study.work()
      #expect(try await study.psql("SELECT DISTINCT state FROM trabecula.job_progress") == "succeeded")
      #expect(try await study.psql("SELECT failure_code FROM queue.attempt_failure") == "worker-lost")
    }
  }
}
