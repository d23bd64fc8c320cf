import Foundation
import Postgres
import TestSupport
import Testing

/// A file that is not there is a fact about a machine, until a machine that has the site's files says otherwise.
@Suite(.timeLimit(.minutes(15))) struct `A worker without the files of a site` {
  private static let stuck = "SELECT DISTINCT why || ': ' || what_to_do FROM trabecula.stuck_tasks"

  private func arguments(_ study: OperatedStudy, root: URL) -> [String] {
    [
      "run", "--lease", "15", "--root", root.path, "--database", study.database(as: .everywhereWorker),
    ]
  }

  @Test func `below a wrong root costs no case, and is named as the reason`() async throws {
    try await OperatedStudy.with { study in
      let elsewhere = study.study.folder.appendingPathComponent("elsewhere")
      try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
      let ended = try await RunningProgram.with("worker", arguments(study, root: elsewhere)) { worker in
        for site in ["SITE_A", "SITE_B"] {
          #expect(
            await worker.lines.contain("tasks that need files:\(site) are left to other workers: none of 8"))
        }
        let said = try await study.psql(Self.stuck)
        #expect(said.contains("no worker offers what it needs: Start a worker that offers files:SITE_A"))
        #expect(said.contains("files:SITE_B"))
      }
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT count(*) FROM queue.task_history") == "0")
      try await study.work(lease: 15)
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }

  @Test func `whose mount goes away hands back what it holds, and fails nothing`() async throws {
    try await OperatedStudy.with { study in
      let (mounted, away) = (study.study.cohort, study.study.folder.appendingPathComponent("away"))
      let ended = try await RunningProgram.with("worker", arguments(study, root: mounted)) { worker in
        try #require(await worker.lines.contain("extract: ok"))
        // The folder stays, as that of a mount does.
        try FileManager.default.createDirectory(at: away, withIntermediateDirectories: true)
        for name in ["images", "masks"] {
          try FileManager.default.moveItem(
            at: mounted.appendingPathComponent(name), to: away.appendingPathComponent(name))
        }
        // With one slot it may have ended all of its site before; then there is nothing to hand back.
        let left = try await study.psql("SELECT count(*) FROM queue.live_task WHERE kind = 'extract'")
        if left != "0" { #expect(await worker.lines.contain("are left to other workers: none of 8")) }
      }
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT count(*) FROM queue.task_history WHERE outcome = 'failed'") == "0")
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
      let other = ["run", "--drain", "--lease", "15", "-j", "2", "--root", away.path]
      try await study.run("worker", other, as: .everywhereWorker)
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }

  @Test func `that is alone on its machine is refused before it starts`() async throws {
    try await SmallStudy.withFiles { study in
      try FileManager.default.removeItem(at: study.cohort.appendingPathComponent("images"))
      let ended = try await study.local()
      #expect(ended.status == 65)
      #expect(ended.errors.contains("None of the images of site SITE_A can be read below"))
      #expect(!FileManager.default.fileExists(atPath: study.data.path))
    }
  }
}
