import Postgres
import TaskQueue
import Testing

@Suite struct `A task that needs something` {
  @Test func `goes to workers that offer all of it`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 2)], site: 1, needs: ["knife", "board"])
      _ = try await fixture.job([("cut", 1)], site: 1)
      let without = try await fixture.worker(offers: ["knife"])
      #expect(try await fixture.claim(9, for: without).map(\.job) == [2])
      let with = try await fixture.worker(offers: ["board", "bowl", "knife"])
      #expect(try await fixture.claim(1, for: with).map(\.job) == [1])
      try await fixture.queue.offer(["knife", "board"], by: without)
      #expect(try await fixture.claim(9, for: without).map(\.job) == [1])
    }
  }

  @Test func `is no burden to claims that may not take it`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 500)], needs: ["knife"])
      _ = try await fixture.job([("cut", 3)])
      let worker = try await fixture.worker()
      #expect(try await fixture.claim(9, for: worker).map(\.id).sorted() == [501, 502, 503])
      #expect(
        try await fixture.names("SELECT needs::text FROM queue.lane ORDER BY lane") == ["{knife}", "{}"])
    }
  }

  @Test func `is told to workers of its site that might get it`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 1)], site: 1, needs: ["knife"])
      _ = try await fixture.job([("cut", 1)], site: 2, needs: ["spoon"])
      let worker = try await fixture.worker(sites: ["North"], offers: ["fork"])
      let answer = try await fixture.queue.heartbeat(of: worker, running: [])
      #expect(answer.wanted == ["knife"])
      let look = try await fixture.queue.lookForWork(
        upTo: 1, kinds: ["cut"], for: worker, silence: .seconds(1))
      #expect(look.claimed.isEmpty && look.answer.wanted == ["knife"])
      try await fixture.queue.offer(["knife"], by: worker)
      #expect(try await fixture.queue.heartbeat(of: worker, running: []).wanted == [])
      #expect(try await fixture.claim(9, for: worker).count == 1)
    }
  }

  /// A central worker of another kind is no help to a site.
  @Test func `whose kind no worker of its site runs is said to be stuck, and asked of nobody else`()
    async throws
  {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 2)], site: 1, needs: ["knife"])
      let central = try await fixture.worker(kinds: ["count", "tell"])
      let stuck =
        "SELECT coalesce(string_agg(why || ': ' || what_to_do, '; '), 'nothing') FROM queue.stuck_tasks"
      #expect(
        try await fixture.text(stuck)
          == "no worker serves the site: Start one that runs cut where the files of the site are: worker run --site North --kind cut"
      )
      #expect(try await fixture.queue.heartbeat(of: central, running: []).wanted == [])
      let other = try await fixture.worker(offers: ["knife"], kinds: ["cut"])
      #expect(try await fixture.text(stuck) == "nothing")
      #expect(try await fixture.queue.heartbeat(of: other, running: []).wanted == [])
    }
  }

  @Test func `that nobody offers is said to be stuck, with its name`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 2)], site: 1, needs: ["knife", "board"])
      let stuck =
        "SELECT coalesce(string_agg(why || ': ' || what_to_do, '; '), 'nothing') FROM queue.stuck_tasks"
      #expect(try await fixture.text(stuck).hasPrefix("no worker serves the site: "))
      let one = try await fixture.worker(offers: ["knife"])
      #expect(
        try await fixture.text(stuck)
          == "no worker offers what it needs: Start a worker that offers board, or bring it to one that runs."
      )
      let other = try await fixture.worker(offers: ["board"])
      #expect(
        try await fixture.text(stuck)
          == "no worker offers what it needs: Start one worker that offers all of these: board, knife.")
      try await fixture.queue.offer(["board", "knife"], by: one)
      #expect(try await fixture.text(stuck) == "nothing")
      #expect(try await fixture.claim(9, for: other).isEmpty)
    }
  }

  @Test func `keeps its need when it is tried again`() async throws {
    try await QueueFixture.with { fixture in
      let job = try await fixture.job([("cut", 1)], needs: ["knife"])
      let worker = try await fixture.worker(offers: ["knife"])
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: false)
      _ = try await fixture.queue.fail(
        fixture.claim(1, for: worker)[0], because: failure, by: worker)
      _ = try await fixture.queue.retryFailed(of: job)
      #expect(try await fixture.claim(1, for: fixture.worker()).isEmpty)
      #expect(try await fixture.claim(1, for: worker).count == 1)
    }
  }

  /// A suspect runs alone; a worker that may not take it goes on with other work.
  @Test func `keeps its need when its worker died`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 1)], needs: ["knife"])
      let first = try await fixture.worker(offers: ["knife"])
      #expect(try await fixture.claim(1, for: first).map(\.job) == [1])
      _ = try await fixture.job([("cut", 1)])
      _ = try await fixture.lose(first)
      #expect(try await fixture.claim(9, for: fixture.worker()).map(\.job) == [2])
      let second = try await fixture.worker(offers: ["knife"])
      #expect(try await fixture.claim(9, for: second).map(\.crashes) == [1])
    }
  }
}

