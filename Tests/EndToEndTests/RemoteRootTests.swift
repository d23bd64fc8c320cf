import DelimitedText
import Foundation
import TestSupport
import Testing

/// Images of a remote of rclone's, here one that is a folder: `Tests/Remotes/run` has real ones.
@Suite(
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/rclone"), "rclone is not installed"),
  .timeLimit(.minutes(15)))
struct `A worker whose images are on a remote` {
  private func environment(_ study: SmallStudy) -> [String: String] {
    [
      "RCLONE_CONFIG": study.folder.appendingPathComponent("rclone.conf").path,
      "RCLONE_CONFIG_STORE_TYPE": "alias", "RCLONE_CONFIG_STORE_REMOTE": study.cohort.path,
    ]
  }

  private func run(
    _ study: OperatedStudy, root: String, environment more: [String: String] = [:]
  ) async throws -> Programs.Result {
    try await Programs.run(
      "worker",
      [
        "run", "--drain", "-j", "2", "--lease", "600", "--root", root, "--cache",
        study.study.folder.appendingPathComponent("cache").path, "--database",
        study.database(as: .everywhereWorker),
      ], environment: environment(study.study).merging(more) { $1 })
  }

  @Test func `gives the report that one with a folder gives`() async throws {
    let reports = try await withReports { study in
      let ended = try await run(study, root: "store:")
      #expect(ended.status == 0, Comment(rawValue: ended.errors))
    }
    let plain = try await withReports { try await $0.work() }
    #expect(reports == plain)
  }

  private func withReports(_ work: (OperatedStudy) async throws -> Void) async throws -> Data {
    try await OperatedStudy.with { study in
      try await work(study)
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
      return try await study.reproducibleReport()
    }
  }

  @Test(arguments: [("store:elsewhere", "is not there"), ("nowhere:", "has no remote of the name")])
  func `that it cannot have leaves them to others, and says why`(root: String, words: String) async throws {
    try await OperatedStudy.with { study in
      let ended = try await run(study, root: root)
      #expect(ended.status == 69, Comment(rawValue: ended.errors))
      #expect(
        ended.errors.contains("files:SITE_A") && ended.errors.contains(words), Comment(rawValue: ended.errors)
      )
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
    }
  }

  @Test func `fails a case whose file alone is not there`() async throws {
    try await OperatedStudy.with(damage: { try $0.hideMask() }) { study in
      let ended = try await run(study, root: "store:")
      #expect(ended.status == 0, Comment(rawValue: ended.errors))
      #expect(
        try await study.psql(
          "SELECT string_agg(failure_code, ' ') FROM trabecula.job_case WHERE state = 'failed'")
          == "not-found")
    }
  }

  @Test func `opens none that its task names outside of it`() async throws {
    try await OperatedStudy.with { study in
      try await study.psql(
        "UPDATE queue.task SET payload = jsonb_set(payload, '{mask}', '\"images/../../outside.nii.gz\"') WHERE task_id = 1",
        as: nil)
      _ = try await run(study, root: "store:")
      #expect(
        try await study.psql(
          "SELECT string_agg(failure_code, ' ') FROM trabecula.job_case WHERE state = 'failed'")
          == "path-outside")
    }
  }

  @Test func `ends with 69 where rclone is missing, and with 64 where the name can be none`() async throws {
    try await SmallStudy.withFiles { study in
      for (root, path, status, words) in [
        ("store:", "/nonexistent", Int32(69), "apt-get install rclone"),
        ("s3://", "/usr/bin", 64, "no bucket"),
        (":webdav,pass=x:", "/usr/bin", 64, "no remote"),
      ] {
        let ended = try await Programs.run(
          "worker", ["run", "--root", root, "--cache", study.folder.appendingPathComponent("cache").path],
          environment: environment(study).merging(["PATH": path]) { $1 })
        #expect(ended.status == status)
        #expect(ended.errors.contains(words), Comment(rawValue: ended.errors))
      }
    }
  }

  @Test func `computes a whole study beside its database`() async throws {
    try await SmallStudy.with { study in
      let cache = ["--cache", study.folder.appendingPathComponent("cache").path]
      let remote = try await study.local(
        ["--root", "store:"] + cache, out: "remote", environment: environment(study))
      #expect(remote.status == 0, Comment(rawValue: remote.errors))
      let plain = try await study.local(out: "plain")
      #expect(plain.status == 0, Comment(rawValue: plain.errors))
      // The files are known by their contents: nothing is extracted for the folder.
      #expect(try plain.json(as: LocalOutcome.self).extracted == 0)
      #expect(try study.reproducibleReport("remote") == study.reproducibleReport("plain"))
    }
  }

  @Test func `extracts a batch without a database`() async throws {
    try await SmallStudy.withFiles { study in
      let manifest = try DelimitedTable(parsing: Array(Data(contentsOf: study.manifest)), label: "manifest")
      let batch = study.folder.appendingPathComponent("batch.csv")
      let places = try ["Image", "Mask"].map { try #require(manifest.header.firstIndex(of: $0)) }
      let rows = manifest.rows.prefix(3).map { record in
        places.map { record.fields[$0] }.joined(separator: ",")
      }
      try Data((["Image,Mask"] + rows).joined(separator: "\n").utf8).write(to: batch)
      var outputs: [String] = []
      for root in ["store:", study.cohort.path] {
        let ended = try await Programs.run(
          "worker",
          [
            "extract", batch.path, "-f", "csv", "--root", root, "--cache",
            study.folder.appendingPathComponent("cache").path,
          ], environment: environment(study))
        #expect(ended.status == 0, Comment(rawValue: ended.errors))
        outputs.append(ended.output)
      }
      #expect(outputs[0] == outputs[1])
    }
  }
}
