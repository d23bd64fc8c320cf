import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `A worker` {
  @Test func `puts a task off, which spends no attempt`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let task = try await fixture.claim(1, for: worker)[0]
      let queue = fixture.queue
      #expect(
        try await queue.snooze(task, for: .seconds(600), because: "The scan is not there yet.", by: worker)
          == .snoozed)
      #expect(try await queue.snooze(task, for: .seconds(600), because: "The same.", by: worker) == .already)
      #expect(try await queue.complete([task], by: worker) == [task.id: .stale])
      #expect(
        try await fixture.text("SELECT concat_ws(' ', state, failures, crashes) FROM queue.live_task")
          == "delayed 0 0")
      #expect(try await fixture.claim(1, for: worker).isEmpty)
      try await fixture.pass(.seconds(601))
      try await fixture.queue.maintain()
      let again = try await fixture.worker()
      #expect(try await fixture.claim(1, for: again).map(\.failures) == [0])
      #expect(try await queue.snooze(task, for: .seconds(1), because: "Late.", by: worker) == .already)
    }
  }

  @Test(arguments: ["-1", "0", "2592001", "'NaN'", "'Infinity'", "NULL"])
  func `cannot put a task off by`(seconds: String) async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let task = try await fixture.claim(1, for: worker)[0]
      #expect(
        try await fixture.refusal(
          of: "SELECT queue.snooze_task(\(worker), \(task.id), \(task.fence), \(seconds), 'x')")
          == .invalidParameterValue)
    }
  }

  @Test func `that lost its lease puts nothing off`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let task = try await fixture.claim(1, for: worker)[0]
      _ = try await fixture.lose(worker)
      #expect(try await fixture.queue.snooze(task, for: .seconds(9), because: "x", by: worker) == .stale)
      #expect(try await fixture.count("queue.snoozed_task") == 0)
    }
  }

  @Test func `says how far its tasks are, of its own claims only`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3)
      let (worker, other) = (try await fixture.worker(), try await fixture.worker())
      let tasks = try await fixture.claim(2, for: worker)
      let foreign = try await fixture.claim(1, for: other)[0]
      let said = [(tasks[0], 12.5), (tasks[1], 400), (foreign, 50)].map {
        (task: $0.0.id, fence: $0.0.fence, percent: $0.1)
      }
      try await fixture.queue.report(said, by: worker)
      let shown = "SELECT concat_ws(' ', task_id, percent) FROM queue.running_overview ORDER BY task_id"
      #expect(try await fixture.names(shown) == ["1 12.5", "2 100", "3"])
      try await fixture.queue.report([(task: tasks[0].id, fence: tasks[0].fence, percent: .nan)], by: worker)
      #expect(try await fixture.names(shown) == ["1 12.5", "2 100", "3"])
      // A claim that is over leaves nothing, neither in the view nor, after maintenance, in the table.
      try await fixture.queue.release([tasks[0]], by: worker)
      _ = try await fixture.claim(1, for: other)
      #expect(try await fixture.names(shown) == ["1", "2 100", "3"])
      try await fixture.pass(.seconds(6))
      try await fixture.queue.maintain()
      #expect(try await fixture.count("queue.task_progress") == 1)
    }
  }

  @Test func `has its attempts in a timeline, with their numbers and how long they took`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let failure = TaskFailure(code: "busy", sentence: "Busy.", remedy: "Wait.", isRetryable: true)
      let first = try await fixture.claim(1, for: worker)[0]
      _ = try await fixture.queue.fail(first, because: failure, by: worker)
      try await fixture.connection.execute(
        "UPDATE queue.live_task SET due_at = now() WHERE state = 'delayed'")
      try await fixture.queue.maintain()
      let second = try await fixture.claim(1, for: worker)[0]
      _ = try await fixture.queue.snooze(second, for: .seconds(60), because: "Not there.", by: worker)
      _ = try await fixture.text("SELECT queue.wake_where(1)")
      let third = try await fixture.claim(1, for: worker)[0]
      try await fixture.queue.report([(task: third.id, fence: third.fence, percent: 40)], by: worker)
      let timeline = """
        SELECT concat_ws(' ', regexp_replace(what, 'until .*', 'until'), attempt, host, failure_code, failure_text, took IS NOT NULL)
          FROM queue.task_timeline(1) ORDER BY happened_at, attempt NULLS LAST
        """
      #expect(
        try await fixture.names(timeline) == [
          "submitted f", "attempt failed 1 test busy Busy. t", "put off until test snoozed Not there. f",
          "runs since 2 test f", "is 40 % done test t",
        ])
      _ = try await fixture.queue.complete([third], by: worker)
      #expect(
        try await fixture.names(
          "SELECT what || ' ' || attempt FROM queue.task_timeline(1) WHERE attempt > 0 ORDER BY attempt") == [
            "attempt failed 1", "succeeded 2",
          ])
    }
  }
}

