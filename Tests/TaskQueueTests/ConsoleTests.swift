import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `An operator` {
  func act(_ fixture: QueueFixture, _ call: String) async throws -> String {
    try await fixture.text("SELECT queue.\(call)")
  }

  func acts(_ fixture: QueueFixture) async throws -> [String] {
    try await fixture.names(
      "SELECT act || ' ' || object FROM queue.audit WHERE act <> 'submit' ORDER BY audit_id")
  }

  @Test func `pauses and resumes a job, each once`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, tell: 1)
      let worker = try await fixture.worker()
      let running = try await fixture.claim(1, for: worker)
      #expect(
        try await act(fixture, "pause_job(1)")
          == "Job 1 is paused: 2 ready tasks are held; what runs goes on to its end.")
      #expect(try await act(fixture, "pause_job(1)") == "Job 1 is paused already.")
      #expect(try await fixture.claim(9, for: worker).isEmpty)
      _ = try await fixture.queue.release(running, by: worker)
      #expect(try await fixture.claim(9, for: worker).isEmpty, "a task that comes back is held as well")
      #expect(try await fixture.queue.isIdle(for: worker))
      #expect(try await fixture.names("SELECT why FROM queue.stuck_tasks") == ["job paused"])
      #expect(try await act(fixture, "resume_job(1)") == "Job 1 is resumed: 3 tasks are ready.")
      #expect(try await act(fixture, "resume_job(1)") == "Job 1 is not paused.")
      #expect(try await fixture.claim(9, for: worker).count == 3)
      #expect(try await acts(fixture) == ["pause_job job 1", "resume_job job 1"])
    }
  }

  @Test func `pauses a site in all jobs, whatever opens or comes back meanwhile`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2, site: 1)
      let worker = try await fixture.worker()
      let running = try await fixture.claim(1, for: worker)
      #expect(
        try await act(fixture, "pause_site('North')")
          == "Site North is paused: 1 ready task is held; what runs goes on to its end.")
      _ = try await fixture.job(cut: 1, site: 1)
      _ = try await fixture.job(cut: 1, site: 2)
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: true)
      _ = try await fixture.queue.fail(running[0], because: failure, by: worker)
      try await fixture.connection.execute(
        "UPDATE queue.live_task SET due_at = now() WHERE state = 'delayed'")
      try await fixture.queue.maintain()
      #expect(try await fixture.claim(9, for: worker).map(\.job) == [3])
      #expect(
        try await fixture.names("SELECT why || ' ' || site FROM queue.stuck_tasks") == [
          "site paused North"
        ])
      #expect(try await act(fixture, "resume_site('North')") == "Site North is resumed: 3 tasks are ready.")
      #expect(try await fixture.claim(9, for: worker).map(\.job).sorted() == [1, 1, 2])
    }
  }

  @Test func `cancels a job, whose workers hear of it with the next heartbeat`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, count: 1, tell: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      _ = try await fixture.queue.complete([tasks[0]], by: worker)
      #expect(try await act(fixture, "cancel_job(1)").hasPrefix("Job 1 is cancelled: 4 tasks will not end;"))
      #expect(try await act(fixture, "cancel_job(1)") == "Job 1 is cancelled already.")
      let answer = try await fixture.queue.heartbeat(of: worker, running: [tasks[1].id])
      #expect(answer == HeartbeatAnswer(state: .active, takenBack: [tasks[1].id], workIsAhead: false))
      #expect(try await fixture.queue.complete([tasks[1]], by: worker) == [tasks[1].id: .stale])
      #expect(try await fixture.count("queue.live_task") == 0)
      // The job is taken up where it was.
      #expect(
        try await act(fixture, "retry_failed(1)")
          == "Job 1: 2 cancelled tasks are ready again; what follows from them will be computed anew.")
      #expect(try await finish(fixture, worker) == ["cut", "cut", "count", "tell"])
    }
  }

  /// Completes everything that can be claimed.
  /// - Returns: the kinds, in their order.
  func finish(_ fixture: QueueFixture, _ worker: Int64) async throws -> [String] {
    var kinds: [String] = []
    while true {
      let tasks = try await fixture.claim(9, for: worker)
      if tasks.isEmpty { return kinds }
      kinds += tasks.map(\.kind)
      let verdicts = try await fixture.queue.complete(tasks, by: worker)
      #expect(verdicts.values.allSatisfy { $0 == .ok })
    }
  }

  /// Fails one of three tasks.
  func failOne(_ fixture: QueueFixture, _ worker: Int64) async throws {
    let task = try await fixture.claim(1, ["cut"], for: worker)[0]
    let failure = TaskFailure(code: "no-paper", sentence: "Empty.", remedy: "Bring some.", isRetryable: false)
    _ = try await fixture.queue.fail(task, because: failure, by: worker)
  }

  @Test func `retries a failed task while its stage goes on`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, count: 2, tell: 1)
      let worker = try await fixture.worker()
      try await failOne(fixture, worker)
      #expect(
        try await fixture.text("SELECT tasks || failure_code || remedy FROM queue.failures")
          == "1no-paperBring some.")
      #expect(
        try await act(fixture, "retry_failed(1)")
          == "Job 1: 1 failed task is ready again; what follows from it will be computed anew.")
      #expect(try await act(fixture, "retry_failed(1)") == "Job 1: nothing to retry.")
      #expect(try await act(fixture, "retry_task(1)") == "Task 1 has not ended (ready); nothing to retry.")
      #expect(try await fixture.count("queue.failures") == 0)
      #expect(try await finish(fixture, worker).count == 6)
      #expect(try await fixture.text("SELECT state FROM queue.job") == "succeeded")
      #expect(try await act(fixture, "retry_task(1)") == "Task 1 has succeeded; nothing to retry.")
    }
  }

  @Test func `retries some failed tasks in one act, and tells what happened to each`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 4)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(4, for: worker)
      let failure = TaskFailure(
        code: "no-paper", sentence: "No paper.", remedy: "Bring some.", isRetryable: false)
      for task in tasks { _ = try await fixture.queue.fail(task, because: failure, by: worker) }
      #expect(
        try await act(fixture, "retry_tasks(1, '{1,3,99}')")
          == "Job 1: 2 failed tasks are ready again; what follows from them will be computed anew.")
      #expect(try await fixture.count("queue.audit WHERE act = 'retry'") == 1)
      #expect(
        try await fixture.names("SELECT task_id::text FROM queue.live_task ORDER BY task_id") == ["1", "3"])
      #expect(
        try await fixture.names(
          "SELECT what FROM queue.task_timeline(1) ORDER BY happened_at NULLS LAST")
          == ["submitted", "failed", "stage opened", "is ready"])
      #expect(
        try await fixture.names(
          "SELECT what || failure_code || attempt FROM queue.task_timeline(2) WHERE attempt > 0")
          == ["failedno-paper1"])
    }
  }

  @Test func `retries a failed task in mid stage, whose running tasks are taken back and done anew`()
    async throws
  {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, count: 2, tell: 1)
      let worker = try await fixture.worker()
      try await failOne(fixture, worker)
      let rest = try await fixture.claim(2, ["cut"], for: worker)
      _ = try await fixture.queue.complete(rest, by: worker)
      let counting = try await fixture.claim(2, ["count"], for: worker)
      _ = try await fixture.queue.complete([counting[0]], by: worker)
      #expect(try await act(fixture, "retry_task(1)").hasPrefix("Job 1: 1 failed task is ready again"))
      #expect(try await fixture.queue.complete([counting[1]], by: worker) == [counting[1].id: .stale])
      #expect(try await finish(fixture, worker) == ["cut", "count", "count", "tell"])
      #expect(
        try await fixture.names("SELECT succeeded || '/' || total FROM queue.job_progress") == [
          "3/3", "2/2", "1/1",
        ])
    }
  }

  @Test func `retries a job that had ended, and sees it end again`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, count: 2, tell: 1)
      let worker = try await fixture.worker()
      try await failOne(fixture, worker)
      _ = try await finish(fixture, worker)
      #expect(try await fixture.text("SELECT state FROM queue.job") == "succeeded")
      #expect(try await act(fixture, "retry_failed(1)").hasPrefix("Job 1: 1 failed task is ready again"))
      #expect(try await fixture.text("SELECT state || revision FROM queue.job") == "running1")
      #expect(try await finish(fixture, worker) == ["cut", "count", "count", "tell"])
      #expect(try await fixture.text("SELECT state FROM queue.job") == "succeeded")
    }
  }

  @Test func `retries a job that failed as a whole, where what was done stays`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1, count: 3, tell: 1)
      let worker = try await fixture.worker()
      _ = try await fixture.queue.complete(fixture.claim(1, for: worker), by: worker)
      let counting = try await fixture.claim(2, for: worker)
      _ = try await fixture.queue.complete([counting[0]], by: worker)
      let failure = TaskFailure(
        code: "out-of-memory", sentence: "No memory.", remedy: "Add some.", isRetryable: false)
      _ = try await fixture.queue.fail(counting[1], because: failure, by: worker)
      #expect(
        try await fixture.text("SELECT kind || ' ' || remedy FROM queue.failures") == "job Add some.")
      #expect(try await act(fixture, "retry_failed(1)") == "Job 1: what is missing runs again.")
      #expect(try await finish(fixture, worker) == ["count", "count", "tell"])
      #expect(try await fixture.text("SELECT state FROM queue.job") == "succeeded")
    }
  }

  @Test func `sets a priority that decides what is claimed first`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      _ = try await fixture.job(cut: 2)
      #expect(try await act(fixture, "set_priority(2, 5)") == "Job 2 has priority 5 now; it was 0.")
      #expect(try await act(fixture, "set_priority(2, 5)") == "Job 2 has priority 5 already.")
      #expect(try await fixture.claim(3, for: fixture.worker()).map(\.job).sorted() == [1, 2, 2])
      #expect(
        try await fixture.text("SELECT before::text || after FROM queue.audit WHERE act = 'set_priority'")
          == #"{"priority": 0}{"priority": 5}"#)
    }
  }

  @Test func `drains a worker`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      _ = try await fixture.claim(1, for: worker)
      #expect(try await act(fixture, "drain_worker(1)").contains("ends what it runs (1 task)"))
      #expect(try await act(fixture, "drain_worker(1)") == "Worker 1 drains already.")
      #expect(try await fixture.claim(1, for: worker).isEmpty)
      #expect(try await fixture.queue.heartbeat(of: worker, running: []).state == .draining)
    }
  }

  @Test func `is told when there is no such thing`() async throws {
    try await QueueFixture.with { fixture in
      for call in [
        "cancel_job(9)", "pause_job(9)", "resume_job(9)", "retry_failed(9)", "set_priority(9, 1)",
        "retry_task(9)",
        "drain_worker(9)", "pause_site('East')",
      ] {
        let refusal = try await fixture.refusal(of: "SELECT queue.\(call)")
        #expect(refusal == .invalidParameterValue, "\(call)")
      }
    }
  }
}

