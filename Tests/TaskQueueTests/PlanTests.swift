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
    try await TestDatabase.withFresh { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(connection)
      try await connection.execute(script: "ANALYZE")
      let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
      for site in [1, 2, nil] as [Int32?] { _ = try await fixture.job(extract: 400, site: site) }
      if isAnalysed { try await connection.execute(script: "ANALYZE") }
      let worker = try await fixture.worker()
      // The first call of a session also plans; the second must cost the same.
      for _ in 0..<2 {
        var claimed: [ClaimedTask] = []
        let claim = try await reads(connection) { claimed = try await fixture.claim(Self.batch, for: worker) }
        #expect(claimed.count == Self.batch)
        #expect(claim["live_task"] ?? 0 <= 2 * Self.batch && claim["task"] == Self.batch, "\(claim)")
        let end = try await reads(connection) { _ = try await fixture.queue.complete(claimed, by: worker) }
        #expect(end["live_task"] == Self.batch && end["task"] == nil, "\(end)")
        #expect(end["stage_shard"] ?? 0 <= Self.batch, "\(end)")
      }
      await connection.close()
    }
  }

  /// Rows that the transaction read in each table, by index or not.
  private func reads(_ connection: PostgresConnection, during body: () async throws -> Void) async throws
    -> [String: Int]
  {
    try await connection.execute(script: "BEGIN")
    let before = try await counted(connection)
    try await body()
    let after = try await counted(connection)
    try await connection.execute(script: "COMMIT")
    return after.merging(before) { $0 - $1 }.filter { $0.value != 0 }
  }

  private func counted(_ connection: PostgresConnection) async throws -> [String: Int] {
    let rows = try await connection.query(
      """
      SELECT relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
        FROM pg_stat_xact_user_tables WHERE schemaname = 'trabecula'
      """)
    return try Dictionary(
      uniqueKeysWithValues: rows.map {
        (try $0.decode(at: 0, as: String.self), Int(try $0.decode(at: 1, as: Int64.self)))
      })
  }
}
