import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `A failure` {
  func failure(retryable: Bool) -> TaskFailure {
    TaskFailure(
      code: "disk-trouble", sentence: "The disk did not answer.", remedy: "Wait.", isRetryable: retryable)
  }

  @Test func `that may pass is tried again when its time has come`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let task = try await fixture.claim(1, for: worker)[0]
      #expect(try await fixture.queue.fail(task, because: failure(retryable: true), by: worker) == .retry)
      #expect(try await fixture.claim(1, for: worker).isEmpty)
      try await fixture.connection.execute("UPDATE queue.live_task SET due_at = now()")
      #expect(try await fixture.queue.maintain().tasksPromoted == 1)
      #expect(try await fixture.claim(1, for: worker)[0].failures == 1)
    }
  }

  @Test func `repeated too often ends the task with its reason`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      var verdicts: [Verdict] = []
      for _ in 0..<5 {
        let task = try await fixture.claim(1, for: worker)[0]
        verdicts.append(try await fixture.queue.fail(task, because: failure(retryable: true), by: worker))
        try await fixture.connection.execute("UPDATE queue.live_task SET due_at = now()")
        try await fixture.queue.maintain()
      }
      #expect(verdicts == [.retry, .retry, .retry, .retry, .failed])
      #expect(try await fixture.text("SELECT failure_code FROM queue.failures") == "disk-trouble")
      #expect(try await fixture.count("queue.attempt_failure") == 4)
    }
  }

  @Test func `of bad input ends the task at once, and the job goes on`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1, tell: 1)
      let worker = try await fixture.worker()
      let task = try await fixture.claim(1, for: worker)[0]
      #expect(try await fixture.queue.fail(task, because: failure(retryable: false), by: worker) == .failed)
      #expect(try await fixture.queue.fail(task, because: failure(retryable: false), by: worker) == .already)
      #expect(try await fixture.text("SELECT failure_code FROM queue.failures") == "disk-trouble")
      #expect(try await fixture.claim(1, for: worker).map(\.kind) == ["tell"])
    }
  }

  @Test func `of a task that the rest is built on ends the job and cancels the rest`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(count: 3, tell: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      #expect(
        try await fixture.queue.fail(tasks[0], because: failure(retryable: false), by: worker) == .failed)
      #expect(try await fixture.text("SELECT state FROM queue.job") == "failed")
      #expect(try await fixture.text("SELECT failure_text FROM queue.job") == "The disk did not answer.")
      #expect(try await fixture.count("queue.live_task") == 0)
      #expect(try await fixture.queue.complete([tasks[1]], by: worker) == [tasks[1].id: .stale])
      #expect(try await fixture.count("queue.task_history WHERE outcome = 'cancelled'") == 3)
    }
  }

  @Test func `with a fence that was taken back is not recorded`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let task = try await fixture.claim(1, for: worker)[0]
      _ = try await fixture.lose(worker)
      #expect(try await fixture.queue.fail(task, because: failure(retryable: false), by: worker) == .stale)
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready'") == 1)
    }
  }
}

