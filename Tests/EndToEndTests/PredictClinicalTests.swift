import Foundation
import Testing

/// A study of images with clinical columns in its manifest, a combined model and an external cohort.
private struct ClinicalImages {
  let study: SmallStudy
  var elsewhere: URL { study.cohort.appendingPathComponent("elsewhere") }

  private static let yaml = """
    study: clinical-images
    seed: 7
    manifest: cohort/manifest.csv
    external: {manifest: cohort/elsewhere/external.csv}
    extraction:
      featureClass: {shape: , firstorder: }
    clinical: {columns: {Age: number, Sex: [female, male]}}
    models:
      - {name: Clinical, sources: [clinical]}
      - {name: Rad, sources: [handcrafted], selection: [mann-whitney: {p: 0.5}, spearman: {threshold: 0.9}]}
      - {name: Combined, scores: {models: [Rad], folds: 3}, sources: [clinical]}
    bootstrap: {replicates: 0}
    """

  /// Ages and sexes of a fixed pattern, some of them missing.
  private static func clinical(_ subject: Int) -> [String] {
    [
      subject % 9 == 4 ? "" : "\(41 + subject * 37 % 29)",
      subject % 8 == 3 ? "NA" : subject * 5 % 7 < 3 ? "male" : "female",
    ]
  }

  /// The last ten subjects become a cohort of another site, in a folder of its own.
  func write() throws {
    let lines = try String(contentsOf: study.manifest, encoding: .utf8).split(whereSeparator: \.isNewline)
      .map(String.init)
    let header = lines[0] + ",Age,Sex"
    let rows = lines.dropFirst().enumerated().map { ([$1] + Self.clinical($0)).joined(separator: ",") }
    let apart = try rows.suffix(10).map { row in
      var fields = row.components(separatedBy: ",")
      fields[1] = "Elsewhere"
      for place in 2...3 {
        let moved = elsewhere.appendingPathComponent(fields[place])
        try FileManager.default.createDirectory(
          at: moved.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: study.cohort.appendingPathComponent(fields[place]), to: moved)
      }
      return fields.joined(separator: ",")
    }
    func write(_ rows: [String], to url: URL) throws {
      try (([header] + rows).joined(separator: "\n") + "\n").write(to: url, atomically: true, encoding: .utf8)
    }
    try write(rows.dropLast(10), to: study.manifest)
    try write(apart, to: elsewhere.appendingPathComponent("external.csv"))
    try Self.yaml.write(to: study.file, atomically: true, encoding: .utf8)
  }
}

private enum Table {
  /// Fields row by row; no field of these tables needs quotes.
  static func rows(_ text: String) -> [[String]] {
    text.split(whereSeparator: \.isNewline).map { $0.components(separatedBy: ",") }
  }

  static func text(_ rows: [[String]]) -> String {
    rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }
}

@Suite struct `coordinator predict of clinical and combined models` {
  @Test func `gives the bits of the study's own predictions, from images and from features`() async throws {
    try await SmallStudy.with { study in
      let images = ClinicalImages(study: study)
      try images.write()
      let run = try await study.local()
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let report = try String(
        contentsOf: study.report().appendingPathComponent("predictions.csv"), encoding: .utf8)
      // ID, Subject, Site, Split, Outcome, Model, Probability
      let predicted = Table.rows(report).dropFirst()
      let expected = Set(predicted.map { [$0[0], $0[5], $0[6]] })
      try #require(expected.count == 3 * SmallStudy.subjects)
      let external = Set(predicted.filter { $0[3] == "external" }.map { [$0[0], $0[5], $0[6]] })
      try #require(external.count == 30)

      let models = try await Self.export(study)
      let combined = try String(contentsOfFile: models[2], encoding: .utf8)
      #expect(combined.contains("\"name\" : \"Rad score\"") && combined.contains("\"female\""))
      let outside = images.elsewhere.appendingPathComponent("external.csv").path
      var found = try await Self.predict(models + [study.manifest.path, "-j", "2"])
      found.formUnion(try await Self.predict(models + [outside, "-j", "2"]))
      #expect(found == expected)
      #expect(try await Self.predict([models[2], outside]) == external.filter { $0[1] == "Combined" })

      let features = study.folder.appendingPathComponent("features.csv").path
      let exported = try await Programs.run(
        "coordinator", ["export", "features", "1", "-o", features, "--data", study.data.path])
      try #require(exported.status == 0, Comment(rawValue: exported.errors))
      // The clinical columns are in it. A score of somebody is put beside them: nobody looks at it.
      let table = Table.rows(try String(contentsOfFile: features, encoding: .utf8)).enumerated()
        .map { $1 + [$0 == 0 ? "Rad score" : "3"] }
      try Table.text(table).write(toFile: features, atomically: true, encoding: .utf8)
      #expect(try await Self.predict(models + ["--features", features]) == expected)
      try await Self.refusals(models, table, study)
    }
  }

  private static func export(_ study: SmallStudy) async throws -> [String] {
    var files: [String] = []
    for model in ["Clinical", "Rad", "Combined"] {
      let file = study.folder.appendingPathComponent("\(model).json").path
      let run = try await Programs.run(
        "coordinator", ["export", "model", "1", "--model", model, "-o", file, "--data", study.data.path])
      try #require(run.status == 0, Comment(rawValue: run.errors))
      files.append(file)
    }
    let pmml = try await Programs.run(
      "coordinator",
      ["export", "model", "1", "--model", "Combined", "--data", study.data.path]
        + ["-o", study.folder.appendingPathComponent("combined.pmml").path])
    #expect(pmml.status == 65 && pmml.errors.contains("scores"))
    return files
  }

  /// ID, model and probability as texts: equal texts are equal bits, because numbers are written in the fewest digits that read back.
  private static func predict(_ arguments: [String]) async throws -> Set<[String]> {
    let run = try await Programs.run("coordinator", ["predict"] + arguments)
    try #require(run.status == 0, Comment(rawValue: run.errors))
    return Set(Table.rows(run.output).dropFirst())
  }

  private static func refusals(_ models: [String], _ table: [[String]], _ study: SmallStudy) async throws {
    func refused(_ rows: [[String]]) async throws -> String {
      let file = study.folder.appendingPathComponent("refused.csv").path
      try Table.text(rows).write(toFile: file, atomically: true, encoding: .utf8)
      let run = try await Programs.run("coordinator", ["predict", models[2], "--features", file])
      #expect(run.status == 65 && run.output.isEmpty)
      return run.errors
    }
    let sex = try #require(table[0].firstIndex(of: "Sex"))
    var unknown = table
    unknown[1][sex] = "Male"
    let strange = try await refused(unknown)
    #expect(strange.contains("Sex") && strange.contains("'Male'") && strange.contains("female, male"))
    unknown = table
    unknown[0][sex] = "Gender"
    #expect(try await refused(unknown).contains("clinical column Sex"))
    // Only the columns beside the features: the score of the table is not taken for them.
    let few = [0, sex - 1, sex, table[0].count - 1]
    #expect(try await refused(table.map { row in few.map { row[$0] } }).contains("features"))

    let row = Table.rows(try String(contentsOf: study.manifest, encoding: .utf8))[1]
    let one = try await Programs.run(
      "coordinator",
      ["predict", models[2]] + row[2...3].map { study.cohort.appendingPathComponent($0).path })
    #expect(one.status == 65 && one.errors.contains("clinical columns Age, Sex"))
  }
}
