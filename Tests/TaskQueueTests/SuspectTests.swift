import Postgres
import TaskQueue
import Testing

@Suite struct `Suspects beside busy workers` {
  /// A queue in which a worker with eight tasks was lost, and workers hold two of the others each.
  private func afterALoss(
    of lost: Int = 8, busy: Int,
    _ body: (QueueFixture, [(worker: Int64, held: [ClaimedTask])]) async throws -> Void
  ) async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 100)
      let first = try await fixture.worker()
      #expect(try await fixture.claim(lost, for: first).count == lost)
      var workers: [(worker: Int64, held: [ClaimedTask])] = []
      for _ in 0..<busy {
        let worker = try await fixture.worker()
        workers.append((worker, try await fixture.claim(2, for: worker)))
      }
      #expect(try await fixture.lose(first).tasksTakenBack == lost)
      try await body(fixture, workers)
    }
  }

  @Test func `stop one worker for every four of them, and all others claim on`() async throws {
    try await afterALoss(busy: 5) { (fixture, workers) async throws in
      var got: [Int] = []
      for (worker, _) in workers {
        let claimed = try await fixture.claim(2, for: worker)
        #expect(claimed.allSatisfy { $0.crashes == 0 })
        got.append(claimed.count)
      }
      // Eight suspects: the first two that come are promised.
      #expect(got == [0, 0, 2, 2, 2])
      // And stay so.
      #expect(try await fixture.claim(2, for: workers[0].worker).isEmpty)
      #expect(try await fixture.count("queue.live_task WHERE promised_to IS NOT NULL") == 2)
    }
  }

  @Test func `are taken by the worker that has emptied itself for them, one after the other`() async throws {
    try await afterALoss(busy: 2) { (fixture, workers) async throws in
      let (worker, held) = workers[0]
      #expect(try await fixture.claim(2, for: worker).isEmpty)
      _ = try await fixture.queue.complete([held[0]], by: worker)
      #expect(try await fixture.claim(4, for: worker).isEmpty, "one is left")
      _ = try await fixture.queue.complete([held[1]], by: worker)
      for number in 1...4 {
        let suspect = try await fixture.claim(4, for: worker)
        #expect(suspect.map(\.id) == [Int64(number)] && suspect.map(\.crashes) == [1])
        #expect(try await fixture.claim(4, for: worker).isEmpty, "nothing beside it")
        _ = try await fixture.queue.complete(suspect, by: worker)
      }
    }
  }

  @Test func `are taken at once by a worker that holds nothing, and whoever was promised goes on`()
    async throws
  {
    try await afterALoss(of: 2, busy: 1) { (fixture, workers) async throws in
      #expect(try await fixture.claim(2, for: workers[0].worker).isEmpty)
      for number in 1...2 {
        #expect(try await fixture.claim(4, for: fixture.worker()).map(\.id) == [Int64(number)])
      }
      #expect(try await fixture.claim(2, for: workers[0].worker).map(\.crashes) == [0, 0])
    }
  }

  @Test func `are promised to another when the worker is lost, drains, or works on for long`() async throws {
    for trouble in [
      "UPDATE queue.worker SET state = 'lost', ended_at = now() WHERE worker_id = 2",
      "UPDATE queue.worker SET state = 'draining' WHERE worker_id = 2",
      "UPDATE queue.worker SET lease_until = now() - interval '1 second' WHERE worker_id = 2",
      "UPDATE queue.live_task SET promised_at = promised_at - interval '601 seconds' WHERE promised_to = 2",
      // The clock of the server was set back.
      "UPDATE queue.live_task SET promised_at = promised_at + interval '1 hour' WHERE promised_to = 2",
    ] {
      try await afterALoss(of: 2, busy: 3) { (fixture, workers) async throws in
        #expect(workers[0].worker == 2)
        #expect(try await fixture.claim(2, for: workers[0].worker).isEmpty)
        #expect(try await fixture.claim(1, for: workers[1].worker).count == 1)
        try await fixture.connection.execute(script: trouble)
        #expect(try await fixture.claim(1, for: workers[1].worker).isEmpty, "\(trouble)")
        #expect(try await fixture.claim(1, for: workers[2].worker).count == 1, "\(trouble)")
      }
    }
  }

  /// It claims short tasks of one kind ahead, and would never be empty.
  @Test func `of another kind stop claims ahead too`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 2)])
      _ = try await fixture.job([("tell", 9)])
      let kinds = ["cut", "tell"]
      let (first, busy) = (try await fixture.worker(kinds: kinds), try await fixture.worker(kinds: kinds))
      #expect(try await fixture.claim(2, ["cut"], for: first).count == 2)
      #expect(try await fixture.claim(2, ["tell"], for: busy).count == 2)
      _ = try await fixture.lose(first)
      #expect(try await fixture.claim(2, ["tell"], for: busy).isEmpty)
      #expect(try await fixture.claim(2, ["tell"], for: busy).isEmpty)
    }
  }

  @Test func `of which none may be claimed stop nobody`() async throws {
    try await afterALoss(busy: 1) { (fixture, workers) async throws in
      try await fixture.connection.execute(script: "SELECT queue.pause_job(1)")
      #expect(try await fixture.count("queue.live_task WHERE crashes > 0 AND state = 'held'") == 8)
      _ = try await fixture.job(cut: 3)
      #expect(try await fixture.claim(2, for: workers[0].worker).map(\.job) == [2, 2])
    }
  }

  @Test func `that another claim has locked are not waited for`() async throws {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 9)
      let (first, busy, idle) = (
        try await fixture.worker(), try await fixture.worker(), try await fixture.worker()
      )
      _ = try await fixture.claim(1, for: first)
      _ = try await fixture.claim(2, for: busy)
      _ = try await fixture.lose(first)
      try await other.connection.execute(script: "BEGIN")
      #expect(try await other.claim(4, for: idle).map(\.crashes) == [1])
      #expect(try await fixture.claim(1, for: busy).map(\.crashes) == [0])
      try await other.connection.execute(script: "ROLLBACK; BEGIN")
      #expect(try await other.claim(1, for: busy).isEmpty, "it is promised, and that is not committed")
      #expect(try await fixture.claim(1, for: idle).map(\.crashes) == [0], "passes the locked row by")
      try await other.connection.execute(script: "COMMIT")
    }
  }
}
