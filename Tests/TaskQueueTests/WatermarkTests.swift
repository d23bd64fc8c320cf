import Postgres
import TaskQueue
import TestSupport
import Testing

/// Claims begin to read where `lane` says. Each test makes a task ready behind that place.
@Suite struct `A claim that begins where others ended` {
  /// Ten tasks, five of them ended, and the queue read up to the sixth.
  private func advanced(_ fixture: QueueFixture) async throws -> (worker: Int64, claimed: [ClaimedTask]) {
    _ = try await fixture.job(cut: 10)
    // A test that takes longer than a minute would have the lanes looked at by the way.
    try await fixture.connection.execute("UPDATE queue.lane SET checked_at = now() + interval '1 hour'")
    let worker = try await fixture.worker()
    let claimed = try await fixture.claim(5, for: worker).sorted { $0.id < $1.id }
    #expect(try await fixture.advance() == 6)
    return (worker, claimed)
  }

  @Test func `finds released tasks before it`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, claimed) = try await advanced(fixture)
      try await fixture.queue.release([claimed[1], claimed[3]], by: worker)
      #expect(try await Set(fixture.claim(3, for: worker).map(\.id)) == [2, 4, 6])
    }
  }

  @Test func `finds the tasks of lost and of stopped workers`() async throws {
    try await QueueFixture.with { fixture in
      let (lost, _) = try await advanced(fixture)
      let stopping = try await fixture.worker()
      #expect(try await Set(fixture.claim(2, for: stopping).map(\.id)) == [6, 7])
      #expect(try await fixture.advance() == 8)
      _ = try await fixture.lose(lost)
      #expect(try await fixture.queue.stop(worker: stopping) == 2)
      // Those of the lost worker are suspects, one at a time and alone.
      for suspect in 1...5 {
        #expect(try await fixture.claim(99, for: fixture.worker()).map(\.id) == [Int64(suspect)])
      }
      #expect(try await fixture.claim(99, for: fixture.worker()).map(\.id).sorted() == Array(6...10))
    }
  }

  @Test func `finds retries that are due`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, claimed) = try await advanced(fixture)
      let failure = TaskFailure(code: "disk-trouble", sentence: "No.", remedy: "Wait.", isRetryable: true)
      #expect(try await fixture.queue.fail(claimed[2], because: failure, by: worker) == .retry)
      try await fixture.connection.execute(
        "UPDATE queue.live_task SET due_at = now() WHERE state = 'delayed'")
      #expect(try await fixture.queue.maintain().tasksPromoted == 1)
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [3])
    }
  }

  @Test func `finds tasks whose priority was raised, in whatever way`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, _) = try await advanced(fixture)
      try await fixture.connection.execute(
        "UPDATE queue.live_task SET priority = 5 WHERE task_id IN (8, 9)")
      try await fixture.connection.execute("UPDATE queue.live_task SET priority = -5 WHERE task_id = 7")
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [8])
      #expect(try await fixture.claim(9, for: worker).map(\.id) == [9, 6, 10, 7])
    }
  }

  @Test func `finds a stage that opens after the queue was empty`() async throws {
    try await QueueFixture.with { fixture in
      let worker = try await fixture.worker()
      #expect(try await fixture.claim(9, for: worker).isEmpty)
      for _ in 0..<2 {
        _ = try await fixture.job(cut: 2, count: 1)
        let first = try await fixture.claim(9, for: worker)
        #expect(first.count == 2)
        #expect(try await fixture.claim(9, for: worker).isEmpty)
        #expect(try await fixture.advance() == Int64.max)
        _ = try await fixture.queue.complete(first, by: worker)
        #expect(try await fixture.claim(9, for: worker).map(\.kind) == ["count"])
      }
    }
  }

  @Test func `finds the tasks of a claim that was rolled back`() async throws {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 6)
      let (worker, rival) = (try await fixture.worker(), try await fixture.worker())
      try await other.connection.execute(script: "BEGIN")
      #expect(try await other.claim(3, for: rival).map(\.id) == [1, 2, 3])
      #expect(try await fixture.claim(2, for: worker).map(\.id) == [4, 5])
      #expect(try await fixture.advance() == 1)
      try await other.connection.execute(script: "ROLLBACK")
      #expect(try await fixture.claim(9, for: worker).map(\.id) == [1, 2, 3, 6])
    }
  }

  @Test func `finds tasks made ready by a transaction that was open while the queue was advanced`()
    async throws
  {
    try await QueueFixture.withTwo { fixture, other in
      let (worker, claimed) = try await advanced(fixture)
      let more = try await fixture.claim(2, for: worker)
      // One transaction says so before the queue is advanced, the other after.
      try await other.connection.execute(script: "BEGIN")
      #expect(try await other.queue.release([claimed[0]], by: worker) == 1)
      #expect(try await fixture.advance() == 6)
      try await other.connection.execute(script: "COMMIT; BEGIN")
      try await other.connection.execute(
        """
        UPDATE queue.live_task SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
          WHERE task_id = $1
        """, more[0].id)
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [1])
      #expect(try await fixture.advance() == 8)
      try await other.connection.query("SELECT queue.make_ready($1)", [more[0].id])
      try await other.connection.execute(script: "COMMIT")
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [6])
    }
  }

  @Test func `is mended where a task was made ready by hand`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, _) = try await advanced(fixture)
      try await fixture.connection.execute(
        """
        UPDATE queue.live_task SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
          WHERE task_id = 2
        """
      )
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [6])
      try await fixture.connection.execute(
        "UPDATE queue.lane SET checked_at = now() - interval '2 minutes'")
      try await fixture.queue.maintain()
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [2])
    }
  }
}

