import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `As operator, with psql alone` {
  /// What the study gives when nothing goes wrong.
  func undisturbedReport() async throws -> Data {
    try await OperatedStudy.with(damage: { try $0.hideMask() }) { study in
      try study.study.mend()
      try await study.work()
      return try await study.reproducibleReport()
    }
  }

  @Test func `a study is paused, one site resumed, a case mended, a worker drained, and the study finished`()
    async throws
  {
    let expected = try await undisturbedReport()
    try await OperatedStudy.with(damage: { try $0.hideMask() }) { study in
      let (site, other) = try study.study.sitesOfHiddenMask()
      let paused = try await study.psql("SELECT trabecula.pause_job(1)")
      #expect(paused == "Job 1 is paused: 30 ready tasks are held; what runs goes on to its end.")
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM queue.task_history") == "0")

      for site in ["SITE_A", "SITE_B"] { try await study.psql("SELECT trabecula.pause_site('\(site)')") }
      try await study.psql("SELECT trabecula.resume_job(1)")
      let resumed = try await study.psql("SELECT trabecula.resume_site('\(site)')")
      #expect(resumed.hasPrefix("Site \(site) is resumed:"))
      try await study.work()
      #expect(
        try await study.psql("SELECT why || ' ' || site FROM trabecula.stuck_tasks") == "site paused \(other)"
      )
      #expect(try await study.psql("SELECT failure_code, cases FROM trabecula.failures") == "not-found|1")
      #expect(try await study.psql("SELECT mask FROM trabecula.failure_detail") == "masks/SYN-001.nii.gz")

      try study.study.mend()
      let retried = try await study.psql("SELECT trabecula.retry_failed(1)")
      #expect(retried == "Job 1: 1 failed case is ready again; what follows from it will be computed anew.")
      try await drainAWorker(study)
      try await study.psql("SELECT trabecula.resume_site('\(other)')")
      try await study.work()
      #expect(
        try await study.psql("SELECT state FROM trabecula.job_progress WHERE kind = 'aggregate'")
          == "succeeded")
      #expect(try await study.psql("SELECT count(*) FROM trabecula.failures") == "0")
      #expect(try await study.reproducibleReport() == expected)
    }
  }

  private func drainAWorker(_ study: OperatedStudy) async throws {
    let arguments = study.workerArguments().filter { $0 != "--drain" }
    let ended = try await RunningProgram.with(
      "worker", arguments + ["--database", study.database(as: .everywhereWorker)]
    ) { worker in
      try #require(await worker.lines.contain(" started"))
      let drained = try await study.psql(
        "SELECT trabecula.drain_worker(worker_id) FROM trabecula.worker_overview WHERE ended_at IS NULL")
      #expect(drained.contains("drains: it claims nothing more"))
      // By itself: nobody sends it a signal.
      #expect(await worker.lines.contain(" stopped"))
    }
    #expect(ended.status == 0)
  }

  @Test func `a case of a finished study is mended, and the same worker computes everything anew`()
    async throws
  {
    let expected = try await undisturbedReport()
    try await OperatedStudy.with(damage: { try $0.hideMask() }) { study in
      let connection = try await PostgresConnection.connect(to: study.target)
      try await connection.listen(to: "trabecula_done")
      let arguments = study.workerArguments().filter { $0 != "--drain" }
      _ = try await RunningProgram.with(
        "worker", arguments + ["--database", study.database(as: .everywhereWorker)]
      ) { _ in
        try #require(try await connection.nextNotification(timeout: .seconds(600)) != nil)
        #expect(try await study.psql("SELECT cases FROM trabecula.failures") == "1")
        let incomplete = try await study.reproducibleReport(failedCases: true)
        #expect(incomplete != expected)
        try study.study.mend()
        try await study.psql("SELECT trabecula.retry_failed(1)")
        try #require(try await connection.nextNotification(timeout: .seconds(600)) != nil)
      }
      await connection.close()
      #expect(try await study.reproducibleReport() == expected)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The console` {
  /// Others hold sentences, which psql wraps where it is told to (`docker/psqlrc`).
  private static let tables = [
    "queue_overview", "job_progress", "worker_overview", "site_overview", "session_overview",
  ]

  @Test func `fits a terminal of 120 columns, while a study runs and after it`() async throws {
    try await OperatedStudy.with { study in
      func expectNarrow() async throws {
        for table in Self.tables {
          let text = try await study.psql("SELECT * FROM trabecula.\(table)", options: ["-X"])
          let widest = text.components(separatedBy: "\n").max { $0.count < $1.count } ?? ""
          #expect(widest.count > 40 && widest.count <= 120, Comment(rawValue: "\(table): \(widest)"))
        }
      }
      // A worker with a task, and one that has ended.
      try await study.psql(Maintenance.deadWorker, as: nil)
      try await study.psql("UPDATE queue.worker SET lease_until = now() + interval '1 hour'", as: nil)
      try await expectNarrow()
      try await study.psql("UPDATE queue.worker SET lease_until = now() - interval '1 second'", as: nil)
      try await study.work()
      try await expectNarrow()
    }
  }
}

@Suite struct `A worker that waits for work` {
  @Test(.timeLimit(.minutes(15))) func `is drained at once, although it would not look for an hour`()
    async throws
  {
    try await OperatedStudy.with { study in
      try await study.psql("SELECT trabecula.pause_job(1)")
      let arguments = [
        "run", "--lease", "3600", "--poll-interval", "3600", "--root", study.study.cohort.path, "--database",
        study.database(as: .everywhereWorker),
      ]
      let ended = try await RunningProgram.with("worker", arguments) { worker in
        try #require(await worker.lines.contain(" started"))
        try await study.psql("SELECT trabecula.drain_worker(worker_id) FROM trabecula.worker_overview")
        #expect(await worker.lines.contain(" stopped"))
      }
      #expect(ended.status == 0)
    }
  }
}

@Suite struct `A worker that does not know of its claims` {
  private static let claims = """
    UPDATE queue.live_task SET state = 'running', worker_id = w.worker_id, fence = nextval('queue.fence'),
        claimed_at = now() - interval '1 hour' * CASE task_id WHEN 1 THEN 9 ELSE 11 END
      FROM queue.worker w WHERE task_id IN (1, 2)
    """

  /// Five times what it lets a call take are ten hours: the answer to a claim of nine hours ago may still come.
  @Test(.timeLimit(.minutes(15))) func `loses those that none of its calls can bring any more`() async throws
  {
    try await OperatedStudy.with { study in
      try await study.psql("SELECT trabecula.pause_job(1)")
      let arguments = [
        "run", "--poll-interval", "1", "--call-timeout", "7200", "--root", study.study.cohort.path,
        "--database", study.database(as: .everywhereWorker),
      ]
      let connection = try await PostgresConnection.connect(to: study.target)
      _ = try await RunningProgram.with("worker", arguments) { worker in
        try #require(await worker.lines.contain(" started"))
        try await connection.execute(script: Self.claims)
        let running = "SELECT array_agg(task_id) FROM queue.live_task WHERE state = 'running'"
        try await connection.wait(
          until: "(SELECT count(*) FROM queue.live_task WHERE state = 'running') < 2")
        #expect(try await connection.query(running).scalar(as: [Int64].self) == [1])
      }
      await connection.close()
    }
  }
}

@Suite struct `A running task of a cancelled job` {
  /// Much longer than anything that happens beside it: six tasks of ten thousand replicates.
  private static let long = """
    study: long
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models:
      - name: Rad
        selection: [mann-whitney: {p: 0.05}, spearman: {threshold: 0.9}, lasso: {folds: 4, rule: min}]
    bootstrap: {replicates: 60000, per_task: 10000}
    """

  private static let trigger = """
    CREATE FUNCTION public.tell_test() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('test_runs', ''); RETURN NULL; END $$;
    CREATE TRIGGER tell_test AFTER INSERT OR UPDATE ON queue.live_task FOR EACH ROW
      WHEN (NEW.state = 'running' AND NEW.kind = 'bootstrap') EXECUTE FUNCTION public.tell_test();
    """

  @Test func `stops with the next heartbeat, and its worker goes on`() async throws {
    try await OperatedStudy.with(yaml: Self.long) { study in
      let connection = try await PostgresConnection.connect(to: study.target)
      try await connection.execute(script: Self.trigger)
      try await connection.listen(to: "test_runs")
      let ended = try await RunningProgram.with(
        "worker", study.workerArguments(lease: 15) + ["--database", study.database(as: .everywhereWorker)]
      ) { worker in
        try #require(try await connection.nextNotification(timeout: .seconds(600)) != nil)
        let said = try await study.run("coordinator", ["cancel", "1", "--json"], as: .operatorOfAll)
        #expect(said.output.contains(/Job 1 is cancelled: [2-7] tasks will not end/))
        #expect(await worker.lines.contain("bootstrap: dropped, its claim was taken back"))
        // Its slot is free, the queue is empty, and --drain ends it.
        #expect(await worker.lines.contain(" stopped"))
      }
      await connection.close()
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT DISTINCT state FROM trabecula.job_progress") == "cancelled")
    }
  }
}
