import Foundation
import NeuralNet
import Postgres
import Reporting
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A file that is not there is a fact about a machine, until a machine that has the site's files says otherwise.
@Suite(.timeLimit(.minutes(15))) struct `A worker without the files of a site` {
  private static let stuck = "SELECT DISTINCT why || ': ' || what_to_do FROM trabecula.stuck_tasks"

  private func arguments(_ study: OperatedStudy, root: URL, lease: Int = 600) -> [String] {
    [
      "run", "--lease", "\(lease)", "--root", root.path, "--database", study.database(as: .everywhereWorker),
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
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }

  @Test func `whose mount goes away hands back what it holds, and fails nothing`() async throws {
    try await OperatedStudy.with { study in
      let (mounted, away) = (study.study.cohort, study.study.folder.appendingPathComponent("away"))
      // With one slot: the second end, and all that comes after it, waits until the files have gone.
      let gate = try await EndGate.hold("extract", beyond: 1, at: study.target)
      let ended = try await RunningProgram.with("worker", arguments(study, root: mounted)) { worker in
        try #require(await worker.lines.contain("extract: ok"))
        // The folder stays, as that of a mount does.
        try FileManager.default.createDirectory(at: away, withIntermediateDirectories: true)
        for name in ["images", "masks"] {
          try FileManager.default.moveItem(
            at: mounted.appendingPathComponent(name), to: away.appendingPathComponent(name))
        }
        await gate.open()
        #expect(await worker.lines.contain("are left to other workers: none of 8"))
      }
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT count(*) FROM queue.task_history WHERE outcome = 'failed'") == "0")
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
      let other = ["run", "--drain", "--lease", "600", "-j", "2", "--root", away.path]
      try await study.run("worker", other, as: .everywhereWorker)
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }

  @Test func `lacks one file, which another machine has, and costs no case`() async throws {
    try await OperatedStudy.with { study in
      let partial = study.study.folder.appendingPathComponent("partial")
      try FileManager.default.copyItem(at: study.study.cohort, to: partial)
      let row = try String(contentsOf: study.study.manifest, encoding: .utf8).split(separator: "\n")[3]
      try FileManager.default.removeItem(
        at: partial.appendingPathComponent(String(row.split(separator: ",")[3])))
      // Another host, as the database knows it.
      _ = try await study.psql(
        """
        SELECT queue.grant_all_sites(session_user);
        SELECT queue.register_worker('elsewhere', 1, 1, 'test', NULL, 86400, 1,
          ARRAY(SELECT DISTINCT need FROM queue.lane, unnest(needs) AS need));
        UPDATE queue.worker SET heartbeat_at = now() + interval '1 hour';
        """, as: nil)
      let ended = try await RunningProgram.with("worker", arguments(study, root: partial)) { worker in
        #expect(await worker.lines.contain("extract: elsewhere, not-found"))
      }
      #expect(ended.status == 0)
      #expect(try await study.psql("SELECT count(*) FROM queue.task_history WHERE outcome = 'failed'") == "0")
      #expect(try await study.psql("SELECT failure_code FROM queue.attempt_failure", as: nil) == "not-here")
      _ = try await study.psql(
        "UPDATE queue.worker SET lease_until = now() WHERE host = 'elsewhere'", as: nil)
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }

  @Test func `that is alone on its machine is told which, and goes on when they are there`() async throws {
    try await SmallStudy.with { study in
      let (images, away) = (
        study.cohort.appendingPathComponent("images"), study.folder.appendingPathComponent("away")
      )
      try FileManager.default.moveItem(at: images, to: away)
      let ended = try await study.local()
      #expect(ended.status == 65)
      #expect(ended.errors.contains("None of the images of site SITE_A can be read below"))
      try FileManager.default.moveItem(at: away, to: images)
      #expect(try await study.local().status == 0)
    }
  }

  /// Opening the pipe to read it would wait for whoever writes into it.
  @Test func `but one, in whose place is a pipe, costs that case and keeps nobody waiting`() async throws {
    try await SmallStudy.with { study in
      let rows = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n")
      let (image, mask) = (rows[1].split(separator: ",")[2], rows[2].split(separator: ",")[3])
      for (path, device) in [(image, false), (mask, true)] {
        let file = study.cohort.appendingPathComponent(String(path))
        try FileManager.default.removeItem(at: file)
        if device {
          try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/dev/zero")
        } else {
          try #require(unsafe mkfifo(file.path, 0o600) == 0)
        }
      }
      let ended = try await study.local()
      #expect(ended.status == 1, Comment(rawValue: ended.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(report.exclusions.map(\.code) == ["not-an-image", "not-an-image"])
      #expect(report.exclusions.allSatisfy { $0.sentence.contains("not a regular file") })
    }
  }

  @Test func `that is alone on its machine, and loses them while it runs, says so and goes on later`()
    async throws
  {
    try await SmallStudy.with { study in
      let (images, away) = (
        study.cohort.appendingPathComponent("images"), study.folder.appendingPathComponent("away")
      )
      // Paused, so that no worker begins before the images have gone.
      try FileManager.default.moveItem(at: images, to: away)
      #expect(try await study.local().status == 65)
      let server = "host='\(study.data.path)/postgres/socket' port='5432' user='trabecula' dbname='trabecula'"
      let admin = try await PostgresConnection.connect(to: server)
      try await admin.execute("SELECT trabecula.pause_job(1)")
      try FileManager.default.moveItem(at: away, to: images)
      let isTold = Atomic(false)
      let ended = try await study.local { line in
        guard line.hasPrefix("extract 0/30"), !isTold.exchange(true, ordering: .relaxed) else { return }
        try FileManager.default.moveItem(at: images, to: away)
        try await admin.execute("SELECT trabecula.resume_job(1)")
      }
      await admin.close()
      #expect(ended.status == 69, Comment(rawValue: ended.errors))
      #expect(ended.errors.contains("All that is left of job 1 needs what is not here any more: files:SITE_"))
      #expect(ended.errors.contains(study.cohort.path))
      try FileManager.default.moveItem(at: away, to: images)
      let again = try await study.local()
      #expect(again.status == 0, Comment(rawValue: again.errors))
      let outcome = try again.json(as: LocalOutcome.self)
      #expect(outcome.job == 1 && outcome.failed == 0 && outcome.cases == SmallStudy.subjects)
    }
  }

  /// Its features are stored: nothing is to be read.
  @Test func `that is alone on its machine does without those of a site that is known`() async throws {
    try await SmallStudy.with { study in
      let first = try await study.local()
      try #require(first.status == 0, Comment(rawValue: first.errors))
      try Data(try String(contentsOf: study.file, encoding: .utf8).replacing("seed: 7", with: "seed: 8").utf8)
        .write(to: study.file)
      let images = study.cohort.appendingPathComponent("images")
      let ofSite = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").filter {
        $0.contains("SITE_B")
      }
      try #require(!ofSite.isEmpty)
      for name in try FileManager.default.contentsOfDirectory(atPath: images.path)
      where ofSite.contains(where: { $0.contains(name) }) {
        try FileManager.default.removeItem(at: images.appendingPathComponent(name))
      }
      let second = try await study.local(out: "second")
      #expect(second.status == 0, Comment(rawValue: second.errors))
      #expect(try second.json(as: LocalOutcome.self).extracted == 0)
    }
  }

  @Test(arguments: ["files:SITE_A", "weights:net.safetensors"])
  func `or weights ends with 69 where it drains and nobody else has them`(need: String) async throws {
    let deep = need.hasPrefix("weights") ? "deep: {weights: net.safetensors}" : ""
    let yaml = """
      study: small
      seed: 7
      manifest: cohort/manifest.csv
      extraction:
        featureClass: {firstorder: }
      models: []
      \(deep)
      """
    let damage: @Sendable (SmallStudy) throws -> Void = { study in
      try Data(NetworkWeights.randomBytes(seed: 3)).write(
        to: study.cohort.appendingPathComponent("net.safetensors"))
    }
    try await OperatedStudy.with(yaml: yaml, damage: damage) { study in
      var root = study.study.cohort
      if deep.isEmpty {
        root = study.study.folder.appendingPathComponent("elsewhere")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      } else {
        try FileManager.default.removeItem(at: root.appendingPathComponent("net.safetensors"))
      }
      let ended = try await study.run(
        "worker", ["run", "--drain", "--root", root.path], as: .everywhereWorker, status: 69)
      #expect(ended.errors.contains(need) && ended.errors.contains("--root"))
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
      #expect(
        try await study.psql("SELECT count(*) FROM queue.task_history WHERE outcome <> 'succeeded'") == "0")
    }
  }

  @Test(
    .enabled(if: HangingMount.isBuilt, HangingMount.absence))
  func `because the mount hangs costs that site only, and neither heartbeat nor process`() async throws {
    try await OperatedStudy.with { study in
      let files = try String(contentsOf: study.study.manifest, encoding: .utf8).split(separator: "\n")
        .compactMap {
          $0.contains("SITE_A") ? $0.firstMatch(of: #/images\/([^,]+)/#).map { String($0.output.1) } : nil
        }
      try #require(files.count > 3)
      let limited = arguments(study, root: study.study.cohort, lease: 15) + ["--task-limit", "5m", "-j", "2"]
      let ended = try await RunningProgram.with(
        "worker", limited, environment: HangingMount.environment(of: files)
      ) { worker in
        let admin = try await PostgresConnection.connect(to: study.target)
        try await admin.wait(
          until: """
            (SELECT count(*) FROM queue.task_history) =
              (SELECT count(*) FROM queue.task JOIN queue.site USING (site_id) WHERE name = 'SITE_B')
            """)
        await admin.close()
        #expect(
          await worker.lines.contain(
            "tasks that need files:SITE_A are left to other workers: the file system"))
      }
      #expect(ended.status == 0, Comment(rawValue: ended.errors.joined(separator: "\n")))
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }
}