@Suite struct `What is stuck` {
  @Test func `is said with its reason`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 14)
      _ = try await fixture.job(cut: 1, site: 2)
      let worker = try await fixture.worker(sites: ["North"])
      let tasks = try await fixture.claim(14, for: worker)
      _ = try await fixture.queue.complete(Array(tasks.prefix(12)), by: worker)
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: true)
      _ = try await fixture.queue.fail(tasks[12], because: failure, by: worker)
      try await fixture.connection.execute(
        script: """
          UPDATE queue.live_task SET claimed_at = now() - interval '10 days' WHERE state = 'running';
          UPDATE queue.live_task SET due_at = '2100-01-01' WHERE state = 'delayed';
          UPDATE queue.worker SET lease_until = now() + interval '15 seconds';
          """)
      let reasons = try await fixture.names("SELECT why FROM queue.stuck_tasks ORDER BY why")
      #expect(reasons.count == 4)
      #expect(reasons.contains { $0.hasPrefix("delayed until 2100-01-01") })
      #expect(reasons.contains { $0.hasPrefix("its worker is silent for") })
      #expect(reasons.contains("no worker serves the site"))
      // 864000 times 1.0 s, or somewhat else on a machine that is busy.
      #expect(reasons.contains { $0.contains(/^runs [0-9]{3,} times as long as the median of [0-9.]+ s$/) })
    }
  }
}