@Suite struct `Claims across queues` {
  @Test func `take the best priority of all sites and kinds before the next`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 4, site: 1)
      _ = try await fixture.job(cut: 4, site: 2)
      _ = try await fixture.job(count: 2)
      try await fixture.connection.execute(
        "UPDATE queue.live_task SET priority = CASE task_id WHEN 3 THEN 9 WHEN 6 THEN 5 WHEN 9 THEN 7 ELSE 0 END"
      )
      let worker = try await fixture.worker()
      var order: [Int64] = []
      for _ in 0..<10 { order += try await fixture.claim(1, for: worker).map(\.id) }
      #expect(order.prefix(3) == [3, 9, 6])
      // Within a priority lots decide which job is next, and age which of its tasks.
      for job in [[1, 2, 4], [5, 7, 8], [10]] as [[Int64]] {
        #expect(order.dropFirst(3).filter(job.contains) == job)
      }
      try await fixture.queue.stop(worker: worker)
      let batch = try await fixture.claim(10, for: fixture.worker()).map(\.id)
      #expect(batch.prefix(3) == [3, 9, 6])
      // Which queue comes first within a priority is not promised, nor the order of a batch; that each is taken whole is.
      let queues: [Set<Int64>] = [[1, 2, 4], [5, 7, 8], [10]]
      var rest = batch.dropFirst(3)
      while let first = rest.first, let queue = queues.first(where: { $0.contains(first) }) {
        #expect(Set(rest.prefix(queue.count)) == queue)
        rest = rest.dropFirst(queue.count)
      }
      #expect(rest.isEmpty)
    }
  }

  @Test func `do not try the queues of many sites again and again that are empty`() async throws {
    try await QueueFixture.with { fixture in
      let sites: [Int32] = try await fixture.connection.query(
        "INSERT INTO queue.site (name) SELECT 'site ' || n FROM generate_series(1, 60) n RETURNING site_id"
      ).map { try $0.decode("site_id") }
      for site in sites { _ = try await fixture.job(cut: 1, site: site) }
      let worker = try await fixture.worker()
      // Claims draw lots when to look; these are the same in every run.
      try await fixture.connection.execute("SELECT setseed(0.25)")
      var claimed: [Int64] = []
      for _ in sites { claimed += try await fixture.claim(1, for: worker).map(\.id) }
      #expect(claimed.count == sites.count)
      let open = try await fixture.connection.query(
        "SELECT count(*) FROM queue.lane WHERE kind = 'cut' AND from_rank < 2147483647"
      ).scalar(as: Int.self)
      #expect(open < 20, "\(open) of \(sites.count) queues, all empty, are tried at the next claim")
    }
  }

  @Test func `lock no more tasks than they take`() async throws {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 3, site: 1)
      _ = try await fixture.job(cut: 3, site: 2)
      let (worker, rival) = (try await fixture.worker(), try await fixture.worker())
      try await other.connection.execute(script: "BEGIN")
      #expect(try await other.claim(4, for: rival).count == 4)
      #expect(try await fixture.claim(9, for: worker).count == 2)
      try await other.connection.execute(script: "ROLLBACK")
      #expect(try await fixture.claim(9, for: worker).count == 4)
    }
  }

  /// Eight workers of different sites claim, complete and release at random while priorities change; in the end
  /// nothing is left, and every task has ended once.
  @Test(arguments: [1, 2, 3]) func `by many workers leave no ready task behind`(seed: UInt64) async throws {
    try await QueueFixture.withDatabase { target in
      let first = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(first)
      let fixture = QueueFixture(connection: first, queue: TaskQueue(first))
      for _ in 0..<3 {
        for site in [nil, 1, 2] as [Int32?] {
          _ = try await fixture.job(cut: 90, count: 30, site: site)
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<8 {
          group.addTask { try await work(number, seed: seed, target) }
        }
        group.addTask { try await shuffle(seed: seed, target) }
        for try await _ in group {}
      }
      #expect(try await fixture.count("queue.live_task") == 0)
      #expect(try await fixture.count("queue.task_history WHERE outcome = 'succeeded'") == 1080)
      #expect(try await fixture.count("(SELECT DISTINCT task_id FROM queue.task_history) t") == 1080)
      #expect(try await fixture.count("queue.job WHERE state = 'succeeded'") == 9)
      await first.close()
    }
  }

  private func work(_ number: Int, seed: UInt64, _ target: String) async throws {
    var chance = SeededGenerator(seed &* 31 &+ UInt64(number))
    let connection = try await PostgresConnection.connect(to: target)
    let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
    let sites = [nil, ["North"], ["South"], nil][number % 4]
    let worker = try await fixture.worker(sites: sites)
    while try await !fixture.queue.isIdle(for: worker) {
      var tasks = try await fixture.claim(Int.random(in: 1...12, using: &chance), for: worker)
      tasks.shuffle(using: &chance)
      let kept = tasks.count - tasks.count / 4
      try await fixture.queue.release(Array(tasks[kept...]), by: worker)
      let verdicts = try await fixture.queue.complete(Array(tasks[..<kept]), by: worker)
      #expect(verdicts.values.allSatisfy { $0 == .ok })
      #expect(verdicts.count == kept)
    }
    await connection.close()
  }

  private func shuffle(seed: UInt64, _ target: String) async throws {
    var chance = SeededGenerator(seed)
    let connection = try await PostgresConnection.connect(to: target)
    let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
    while try await fixture.count("queue.live_task") > 0 {
      try await connection.execute(
        """
        UPDATE queue.live_task SET priority = $1 WHERE task_id IN (
          SELECT task_id FROM queue.live_task WHERE state = 'ready' ORDER BY task_id LIMIT 5 FOR UPDATE SKIP LOCKED)
        """, Int32.random(in: -3...3, using: &chance))
    }
    await connection.close()
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
