import Foundation
import Postgres
import TestSupport
import Reporting
import Testing

extension SmallStudy {
  private var away: URL { folder.appendingPathComponent("away") }

  /// Takes the masks of so many cases away, or of all cases of a site; `bringBack` mends it.
  func takeMasksAway(of site: String? = nil, _ count: Int = .max) throws {
    try FileManager.default.createDirectory(at: away, withIntermediateDirectories: true)
    let rows = try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").map(String.init) }
    for row in rows.filter({ site == nil || $0[1] == site }).prefix(count) {
      let mask = cohort.appendingPathComponent(row[3])
      try FileManager.default.moveItem(at: mask, to: away.appendingPathComponent(mask.lastPathComponent))
    }
  }

  func bringBack() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: away.path) {
      try FileManager.default.moveItem(
        at: away.appendingPathComponent(name), to: cohort.appendingPathComponent("masks/\(name)"))
    }
  }
}

/// Of 30 cases six may fail, unless the study file says otherwise.
@Suite(.timeLimit(.minutes(15))) struct `A study of which much fails` {
  @Test func `is held, says why, and gives the report of an undisturbed one when it is mended`() async throws
  {
    let expected = try await OperatedStudy.with { study in
      try await study.work()
      return try await study.reproducibleReport()
    }
    try await OperatedStudy.with(damage: { try $0.takeMasksAway(10) }) { study in
      try await study.work()
      #expect(try await study.psql("SELECT state, over_budget FROM trabecula.job") == "running|extract")
      #expect(try await study.psql("SELECT why FROM trabecula.stuck_tasks") == "too much has failed")
      let status = try await study.run("coordinator", ["status", "1"], as: .operatorOfAll)
      #expect(status.output.contains("held: "))
      #expect(status.output.contains("most of them as not-found; failure_budget allows 6."))
      #expect(status.output.contains("coordinator retry 1 tries them again"))
      let again = try await study.run("coordinator", ["submit", study.study.file.path], as: .coordinator)
      #expect(again.output.contains("is held, because too many of its 30 cases failed"))
      try study.study.bringBack()
      try await study.run("coordinator", ["retry", "1"], as: .operatorOfAll)
      try await study.work()
      try await study.run("coordinator", ["status", "1"], as: .operatorOfAll)
      #expect(try await study.reproducibleReport() == expected)
    }
  }

  @Test func `on one machine ends with 75, and goes on when it is run again`() async throws {
    try await SmallStudy.with { study in
      try study.takeMasksAway(10)
      let held = try await study.local()
      #expect(held.status == 75)
      #expect(held.errors.contains("Job 1 is held: "))
      #expect(held.errors.contains("failure_budget in the study file says how much may fail"))
      try study.bringBack()
      let ended = try await study.local()
      #expect(ended.status == 0, Comment(rawValue: ended.errors))
      let outcome = try ended.json(as: LocalOutcome.self)
      // That its submitter sees masks where there were none before makes no other study of it.
      #expect(outcome.job == 1 && outcome.failed == 0 && outcome.state == "succeeded")
    }
  }

  @Test func `without a budget says at the head of its report that a site is missing`() async throws {
    try await SmallStudy.with { study in
      let yaml = try String(contentsOf: study.file, encoding: .utf8) + "\nfailure_budget: none\n"
      try Data(yaml.utf8).write(to: study.file)
      try study.takeMasksAway(of: "SITE_B")
      let result = try await study.local()
      #expect(result.status == 1, Comment(rawValue: result.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      let first = try #require(report.warnings.first)
      #expect(first.code == "site_lost")
      #expect(
        first.message.hasPrefix("Site SITE_B is missing: 15 of its 15 cases failed (most often not-found)"))
    }
  }

  @Test func `and of which a site is missing is no success without that site's name`() async throws {
    let budget = "\nfailure_budget: {share: 0.6}\n"
    try await OperatedStudy.with(damage: { study in
      let yaml = try String(contentsOf: study.file, encoding: .utf8) + budget
      try Data(yaml.utf8).write(to: study.file)
      try study.takeMasksAway(of: "SITE_B")
    }) { study in
      try await study.work()
      #expect(try await study.psql("SELECT failure_budget FROM trabecula.job") == "18")
      let status = try await study.run("coordinator", ["status", "1"], as: .operatorOfAll, status: 1)
      #expect(status.output.contains("succeeded without site SITE_B, no case of which is left, "))
    }
  }

  @Test func `or that failed, is told by the exit code of status`() async throws {
    try await OperatedStudy.with(damage: { try $0.takeMasksAway(1) }) { study in
      try await study.work()
      #expect(try await study.psql("SELECT state FROM trabecula.job") == "succeeded")
      try await study.run("coordinator", ["status", "1"], as: .operatorOfAll, status: 1)
      try await study.psql(
        "UPDATE queue.job SET state = 'failed', failure_text = 'No memory.' WHERE job_id = 1", as: nil)
      let failed = try await study.run("coordinator", ["status", "1"], as: .operatorOfAll, status: 1)
      #expect(failed.output.contains("failed: No memory."))
    }
  }
}