@Suite struct `A straggler` {
  /// Lets tasks have taken ten seconds and end so long ago, and one run for an hour.
  /// - Returns: what is said of running tasks, with their numbers.
  private func said(
    _ fixture: QueueFixture, of straggler: Int64, neighboursEnded age: String
  ) async throws -> [String] {
    try await fixture.connection.transaction { session in
      try session.execute(
        """
        UPDATE queue.task_history SET ended_at = now() - $1::text::interval,
            claimed_at = now() - $1::text::interval - interval '10 seconds'
        """, age)
      try session.execute(
        "UPDATE queue.live_task SET claimed_at = now() - interval '1 hour' WHERE task_id = $1", straggler)
      return try session.query(
        "SELECT task_id || ' ' || why FROM queue.stuck_tasks WHERE why LIKE 'runs % times %'"
      ).map { try $0.decode(at: 0) }
    }
  }

  @Test(arguments: ["1 minute", "3 days"])
  func `that was tried again is known by its neighbours, whenever they ended`(age: String) async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 11)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(11, for: worker)
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: false)
      _ = try await fixture.queue.fail(tasks[4], because: failure, by: worker)
      _ = try await fixture.queue.complete(tasks.filter { $0.id != 5 }, by: worker)
      _ = try await fixture.text("SELECT queue.retry_task(5)")
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [5])
      #expect(
        try await said(fixture, of: 5, neighboursEnded: age)
          == ["5 runs 360 times as long as the median of 10.0 s"])
    }
  }

  /// The highest that runs is a thousand numbers away from any that has ended.
  @Test func `far below the tasks that were claimed since is known by its own neighbours`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1100)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(1100, for: worker)
      _ = try await fixture.queue.complete(Array(tasks.prefix(11)).filter { $0.id != 5 }, by: worker)
      #expect(
        try await said(fixture, of: 5, neighboursEnded: "3 days")
          == ["5 runs 360 times as long as the median of 10.0 s"])
    }
  }

  /// Nine neighbours are not enough, so those of the lowest and of the highest are never counted twice.
  @Test func `with fewer than ten ended neighbours is not compared`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 11)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(11, for: worker)
      let rest = tasks.filter { ![5, 11].contains($0.id) }
      _ = try await fixture.queue.complete(rest, by: worker)
      #expect(try await said(fixture, of: 5, neighboursEnded: "1 minute") == [])
    }
  }
}

