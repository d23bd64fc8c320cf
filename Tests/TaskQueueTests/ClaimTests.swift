import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `Claiming` {
  @Test func `gives tasks in the order of priority, then of submission, and no more than asked for`()
    async throws
  {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 5)
      try await fixture.connection.execute("UPDATE queue.live_task SET priority = 9 WHERE task_id = 4")
      let worker = try await fixture.worker()
      #expect(try await fixture.claim(2, for: worker).map(\.id) == [4, 1])
      #expect(try await fixture.claim(9, for: worker).map(\.id) == [2, 3, 5])
      #expect(try await fixture.claim(9, for: worker).isEmpty)
    }
  }

  @Test func `numbers every claim with a new fence`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let first = try await fixture.claim(1, for: worker)
      try await fixture.queue.release(first, by: worker)
      let second = try await fixture.claim(1, for: worker)
      #expect(first[0].id == second[0].id)
      #expect(second[0].fence > first[0].fence)
    }
  }

  @Test func `keeps a worker to its sites and kinds`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2, site: 1)
      let south = try await fixture.worker(sites: ["South"])
      let north = try await fixture.worker(sites: ["North"])
      #expect(try await fixture.claim(9, for: south).isEmpty)
      #expect(try await fixture.claim(9, ["count"], for: north).isEmpty)
      #expect(try await fixture.claim(9, for: north).count == 2)
    }
  }

  @Test func `of an unknown site is refused with the known ones`() async throws {
    try await QueueFixture.with { fixture in
      await #expect {
        try await fixture.worker(sites: ["Norht"])
      } throws: { error in
        (error as? PostgresError).map { $0.hint?.contains("North, South") ?? false } ?? false
      }
    }
  }

  @Test(arguments: ["draining", "stopped", "lost"])
  func `gives nothing to a worker that is`(state: String) async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      try await fixture.connection.execute(
        "UPDATE queue.worker SET state = $1 WHERE worker_id = $2", state, worker)
      #expect(try await fixture.claim(1, for: worker).isEmpty)
    }
  }

  @Test func `gives nothing past the lease`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      try await fixture.connection.execute(
        "UPDATE queue.worker SET lease_until = now() - interval '1 second'")
      #expect(try await fixture.claim(1, for: worker).isEmpty)
    }
  }

  @Test func `by many workers at once gives every task to exactly one`() async throws {
    try await QueueFixture.withDatabase { target in
      let first = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(first)
      _ = try await QueueFixture(connection: first, queue: TaskQueue(first)).job(cut: 300)
      let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
        for _ in 0..<6 {
          group.addTask {
            let connection = try await PostgresConnection.connect(to: target)
            let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
            let worker = try await fixture.worker()
            var mine: [Int64] = []
            // A busy queue may answer with fewer tasks than there are, never with one twice.
            while try await fixture.count("queue.live_task WHERE state = 'ready'") > 0 {
              let tasks = try await fixture.claim(7, for: worker)
              let verdicts = try await fixture.queue.complete(tasks, by: worker)
              #expect(verdicts.values.allSatisfy { $0 == .ok })
              mine += tasks.map(\.id)
            }
            await connection.close()
            return mine
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.sorted() == Array(1...300))
      await first.close()
    }
  }
}
