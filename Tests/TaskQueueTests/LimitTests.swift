import Postgres
import TaskQueue
import TestSupport
import Testing

extension [ClaimedTask] {
  /// How many are of these jobs.
  fileprivate func number(of jobs: Int64...) -> Int { count { jobs.contains($0.job) } }
}

@Suite struct `A limit` {
  private func set(_ fixture: QueueFixture, _ scope: String, _ subject: String, _ most: Int32) async throws {
    try await fixture.connection.query("SELECT queue.set_limit($1, $2, $3)", scope, subject, most)
  }

  @Test func `of a site holds for all workers, and does not keep them from other sites`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 9, site: 1)
      _ = try await fixture.job(cut: 9, site: 2)
      try await set(fixture, "site", "North", 3)
      let first = try await fixture.worker()
      let second = try await fixture.worker()
      let tasks = try await fixture.claim(20, for: first)
      #expect(tasks.number(of: 1) == 3)
      #expect(tasks.number(of: 2) == 9)
      #expect(try await fixture.claim(20, for: second).isEmpty)
      let ended = tasks.filter { $0.job == 1 }.prefix(2)
      _ = try await fixture.queue.complete(Array(ended), by: first)
      #expect(try await fixture.claim(20, for: second).map(\.job) == [1, 1])
      #expect(
        try await fixture.text(
          "SELECT concat_ws(' ', scope, subject, most, running, free, waiting) FROM queue.limit_overview")
          == "site North 3 3 0 4")
      #expect(
        try await fixture.names("SELECT DISTINCT worker_id::text FROM queue.limit_holders ORDER BY 1") == [
          "\(first)", "\(second)",
        ])
    }
  }

  @Test func `of a kind, of a need and of a site count together`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 9), ("count", 0)], site: 1, needs: ["store:a"])
      _ = try await fixture.job([("cut", 9), ("count", 0)], site: 2, needs: ["store:a"])
      _ = try await fixture.job(cut: 9, site: 2)
      try await set(fixture, "need", "store:a", 4)
      try await set(fixture, "kind", "cut", 6)
      try await set(fixture, "site", "North", 1)
      let worker = try await fixture.worker(offers: ["store:a"])
      var tasks = try await fixture.claim(20, for: worker)
      #expect(tasks.count == 6)
      #expect(tasks.number(of: 1) <= 1)
      #expect(tasks.number(of: 1, 2) <= 4)
      while !tasks.isEmpty {
        let ended = tasks.removeFirst()
        _ = try await fixture.queue.complete([ended], by: worker)
        tasks += try await fixture.claim(20, for: worker)
        #expect(tasks.count <= 6)
        #expect(tasks.number(of: 1) <= 1)
        #expect(tasks.number(of: 1, 2) <= 4)
      }
    }
  }

  @Test func `of a job does not keep other jobs, nor the rest of its own`() async throws {
    try await QueueFixture.with { fixture in
      // Job 33 has the share of job 1.
      for _ in 0..<33 { _ = try await fixture.job(cut: 2) }
      #expect(
        try await fixture.count("(SELECT DISTINCT lane FROM queue.live_task WHERE job_id IN (1, 33)) l") == 1)
      try await set(fixture, "job", "1", 1)
      let worker = try await fixture.worker()
      // Until maintenance gives it a lane of its own, it is passed by.
      #expect(try await fixture.claim(99, for: worker).count == 64)
      try await fixture.queue.maintain()
      #expect(try await fixture.claim(99, for: worker).map(\.job) == [1])
      #expect(try await fixture.claim(99, for: worker).isEmpty)
      try await fixture.connection.execute(
        script: "UPDATE queue.live_task SET crashes = 1 WHERE job_id = 1 AND state = 'ready'")
      #expect(try await fixture.claim(99, for: worker).isEmpty)
    }
  }

  @Test func `set while more run lets them end, and nothing begin before`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 20, site: 1)
      let worker = try await fixture.worker()
      var tasks = try await fixture.claim(6, for: worker)
      try await set(fixture, "site", "North", 4)
      #expect(try await fixture.text("SELECT surplus::text FROM queue.task_limit") == "2")
      for left in [5, 4] {
        _ = try await fixture.queue.complete([tasks.removeFirst()], by: worker)
        #expect(tasks.count == left)
        #expect(try await fixture.claim(9, for: worker).isEmpty)
      }
      _ = try await fixture.queue.complete([tasks.removeFirst()], by: worker)
      tasks += try await fixture.claim(9, for: worker)
      #expect(tasks.count == 4)
      // Lowered again, then raised beyond what there was.
      try await set(fixture, "site", "North", 1)
      _ = try await fixture.queue.complete(Array(tasks[..<2]), by: worker)
      #expect(try await fixture.claim(9, for: worker).isEmpty)
      try await set(fixture, "site", "North", 5)
      #expect(try await fixture.claim(9, for: worker).count == 3)
      try await set(fixture, "site", "North", 0)
      _ = try await fixture.queue.stop(worker: worker)
      let other = try await fixture.worker()
      #expect(try await fixture.claim(9, for: other).isEmpty)
      try await fixture.connection.query("SELECT queue.unset_limit('site', 'North')")
      #expect(try await fixture.claim(9, for: other).count == 9)
      #expect(try await fixture.count("queue.task_slot") == 0)
      #expect(
        try await fixture.names("SELECT act FROM queue.audit WHERE act LIKE '%limit' ORDER BY audit_id") == [
          "set_limit", "set_limit", "set_limit", "set_limit", "unset_limit",
        ])
    }
  }

  enum Way: CaseIterable, Sendable {
    case released, retried, failed, snoozed, cancelled, lost, stopped, undone
  }

  @Test(arguments: Way.allCases) func `frees the slot of a task that is`(_ way: Way) async throws {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 3, site: 1)
      try await set(fixture, "site", "North", 1)
      let worker = try await fixture.worker()
      if way == .undone { try await fixture.connection.execute(script: "BEGIN") }
      let task = try await fixture.claim(1, for: worker)[0]
      let successor = try await other.worker()
      #expect(try await other.claim(1, for: successor).isEmpty)
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: way == .retried)
      switch way {
      case .released: try await fixture.queue.release([task], by: worker)
      case .retried, .failed: _ = try await fixture.queue.fail(task, because: failure, by: worker)
      case .snoozed: _ = try await fixture.queue.snooze(task, for: .seconds(9), because: "x", by: worker)
      case .cancelled:
        _ = try await fixture.text("SELECT queue.cancel_where(1, in_state => 'running')")
      case .lost: _ = try await fixture.lose(worker)
      case .stopped: _ = try await fixture.queue.stop(worker: worker)
      case .undone: try await fixture.connection.execute(script: "ROLLBACK")
      }
      #expect(try await other.claim(5, for: successor).count == 1)
      #expect(try await other.claim(5, for: successor).isEmpty)
      // Whoever comes late frees nothing.
      if way == .lost || way == .stopped {
        #expect(try await fixture.queue.complete([task], by: worker) == [task.id: .stale])
      }
      let third = try await other.worker()
      #expect(try await other.claim(5, for: third).isEmpty)
    }
  }

  @Test(arguments: [Way.released, .retried, .failed, .snoozed, .cancelled, .lost])
  func `wakes one worker that was turned away, for each slot that becomes free, however a task ends`(
    _ way: Way
  ) async throws {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 9, site: 1)
      _ = try await fixture.job(cut: 9, site: 2)
      try await set(fixture, "site", "North", 1)
      let worker = try await fixture.worker(sites: ["North"])
      let task = try await fixture.claim(1, for: worker)[0]
      let waiting = [
        try await other.worker(sites: ["North"]), try await other.worker(sites: ["North"]),
        try await other.worker(sites: ["South"]),
      ]
      for one in waiting {
        try await other.connection.listen(to: TaskQueue.channel(of: one))
      }
      for one in waiting.prefix(2) { #expect(try await other.claim(1, for: one).isEmpty) }
      let elsewhere = try await other.claim(1, for: waiting[2])
      // What is under no limit wakes nobody.
      _ = try await other.queue.complete(elsewhere, by: waiting[2])
      #expect(try await other.connection.nextNotification(timeout: .zero) == nil)
      // A task that is ready again is announced to all, so its slot is not; one that is held is.
      if way == .released || way == .lost {
        try await fixture.connection.query("SELECT queue.pause_job(1)")
      }
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: way == .retried)
      switch way {
      case .retried, .failed: _ = try await fixture.queue.fail(task, because: failure, by: worker)
      case .snoozed: _ = try await fixture.queue.snooze(task, for: .seconds(9), because: "x", by: worker)
      case .cancelled: _ = try await fixture.text("SELECT queue.cancel_where(1, in_state => 'running')")
      case .lost: _ = try await fixture.lose(worker)
      default: try await fixture.queue.release([task], by: worker)
      }
      let heard = try await other.connection.nextNotification(timeout: .seconds(60))
      #expect(waiting.prefix(2).map(TaskQueue.channel(of:)).contains(heard?.channel ?? ""))
      #expect(try await other.count("queue.live_task") > 0)
      #expect(try await other.connection.nextNotification(timeout: .zero) == nil, "one slot, one worker")
    }
  }

  @Test func `notes few of many that it turns away`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 9, site: 1)
      try await set(fixture, "site", "North", 0)
      for _ in 0..<20 { #expect(try await fixture.claim(1, for: fixture.worker()).isEmpty) }
      #expect(try await fixture.text("SELECT cardinality(workers)::text FROM queue.turned_away") == "16")
      try await fixture.connection.execute(
        "UPDATE queue.turned_away SET seen_at = now() - interval '6 seconds'")
      let last = try await fixture.worker()
      for _ in 0..<2 { #expect(try await fixture.claim(1, for: last).isEmpty) }
      #expect(
        try await fixture.text("SELECT cardinality(workers) || ' ' || workers[1] FROM queue.turned_away")
          == "16 \(last)")
    }
  }

  /// Every slot is looked for from anywhere on; all are found, whatever is held.
  @Test func `is used up to its last slot`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 60, site: 1)
      try await set(fixture, "site", "North", 7)
      try await set(fixture, "kind", "cut", 9)
      let worker = try await fixture.worker()
      for _ in 0..<4 {
        var tasks: [ClaimedTask] = []
        for _ in 0..<7 { tasks += try await fixture.claim(1, for: worker) }
        #expect(tasks.count == 7 && Set(tasks.map(\.fence)).count == 7)
        #expect(try await fixture.claim(1, for: worker).isEmpty)
        #expect(try await fixture.count("queue.limit_holders") == 14)
        _ = try await fixture.queue.complete(tasks.shuffled(), by: worker)
        tasks = try await fixture.claim(9, for: worker)
        #expect(tasks.count == 7)
        _ = try await fixture.queue.complete(tasks, by: worker)
      }
    }
  }

  /// Sixteen sessions claim and end, without a pause, beside one that looks: a statement sees one state of the whole table.
  @Test(.timeLimit(.minutes(15))) func `is never exceeded, whoever claims at the same time`() async throws {
    try await QueueFixture.withDatabase { target in
      let first = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(first)
      let fixture = QueueFixture(connection: first, queue: TaskQueue(first))
      for site in [1, 2] as [Int32] { _ = try await fixture.job(cut: 500, site: site) }
      try await set(fixture, "site", "North", 5)
      try await set(fixture, "kind", "cut", 12)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<16 { group.addTask { try await work(target, batch: 1 + number % 4) } }
        group.addTask {
          let connection = try await PostgresConnection.connect(to: target)
          let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
          var (most, looks) = ((0, 0), 0)
          while try await fixture.count("queue.live_task") > 0 {
            let seen = try await connection.query(
              "SELECT count(*), count(*) FILTER (WHERE site_id = 1) FROM queue.live_task WHERE state = 'running'"
            ).only().decode(Int.self, Int.self)
            most = (max(most.0, seen.0), max(most.1, seen.1))
            looks += 1
          }
          #expect(most.0 <= 12 && most.1 <= 5, "\(most) in \(looks) looks")
          #expect(most.0 > 5, "something ran")
          await connection.close()
        }
        try await group.waitForAll()
      }
      #expect(try await fixture.count("queue.task_history WHERE outcome = 'succeeded'") == 1000)
      await first.close()
    }
  }

  private func work(_ target: String, batch: Int) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
    let worker = try await fixture.worker()
    while try await fixture.count("queue.live_task") > 0 {
      let tasks = try await fixture.claim(batch, for: worker)
      if !tasks.isEmpty { _ = try await fixture.queue.complete(tasks, by: worker) }
    }
    await connection.close()
  }

  /// The first limit is set while a claim is under way that knows of none: it is waited for, and its tasks count.
  @Test(.timeLimit(.minutes(15))) func `counts what is being claimed while it is set`() async throws {
    try await QueueFixture.withTwo { fixture, claimer in
      _ = try await fixture.job(cut: 9, site: 1)
      let worker = try await fixture.worker()
      try await claimer.connection.execute(script: "BEGIN")
      #expect(try await claimer.claim(4, for: worker).count == 4)
      async let said = fixture.text("SELECT queue.set_limit('site', 'North', 5)")
      try await claimer.connection.wait(
        until: "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())")
      try await claimer.connection.execute(script: "COMMIT")
      #expect(try await said == "Of site North at most 5 tasks run: 4 now.")
      #expect(try await claimer.claim(4, for: worker).count == 1)
    }
  }

  /// A claim that began before a limit was there, and had to wait for it, keeps to it.
  @Test(.timeLimit(.minutes(15))) func `holds for a claim that waited while it was set`() async throws {
    try await QueueFixture.withTwo { fixture, claimer in
      _ = try await fixture.job(cut: 9, site: 1)
      let worker = try await claimer.worker()
      try await fixture.connection.execute(script: "BEGIN; SELECT queue.set_limit('site', 'North', 2)")
      async let claimed = claimer.claim(4, for: worker)
      try await fixture.connection.wait(
        until: "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())")
      try await fixture.connection.execute(script: "COMMIT")
      #expect(try await claimed.count == 2)
    }
  }

  @Test(arguments: [
    "'moon', 'x', 1", "'site', 'Nowhere', 1", "'job', '99', 1", "'job', 'x', 1", "'kind', 'unheard', 1",
    "'site', 'North', -1",
    "'site', 'North', 1001", "'site', 'North', NULL", "NULL, 'x', 1", "'need', '', 1",
  ])
  func `is refused where it makes no sense`(call: String) async throws {
    try await QueueFixture.with { fixture in
      let refusal = try await fixture.refusal(of: "SELECT queue.set_limit(\(call))")
      #expect(refusal == .invalidParameterValue)
    }
  }

  @Test func `is set by logins of all sites only, and seen by all`() async throws {
    try await RoleFixture.with { (fixture) async throws in
      let call = "SELECT queue.set_limit('site', 'North', 1)"
      for login in [TestLogin.northOperator, .reader, .northWorker] {
        #expect(try await fixture.refusal(of: call, as: login) == .insufficientPrivilege, "\(login)")
      }
      #expect(try await fixture.refusal(of: call, as: .operatorOfAll) == nil)
      try await fixture.session(as: .northReader) { (session) async throws in
        #expect(try await session.count("queue.limit_overview") == 1)
        #expect(try await session.count("trabecula.limit_holders") == 0)
      }
    }
  }
}

