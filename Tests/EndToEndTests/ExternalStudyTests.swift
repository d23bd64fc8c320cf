import Foundation
import Testing

@Suite struct `A study with an external cohort` {
  /// The last ten subjects become a cohort of another site, in a folder of its own.
  private static func divide(_ study: SmallStudy) throws {
    let lines = try String(contentsOf: study.manifest, encoding: .utf8).split(whereSeparator: \.isNewline)
      .map(String.init)
    let (header, rows) = (lines[0], Array(lines.dropFirst()))
    let folder = study.cohort.appendingPathComponent("elsewhere")
    let apart = try rows.suffix(10).map { row in
      var fields = row.components(separatedBy: ",")
      fields[1] = "Elsewhere"
      for place in 2...3 {
        let moved = folder.appendingPathComponent(fields[place])
        try FileManager.default.createDirectory(
          at: moved.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: study.cohort.appendingPathComponent(fields[place]), to: moved)
      }
      return fields.joined(separator: ",")
    }
    try (([header] + rows.dropLast(10)).joined(separator: "\n") + "\n").write(
      to: study.manifest, atomically: true, encoding: .utf8)
    try (([header] + apart).joined(separator: "\n") + "\n").write(
      to: folder.appendingPathComponent("external.csv"), atomically: true, encoding: .utf8)
    let yaml = try String(contentsOf: study.file, encoding: .utf8)
    try (yaml + "\nexternal: {manifest: cohort/elsewhere/external.csv}\n").write(
      to: study.file, atomically: true, encoding: .utf8)
  }

  @Test func `reports it as its primary result, and predicts it as predict does`() async throws {
    try await SmallStudy.with { study in
      try Self.divide(study)
      let run = try await study.local()
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let report = try #require(
        try JSONSerialization.jsonObject(
          with: Data(contentsOf: study.report().appendingPathComponent("report.json"))) as? [String: Any])
      let primary = try #require(report["primary"] as? [String: Any])
      #expect(primary["cohort"] as? String == "external" && primary["n"] as? Int == 10)
      let audit = try #require(report["audit"] as? [[String: Any]])
      let line = try #require(audit.first { $0["code"] as? String == "external_never_seen" })
      #expect(line["status"] as? String == "pass")
      let page = try String(contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("Primary result:") && page.contains("External cohort"))
      let predictions = try String(
        contentsOf: study.report().appendingPathComponent("predictions.csv"), encoding: .utf8
      ).split(whereSeparator: \.isNewline).map { $0.components(separatedBy: ",") }
      let external = predictions.filter { $0[3] == "external" }
      #expect(external.count == 10)

      let model = study.folder.appendingPathComponent("rad.json").path
      let exported = try await Programs.run(
        "coordinator", ["export", "model", "1", "-o", model, "--data", study.data.path])
      try #require(exported.status == 0, Comment(rawValue: exported.errors))
      let manifest = study.cohort.appendingPathComponent("elsewhere/external.csv").path
      let found = try await Programs.run("coordinator", ["predict", model, manifest, "-j", "2"])
      try #require(found.status == 0, Comment(rawValue: found.errors))
      let fromImages = found.output.split(whereSeparator: \.isNewline).dropFirst().map {
        $0.components(separatedBy: ",")
      }
      #expect(Set(fromImages.map { [$0[0], $0[2]] }) == Set(external.map { [$0[0], $0[6]] }))
      let updated = study.folder.appendingPathComponent("updated.json").path
      let features = study.folder.appendingPathComponent("features.csv").path
      let table = try await Programs.run(
        "coordinator", ["export", "features", "1", "-o", features, "--data", study.data.path])
      try #require(table.status == 0, Comment(rawValue: table.errors))
      let update = try await Programs.run(
        "coordinator",
        ["update", model, "--features", features, "--method", "slope", "-o", updated, "--json"])
      try #require(update.status == 0, Comment(rawValue: update.errors))
      #expect(update.output.contains("\"folds\":10") && update.output.contains("\"model\":\"Rad-slope\""))
      let inWords = try await updateInWords(model, features: URL(fileURLWithPath: features))
      #expect(inWords == (try Data(contentsOf: URL(fileURLWithPath: updated))))
      let both = try await Programs.run("coordinator", ["predict", model, updated, "--features", features])
      try #require(both.status == 0, Comment(rawValue: both.errors))
      let rows = both.output.split(whereSeparator: \.isNewline).dropFirst().map {
        $0.components(separatedBy: ",")
      }
      #expect(rows.count == 2 * SmallStudy.subjects)
      let own = Dictionary(uniqueKeysWithValues: rows.filter { $0[1] == "Rad" }.map { ($0[0], $0[2]) })
      for row in external { #expect(own[row[0]] == row[6]) }
    }
  }

  /// The model updated on the same patients, whose outcomes stand as words in a column of another name.
  private func updateInWords(_ model: String, features: URL) async throws -> Data {
    let table = try String(contentsOf: features, encoding: .utf8).split(whereSeparator: \.isNewline)
      .map { $0.components(separatedBy: ",") }
    let place = try #require(table[0].firstIndex(of: "Outcome"))
    let words = table.enumerated().map { line, fields in
      var fields = fields
      fields[place] = line == 0 ? "Necrosis" : ["1": "Yes", "0": "no"][fields[place]] ?? fields[place]
      return fields.joined(separator: ",")
    }
    let folder = features.deletingLastPathComponent()
    let other = folder.appendingPathComponent("words.csv")
    let updated = folder.appendingPathComponent("words.json")
    try Data(words.joined(separator: "\n").utf8).write(to: other)
    func update(_ options: String...) async throws -> (status: Int32, errors: String) {
      let found = try await Programs.run(
        "coordinator",
        ["update", model, "--features", other.path, "--method", "slope", "-o", updated.path] + options)
      return (found.status, found.errors)
    }
    let unnamed = try await update()
    #expect(
      unnamed.status == 65 && unnamed.errors.contains("no column Outcome"), Comment(rawValue: unnamed.errors))
    let uncoded = try await update("--outcome", "necrosis")
    #expect(uncoded.status == 65 && uncoded.errors.contains("--positive"), Comment(rawValue: uncoded.errors))
    let named = try await update("--outcome", "Necrosis", "--positive", "yes")
    try #require(named.status == 0, Comment(rawValue: named.errors))
    return try Data(contentsOf: updated)
  }
}
