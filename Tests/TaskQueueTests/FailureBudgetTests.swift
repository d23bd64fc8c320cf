import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `A job with a budget of failures` {
  static let failure = TaskFailure(
    code: "no-paper", sentence: "Empty.", remedy: "Bring some.", isRetryable: false)

  /// Claims so many tasks to cut and fails them.
  func fail(_ count: Int, _ fixture: QueueFixture, _ worker: Int64) async throws {
    let tasks = try await fixture.claim(count, ["cut"], for: worker)
    try #require(tasks.count == count)
    for task in tasks {
      #expect(try await fixture.queue.fail(task, because: Self.failure, by: worker) == .failed)
    }
  }

  func states(_ fixture: QueueFixture) async throws -> [String] {
    try await fixture.names(
      "SELECT kind || ' ' || state || ' ' || count(*) FROM queue.live_task WHERE job_id = 1 GROUP BY kind, state ORDER BY 1"
    )
  }

  @Test func `is held with the first failure beyond it, and loses nothing`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 20), ("tell", 1)], budget: 4)
      let worker = try await fixture.worker()
      try await fail(4, fixture, worker)
      #expect(try await fixture.count("queue.stuck_tasks") == 0)
      let last = try await fixture.claim(2, for: worker)
      _ = try await fixture.queue.fail(last[0], because: Self.failure, by: worker)
      // Tasks of the other job wait in the same lane, behind those of this one.
      _ = try await fixture.job(cut: 2)
      try await fixture.connection.execute(
        script:
          "UPDATE queue.live_task SET lane = (SELECT lane FROM queue.live_task WHERE task_id = 20) WHERE job_id = 2"
      )
      #expect(try await fixture.claim(30, for: worker).map(\.job) == [2, 2])
      #expect(try await states(fixture) == ["cut ready 14", "cut running 1", "tell blocked 1"])
      try await fixture.queue.maintain()
      #expect(try await states(fixture) == ["cut held 14", "cut running 1", "tell blocked 1"])
      _ = try await fixture.queue.release([last[1]], by: worker)
      #expect(try await fixture.claim(30, for: worker).isEmpty)
      #expect(try await states(fixture) == ["cut held 15", "tell blocked 1"])
      #expect(
        try await fixture.names(
          "SELECT concat_ws('|', why, job_id, kind, tasks, what_to_do) FROM queue.stuck_tasks")
          == [
            "too much has failed|1|cut|16|5 tasks failed, 4 may: SELECT * FROM queue.failures WHERE job_id = 1; mend the "
              + "cause, then SELECT queue.retry_failed(1); or let it pass: SELECT queue.resume_job(1);"
          ])
      #expect(
        try await fixture.text("SELECT stage FROM queue.queue_overview WHERE job_id = 1 AND kind = 'cut'")
          == "held")
    }
  }

  /// The workers may end before maintenance has held what was ready.
  @Test func `waits for nothing else while its tasks are still ready`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 20), ("tell", 1)], budget: 4)
      let worker = try await fixture.worker()
      try await fail(5, fixture, worker)
      _ = try await fixture.queue.stop(worker: worker)
      #expect(try await states(fixture) == ["cut ready 15", "tell blocked 1"])
      #expect(try await fixture.names("SELECT why FROM queue.stuck_tasks") == ["too much has failed"])
      // What others wait for in the same lane is seen behind them.
      let other = try await fixture.job(cut: 2)
      #expect(
        try await fixture.names("SELECT why || ' ' || job_id FROM queue.stuck_tasks ORDER BY 1")
          == ["no worker serves the site \(other)", "too much has failed 1"])
    }
  }

  @Test func `goes on with what is left when it is resumed, and counts anew`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 20), ("tell", 1)], budget: 4)
      let worker = try await fixture.worker()
      try await fail(5, fixture, worker)
      #expect(
        try await fixture.text("SELECT queue.resume_job(1)")
          == "Job 1 is resumed: 15 tasks are ready; 5 failures are forgiven, and the budget counts anew.")
      #expect(try await fixture.text("SELECT queue.resume_job(1)") == "Job 1 is not paused.")
      try await fail(4, fixture, worker)
      #expect(try await fixture.claim(1, for: worker).count == 1)
      try await fail(1, fixture, worker)
      #expect(try await fixture.claim(30, for: worker).isEmpty)
      #expect(
        try await fixture.names(
          "SELECT act || ' ' || coalesce(before ->> 'over_budget', after ->> 'failed') FROM queue.audit "
            + "WHERE act <> 'submit' ORDER BY audit_id") == ["hold_job 5", "resume_job cut", "hold_job 10"])
    }
  }

  @Test func `is released by a retry, which tries all that failed again`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 20), ("tell", 1)], budget: 4)
      let worker = try await fixture.worker()
      try await fail(5, fixture, worker)
      try await fixture.queue.maintain()
      #expect(
        try await fixture.text("SELECT queue.retry_failed(1)")
          == "Job 1: 5 failed tasks are ready again; what follows from them will be computed anew.")
      #expect(try await states(fixture) == ["cut ready 20", "tell blocked 1"])
      _ = try await fixture.queue.complete(fixture.claim(20, for: worker), by: worker)
      _ = try await fixture.queue.complete(fixture.claim(1, for: worker), by: worker)
      #expect(try await fixture.text("SELECT state FROM queue.job") == "succeeded")
      #expect(try await fixture.count("queue.failures") == 0)
    }
  }

  @Test func `stays held by a retry that leaves too many failures`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 20)], budget: 2)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(5, for: worker)
      for task in tasks { _ = try await fixture.queue.fail(task, because: Self.failure, by: worker) }
      #expect(try await fixture.queue.isIdle(for: worker), "what is held does not count")
      #expect(
        try await fixture.text("SELECT queue.retry_task(1)").hasSuffix(
          "; the job stays held, because of what else has failed."))
      #expect(try await fixture.claim(30, for: worker).isEmpty)
      _ = try await fixture.text("SELECT queue.retry_task(2)")
      #expect(try await fixture.text("SELECT queue.retry_task(3)").hasSuffix("will be computed anew."))
      #expect(try await fixture.claim(30, for: worker).count == 18)
    }
  }

  @Test func `does not open its next stage, and does not succeed, before somebody lets it`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 5), ("tell", 1)], budget: 4)
      _ = try await fixture.job([("cut", 5)], budget: 4)
      let worker = try await fixture.worker()
      try await fail(5, fixture, worker)
      try await fail(5, fixture, worker)
      #expect(try await states(fixture) == ["tell held 1"])
      #expect(try await fixture.names("SELECT state FROM queue.job") == ["running", "running"])
      #expect(
        try await fixture.names("SELECT why || ' ' || job_id FROM queue.stuck_tasks ORDER BY job_id")
          == ["too much has failed 1", "too much has failed 2"])
      _ = try await fixture.names("SELECT queue.resume_job(job_id) FROM queue.job ORDER BY job_id")
      #expect(try await states(fixture) == ["tell ready 1"])
      #expect(
        try await fixture.names("SELECT state FROM queue.job ORDER BY job_id") == ["running", "succeeded"])
    }
  }

  /// Of the two last tasks of a stage neither sees the other's failure, until the stage closes.
  @Test(.timeLimit(.minutes(15))) func `is held by failures of two workers at the same time`() async throws {
    try await QueueFixture.withTwo { first, second in
      _ = try await first.job([("cut", 8), ("tell", 1)], budget: 1)
      let worker = try await first.worker()
      let tasks = try await first.claim(8, for: worker)
      // Tasks 1 and 5 have different counters.
      _ = try await first.queue.complete(tasks.filter { ![1, 5].contains($0.id) }, by: worker)
      let left = tasks.filter { [1, 5].contains($0.id) }
      try await first.connection.execute(script: "BEGIN")
      _ = try await first.queue.fail(left[0], because: Self.failure, by: worker)
      async let other = second.queue.fail(left[1], because: Self.failure, by: worker)
      try await first.connection.wait(
        until: """
          EXISTS (SELECT FROM pg_locks WHERE NOT granted
            AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))
          """)
      try await first.connection.execute(script: "COMMIT")
      #expect(try await other == .failed)
      #expect(try await states(first) == ["tell held 1"])
    }
  }

  @Test func `is no longer held once it was cancelled, and judged anew when it is taken up`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 9), ("tell", 1)], budget: 4)
      let worker = try await fixture.worker()
      try await fail(5, fixture, worker)
      _ = try await fixture.text("SELECT queue.cancel_job(1)")
      #expect(try await fixture.count("queue.stuck_tasks") == 0)
      _ = try await fixture.text("SELECT queue.retry_failed(1)")
      #expect(try await states(fixture) == ["cut ready 9", "tell blocked 1"])
    }
  }

  @Test func `is no matter of one site alone`() async throws {
    try await RoleFixture.with { fixture in
      try await fixture.admin.connection.execute(
        "UPDATE queue.job SET over_budget = 'cut', over_budget_since = now(), failure_budget = 0 WHERE job_id = 1"
      )
      #expect(
        try await fixture.refusal(of: "SELECT queue.resume_job(1)", as: .northOperator)
          == .insufficientPrivilege)
      #expect(
        try await fixture.refusal(of: "SELECT queue.set_failure_budget(1, 9)", as: .operatorOfAll)
          == .insufficientPrivilege)
      #expect(try await fixture.refusal(of: "SELECT queue.set_failure_budget(1, 9)", as: .coordinator) == nil)
      let seen = try await fixture.session(as: .northReader) {
        try await $0.names("SELECT why FROM queue.stuck_tasks WHERE job_id = 1")
      }
      #expect(seen.contains("too much has failed"))
      #expect(try await fixture.refusal(of: "SELECT queue.resume_job(1)", as: .operatorOfAll) == nil)
    }
  }
}
