import Foundation
import ImageFiles
import Reporting
import StudyPlan
import Testing
import Volumes

/// A study whose features are asked whether they are robust, through the programs.
@Suite struct `A study with perturbed regions` {
  @Test func `gives one report with one worker and two, and tells of a perturbation that failed`()
    async throws
  {
    try await SmallStudy.with { study in
      try addRobustness(to: study)
      try moveToEdge(in: study)
      let one = try await study.local(["-j", "1"], out: "one", data: "one-data")
      _ = try await study.local(["--stop"], out: "one", data: "one-data")
      try #require(one.status == 0, Comment(rawValue: one.errors))
      let two = try await study.local(["-j", "2"])
      try #require(two.status == 0, Comment(rawValue: two.errors))
      #expect(try study.reproducibleReport("one") == study.reproducibleReport())
      let report = try StudyReport(
        json: Data(contentsOf: study.report().appendingPathComponent("report.json")))
      let robustness = try #require(report.robustness)
      #expect(robustness.perturbations.count == 4)
      #expect(robustness.cases + robustness.leftOut == report.cohort.training)
      // A grid that is moved up loses the first slice: six regions lie there, of which some are in the training part. They have no
      // values of those perturbations, and the cases stay in the study.
      #expect((1...6).contains(robustness.leftOut) && report.exclusions.isEmpty)
      #expect(robustness.perturbations.map(\.missing) == [0, 0, robustness.leftOut, robustness.leftOut])
      #expect(report.warnings.contains { $0.code == "perturbation_missing" })
      #expect(robustness.features.count == report.featureSet.count)
      #expect(0 < robustness.below && robustness.below < robustness.features.count)
      // What a model has is robust, and its step says how many are.
      let robust = Set(robustness.features.filter(\.isRobust).map(\.name))
      #expect(report.models[0].features.allSatisfy { robust.contains($0.name) })
      let table = try String(
        contentsOf: study.report().appendingPathComponent("robustness.csv"), encoding: .utf8)
      #expect(table.split(separator: "\n").count == robustness.features.count + 1)
      let page = try String(
        contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("Robustness of the features") && page.contains("robustness.csv"))
      // Regions that were perturbed serve again.
      let again = try await study.local(out: "again")
      #expect(again.output.contains("\"extracted\":0") || again.output.contains("\"extracted\": 0"))
    }
  }

  @Test func `is refused at submission where there is nothing to perturb`() async throws {
    try await SmallStudy.withFiles { study in
      let yaml = """
        study: table
        features: features.csv
        robustness: true
        """
      try Data(yaml.utf8).write(to: study.file)
      let result = try await study.local()
      #expect(result.status != 0 && result.errors.contains("no images and regions to perturb"))
    }
  }

  private func addRobustness(to study: SmallStudy) throws {
    let yaml = try String(contentsOf: study.file, encoding: .utf8)
      .replacing("selection: [", with: "selection: [icc: {from: perturbations, minimum: 0.6}, ")
      .replacing("replicates: 24, per_task: 2", with: "replicates: 8, per_task: 4")
    try Data((yaml + "\nrobustness: {noise: 1, translation: [0, 0.75], volume: [-0.1], contour: 2}\n").utf8)
      .write(
        to: study.file)
  }

  /// Moves the masks of some cases to the first slice, so that a grid that is moved up loses it.
  private func moveToEdge(in study: SmallStudy) throws {
    let masks = study.cohort.appendingPathComponent("masks")
    let names = try FileManager.default.contentsOfDirectory(atPath: masks.path).sorted()
    for name in names.prefix(6) {
      let file = masks.appendingPathComponent(name)
      var labels = try readLabelMap(at: file)
      let slice = labels.geometry.size.x * labels.geometry.size.y
      let first = try #require(labels.labels.firstIndex { $0 != 0 })
      let shift = first / slice * slice
      labels.labels = Array(labels.labels.dropFirst(shift)) + [UInt32](repeating: 0, count: shift)
      try writeLabelMap(labels, to: file, packing: .stored)
    }
  }
}
