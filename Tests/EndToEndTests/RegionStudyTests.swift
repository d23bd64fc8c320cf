import Foundation
import Reporting
import Testing

/// A study of the drawn regions and of rings around them, side by side.
@Suite struct `A study of regions and rings` {
  @Test func `has a row a subject, with features of both`() async throws {
    try await SmallStudy.with { study in
      try addRings(to: study)
      let result = try await study.local()
      try #require(result.status == 0, Comment(rawValue: result.errors))
      let report = try StudyReport(
        json: Data(contentsOf: study.report().appendingPathComponent("report.json")))
      #expect(
        report.cohort.subjects == SmallStudy.subjects && report.cohort.images == 2 * SmallStudy.subjects)
      let names = report.models[0].features.map(\.name)
      #expect(
        !names.isEmpty
          && names.allSatisfy { $0.hasPrefix("drawn_original_") || $0.hasPrefix("rim_original_") })
      // 14 of shape, 18 of first order and 24 of texture, of each.
      #expect(report.featureSet.count == 2 * (14 + 18 + 24))
      #expect(report.warnings.allSatisfy { $0.code != "incomplete_subjects" })
      // New patients get the features of the rings, too.
      let model = study.folder.appendingPathComponent("rad.json").path
      let exported = try await Programs.run(
        "coordinator", ["export", "model", "1", "-o", model, "--data", study.data.path])
      try #require(exported.status == 0, Comment(rawValue: exported.errors))
      let predicted = try await Programs.run("coordinator", ["predict", model, study.manifest.path])
      try #require(predicted.status == 0, Comment(rawValue: predicted.errors))
      let expected = try String(
        contentsOf: study.report().appendingPathComponent("predictions.csv"), encoding: .utf8)
      #expect(Self.lastColumns(predicted.output) == Self.lastColumns(expected))
      // The same features serve again.
      let again = try await study.local(out: "again")
      #expect(again.output.contains("\"extracted\":0") || again.output.contains("\"extracted\": 0"))
      #expect(try study.reproducibleReport("again") == study.reproducibleReport())
    }
  }

  @Test func `computes a ring of a file on the command line as in a study`() async throws {
    try await SmallStudy.withFiles { study in
      let rows = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",")
      }
      let files = [2, 3].map { study.cohort.appendingPathComponent(String(rows[1][$0])).path }
      let options = ["extract"] + files + ["-f", "json"]
      let drawn = try await Programs.run("worker", options)
      let ring = try await Programs.run("worker", options + ["--ring", "0,3"])
      let far = try await Programs.run("worker", options + ["--ring", "0,0.001"])
      let none = try await Programs.run("worker", options + ["--ring", "5,0"])
      #expect([drawn.status, ring.status, far.status, none.status] == [0, 0, 65, 65])
      #expect(none.errors.contains("--ring must be two distances"))
      #expect(drawn.output != ring.output && far.errors.contains("ring-empty"))
    }
  }

  /// ID and probability of each row, whose fields need no quotes.
  private static func lastColumns(_ table: String) -> Set<String> {
    Set(
      table.split(whereSeparator: \.isNewline).dropFirst().map { line in
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        return "\(fields[0]) \(fields[fields.count - 1])"
      })
  }

  /// Every row once more, as a rim of three millimetres.
  private func addRings(to study: SmallStudy) throws {
    var lines = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map(
      String.init)
    let header = lines.removeFirst() + ",Region"
    let rows = lines.flatMap { [$0 + ",drawn", $0 + ",rim"] }
    try Data(([header] + rows).joined(separator: "\n").utf8).write(to: study.manifest)
    let yaml = try String(contentsOf: study.file, encoding: .utf8)
    try Data((yaml + "\nregion: {rim: {outer: 3}}\n").utf8).write(to: study.file)
  }
}