@Suite struct `A worker that falls silent` {
  @Test func `loses its tasks by the server's clock`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      #expect(
        try await fixture.lose(worker)
          == MaintenanceCounts(lostWorkers: 1, tasksTakenBack: 2, tasksPromoted: 0))
      let answer = try await fixture.queue.heartbeat(of: worker, running: tasks.map(\.id))
      #expect(answer == HeartbeatAnswer(state: .lost, takenBack: tasks.map(\.id), workIsAhead: true))
      for _ in 0..<2 { #expect(try await fixture.claim(2, for: fixture.worker()).map(\.crashes) == [1]) }
    }
  }

  @Test func `while the server was away has one lease from its start to be heard`() async throws {
    try await QueueFixture.with { fixture in
      let worker = try await fixture.worker()
      func silence(lease: String) async throws {
        try await fixture.connection.execute(
          "UPDATE queue.worker SET lease = $2::text::interval, heartbeat_at = pg_postmaster_start_time() - interval '1 minute' WHERE worker_id = $1",
          worker, lease)
      }
      try await silence(lease: "1 day")
      #expect(try await fixture.lose(worker).lostWorkers == 0)
      try await silence(lease: "1 microsecond")
      #expect(try await fixture.lose(worker).lostWorkers == 1)
    }
  }

  @Test func `keeps them while its heart beats`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(1, for: worker)
      let answer = try await fixture.queue.heartbeat(of: worker, running: tasks.map(\.id))
      #expect(answer == HeartbeatAnswer(state: .active, takenBack: [], workIsAhead: true))
      #expect(try await fixture.queue.maintain().lostWorkers == 0)
    }
  }

  /// Their claim reached the server after the worker had given the connection up, so that it never heard of them.
  @Test func `loses those that it has held for long and does not name`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(3, for: worker)
      try await fixture.connection.execute(
        "UPDATE queue.live_task SET claimed_at = now() - interval '6 minutes' WHERE task_id <> $1",
        tasks[2].id)
      let answer = try await fixture.queue.heartbeat(of: worker, running: [tasks[0].id])
      #expect(answer == HeartbeatAnswer(state: .active, takenBack: [], workIsAhead: true))
      // Neither the one that it names nor the one whose claim may still be on its way.
      #expect(try await fixture.claim(3, for: worker).map(\.id) == [tasks[1].id])
      #expect(try await fixture.queue.complete([tasks[1]], by: worker) == [tasks[1].id: .stale])
    }
  }

  /// Its calls may take that long, so the answer to the claim may be on its way.
  @Test func `keeps those that it does not name for as long as it says`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      func takenBack(_ minutes: Int64, _ beat: () async throws -> HeartbeatAnswer) async throws -> Int {
        try await fixture.connection.execute(
          "UPDATE queue.live_task SET claimed_at = now() - interval '6 minutes' WHERE task_id = $1",
          tasks[0].id)
        try await fixture.connection.execute(
          "UPDATE queue.live_task SET claimed_at = now() - interval '1 minute' * $2 WHERE task_id = $1",
          tasks[1].id, minutes)
        #expect(try await beat().state == .active)
        return try await fixture.count("queue.live_task WHERE state = 'ready'")
      }
      let patience = Duration.seconds(60 * 60)
      #expect(
        try await takenBack(30) {
          try await fixture.queue.heartbeat(of: worker, running: [], patience: patience)
        } == 0)
      func look() async throws -> HeartbeatAnswer {
        try await fixture.queue.lookForWork(
          upTo: 0, kinds: [], for: worker, silence: .zero, patience: patience
        ).answer
      }
      #expect(try await takenBack(30, look) == 0)
      #expect(try await takenBack(61, look) == 1)
    }
  }

  @Test func `is expired at once by whoever saw it die`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      _ = try await fixture.claim(1, for: worker)
      #expect(try await fixture.queue.expire(host: "test", processID: 1) == 1)
      #expect(try await fixture.queue.maintain().tasksTakenBack == 1)
    }
  }

  @Test(.timeLimit(.minutes(15)))
  func `beside a claim of its own waits for that claim and takes its tasks back`()
    async throws
  {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 3)
      let worker = try await fixture.worker()
      // The process may be dead, but its session has not noticed.
      try await other.connection.execute(script: "BEGIN")
      #expect(try await other.claim(2, for: worker).count == 2)
      async let lost = fixture.lose(worker)
      try await other.connection.wait(
        until: "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")
      try await other.connection.execute(script: "COMMIT")
      #expect(try await lost == MaintenanceCounts(lostWorkers: 1, tasksTakenBack: 2, tasksPromoted: 0))
      #expect(try await fixture.count("queue.live_task WHERE state = 'running'") == 0)
      #expect(try await other.claim(1, for: worker).isEmpty)
    }
  }

  @Test func `over a suspect that it found while idle is noticed within a lease`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let first = try await fixture.worker()
      _ = try await fixture.claim(1, for: first)
      _ = try await fixture.lose(first)
      let worker = try await fixture.worker(lease: 600)
      let found = try await fixture.queue.lookForWork(
        upTo: 1, kinds: ["cut"], for: worker, silence: .seconds(600))
      #expect(found.claimed.map(\.crashes) == [1])
      #expect(
        try await fixture.count(
          "queue.worker WHERE state = 'active' AND lease_until <= now() + interval '600 seconds'") == 1)
    }
  }

  @Test func `over several tasks makes each a suspect that runs alone, and quarantines none`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 4)
      for _ in 0..<5 {
        let (first, busy) = (try await fixture.worker(), try await fixture.worker())
        let held = try await fixture.claim(2, for: first)
        #expect(held.count == (held[0].crashes == 0 ? 2 : 1))
        if held.count == 2 {
          _ = try await fixture.lose(first)
          continue
        }
        // Nothing beside a suspect, and no suspect for a worker that has something in hand.
        #expect(try await fixture.claim(2, for: first).isEmpty)
        let other = try await fixture.claim(2, for: busy)
        #expect(other.map(\.crashes) == [1] && other[0].id != held[0].id)
        #expect(try await fixture.queue.release(held, by: first) == 1)
        #expect(try await fixture.queue.release(other, by: busy) == 1)
      }
      let worker = try await fixture.worker()
      for crashes in [1, 1, 0] {
        let held = try await fixture.claim(1, for: worker)
        #expect(held.map(\.crashes) == [crashes])
        _ = try await fixture.queue.complete(held, by: worker)
      }
      let (last, late) = (try await fixture.claim(1, for: worker), try await fixture.worker())
      #expect(last.map(\.crashes) == [0])
      #expect(try await fixture.count("queue.failures") == 0)
      _ = try await fixture.lose(worker)
      #expect(try await fixture.claim(4, for: late).map(\.crashes) == [1])
    }
  }

  @Test func `three times over one task has it quarantined as poison`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      for _ in 0..<3 {
        let worker = try await fixture.worker()
        #expect(try await fixture.claim(1, for: worker).count == 1)
        _ = try await fixture.lose(worker)
      }
      #expect(try await fixture.claim(1, for: fixture.worker()).isEmpty)
      #expect(try await fixture.text("SELECT failure_code FROM queue.failures") == "poison")
    }
  }
}

