import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `History` {
  private func partitions(_ fixture: QueueFixture) async throws -> Int {
    try await fixture.count(
      "pg_inherits WHERE inhparent = 'queue.task_history'::regclass AND inhrelid <> 'queue.task_history_other'::regclass"
    )
  }

  /// Ends a job's only task, and lets it and its row look so many days older.
  private func endJob(_ fixture: QueueFixture, daysAgo: Int, state: String = "succeeded") async throws {
    let job = try await fixture.job(cut: 1)
    let worker = try await fixture.worker()
    _ = try await fixture.queue.complete(fixture.claim(1, for: worker), by: worker)
    try await fixture.connection.execute(
      "UPDATE queue.task_history SET ended_at = ended_at - make_interval(days => $1) WHERE job_id = $2",
      Int32(daysAgo), job)
    try await fixture.connection.execute(
      """
      UPDATE queue.job SET submitted_at = submitted_at - make_interval(days => $1), state = $2,
          ended_at = CASE WHEN $2 <> 'running' THEN now() END
        WHERE job_id = $3
      """, Int32(daysAgo), state, job)
  }

  private func keep(_ days: Int32, _ fixture: QueueFixture) async throws -> [Int] {
    let row = try await fixture.connection.query("SELECT * FROM queue.keep_history($1)", days).only()
    return try (0..<4).map { try row.decode(at: $0) }
  }

  @Test func `of today goes to a partition of its own from the first day on`() async throws {
    try await QueueFixture.with { fixture in
      try await endJob(fixture, daysAgo: 0)
      #expect(try await fixture.count("queue.task_history_other") == 0)
      #expect(try await fixture.count("queue.task_history") == 1)
      #expect(try await partitions(fixture) == 3)
    }
  }

  @Test func `is made ahead, and what ended long ago is dropped`() async throws {
    try await QueueFixture.with { fixture in
      for age in [0, 10, 40, 41] { try await endJob(fixture, daysAgo: age) }
      #expect(try await fixture.count("queue.task_history_other") == 3)
      // 4 of the days ahead that were missing, 3 of the past, of which 2 are too old.
      #expect(try await keep(30, fixture) == [7, 2, 0, 0])
      #expect(try await fixture.count("queue.task_history_other") == 0)
      #expect(try await fixture.count("queue.task_history") == 2)
      #expect(try await keep(30, fixture) == [0, 0, 0, 0])
    }
  }

  @Test func `that an unfinished job needs is kept`() async throws {
    try await QueueFixture.with { fixture in
      try await endJob(fixture, daysAgo: 40, state: "running")
      try await endJob(fixture, daysAgo: 50)
      #expect(try await keep(30, fixture) == [6, 1, 1, 0])
      #expect(try await fixture.count("queue.task_history") == 1)
    }
  }

  @Test func `that somebody reads is left for the next time`() async throws {
    try await QueueFixture.withTwo { fixture, other in
      try await endJob(fixture, daysAgo: 40)
      #expect(try await keep(60, fixture) == [5, 0, 0, 0])
      try await other.connection.execute(script: "BEGIN; SELECT count(*) FROM queue.task_history")
      #expect(try await keep(30, fixture) == [0, 0, 0, 1])
      // Nobody was kept waiting: tasks end meanwhile.
      try await endJob(fixture, daysAgo: 0)
      try await other.connection.execute(script: "COMMIT")
      #expect(try await keep(30, fixture) == [0, 1, 0, 0])
    }
  }

  @Test func `is not kept for less than a day`() async throws {
    try await QueueFixture.with { fixture in
      await #expect { _ = try await keep(0, fixture) } throws: { error in
        (error as? PostgresError)?.hint?.contains("1 or more") ?? false
      }
    }
  }
}

@Suite struct `Announcements` {
  @Test func `come once a batch, whatever it holds`() async throws {
    try await QueueFixture.withTwo { fixture, listener in
      try await listener.connection.listen(to: TaskQueue.readyChannel)
      _ = try await fixture.job(cut: 500, site: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(300, for: worker)
      try await fixture.queue.release(tasks, by: worker)
      _ = try await fixture.queue.complete(fixture.claim(300, for: worker), by: worker)
      _ = try await fixture.lose(worker)
      try await fixture.connection.execute("SELECT pg_notify('trabecula_ready', 'last')")
      var payloads: [String] = []
      while payloads.last != "last" {
        let heard = try await listener.connection.nextNotification(timeout: .seconds(600))
        payloads.append(try #require(heard).payload)
      }
      // The stage that opened, and the release; claims and completions announce nothing, nor does a lost worker
      // that held nothing.
      #expect(payloads == ["", "", "last"])
    }
  }
}

@Suite struct `An idle worker` {
  @Test func `extends its lease by its silence, and a claim ends that`() async throws {
    try await QueueFixture.with { fixture in
      let worker = try await fixture.worker(lease: 60)
      let (answer, none) = try await fixture.queue.lookForWork(
        upTo: 4, kinds: ["cut"], for: worker, silence: .seconds(180))
      #expect(none.isEmpty)
      #expect(answer == HeartbeatAnswer(state: .active, takenBack: [], workIsAhead: false))
      let left = "SELECT round(extract(epoch FROM lease_until - heartbeat_at))::int8 FROM queue.worker"
      #expect(try await fixture.connection.query(left).scalar(as: Int.self) == 240)
      _ = try await fixture.job(cut: 3)
      let (second, some) = try await fixture.queue.lookForWork(
        upTo: 2, kinds: ["cut"], for: worker, silence: .seconds(180))
      #expect(some.map(\.id) == [1, 2])
      #expect(second.workIsAhead)
      #expect(try await fixture.connection.query(left).scalar(as: Int.self) == 60)
    }
  }

  @Test func `is kept by a coordinator, and by nobody with fewer rights`() async throws {
    try await RoleFixture.with { (fixture) async throws in
      for call in ["queue.keep_history(30)", "trabecula.keep_history(30)"] {
        #expect(try await fixture.refusal(of: "SELECT FROM \(call)", as: .coordinator) == nil)
        for login in [TestLogin.operatorOfAll, .reader, .everywhereWorker] {
          #expect(
            try await fixture.refusal(of: "SELECT FROM \(call)", as: login) == .insufficientPrivilege,
            "\(login)")
        }
      }
    }
  }
}
