import Foundation
import Reporting
import Testing

@Suite struct `coordinator export` {
  /// The exported model scores the exported features; the exported predictions must come out.
  @Test func `of a model scores the study's features as the study did`() async throws {
    try await SmallStudy.with { study in
      let database = Mailbox()
      let run = try await study.local { line in
        if line.hasPrefix("database psql ") { await database.put(line.split(separator: "\"")[1].description) }
      }
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let url = try #require(await database.content)
      func export(_ arguments: [String]) async throws -> Programs.Result {
        try await Programs.run("coordinator", ["export"] + arguments + ["--database", url])
      }
      let model = try JSONDecoder().decode(
        Model.self, from: Data(try await export(["model", "1", "--model", "Rad"]).output.utf8))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(
        model.featureSet == report.featureSet.digest
          && model.features.count == report.models[0].features.count)
      let features = try await Self.table(export(["features", "1"]))
      let predictions = try await Self.table(export(["predictions", "1"]))
      try #require(predictions.count == SmallStudy.subjects)
      for row in predictions {
        let values = try #require(features.first { $0["ID"] == row["ID"] })
        let score = model.features.reduce(model.intercept) { sum, feature in
          sum + feature.coefficient * ((Double(values[feature.name] ?? "") ?? .nan) - feature.mean)
            / feature.sd
        }
        #expect(abs(1 / (1 + exp(-score)) - (Double(row["Probability"] ?? "") ?? .nan)) < 1e-12)
      }
      // The part that was drawn stands in the table of features.
      let parts = Dictionary(uniqueKeysWithValues: predictions.map { ($0["ID"], $0["Split"]) })
      #expect(features.allSatisfy { $0["Split"] == parts[$0["ID"]] })
      #expect(Set(features.map { $0["Split"] }) == ["training", "test"])
      let pmml = study.folder.appendingPathComponent("rad.pmml")
      let written = try await export(["model", "1", "-o", pmml.path, "--json"])
      #expect(written.status == 0 && written.output.contains("rad.pmml"))
      #expect(
        try String(contentsOf: pmml, encoding: .utf8).contains("<PMML xmlns=\"http://www.dmg.org/PMML-4_4\""))
      let unknown = try await export(["model", "1", "--model", "None"])
      #expect(unknown.status == 64 && unknown.errors.contains("Rad"))
      #expect(try await export(["model", "99"]).status == 64)
      #expect(try await export(["metrics", "1", "--model", "Rad"]).status == 64)
      let metrics = try await Self.table(export(["metrics", "1"]))
      #expect(
        Set(metrics.map { $0["Metric"] ?? "" }).isSuperset(of: ["auc", "calibration_slope", "auc_632_plus"]))
      #expect(try await Self.table(export(["failures", "1"])).isEmpty)
    }
  }

  private struct Model: Decodable {
    struct Feature: Decodable {
      var name: String
      var mean: Double
      var sd: Double
      var coefficient: Double
    }

    var featureSet: String
    var intercept: Double
    var features: [Feature]

    private enum CodingKeys: String, CodingKey {
      case featureSet = "feature_set_sha256"
      case intercept, features
    }
  }

  /// Rows by column name; no field of these tables needs quotes.
  private static func table(_ result: Programs.Result) throws -> [[String: String]] {
    try #require(result.status == 0, Comment(rawValue: result.errors))
    let lines = result.output.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let names = try #require(lines.first)
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
  }
}

/// Holds what a callback found.
private actor Mailbox {
  private(set) var content: String?

  func put(_ text: String) { content = text }
}
