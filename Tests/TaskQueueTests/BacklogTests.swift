import Postgres
import TaskQueue
import TestSupport
import Testing

/// `queue.backlog`, by which others start and stop workers.
@Suite struct `The backlog` {
  private func backlog(_ fixture: QueueFixture, _ arguments: String = "") async throws -> Int {
    try await fixture.connection.query("SELECT queue.backlog(\(arguments))").scalar(as: Int.self)
  }

  @Test func `is what is ready or running, and neither what is blocked nor what is held`() async throws {
    try await QueueFixture.with { fixture in
      #expect(try await backlog(fixture) == 0)
      _ = try await fixture.job(cut: 5, count: 3, site: 1)
      #expect(try await backlog(fixture) == 5)
      let worker = try await fixture.worker()
      let running = try await fixture.claim(2, for: worker)
      #expect(try await backlog(fixture) == 5, "whoever started a worker for a task still counts it")
      _ = try await fixture.queue.complete([running[0]], by: worker)
      #expect(try await backlog(fixture) == 4)
      try await fixture.connection.execute("SELECT queue.pause_job(1)")
      #expect(try await backlog(fixture) == 1, "what runs goes on to its end")
      try await fixture.connection.execute("SELECT queue.resume_job(1)")
      let rest = [running[1]] + (try await fixture.claim(9, for: worker))
      _ = try await fixture.queue.complete(rest, by: worker)
      #expect(try await backlog(fixture) == 3, "the next stage has opened")
    }
  }

  @Test func `has a retry as soon as it is due, before anybody has made it ready`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: true)
      _ = try await fixture.queue.fail(
        try await fixture.claim(1, for: worker)[0], because: failure, by: worker)
      try await fixture.connection.execute("UPDATE queue.live_task SET due_at = now() + interval '1 hour'")
      #expect(try await backlog(fixture) == 0)
      try await fixture.connection.execute("UPDATE queue.live_task SET due_at = now()")
      #expect(try await backlog(fixture) == 1)
      #expect(try await fixture.names("SELECT state FROM queue.live_task") == ["delayed"])
    }
  }

  @Test func `has a task that runs alone because a worker died of it`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      _ = try await fixture.claim(1, for: worker)
      _ = try await fixture.lose(worker)
      #expect(try await fixture.count("queue.live_task WHERE crashes > 0 AND state = 'ready'") == 1)
      #expect(try await backlog(fixture) == 2)
    }
  }

  @Test func `is of the kinds and sites that are asked for`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, site: 1)
      _ = try await fixture.job(cut: 4, site: 2)
      _ = try await fixture.job(count: 5)
      #expect(try await backlog(fixture) == 12)
      #expect(try await backlog(fixture, "'{cut}'") == 7)
      #expect(try await backlog(fixture, "'{count,tell}'") == 5)
      #expect(try await backlog(fixture, "NULL, '{North}'") == 3)
      #expect(try await backlog(fixture, "'{cut}', '{North,South}'") == 7)
      #expect(try await backlog(fixture, "'{count}', '{North}'") == 0, "tasks of no site are at none")
      #expect(try await backlog(fixture, "NULL, '{Nowhere}'") == 0, "nothing was submitted for it so far")
      #expect(try await backlog(fixture, "'{}'") == 0)
    }
  }

  @Test func `is counted no further than to a limit`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 6, site: 1)
      _ = try await fixture.job(cut: 1, site: 2)
      #expect(try await backlog(fixture, "most => 4") == 5, "a limit is that of a lane")
      let worker = try await fixture.worker(sites: ["North"])
      #expect(try await fixture.claim(3, for: worker).count == 3)
      #expect(try await backlog(fixture, "most => 2") == 5, "two ready, two running, and one at South")
      for wrong in ["most => 0", "most => NULL", "most => 1000001", "'{NULL}'", "NULL, '{{North},{South}}'"] {
        #expect(
          try await fixture.refusal(of: "SELECT queue.backlog(\(wrong))") == .invalidParameterValue,
          "\(wrong)")
      }
    }
  }

  @Test(arguments: [
    (TestLogin.coordinator, 5), (.operatorOfAll, 5), (.reader, 5), (.everywhereWorker, 5), (.northWorker, 2),
    (.northOperator, 2), (.northReader, 2), (.southWorker, 2),
  ])
  func `of a login is that of its sites`(login: TestLogin, tasks: Int) async throws {
    try await RoleFixture.with { fixture in
      let counted = try await fixture.session(as: login) { session in try await backlog(session) }
      #expect(counted == tasks)
    }
  }

  @Test(arguments: [
    (TestLogin.northReader, "NULL, '{South}'"), (.northWorker, "NULL, '{North,South}'"), (.unboundWorker, ""),
    (.stranger, ""),
  ])
  func `of another's sites is refused`(login: TestLogin, arguments: String) async throws {
    try await RoleFixture.with { fixture in
      let refusal = try await fixture.refusal(of: "SELECT queue.backlog(\(arguments))", as: login)
      #expect(refusal == .insufficientPrivilege)
    }
  }
}