@Suite struct `The oldest ready task` {
  @Test func `is shown by kind and site, with its age since it could have been claimed`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2, site: 1)
      try await fixture.pass(.seconds(300))
      _ = try await fixture.job(cut: 3, site: 1)
      _ = try await fixture.job(cut: 1, site: 2)
      let view = """
        SELECT concat_ws(' ', kind, site, ready, oldest_task, extract(epoch FROM age)::int / 60) FROM queue.waiting_overview
        """
      #expect(try await fixture.names(view) == ["cut North 5 1 5", "cut South 1 6 0"])
      let worker = try await fixture.worker(sites: ["North"])
      #expect(try await fixture.claim(9, for: worker).count == 5)
      #expect(try await fixture.names(view) == ["cut South 1 6 0"])
    }
  }
}

@Suite struct `Rules of retention` {
  @Test func `hold in place of how the coordinator was started`() async throws {
    try await QueueFixture.with { fixture in
      let term = try #require(try await fixture.queue.lead(as: "test", term: nil, leaseInSeconds: 60))
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let failure = TaskFailure(code: "busy", sentence: "Busy.", remedy: "Wait.", isRetryable: true)
      let tasks = try await fixture.claim(2, for: worker)
      for task in tasks { _ = try await fixture.queue.fail(task, because: failure, by: worker) }
      try await fixture.connection.execute(
        script: """
          UPDATE queue.live_task SET due_at = now() WHERE task_id = 1; SELECT queue.maintain(\(term));
          UPDATE queue.attempt_failure SET failed_at = now() - interval '40 days'
          """)
      _ = try await fixture.queue.complete(fixture.claim(1, for: worker), by: worker)
      let left = "SELECT string_agg(task_id::text, ' ' ORDER BY task_id) FROM queue.attempt_failure"
      try await fixture.queue.maintainHistory(inTerm: term, keepingDays: 90)
      #expect(try await fixture.text(left) == "1 2")
      #expect(
        try await fixture.text("SELECT queue.set_retention('attempts', 30)") == "Kept of attempts: 30 days.")
      #expect(
        try await fixture.text("SELECT kept FROM queue.retention_overview WHERE what = 'attempts'")
          == "30 days, by rule")
      try await fixture.queue.maintainHistory(inTerm: term, keepingDays: 90)
      // Task 2 has not ended: what became of its attempts is still of interest.
      #expect(try await fixture.text(left) == "2")
      _ = try await fixture.text("SELECT queue.set_retention('jobs', NULL)")
      #expect(try await fixture.text("SELECT queue.kept_days('jobs', 5)::text") == "36500")
      _ = try await fixture.text("SELECT queue.unset_retention('jobs')")
      #expect(try await fixture.text("SELECT queue.kept_days('jobs', 5)::text") == "5")
      for wrong in ["'attempts', 0", "'moon', 3", "NULL, 3"] {
        #expect(
          try await fixture.refusal(of: "SELECT queue.set_retention(\(wrong))") == .invalidParameterValue,
          "\(wrong)")
      }
    }
  }
}
