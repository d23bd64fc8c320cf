import Postgres
import TaskQueue
import TestSupport
import Testing

/// One machine may lack a file that another has: the task fails when each of them has said so.
@Suite struct `A task that one machine cannot do` {
  private static let missing = TaskFailure(
    code: "not-found", sentence: "The mask is not there.", remedy: "Bring it.", isRetryable: false)
  private static let told =
    "SELECT w.host || ' ' || a.failure_code FROM queue.attempt_failure a JOIN queue.worker w USING (worker_id) ORDER BY 1"

  private func worker(
    _ fixture: QueueFixture, on host: String, sites: [String]? = nil, offers: [String] = ["files:North"],
    kinds: [String]? = nil
  ) async throws -> Int64 {
    try await fixture.queue.register(
      WorkerDescription(
        host: host, processID: 1, slots: 4, version: "test", sites: sites, leaseInSeconds: 600,
        offers: offers,
        kinds: kinds))
  }

  /// Lets the task come back, however long it was put off.
  private func wait(_ fixture: QueueFixture) async throws {
    try await fixture.pass(.seconds(31))
    try await fixture.queue.maintain()
  }

  @Test func `goes on to the others, and fails when each has said so`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let (first, second) = (try await worker(fixture, on: "a"), try await worker(fixture, on: "b"))
      let queue = fixture.queue
      let task = try await fixture.claim(1, for: first)[0]
      #expect(try await queue.decline(task, because: Self.missing.sentence, by: first) == .elsewhere)
      #expect(try await queue.decline(task, because: Self.missing.sentence, by: first) == .stale)
      #expect(
        try await fixture.text("SELECT concat_ws(' ', state, failures, crashes) FROM queue.live_task")
          == "delayed 0 0")
      #expect(try await fixture.claim(1, for: second).isEmpty)

      // The same host has it again, and is told of once.
      try await wait(fixture)
      let again = try await fixture.claim(1, for: first)[0]
      #expect(try await queue.decline(again, because: Self.missing.sentence, by: first) == .elsewhere)
      #expect(try await fixture.names(Self.told) == ["a not-here"])

      try await wait(fixture)
      let other = try await fixture.claim(1, for: second)[0]
      #expect(try await queue.decline(other, because: Self.missing.sentence, by: second) == .nowhere)
      #expect(try await queue.fail(other, because: Self.missing, by: second) == .failed)
      #expect(
        try await fixture.text("SELECT failure_code || ' ' || failures FROM queue.task_history")
          == "not-found 1")
    }
  }

  @Test func `is done by one that can`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let (first, second) = (try await worker(fixture, on: "a"), try await worker(fixture, on: "b"))
      let task = try await fixture.claim(1, for: first)[0]
      #expect(try await fixture.queue.decline(task, because: Self.missing.sentence, by: first) == .elsewhere)
      try await wait(fixture)
      let other = try await fixture.claim(1, for: second)
      #expect(try await fixture.queue.complete(other, by: second) == [task.id: .ok])
      #expect(try await fixture.text("SELECT failures::text FROM queue.task_history") == "0")
    }
  }

  enum Other: CaseIterable {
    case sameHost, otherOffer, otherSite, otherKind, draining, silent
  }

  @Test(arguments: Other.allCases) func `is not left to a worker that could not do it`(_ other: Other)
    async throws
  {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 1)], site: 1, needs: ["files:North"])
      let first = try await worker(fixture, on: "a")
      let second = try await worker(
        fixture, on: other == .sameHost ? "a" : "b", sites: other == .otherSite ? ["South"] : nil,
        offers: other == .otherOffer ? ["files:South"] : ["files:North"],
        kinds: other == .otherKind ? ["tell"] : nil)
      switch other {
      case .draining: _ = try await fixture.text("SELECT queue.drain_worker(\(second))")
      case .silent:
        try await fixture.connection.execute(
          "UPDATE queue.worker SET heartbeat_at = now() - interval '1 hour' WHERE worker_id = $1", second)
      default: break
      }
      let task = try await fixture.claim(1, for: first)[0]
      #expect(try await fixture.queue.decline(task, because: Self.missing.sentence, by: first) == .nowhere)
      #expect(try await fixture.text("SELECT state::text FROM queue.live_task") == "running")
      #expect(try await fixture.count("queue.attempt_failure") == 0)
    }
  }

  @Test func `is asked of eight hosts at most`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      var verdicts: [Verdict] = []
      for host in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        _ = try await worker(fixture, on: "z")
        let asked = try await worker(fixture, on: host)
        let task = try await fixture.claim(1, for: asked)[0]
        verdicts.append(try await fixture.queue.decline(task, because: Self.missing.sentence, by: asked))
        try await wait(fixture)
      }
      #expect(verdicts == Array(repeating: .elsewhere, count: 7) + [.nowhere])
    }
  }

  @Test func `asks them again where it is tried again after it failed`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let workers = [try await worker(fixture, on: "a"), try await worker(fixture, on: "b")]
      let queue = fixture.queue
      for round in 0..<2 {
        for (worker, verdict) in zip(workers, [Verdict.elsewhere, .nowhere]) {
          let task = try await fixture.claim(1, for: worker)[0]
          #expect(
            try await queue.decline(task, because: Self.missing.sentence, by: worker) == verdict, "\(round)")
          if verdict == .nowhere { _ = try await queue.fail(task, because: Self.missing, by: worker) }
          try await wait(fixture)
        }
        if round == 0 { _ = try await fixture.text("SELECT queue.retry_failed(1)::text") }
      }
    }
  }

  @Test func `is declined by its own worker only`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let (first, second) = (try await worker(fixture, on: "a"), try await worker(fixture, on: "b"))
      let task = try await fixture.claim(1, for: first)[0]
      #expect(try await fixture.queue.decline(task, because: Self.missing.sentence, by: second) == .stale)
      _ = try await fixture.lose(first)
      #expect(try await fixture.queue.decline(task, because: Self.missing.sentence, by: first) == .stale)
    }
  }
}
