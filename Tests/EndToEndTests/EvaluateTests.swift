import Foundation
import Reporting
import Testing

@Suite struct `coordinator evaluate` {
  /// 40 cases of five sites; the model orders all but one pair of neighbours rightly.
  private static let table: String = {
    let rows = (0..<40).map { row in
      let outcome = row == 19 ? 1 : (row == 20 ? 0 : row / 20)
      return "P\(row),S\(row % 5),\(outcome),\((Double(row) + 0.5) / 40)"
    }
    return (["ID,Site,Outcome,Probability"] + rows).joined(separator: "\n") + "\n"
  }()

  private static func run(_ text: String, _ options: [String] = []) async throws -> (
    Programs.Result, Set<String>
  ) {
    try await withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("predictions.csv")
      try Data(text.utf8).write(to: file)
      let out = folder.appendingPathComponent("out")
      let outOption = options.contains("-o") ? ["-o", out.path] : []
      let result = try await Programs.run(
        "coordinator", ["evaluate", file.path] + options.filter { $0 != "-o" } + outOption)
      let names = outOption.isEmpty ? [] : try FileManager.default.contentsOfDirectory(atPath: out.path)
      return (result, Set(names))
    }
  }

  @Test func `prints measures for people`() async throws {
    let (result, _) = try await Self.run(Self.table)
    #expect(result.status == 0, Comment(rawValue: result.errors))
    // 399 of 400 pairs won; the cut-off of 0.5 calls one of each outcome wrongly.
    #expect(result.output.contains("Predictions, all cases: 40 cases, 20 with the outcome, cut-off 0.500"))
    #expect(result.output.contains("0.998") && result.output.contains("DeLong"))
    #expect(result.output.contains("Sensitivity                           0.950 (0.764–0.991)       Wilson"))
  }

  @Test func `prints the report as JSON and writes its files`() async throws {
    let (result, names) = try await Self.run(Self.table, ["--json", "-o"])
    try #require(result.status == 0, Comment(rawValue: result.errors))
    let report = try StudyReport(json: Data(result.output.utf8))
    #expect(report.models[0].metrics.first?.estimate == 399.0 / 400)
    #expect(report.models[0].metrics.first?.name == .auc && report.cohort.perSite.count == 5)
    #expect(
      names.isSuperset(of: [
        "report.json", "index.html", "metrics.csv", "predictions.csv", "roc.svg", "calibration.pdf",
        "decision.png", "precision-recall.svg", "scores.svg",
      ]))
  }

  @Test(arguments: [
    ("Outcome,Probability\n1,1.5\n0,0.5\n", "not between 0 and 1"),
    ("Outcome,Probability\n1,0.7\n1,0.5\n", "outcome 1"),
    ("Outcome\n1\n", "no column Probability"),
    ("Outcome,Probability\n1,nan\n0,0.5\n", "finite"),
    ("", "empty"),
  ])
  func `ends with exit code 65 where the table is wrong`(text: String, message: String) async throws {
    let (result, _) = try await Self.run(text)
    #expect(result.status == 65 && result.errors.contains(message), Comment(rawValue: result.errors))
    #expect(result.output.isEmpty)
  }

  @Test func `ends with exit code 65 without a file, and 64 for an impossible cut-off`() async throws {
    let missing = try await Programs.run("coordinator", ["evaluate", "/nonexistent/p.csv"])
    #expect(missing.status == 65 && missing.errors.contains("/nonexistent/p.csv"))
    let (result, _) = try await Self.run(Self.table, ["--cutoff", "1.5"])
    #expect(result.status == 64)
  }
}
