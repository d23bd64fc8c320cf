import DelimitedText
import Foundation
import Reporting
import Subprocess
import TestSupport
import Testing

/// The acts on a study from the shell, on one that runs and one that has ended.
@Suite(.timeLimit(.minutes(15))) struct `A study from which somebody goes` {
  struct Said: Decodable { var result: String }
  struct Archived: Decodable {
    var file: String
    var files: Int
    var sha256: String
  }

  @Test func `is finished without the case that is excluded, then archived, erased from, and deleted`()
    async throws
  {
    try await OperatedStudy.with { study in
      func say(_ arguments: [String], status: Int32 = 0) async throws -> Programs.Result {
        try await study.run("coordinator", arguments, as: .coordinator, status: status)
      }
      let subject = try await study.psql(
        "SELECT min(subject) FROM trabecula.case_overview WHERE site = 'SITE_A'")
      let excluded = try await say(["exclude", "1", subject, "--because", "motion artefacts", "--json"]).json(
        as: Said.self)
      #expect(excluded.result.hasSuffix("of job 1 is excluded: 1 task is cancelled."))
      _ = try await say(["exclude", "1", "nobody", "--because", "x"], status: 64)
      _ = try await say(["exclude", "1", subject], status: 64)
      _ = try await say(["give-up", "1", "--site", "East"], status: 64)
      _ = try await say(["delete", "1", "--json"], status: 64)
      _ = try await say(["archive", "1", "-o", "x.tar"], status: 75)
      try await study.work()

      let folder = study.study.report("first")
      _ = try await say(["report", "1", "-o", folder.path])
      let report = try StudyReportFile.read(folder.appendingPathComponent("report.json"))
      #expect(report.exclusions.map(\.subject) == [subject])
      #expect(report.exclusions[0].kind == .excluded)
      #expect(report.exclusions[0].sentence == "motion artefacts")
      #expect(report.cohort.cases.excluded == 1)
      let page = try String(contentsOf: folder.appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("motion artefacts"))

      let archive = folder.appendingPathComponent("job-1.tar.gz")
      try await expectWhole(archive, of: study, reported: folder, say)
      _ = try await say(["archive", "1", "-o", "/nowhere/x.tar"], status: 73)
      try await expectLeftoversToBeNamed(by: study)
      _ = try await say(["archive", "7", "-o", archive.path], status: 64)

      let other = try await study.psql(
        "SELECT min(subject) FROM trabecula.case_overview WHERE site = 'SITE_B'")
      let erased = try await say(["erase", other, "--site", "SITE_B", "--json"]).json(as: Said.self)
      #expect(erased.result.contains("1 report is superseded. Submit these studies again"))
      #expect(!erased.result.contains(other))
      for refused in [
        ["report", "1", "-o", folder.path], ["export", "metrics", "1"], ["export", "predictions", "1"],
        ["export", "model", "1"], ["archive", "1", "-o", archive.path],
      ] {
        let result = try await say(refused, status: 65)
        #expect(result.errors.contains("is superseded"), "\(refused)")
      }
      let features = try await say(["export", "features", "1"]).output
      #expect(!features.contains(other))
      #expect(features.split(separator: "\n").count == 1 + SmallStudy.subjects - 2)

      let deleted = try await say(["delete", "1", "--json"]).json(as: Said.self)
      #expect(deleted.result.hasPrefix("Job 1 is deleted, with "))
      #expect(try await study.psql("SELECT count(*) FROM trabecula.case_overview") == "0")
      #expect(
        try await study.psql(
          "SELECT string_agg(act, ' ' ORDER BY audit_id) FROM trabecula.audit WHERE act <> 'grant_all_sites'")
          == "submit exclude_case archive_job erase_subject delete_job")
      #expect(
        try await study.psql("SELECT count(*) FROM trabecula.audit a WHERE a::text ~ '\(subject)|\(other)'")
          == "0")
    }
  }

  /// The folder in which an archive is gathered names subjects: where it cannot be removed, somebody has to know. Here a tar moves
  /// it away.
  private func expectLeftoversToBeNamed(by study: OperatedStudy) async throws {
    try await withTemporaryFolder { folder in
      let tar = folder.appendingPathComponent("tar")
      let script = "#!/bin/sh\nmv \"$(dirname \"$3\")\" '\(folder.path)/moved'\necho 'no space' >&2\nexit 2\n"
      try Data(script.utf8).write(to: tar)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tar.path)
      let result = try await Programs.run(
        "coordinator",
        [
          "archive", "1", "-o", folder.appendingPathComponent("x.tar").path, "--database",
          study.database(as: .coordinator),
        ], environment: ["PATH": "\(folder.path):/usr/bin:/bin"])
      #expect(result.status == 73)
      #expect(result.errors.contains("no space") && result.errors.contains("cannot be removed"))
      #expect(result.errors.contains("It holds subject codes"))
      let moved = folder.appendingPathComponent("moved/in/job-1/cases.csv")
      #expect(FileManager.default.fileExists(atPath: moved.path))
    }
  }

  /// Archives the first job, and compares what the file holds with the database and with the report.
  private func expectWhole(
    _ archive: URL, of study: OperatedStudy, reported folder: URL,
    _ say: ([String], Int32) async throws -> Programs.Result
  ) async throws {
    let said = try await say(["archive", "1", "-o", archive.path, "--json"], 0).json(as: Archived.self)
    #expect(
      try await study.psql("SELECT after ->> 'sha256' FROM trabecula.audit WHERE act = 'archive_job'")
        == said.sha256)
    let attributes = try FileManager.default.attributesOfItem(atPath: archive.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    try await withTemporaryFolder { copy in
      // As whoever is given the file does.
      let shell = """
        [ "$(sha256sum < '\(archive.path)')" = '\(said.sha256)  -' ] && tar -xzf '\(archive.path)' -C '\(copy.path)' \
          && cd '\(copy.path)/job-1' && sha256sum --check --strict --quiet SHA256SUMS && find . -type f | wc -l
        """
      let checked = try await Subprocess.run(
        .name("sh"), arguments: ["-c", shell], output: .string(limit: 1 << 16), error: .string(limit: 1 << 16)
      )
      #expect(checked.terminationStatus.isSuccess, Comment(rawValue: checked.standardError))
      #expect(checked.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines) == "\(said.files)")
      let job = copy.appendingPathComponent("job-1")
      #expect(
        try StudyReportFile.withoutTimes(job.appendingPathComponent("report/report.json"))
          == StudyReportFile.withoutTimes(folder.appendingPathComponent("report.json")))
      for (name, table) in [
        ("cases", "trabecula.job_case"), ("feature_rows", "trabecula.case_feature"),
        ("replicates", "trabecula.replicate"),
        ("predictions", "trabecula.prediction"), ("metrics", "trabecula.metric"), ("tasks", "queue.task"),
        ("history", "queue.task_history"), ("stages", "queue.stage"), ("recipes", "trabecula.job_recipe"),
      ] {
        let file = try String(contentsOf: job.appendingPathComponent("\(name).csv"), encoding: .utf8)
        let rows = try DelimitedTable(parsing: file, label: name).rows.count
        #expect(
          try await study.psql("SELECT count(*) FROM \(table) WHERE job_id = 1") == "\(rows)", "\(name)")
      }
    }
  }

  @Test func `after its report is computed anew without the case, and again with it`() async throws {
    try await OperatedStudy.with { study in
      func say(_ arguments: [String], status: Int32 = 0) async throws -> Programs.Result {
        try await study.run("coordinator", arguments, as: .coordinator, status: status)
      }
      try await study.work()
      let whole = try await study.reproducibleReport()
      let subject = try await study.psql(
        "SELECT min(subject) FROM trabecula.case_overview WHERE site = 'SITE_A'")
      let exclusion = ["exclude", "1", subject, "--site", "SITE_A", "--because", "motion artefacts"]
      let refused = try await say(exclusion, status: 64)
      #expect(refused.errors.contains("--reopen"), Comment(rawValue: refused.errors))
      #expect(try await study.reproducibleReport() == whole)

      let excluded = try await say(exclusion + ["--reopen", "--json"]).json(as: Said.self)
      #expect(excluded.result.hasSuffix("models and report are computed anew."))
      let folder = study.study.report("without")
      _ = try await say(["report", "1", "-o", folder.path], status: 75)
      try await study.work()
      _ = try await say(["report", "1", "-o", folder.path])
      let report = try StudyReportFile.read(folder.appendingPathComponent("report.json"))
      #expect(report.exclusions.map(\.subject) == [subject])

      let included = try await say(["exclude", "1", subject, "--site", "SITE_A", "--undo", "--json"]).json(
        as: Said.self)
      #expect(included.result.hasSuffix("of job 1 counts again."))
      try await study.work()
      #expect(try await study.reproducibleReport() == whole)
      _ = try await say(["exclude", "1", subject, "--undo", "--because", "x"], status: 64)
    }
  }

  @Test func `goes on to its report, which names the site that has left`() async throws {
    try await OperatedStudy.with { study in
      try await study.workAtFirstSite()
      let said = try await study.run(
        "coordinator", ["give-up", "1", "--site", "SITE_B", "--json"], as: .coordinator
      ).json(as: Said.self)
      #expect(said.result.hasPrefix("Job 1: site SITE_B is given up; "))
      try await study.work()
      let folder = study.study.report("left")
      try await study.run("coordinator", ["report", "1", "-o", folder.path], as: .coordinator)
      let report = try StudyReportFile.read(folder.appendingPathComponent("report.json"))
      #expect(Set(report.exclusions.map(\.site)) == ["SITE_B"])
      #expect(Set(report.exclusions.map(\.sentence)) == ["site given up"])
      #expect(report.cohort.cases.excluded + report.cohort.cases.done == SmallStudy.subjects)
      let page = try String(contentsOf: folder.appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("site given up"))

      // Nobody looks any more whether the files of its other site have changed: stored features serve.
      try await study.run("coordinator", ["submit", study.study.file.path, "--again"], as: .coordinator)
      try await study.run("coordinator", ["give-up", "2", "--site", "SITE_B"], as: .coordinator)
      let looked = try await study.run(
        "coordinator", ["give-up", "2", "--site", "SITE_A", "--json"], as: .coordinator
      ).json(as: Said.self)
      #expect(
        looked.result.hasSuffix(
          "stay, \(report.cohort.cases.done) of them without a look whether the files have changed."))
      try await study.work()
      let second = study.study.report("second")
      try await study.run("coordinator", ["report", "2", "-o", second.path], as: .coordinator)
      #expect(
        try Data(contentsOf: second.appendingPathComponent("metrics.csv"))
          == Data(contentsOf: folder.appendingPathComponent("metrics.csv")))
    }
  }

  @Test func `keeps its report when an operator of one site retries it`() async throws {
    try await OperatedStudy.with(damage: { try $0.hideMask() }) { study in
      try await study.work()
      let site = try study.study.sitesOfHiddenMask().site
      try await study.psql(
        "SELECT trabecula.grant_site('\(TestLogin.northOperator.rawValue)', '\(site)')", as: .coordinator)
      let before = try await study.reproducibleReport(failedCases: true)
      for act in [
        ["retry", "1"], ["cancel", "1"], ["pause", "1"], ["delete", "1"], ["archive", "1", "-o", "x.tar"],
      ] {
        let refused = try await study.run("coordinator", act, as: .northOperator, status: 65)
        #expect(refused.errors.contains("sites"), "\(act)")
      }
      #expect(try await study.reproducibleReport(failedCases: true) == before)
    }
  }
}

extension OperatedStudy {
  /// Runs a worker of one site until it has extracted what is there.
  fileprivate func workAtFirstSite() async throws {
    try await run(
      "worker", workerArguments() + ["--site", "SITE_A", "--kind", "extract"], as: .everywhereWorker)
  }
}