@Suite struct `Rates` {
  @Test func `are differences of counters over a recent window`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 100)
      let worker = try await fixture.worker()
      // 20 tasks ended an hour ago, 30 within the last 50 seconds. All in one transaction, in which no time passes.
      try await fixture.connection.execute(
        script: """
          BEGIN;
          UPDATE queue.stage_sample SET taken_at = now() - interval '59 minutes';
          INSERT INTO queue.stage_sample VALUES (1, 'cut', now() - interval '50 seconds', 20, 0);
          """)
      _ = try await fixture.queue.complete(try await fixture.claim(50, for: worker), by: worker)
      #expect(
        try await fixture.text("SELECT percent::text FROM queue.job_progress WHERE kind = 'cut'")
          == "50.0")
      // 30 tasks since the older note of the last two minutes, and 50 to go at that rate.
      let consistent = try await fixture.text(
        """
        SELECT round((per_second * age)::numeric, 6) || ' ' || round((extract(epoch FROM eta) * per_second)::numeric, 3)
          FROM queue.job_progress, (SELECT extract(epoch FROM now() - min(taken_at)) AS age
            FROM queue.stage_sample WHERE taken_at > now() - interval '2 minutes') note WHERE kind = 'cut'
        """)
      #expect(consistent == "30.000000 50.000")
      let windows = try await fixture.names("SELECT within || ' ' || tasks FROM queue.throughput")
      #expect(windows == ["00:01:00 30", "00:10:00 30", "01:00:00 50"])
      try await fixture.connection.execute(script: "COMMIT")
    }
  }
}