@Suite struct `Jobs of one priority` {
  @Test func `get as many claims, however many tasks they have`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1000)
      _ = try await fixture.job(cut: 60)
      let worker = try await fixture.worker()
      var (claims, ofSmall) = (0, [Int64]())
      while ofSmall.count < 60, claims < 1000 {
        claims += 1
        ofSmall += try await fixture.claim(1, for: worker).filter { $0.job == 2 }.map(\.id)
      }
      // 120 are expected; half of binomial trials: more than 250, or fewer than 75, once in a million million runs.
      #expect(claims > 75 && claims < 250, "\(claims)")
      #expect(ofSmall == ofSmall.sorted(), "within a job by age")
    }
  }

  @Test func `come after those of a higher one`() async throws {
    try await QueueFixture.with { fixture in
      for _ in 0..<3 { _ = try await fixture.job(cut: 4) }
      _ = try await fixture.text("SELECT queue.set_priority(2, 5)")
      let worker = try await fixture.worker()
      #expect(try await fixture.claim(4, for: worker).map(\.job) == [2, 2, 2, 2])
      let rest = try await fixture.claim(20, for: worker)
      #expect(rest.count == 8 && Set(rest.map(\.job)) == [1, 3])
    }
  }

  @Test func `at several sites are drawn as jobs, not as lanes`() async throws {
    try await QueueFixture.with { fixture in
      try await fixture.connection.query(
        "SELECT queue.add_sites(ARRAY(SELECT 'S' || n FROM generate_series(1, 9) n))")
      try await fixture.connection.transaction { session in
        let job = try TaskQueue.planJob(key: Array("wide".utf8), name: "wide", in: session).job
        let drafts = (0..<900).map { TaskDraft(site: Int32(1 + $0 % 9), payload: "{}") }
        _ = try TaskQueue.plan([StageDraft(kind: "cut", tasks: drafts)], of: job, in: session)
        try TaskQueue.start(job: job, in: session)
      }
      _ = try await fixture.job(cut: 300, site: 1)
      let worker = try await fixture.worker()
      var small = 0
      for _ in 0..<200 { small += try await fixture.claim(1, for: worker).number(of: 2) }
      // A tenth, 20, if lanes were drawn; 100 of 200 by jobs.
      #expect(small > 55 && small < 145, "\(small)")
    }
  }
}