@Suite struct `Needs that no live worker offers` {
  @Test func `are told once nothing else is left to do`() async throws {
    try await QueueFixture.with { fixture in
      let job = try await fixture.job([("cut", 2), ("tell", 1)], site: 1, needs: ["knife", "board"])
      _ = try await fixture.job([("cut", 1)], site: 2)
      #expect(try await fixture.queue.unmetNeeds(for: nil) == [], "nobody is there to be asked")
      let worker = try await fixture.worker(offers: ["board"])
      #expect(try await fixture.queue.unmetNeeds(for: worker) == [], "the other job can go on")
      #expect(try await fixture.queue.unmetNeeds(for: nil, of: job) == ["knife"])
      let task = try await fixture.claim(1, for: worker)
      #expect(try await fixture.queue.unmetNeeds(for: worker) == [], "one runs")
      _ = try await fixture.queue.complete(task, by: worker)
      // What is blocked waits for them too.
      #expect(try await fixture.queue.unmetNeeds(for: worker) == ["knife"])
      #expect(try await fixture.queue.isIdle(for: worker) == false)
      let other = try await fixture.worker(offers: ["knife"])
      #expect(try await fixture.queue.unmetNeeds(for: worker) == ["board", "knife"], "nobody has both")
      try await fixture.queue.offer(["board", "knife"], by: other)
      #expect(try await fixture.queue.unmetNeeds(for: worker) == [])
      _ = try await fixture.lose(other)
      #expect(try await fixture.queue.unmetNeeds(for: worker) == ["knife"], "it died")
    }
  }

  @Test func `count for retries and for tasks whose worker died`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 2)], needs: ["knife"])
      let first = try await fixture.worker(offers: ["knife"])
      let tasks = try await fixture.claim(2, for: first)
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: true)
      _ = try await fixture.queue.fail(tasks[0], because: failure, by: first)
      let worker = try await fixture.worker()
      #expect(try await fixture.queue.unmetNeeds(for: worker) == [])
      _ = try await fixture.lose(first)
      #expect(try await fixture.queue.unmetNeeds(for: worker) == ["knife"])
    }
  }

  @Test func `are no matter of a worker of other sites or kinds`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 1), ("tell", 1)], site: 1, needs: ["knife"])
      let cutter = try await fixture.worker(sites: ["North"], kinds: ["cut"])
      let south = try await fixture.worker(sites: ["South"], kinds: ["cut"])
      #expect(try await fixture.queue.isIdle(for: south))
      #expect(try await fixture.queue.unmetNeeds(for: south) == [])
      // It waits for what another may come to do.
      let teller = try await fixture.worker(kinds: ["tell"])
      #expect(try await fixture.queue.isIdle(for: teller) == false)
      #expect(try await fixture.queue.unmetNeeds(for: teller) == [])
      let counter = try await fixture.worker(kinds: ["count"])
      #expect(try await fixture.queue.isIdle(for: counter))
      #expect(try await fixture.queue.unmetNeeds(for: counter) == [])
      #expect(try await fixture.queue.unmetNeeds(for: cutter) == ["knife"])
      #expect(try await fixture.queue.unmetNeeds(for: nil) == ["knife"])
    }
  }

  @Test func `are none of what is held`() async throws {
    try await QueueFixture.with { fixture in
      let job = try await fixture.job([("cut", 1), ("tell", 1)], needs: ["knife"])
      let worker = try await fixture.worker()
      try await fixture.connection.execute("SELECT queue.pause_job($1)", job)
      #expect(try await fixture.queue.unmetNeeds(for: worker) == [])
      #expect(try await fixture.queue.isIdle(for: worker))
    }
  }

  /// Its ready tasks are held by the next maintenance, and are ready until then.
  @Test func `are none of a job over its budget of failures`() async throws {
    try await QueueFixture.with { fixture in
      let held = try await fixture.job([("cut", 2)], needs: ["knife"])
      let worker = try await fixture.worker()
      #expect(try await fixture.queue.unmetNeeds(for: worker) == ["knife"])
      try await fixture.connection.execute(
        "UPDATE queue.job SET over_budget = 'cut', over_budget_since = now() WHERE job_id = $1", held)
      #expect(try await fixture.queue.unmetNeeds(for: worker) == [])
      _ = try await fixture.job([("cut", 1)], needs: ["board"])
      #expect(try await fixture.queue.unmetNeeds(for: worker) == ["board"])
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready'") == 3, "none was held yet")
    }
  }
}

