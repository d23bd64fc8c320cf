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
      let arguments = ["serve", "--lease", "10", "--database", study.database(as: .coordinator)]
      let connection = try await PostgresConnection.connect(to: study.target)
      try await connection.listen(to: "trabecula_ready")
      _ = try await RunningProgram.with("coordinator", arguments) { first in
        try #require(await first.lines.contain("leads in term 1"))
        let second = try await RunningProgram.with("coordinator", arguments) { second in
          try #require(await second.lines.contain("stands by"))
          first.kill(SIGKILL)
          #expect(await second.lines.contain("leads in term 2"))
          try await connection.execute(script: Self.deadWorker)
          #expect(try await connection.nextNotification(timeout: .seconds(60)) != nil)
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
