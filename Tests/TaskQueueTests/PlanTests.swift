import Postgres
import TaskQueue
import TestSupport
import Testing

/// What the server counts while the functions of the hot path run, against tables with unfortunate statistics:
/// analysed while empty, then filled. EXPLAIN does not look into functions; a plan that reads a table or sorts the
/// queue shows in the rows that it reads.
@Suite struct `Rows read by a claim and a completion` {
  private static let batch = 10

  @Test(arguments: [false, true]) func `are those of the batch, found by index`(isAnalysed: Bool) async throws
  {
    try await QueueFixture.withDatabase { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(connection)
      try await connection.execute(script: "ANALYZE")
      let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
      for site in [1, 2, nil] as [Int32?] { _ = try await fixture.job(cut: 400, site: site) }
      if isAnalysed { try await connection.execute(script: "ANALYZE") }
      let worker = try await fixture.worker()
      // The first call of a session also plans; the second must cost the same.
      for _ in 0..<2 {
        var claimed: [ClaimedTask] = []
        let claim = try await fixture.reads { claimed = try await fixture.claim(Self.batch, for: worker) }
        #expect(claimed.count == Self.batch)
        #expect(claim["live_task"] ?? 0 <= 2 * Self.batch && claim["task"] == Self.batch, "\(claim)")
        let end = try await fixture.reads { _ = try await fixture.queue.complete(claimed, by: worker) }
        // Counters that came to 0 are found by the tasks that were ended.
        #expect(end["live_task"] == Self.batch && end["task"] ?? 0 <= Self.batch, "\(end)")
        #expect(end["stage_shard"] ?? 0 <= Self.batch, "\(end)")
      }
      await connection.close()
    }
  }

}

/// What the leading coordinator does every few seconds and what an operator watches, beside few and beside many ended
/// tasks, whether or not the planner knows of them.
@Suite struct `Rows read by maintenance and by views` {
  private static let views = [
    "queue_overview", "job_progress", "worker_overview", "site_overview", "stuck_tasks", "throughput",
    "db_health",
  ]

  @Test(arguments: [false, true]) func `are as many, whatever has ended`(isAnalysed: Bool) async throws {
    let (few, _) = try await reads(ended: 100, isAnalysed)
    let (many, counters) = try await reads(ended: 3000, isAnalysed)
    #expect(few.keys == many.keys)
    for (statement, tables) in few {
      for table in Set(tables.keys).union(many[statement, default: [:]].keys) {
        let (before, after) = (tables[table, default: 0], many[statement, default: [:]][table, default: 0])
        // More tasks look slow where the machine is; not a thirtieth of what has ended.
        let most = max(before + 90, Self.bound(statement, table, counters))
        #expect(after <= most, "\(statement): \(table) \(before), then \(after)")
      }
    }
  }

  /// How many rows a statement may read however few it needs.
  private static func bound(_ statement: String, _ table: String, _ counters: Int) -> Int {
    // Each counter once. Of the neighbours of running tasks a thousand are looked at.
    if table == "stage_shard" { return counters }
    return statement == "stuck_tasks" && table.hasPrefix("task_history") ? 1000 : 0
  }

  /// Rows read by each statement, in a queue with work of every state; and the number of its counters.
  private func reads(ended: Int, _ isAnalysed: Bool) async throws
    -> ([String: [String: Int]], counters: Int)
  {
    var found: [String: [String: Int]] = [:]
    var counters = 0
    try await QueueFixture.with { fixture in
      try await fixture.connection.execute(script: "ANALYZE")
      let worker = try await fixture.worker()
      _ = try await fixture.job(cut: ended)
      _ = try await fixture.queue.complete(fixture.claim(ended, for: worker), by: worker)
      // The same job has ended tasks and running ones: a task's neighbours are looked at.
      _ = try await fixture.job(cut: ended + 40)
      _ = try await fixture.queue.complete(fixture.claim(ended, for: worker), by: worker)
      let failure = TaskFailure(code: "c", sentence: "s", remedy: "r", isRetryable: true)
      for task in try await fixture.claim(10, for: worker) {
        _ = try await fixture.queue.fail(task, because: failure, by: worker)
      }
      _ = try await fixture.claim(10, for: worker)
      let lost = try await fixture.worker()
      _ = try await fixture.claim(10, for: lost)
      if isAnalysed { try await fixture.connection.execute(script: "ANALYZE") }
      counters = try await fixture.count("queue.stage_shard")
      for view in Self.views {
        found[view] = try await fixture.reads { _ = try await fixture.count("queue.\(view)") }
      }
      try await fixture.connection.execute(
        script: """
          UPDATE queue.worker SET lease_until = now() - interval '1 second' WHERE worker_id = \(lost);
          UPDATE queue.live_task SET due_at = now() WHERE state = 'delayed';
          UPDATE queue.lane SET checked_at = now() - interval '1 hour'
          """)
      found["maintain"] = try await fixture.reads {
        let done = try await fixture.queue.maintain()
        #expect(done == MaintenanceCounts(lostWorkers: 1, tasksTakenBack: 10, tasksPromoted: 10))
      }
    }
    return (found, counters)
  }
}

extension QueueFixture {
  /// Rows that a transaction reads in each table, by index or not.
  fileprivate func reads(during body: () async throws -> Void) async throws -> [String: Int] {
    try await connection.execute(script: "BEGIN")
    let before = try await rowsRead()
    try await body()
    let after = try await rowsRead()
    try await connection.execute(script: "COMMIT")
    return after.merging(before) { $0 - $1 }.filter { $0.value != 0 }
  }

  private func rowsRead() async throws -> [String: Int] {
    let rows = try await connection.query(
      """
      SELECT relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
        FROM pg_stat_xact_user_tables WHERE schemaname = 'queue'
      """)
    return try Dictionary(
      uniqueKeysWithValues: rows.map {
        (try $0.decode(at: 0, as: String.self), Int(try $0.decode(at: 1, as: Int64.self)))
      })
  }
}
