import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `Locks of claims` {
  /// A cursor stands for a claim that was held up between its snapshot and its locks. Had the claims updated their
  /// rows, it would follow them to the running ones and keep those locked.
  @Test func `that come late stay off the tasks of others`() async throws {
    try await QueueFixture.withTwo { fixture, late in
      _ = try await fixture.job(cut: 6)
      let worker = try await fixture.worker()
      try await late.connection.execute(
        script: """
          BEGIN;
          DECLARE scan CURSOR FOR SELECT task_id FROM queue.live_task WHERE state = 'ready' ORDER BY task_id
            FOR UPDATE SKIP LOCKED
          """)
      let claimed = try await fixture.claim(4, for: worker)
      #expect(claimed.count == 4)
      let seen = try await late.connection.query("FETCH ALL FROM scan")
      #expect(try seen.map { try $0.decode(at: 0, as: Int64.self) } == [5, 6])
      try await fixture.connection.execute(script: "SET lock_timeout = '10min'")
      let verdicts = try await fixture.queue.complete(claimed, by: worker)
      #expect(verdicts.values.allSatisfy { $0 == .ok })
      try await late.connection.execute(script: "ROLLBACK")
    }
  }

  /// The server may still be at a claim whose connection was lost; handed back too early, its tasks would be this
  /// worker's for ever, and it would not know.
  @Test(.timeLimit(.minutes(15)))
  func `that are under way on a lost connection are waited for, and handed back`() async throws {
    try await QueueFixture.withTwo { fixture, lost in
      _ = try await fixture.job(cut: 3)
      let worker = try await fixture.worker()
      let known = try await fixture.claim(1, for: worker)
      try await lost.connection.execute(script: "BEGIN")
      #expect(try await lost.claim(2, for: worker).count == 2)
      async let released = fixture.queue.releaseOthers(than: known.map(\.id), of: worker)
      try await lost.connection.wait(until: Self.waiting(1))
      try await lost.connection.execute(script: "COMMIT")
      #expect(try await released == 2)
      #expect(try await fixture.count("queue.live_task WHERE state = 'running'") == 1)
    }
  }

  /// Both end a stage, and both a counter of the job between; a lock on the lane that both must lower holds them up where
  /// each has done the first part. No deadlock is an error of a call.
  @Test(.timeLimit(.minutes(15)))
  func `that end the stages of several jobs wait for each other in one order`()
    async throws
  {
    try await QueueFixture.withDatabase { target in
      let holder = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(holder)
      let fixture = QueueFixture(connection: holder, queue: TaskQueue(holder))
      let first = TaskQueue(try await PostgresConnection.connect(to: target))
      let second = TaskQueue(try await PostgresConnection.connect(to: target))
      for tasks in [1, 8, 1] { _ = try await fixture.job(cut: tasks, count: 1) }
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(10, for: worker).sorted { $0.id < $1.id }
      _ = try await fixture.queue.complete(Array(tasks[1...3] + tasks[5...7]), by: worker)
      try await holder.execute(script: "BEGIN; SELECT FROM queue.lane WHERE kind = 'count' FOR UPDATE")
      async let one = first.complete([tasks[0], tasks[4]], by: worker)
      try await holder.wait(until: Self.waiting(1))
      async let other = second.complete([tasks[8], tasks[9]], by: worker)
      try await holder.wait(until: Self.waiting(2))
      try await holder.execute(script: "ROLLBACK")
      let verdicts = try await Array(one.values) + Array(other.values)
      #expect(verdicts == [.ok, .ok, .ok, .ok])
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready' AND kind = 'count'") == 3)
    }
  }

  /// So many sessions of this database wait for a lock.
  private static func waiting(_ sessions: Int) -> String {
    """
    (SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted
      AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())) = \(sessions)
    """
  }

  /// Each call ends a batch, which locks counters, and claims the next in the same transaction; a deadlock would be an
  /// error of the call. No session looks for deadlocks later than at once.
  @Test func `in transactions that also complete never wait in a circle`() async throws {
    try await QueueFixture.withDatabase { target in
      let first = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(first)
      let fixture = QueueFixture(connection: first, queue: TaskQueue(first))
      for site in [1, 2, nil] as [Int32?] {
        _ = try await fixture.job(cut: 700, count: 100, site: site)
      }
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<16 { group.addTask { try await work(target, batch: 1 + number % 4 * 4) } }
        var done = 0
        for try await part in group { done += part }
        #expect(done == 2400)
      }
      #expect(try await fixture.count("queue.live_task") == 0)
      #expect(try await fixture.count("(SELECT DISTINCT task_id FROM queue.task_history) t") == 2400)
      #expect(try await fixture.count("queue.job WHERE state = 'succeeded'") == 3)
      await first.close()
    }
  }

  private func work(_ target: String, batch: Int) async throws -> Int {
    let connection = try await PostgresConnection.connect(to: target)
    try await connection.execute(script: "SET deadlock_timeout = '5ms'")
    let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
    let worker = try await fixture.worker()
    var (held, done, isOver) = ([ClaimedTask](), 0, false)
    while !isOver {
      let (verdicts, claimed) = try await fixture.queue.complete(
        held, claimingUpTo: batch, kinds: ["cut", "count"], for: worker)
      done += verdicts.values.count { $0 == .ok }
      held = claimed
      if held.isEmpty { isOver = try await fixture.queue.isIdle(for: worker) }
    }
    await connection.close()
    return done
  }
}