@Suite struct `A job that is planned` {
  private func plan(
    _ fixture: QueueFixture, _ stages: [StageDraft], requirements: [String] = []
  ) async throws -> (job: Int64, tasks: [[Int64]]) {
    try await fixture.connection.transaction { session in
      let job = try TaskQueue.planJob(key: [7], name: "x", requirements: requirements, in: session).job
      let tasks = try TaskQueue.plan(stages, of: job, in: session)
      try TaskQueue.start(job: job, in: session)
      return (job, tasks)
    }
  }

  @Test func `with the same key is the same job`() async throws {
    try await QueueFixture.with { fixture in
      let first = try await plan(fixture, [StageDraft(kind: "cut", tasks: [TaskDraft(payload: "{}")])])
      let again = try await fixture.connection.transaction { session in
        try TaskQueue.planJob(key: [7], name: "y", in: session)
      }
      #expect(again == (first.job, true))
    }
  }

  @Test func `gives each task what it needs and what its job requires, in one order`() async throws {
    try await QueueFixture.with { fixture in
      let drafts = [["b"], [], ["b"], ["c", "a"]].enumerated().map {
        TaskDraft(site: $0 == 2 ? 1 : nil, payload: "\($0)", needs: $1)
      }
      let planned = try await plan(fixture, [StageDraft(kind: "cut", tasks: drafts)], requirements: ["b"])
      #expect(planned.tasks == [[1, 2, 3, 4]])
      #expect(
        try await fixture.names(
          "SELECT t.payload::text || ' ' || r.site_id || ' ' || r.needs::text FROM queue.task t JOIN queue.lane r USING (lane) ORDER BY t.task_id"
        ) == ["0 0 {b}", "1 0 {b}", "2 1 {b}", "3 0 {a,b,c}"])
    }
  }

  @Test func `counts its tasks whatever their number`() async throws {
    try await QueueFixture.with { fixture in
      for count in [1, 4, 5, 9000] {
        let job = try await fixture.job(cut: count)
        let wrong = try await fixture.count(
          """
          queue.stage_shard s WHERE job_id = \(job) AND (remaining <> total OR total <> (
            SELECT count(*) FROM queue.task t WHERE t.job_id = s.job_id AND t.kind = s.kind AND t.shard = s.shard))
          """)
        #expect(wrong == 0, "\(count)")
      }
    }
  }

  @Test(arguments: [
    ("SELECT queue.plan_stage(1, 'unknown', 1)", "22023"),
    ("SELECT queue.plan_tasks(1, 'cut', '{}', '{1}')", "55000"),
    ("SELECT queue.plan_stage(2, 'cut', 1), queue.plan_tasks(2, 'cut', '{99}', '{1}')", "22023"),
    (
      "SELECT queue.plan_stage(2, 'cut', 2), queue.plan_tasks(2, 'cut', '{}', '{1}'), queue.start_job(2)",
      "55000"
    ),
    ("SELECT queue.define_kind('x', 1, on_failed => 'queue.nothing')", "42883"),
  ])
  func `is refused where it cannot be`(call: String, code: String) async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      try await fixture.connection.execute("SELECT queue.plan_job('x', 'x')")
      #expect(try await fixture.refusal(of: call)?.code == code)
    }
  }
}

@Suite struct `A worker's protocol` {
  @Test(arguments: [
    (Int32(-1), "Update the program."), (1, "Migrate the database: coordinator migrate."),
  ])
  func `that the database does not serve is told which of the two to update`(offset: Int32, hint: String)
    async throws
  {
    try await QueueFixture.with { (fixture) async throws -> Void in
      let spoken = TaskQueue.protocolVersion + offset
      let error = await #expect(throws: PostgresError.self) {
        try await fixture.connection.execute(
          "SELECT queue.register_worker('h', 1, 1, 'v', NULL, 60, $1, '{}')", spoken)
      }
      #expect(error?.sqlState?.code == "TR001")
      #expect(error?.hint == hint)
      #expect(try await fixture.count("queue.worker") == 0)
    }
  }

  @Test func `is what this library speaks`() async throws {
    try await QueueFixture.with { fixture in
      let newest = try await fixture.connection.query("SELECT protocol_newest FROM queue.protocol")
      #expect(try newest.scalar(as: Int32.self) == TaskQueue.protocolVersion)
    }
  }
}

@Suite struct `Ending tasks of a kind with results` {
  @Test func `is refused where the function is not the kind's own`() async throws {
    try await QueueFixture.with { fixture in
      try await fixture.connection.execute("SELECT queue.define_kind('cut', 1)")
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      let error = await #expect(throws: PostgresError.self) {
        try await fixture.queue.complete([tasks[0]], by: worker)
      }
      #expect(error?.sqlState == .insufficientPrivilege)
      #expect(try await fixture.count("queue.live_task WHERE state = 'running'") == 2)
      let own =
        "SELECT (queue.complete_tasks(\(worker), '{\(tasks[0].id)}', '{\(tasks[0].fence)}', 'cut'))[1]"
      #expect(try await fixture.text(own) == "ok")
      #expect(try await fixture.text(own) == "already")
    }
  }
}
