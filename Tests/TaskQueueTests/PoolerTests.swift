import DatabaseSchema
import PoolerSupport
import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite(.enabled(if: TransactionPooler.isInstalled, "pgbouncer is not installed: apt-get install pgbouncer"))
struct `Through pgbouncer in transaction mode` {
  @Test func `a connection knows that it keeps no state`() async throws {
    try await TestDatabase.withPooled(sessions: 2) { direct, pooled in
      let straight = try await PostgresConnection.connect(to: direct)
      #expect(await straight.keepsState)
      let connection = try await PostgresConnection.connect(to: pooled)
      #expect(await !connection.keepsState)
      await #expect { try await connection.listen(to: "x") } throws: { error in
        (error as? PostgresError)?.message.contains("pooler") ?? false
      }
      #expect(try await connection.nextNotification(timeout: .milliseconds(1)) == nil)
      await straight.close()
      await connection.close()
    }
  }

  /// Twelve clients take turns in two sessions, with the same statements again and again.
  @Test func `workers end every task once`() async throws {
    try await TestDatabase.withPooled(sessions: 2, schema: DatabaseSchema.files) { _, pooled in
      let first = try await PostgresConnection.connect(to: pooled)
      try await QueueFixture.prepare(first)
      let fixture = QueueFixture(connection: first, queue: TaskQueue(first))
      for _ in 0..<3 { _ = try await fixture.job(cut: 200, count: 100, tell: 1) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<12 { group.addTask { try await work(pooled) } }
        for try await _ in group {}
      }
      #expect(try await fixture.count("queue.task_history WHERE outcome = 'succeeded'") == 903)
      #expect(try await fixture.count("(SELECT DISTINCT task_id FROM queue.task_history) t") == 903)
      #expect(try await fixture.count("queue.job WHERE state = 'succeeded'") == 3)
      await first.close()
    }
  }

  private func work(_ target: String) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    let queue = TaskQueue(connection)
    let kinds = ["cut", "count", "tell"]
    let worker = try await queue.register(
      WorkerDescription(
        host: "test", processID: 1, slots: 4, version: "test", sites: nil, leaseInSeconds: 600))
    var held: [ClaimedTask] = []
    var isOver = false
    while !isOver {
      let (verdicts, claimed) = try await queue.complete(held, claimingUpTo: 7, kinds: kinds, for: worker)
      #expect(verdicts.count == held.count && verdicts.values.allSatisfy { $0 == .ok })
      held = claimed
      if held.isEmpty { isOver = try await queue.isIdle(for: worker) }
    }
    await connection.close()
  }
}
