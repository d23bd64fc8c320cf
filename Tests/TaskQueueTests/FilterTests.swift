import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `Acts by a filter` {
  private static let lost = TaskFailure(
    code: "not-found", sentence: "No paper.", remedy: "Bring some.", isRetryable: false)
  private static let blunt = TaskFailure(
    code: "blunt", sentence: "Blunt.", remedy: "Sharpen.", isRetryable: false)

  /// Job 1: tasks 1 to 3 at North and 4 to 6 at South; 1, 2 and 4 have not been found, 5 was cut bluntly, 3 and 6 wait.
  private func with(_ body: (QueueFixture) async throws -> Void) async throws {
    try await QueueFixture.with { fixture in
      try await fixture.connection.transaction { session in
        let job = try TaskQueue.planJob(key: Array("two sites".utf8), name: "hip", in: session).job
        let drafts = (0..<6).map { TaskDraft(site: $0 < 3 ? 1 : 2, payload: "{}") }
        _ = try TaskQueue.plan(
          [
            StageDraft(kind: "cut", tasks: drafts),
            StageDraft(kind: "tell", tasks: [TaskDraft(payload: "{}")]),
          ],
          of: job, in: session)
        try TaskQueue.start(job: job, in: session)
      }
      let worker = try await fixture.worker()
      for task in try await fixture.claim(6, for: worker) {
        switch task.id {
        case 1, 2, 4: _ = try await fixture.queue.fail(task, because: Self.lost, by: worker)
        case 5: _ = try await fixture.queue.fail(task, because: Self.blunt, by: worker)
        default: try await fixture.queue.release([task], by: worker)
        }
      }
      try await body(fixture)
    }
  }

  private func states(_ fixture: QueueFixture) async throws -> [String] {
    try await fixture.names(
      "SELECT concat_ws(' ', task_id, kind, site, state, failure_code, host) FROM queue.find_tasks(1)")
  }

  @Test func `see what they would concern`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      #expect(
        try await states(fixture) == [
          "1 cut North failed not-found test", "2 cut North failed not-found test", "3 cut North ready",
          "4 cut South failed not-found test", "5 cut South failed blunt test", "6 cut South ready",
          "7 tell blocked",
        ])
      for (filter, found) in [
        ("with_code => 'not-found'", "1 2 4"), ("at_site => 'South', in_state => 'failed'", "4 5"),
        ("on_host => 'test', with_code => 'blunt'", "5"), ("of_kind => 'tell'", "7"),
      ] {
        let tasks = try await fixture.names("SELECT task_id::text FROM queue.find_tasks(1, \(filter))")
        #expect(tasks.joined(separator: " ") == found, "\(filter)")
      }
    }
  }

  @Test func `retry what failed of one cause at one site`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      #expect(
        try await fixture.text("SELECT queue.retry_where(1, with_code => 'not-found', at_site => 'North')")
          == "Job 1: 2 failed tasks are ready again; what follows from them will be computed anew.")
      #expect(
        try await fixture.names("SELECT task_id::text FROM queue.find_tasks(1, in_state => 'ready')") == [
          "1", "2", "3", "6",
        ])
      #expect(
        try await fixture.text("SELECT queue.retry_where(1, with_code => 'unheard-of')")
          == "Job 1: no failed task is such.")
      #expect(try await fixture.refusal(of: "SELECT queue.retry_where(1)") == .invalidParameterValue)
    }
  }

  @Test func `cancel what waits and what failed, and the job goes on without it`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      let said = try await fixture.text("SELECT queue.cancel_where(1, of_kind => 'cut', at_site => 'South')")
      #expect(
        said
          == "Job 1: 3 tasks are cancelled, of which 1 had not ended; no retry takes them up. Running ones stop with the next heartbeat of their worker."
      )
      let retried = try await fixture.text("SELECT queue.retry_failed(1)")
      #expect(retried.hasPrefix("Job 1: 2 failed tasks are ready again"))
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(9, for: worker)
      #expect(tasks.map(\.id).sorted() == [1, 2, 3])
      _ = try await fixture.queue.complete(tasks, by: worker)
      // The next stage opened; the tasks that were left out come back only by restore_where.
      #expect(try await fixture.claim(9, for: worker).map(\.kind) == ["tell"])
      #expect(
        try await fixture.text("SELECT queue.restore_where(1, at_site => 'South')")
          == "Job 1: 3 tasks are open again; what follows from them will be computed anew.")
      #expect(try await fixture.claim(9, for: worker).map(\.id).sorted() == [4, 5, 6])
      #expect(
        try await fixture.names("SELECT act FROM queue.audit WHERE act <> 'submit' ORDER BY audit_id") == [
          "cancel_where", "retry", "restore_where",
        ])
    }
  }

  @Test func `cancel nothing that is counted elsewhere`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      let refusal = try await fixture.refusal(of: "SELECT queue.cancel_where(1, of_kind => 'tell')")
      #expect(refusal == .objectNotInPrerequisiteState)
      #expect(try await fixture.count("queue.skipped_task") == 0)
    }
  }

  @Test func `put tasks off, and wake them`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      let said = try await fixture.text(
        "SELECT queue.snooze_where(1, '2 hours', 'the archive rests', at_site => 'North')")
      #expect(said.hasPrefix("Job 1: 1 task is put off until "))
      let worker = try await fixture.worker()
      #expect(try await fixture.claim(9, for: worker).map(\.id) == [6])
      #expect(
        try await fixture.names("SELECT cause || ' ' || tasks FROM queue.stuck_tasks WHERE cause = 'snoozed'")
          == ["snoozed 1"])
      // Maintenance leaves it, and so does one after the clock was set back.
      try await fixture.queue.maintain()
      #expect(try await fixture.count("queue.live_task WHERE state = 'delayed'") == 1)
      #expect(
        try await fixture.text("SELECT queue.wake_where(1, at_site => 'North')")
          == "Job 1: 1 task waits no longer.")
      #expect(try await fixture.claim(9, for: worker).map(\.id) == [3])
      for wrong in ["'31 days', 'x'", "'-1 second', 'x'", "NULL, 'x'", "'1 hour', ' '", "'1 hour', NULL"] {
        #expect(
          try await fixture.refusal(of: "SELECT queue.snooze_where(1, \(wrong))") == .invalidParameterValue,
          "\(wrong)")
      }
    }
  }

  @Test func `put off outlives a clock that was set back`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      _ = try await fixture.text("SELECT queue.snooze_where(1, '2 hours', 'rest')")
      let before = try await fixture.text(
        "SELECT min(due_at)::text FROM queue.live_task WHERE state = 'delayed'")
      try await fixture.connection.execute(
        script:
          "UPDATE queue.worker SET heartbeat_at = now() + interval '1 hour'; SELECT queue.mend_instants()")
      #expect(
        try await fixture.text("SELECT min(due_at)::text FROM queue.live_task WHERE state = 'delayed'")
          == before)
    }
  }

  @Test func `show dead letters by cause, with what tries them again`() async throws {
    try await with { (fixture: QueueFixture) async throws in
      #expect(
        try await fixture.names(
          "SELECT concat_ws(' ', site, cause, tasks, hosts, most_on, example) FROM queue.dead_letters ORDER BY site, cause"
        )
          == [
            "North not-found 2 1 test No paper.", "South blunt 1 1 test Blunt.",
            "South not-found 1 1 test No paper.",
          ])
      let act = try await fixture.text("SELECT retry FROM queue.dead_letters WHERE cause = 'blunt'")
      #expect(
        act == "SELECT queue.retry_where(1, of_kind => 'cut', with_code => 'blunt', at_site => 'South');")
      try await fixture.connection.execute(script: act)
      #expect(try await fixture.count("queue.dead_letters") == 2)
    }
  }

  @Test func `concern the sites of the login only`() async throws {
    try await RoleFixture.with { fixture in
      let worker = try await fixture.session(as: .everywhereWorker) { session in
        let worker = try await session.worker()
        for task in try await session.claim(4, ["cut"], for: worker) {
          _ = try await session.queue.fail(task, because: Self.lost, by: worker)
        }
        return worker
      }
      #expect(worker > 0)
      try await fixture.session(as: .northOperator) { (session) async throws in
        #expect(try await session.names("SELECT task_id::text FROM queue.find_tasks(1)") == ["1", "2"])
        #expect(try await session.names("SELECT task_id::text FROM queue.find_tasks(2)") == [])
        let said = try await session.text("SELECT queue.retry_where(2, with_code => 'not-found')")
        #expect(said == "Job 2: no failed task is such.")
      }
      for call in ["find_tasks(2, at_site => 'South')", "snooze_where(2, '1 hour', 'x', at_site => 'South')"]
      {
        #expect(
          try await fixture.refusal(of: "SELECT queue.\(call)", as: .northOperator) == .invalidParameterValue)
      }
      for call in [
        "find_tasks(1)", "retry_where(1, with_code => 'x')", "cancel_where(1, in_state => 'ready')",
        "restore_where(1)", "snooze_where(1, '1 hour', 'x')", "wake_where(1)", "set_retention('jobs', 1)",
        "unset_retention('jobs')",
      ] {
        #expect(
          try await fixture.refusal(of: "SELECT queue.\(call)", as: .northReader) == .insufficientPrivilege)
        #expect(
          try await fixture.refusal(of: "SELECT queue.\(call)", as: .northWorker) == .insufficientPrivilege)
      }
      #expect(
        try await fixture.refusal(of: "SELECT queue.set_retention('jobs', 1)", as: .northOperator)
          == .insufficientPrivilege)
      for view in ["waiting_overview", "running_overview", "dead_letters"] {
        #expect(try await fixture.refusal(of: "SELECT * FROM queue.\(view)", as: .northReader) == nil)
        #expect(try await fixture.refusal(of: "SELECT * FROM trabecula.\(view)", as: .northReader) == nil)
      }
    }
  }
}
