import MetricFamilies
import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `Metrics of the queue` {
  /// Lines of the text without those of HELP and TYPE.
  private func samples(_ session: QueueFixture) async throws -> [String] {
    try await session.queue.metrics().text.split(separator: "\n").map(String.init).filter {
      !$0.hasPrefix("#")
    }
  }

  @Test func `count tasks by state, kind and site, whatever becomes of them`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 4, count: 1, site: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, ["cut"], for: worker)
      let failure = TaskFailure(code: "torn", sentence: "It tore.", remedy: "Mend it.", isRetryable: true)
      _ = try await fixture.queue.fail(tasks[0], because: failure, by: worker)
      let found = try await samples(fixture)
      for line in [
        #"trabecula_tasks{state="ready",kind="cut",site="North"} 2"#,
        #"trabecula_tasks{state="running",kind="cut",site="North"} 1"#,
        #"trabecula_tasks{state="delayed",kind="cut",site="North"} 1"#,
        #"trabecula_tasks_remaining{kind="cut",stage="open"} 4"#,
        #"trabecula_tasks_remaining{kind="count",stage="blocked"} 1"#,
        #"trabecula_job_tasks{job="1",kind="cut",outcome="remaining"} 4"#,
        #"trabecula_workers{state="active"} 1"#, "trabecula_slots 4", #"trabecula_stuck{cause="delayed"} 1"#,
        #"trabecula_stuck{cause="no-worker"} 0"#, #"trabecula_site_workers{site="South"} 1"#,
      ] { #expect(found.contains(line), Comment(rawValue: line)) }
    }
  }

  @Test func `tell what holds tasks, and who was lost`() async throws {
    try await QueueFixture.with { fixture in
      let paused = try await fixture.job(cut: 3, site: 2)
      _ = try await fixture.queue.pause(job: paused)
      _ = try await fixture.job(cut: 2, site: 1)
      _ = try await fixture.lose(try await fixture.worker())
      let found = try await samples(fixture)
      for line in [
        #"trabecula_tasks_remaining{kind="cut",stage="paused"} 3"#, #"trabecula_stuck{cause="job-paused"} 3"#,
        #"trabecula_stuck{cause="no-worker"} 1"#, #"trabecula_workers{state="lost"} 1"#,
        #"trabecula_workers{state="active"} 0"#,
      ] { #expect(found.contains(line), Comment(rawValue: line)) }
    }
  }

  @Test func `count each row of stuck_tasks under a cause`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1, site: 1)
      _ = try await fixture.job([("cut", 1)], site: 2, needs: ["shears"])
      let worker = try await fixture.worker()
      _ = try await fixture.claim(1, ["cut"], for: worker)
      try await fixture.pass(.seconds(500))
      let rows = try await fixture.connection.query(
        "SELECT coalesce(sum(coalesce(tasks, 1)), 0)::float8 FROM queue.stuck_tasks"
      ).scalar(as: Double.self)
      #expect(rows >= 2)
      let counted = try await samples(fixture).filter { $0.hasPrefix("trabecula_stuck{") }
        .reduce(0.0) { $0 + (Double($1.split(separator: " ")[1]) ?? .nan) }
      #expect(counted == rows)
    }
  }

  @Test func `are for logins that serve every site`() async throws {
    try await RoleFixture.with { fixture in
      for login in [TestLogin.coordinator, .operatorOfAll, .reader] {
        try await fixture.session(as: login) { session in
          let found = try await samples(session)
          #expect(found.contains { $0.hasPrefix("trabecula_tasks{") })
        }
      }
      for login in [TestLogin.northReader, .northOperator, .everywhereWorker, .stranger] {
        #expect(
          try await fixture.refusal(of: "SELECT queue.metrics()", as: login) == .insufficientPrivilege,
          "\(login)")
      }
    }
  }
}
