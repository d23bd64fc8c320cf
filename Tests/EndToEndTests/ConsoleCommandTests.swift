import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `Commands of the coordinator` {
  struct Said: Decodable { var result: String }

  @Test func `pause, resume, cancel and retry, and say in one line what they did`() async throws {
    try await OperatedStudy.with { study in
      let acts: [([String], String)] = [
        (["pause", "1"], "Job 1 is paused: 30 ready tasks are held; what runs goes on to its end."),
        (["pause", "1"], "Job 1 is paused already."),
        (["resume", "1"], "Job 1 is resumed: 30 tasks are ready."),
        (["pause", "--site", "SITE_A"], "Site SITE_A is paused:"),
        (["resume", "--site", "SITE_A"], "Site SITE_A is resumed:"),
        (["retry", "1"], "Job 1: nothing to retry."),
        (["retry", "--task", "1"], "Task 1 has not ended (ready); nothing to retry."),
        (["cancel", "1"], "Job 1 is cancelled:"),
        (["retry", "1"], "Job 1: 30 cancelled cases are ready again;"),
      ]
      for (arguments, line) in acts {
        let said = try await study.run("coordinator", arguments + ["--json"], as: .operatorOfAll).json(
          as: Said.self)
        #expect(said.result.hasPrefix(line), "\(arguments)")
      }
      for arguments in [
        ["pause"], ["pause", "1", "--site", "SITE_A"], ["retry"], ["cancel", "9"],
        ["pause", "--site", "East"],
      ] {
        let refused = try await study.run("coordinator", arguments, as: .operatorOfAll, status: 64)
        #expect(!refused.errors.isEmpty)
      }
    }
  }

  @Test func `status tells what a job waits for, and what to do`() async throws {
    struct Line: Decodable {
      struct Obstacle: Decodable {
        var why: String
        var site: String?
        var whatToDo: String

        enum CodingKeys: String, CodingKey {
          case why, site
          case whatToDo = "what_to_do"
        }
      }
      var obstacles: [Obstacle]?
    }
    try await OperatedStudy.with { study in
      let lines = try await study.run("coordinator", ["status", "1", "--json"], as: .operatorOfAll).json(
        as: [Line].self)
      let obstacles = try #require(lines[0].obstacles)
      #expect(obstacles.allSatisfy { $0.why == "no worker serves the site" })
      #expect(obstacles.map(\.site) == ["SITE_A", "SITE_B"])
      #expect(obstacles[0].whatToDo.contains("worker run --site SITE_A"))
      let text = try await study.run("coordinator", ["status", "1"], as: .operatorOfAll).output
      #expect(text.contains("\n  waits: no worker serves the site (extract, SITE_A). Start one"))
      try await study.work()
      let ended = try await study.run("coordinator", ["status", "1"], as: .operatorOfAll).output
      #expect(!ended.contains("waits"))
    }
  }

  @Test func `db_health tells whoever may read it how many sessions there are`() async throws {
    try await OperatedStudy.with { study in
      let sessions = "SELECT value FROM trabecula.db_health WHERE what = 'sessions'"
      let open = try await PostgresConnection.connect(to: study.database(as: .coordinator))
      let others = try await PostgresConnection.connect(to: study.database(as: .reader))
      for login in [TestLogin.reader, .operatorOfAll] {
        let told = try await study.psql(sessions, as: login)
        #expect(try #require(Int(told.prefix { $0 != " " })) >= 3, "\(told)")
      }
      await open.close()
      await others.close()
    }
  }

  @Test func `grant sites to a worker's login, which is refused before and stopped after`() async throws {
    try await OperatedStudy.with { study in
      let login = TestLogin.unboundWorker.rawValue
      let refused = try await study.run("worker", ["run", "--drain"], as: .unboundWorker, status: 65)
      #expect(refused.errors.contains("coordinator grant-site \(login) SITE (or --all)"))
      let granted = try await study.run("coordinator", ["grant-site", login, "SITE_A"], as: .coordinator)
      #expect(granted.output == "Login \(login) may see and serve SITE_A.\n")
      #expect(granted.errors.contains("ALTER ROLE \(login) CONNECTION LIMIT"))
      try await study.run("worker", ["run", "--site", "SITE_B"], as: .unboundWorker, status: 65)
      let arguments = ["run", "--lease", "60", "--root", study.study.cohort.path]
      let ended = try await RunningProgram.with(
        "worker", arguments + ["--database", study.database(as: .unboundWorker)]
      ) { worker in
        try #require(await worker.lines.contain("extract: ok"))
        let revoked = try await study.run(
          "coordinator", ["grant-site", login, "--all", "--revoke"], as: .coordinator)
        #expect(revoked.output == "Login \(login) may see and serve no site.\n")
        // By itself, with its next heartbeat.
        #expect(await worker.lines.contain(" stopped"))
      }
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT count(*) FROM queue.live_task WHERE state = 'running'") == "0")
      let operatorGrants = try await study.run(
        "coordinator", ["grant-site", login, "SITE_A"], as: .operatorOfAll, status: 65)
      #expect(operatorGrants.errors.contains("It needs the role of those who may: trabecula_coordinator"))
      let unknown = try await study.run(
        "coordinator", ["grant-site", login, "East"], as: .coordinator, status: 64)
      #expect(
        unknown.errors.contains("there is no site 'East'") && unknown.errors.contains("Known: SITE_A, SITE_B")
      )
      try await study.run(
        "coordinator", ["grant-site", "nobody_of_this_name", "SITE_A"], as: .coordinator, status: 65)
    }
  }
}