@Suite struct `What operators see` {
  @Test func `adds up`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 4, count: 1, tell: 1, site: 2)
      let worker = try await fixture.worker(sites: ["South"])
      let tasks = try await fixture.claim(2, for: worker)
      _ = try await fixture.queue.complete([tasks[0]], by: worker)
      let states = try await fixture.text(
        "SELECT string_agg(kind || ' ' || stage || ' ' || waiting || '+' || running, ', ' ORDER BY kind) FROM queue.queue_overview"
      )
      #expect(
        states
          == "count blocked 1+0, cut open 2+1, tell blocked 1+0"
      )
      let progress = try await fixture.text(
        "SELECT string_agg(kind || ' ' || succeeded || '/' || total, ', ' ORDER BY kind) FROM queue.job_progress"
      )
      #expect(progress == "count 0/1, cut 1/4, tell 0/1")
      #expect(
        try await fixture.text("SELECT sites || ' ' || running FROM queue.worker_overview") == "South 1")
    }
  }

  /// A worker with four slots that has claimed ahead.
  @Test func `tells what runs from what is reserved`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 9)
      _ = try await fixture.claim(9, for: fixture.worker())
      #expect(
        try await fixture.text("SELECT running || ' ' || reserved FROM queue.worker_overview") == "4 5")
    }
  }

  @Test func `does not count what was cancelled as done`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 10)
      let worker = try await fixture.worker()
      _ = try await fixture.queue.complete(fixture.claim(3, for: worker), by: worker)
      _ = try await fixture.text("SELECT queue.cancel_job(1)")
      #expect(
        try await fixture.text("SELECT percent::text FROM queue.job_progress WHERE kind = 'cut'") == "30.0")
    }
  }
}
