import Foundation
import Reporting
import StudyPlan
import Testing

/// A study that holds its radiomics model against controls, through the programs.
@Suite struct `A study with controls` {
  @Test func `prints them beside the model, and the same when it is run again`() async throws {
    try await SmallStudy.with { study in
      let plain = try await study.local(out: "plain", data: "plain-data")
      _ = try await study.local(["--stop"], out: "plain", data: "plain-data")
      try addControls(to: study)
      let result = try await study.local()
      try #require(result.status == 0, Comment(rawValue: result.errors))
      let report = try StudyReport(
        json: Data(contentsOf: study.report().appendingPathComponent("report.json")))
      let controls = try #require(report.controls)
      #expect(controls.map(\.control) == [.volume, .shuffled, .beside, .permuted])
      #expect(controls.allSatisfy { $0.model == "Rad" })
      // The made-up region fills so much of its image that it fits nowhere beside itself: told, and no case is lost to it.
      #expect(controls.map { $0.difference == nil } == [false, false, true, false])
      #expect(controls[1].lacking == 0 && controls[2].lacking == SmallStudy.subjects)
      #expect(controls[2].undefinedReason?.contains("no place") == true)
      #expect(controls[3].replicates == 40)
      #expect(
        report.warnings.contains { $0.code == "no_better_than_control" }
          == controls.contains { !$0.isBeaten })
      let page = try String(
        contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("shuffled voxels") && page.contains("AUC of the control"))
      // The cases are those of the study without controls, and so is the model.
      try #require(plain.status == 0, Comment(rawValue: plain.errors))
      let before = try StudyReport(
        json: Data(contentsOf: study.report("plain").appendingPathComponent("report.json")))
      #expect(before.controls == nil && before.cohort == report.cohort)
      #expect(before.models[0].features.map(\.coefficient) == report.models[0].features.map(\.coefficient))
      // What was extracted for controls serves again.
      let again = try await study.local(out: "again")
      #expect(again.output.contains("\"extracted\":0") || again.output.contains("\"extracted\": 0"))
      #expect(try study.reproducibleReport("again") == study.reproducibleReport())
    }
  }

  private func addControls(to study: SmallStudy) throws {
    let yaml = try String(contentsOf: study.file, encoding: .utf8)
      .replacing("replicates: 24, per_task: 2", with: "replicates: 40, per_task: 8")
    try Data((yaml + "\ncontrols: [volume, shuffled, beside, permuted]\n").utf8).write(to: study.file)
  }
}
