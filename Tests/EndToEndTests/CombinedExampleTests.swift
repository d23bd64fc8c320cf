import CohortSynthesis
import Foundation
import TestSupport
import Testing

/// `Examples/combined.yaml` on a cohort of `coordinator synthesize`, with fewer replicates.
@Suite struct `The example of clinical and combined models` {
  private static func rows(_ text: String, _ separator: String = ",") -> [[String]] {
    text.split(whereSeparator: \.isNewline).map { $0.components(separatedBy: separator) }
  }

  private static func read(_ file: URL) throws -> [[String]] {
    rows(try String(contentsOf: file, encoding: .utf8))
  }

  private static func write(_ rows: [[String]], to file: URL, separator: String = ",") throws {
    let text = rows.map { $0.joined(separator: separator) }.joined(separator: "\n") + "\n"
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  /// With semicolons between fields, and commas in numbers.
  private static func writeWithCommas(_ rows: [[String]], to file: URL) throws {
    try write(
      rows.enumerated().map { line, row in
        row.map { line > 0 && Double($0) != nil ? $0.replacing(".", with: ",") : $0 }
      }, to: file, separator: ";")
  }

  /// ID, model and probability as texts: equal texts are equal bits.
  private static func predict(_ arguments: [String]) async throws -> Set<[String]> {
    let run = try await Programs.run("coordinator", ["predict"] + arguments)
    try #require(run.status == 0, Comment(rawValue: run.errors))
    return Set(rows(run.output).dropFirst())
  }

  @Test func `runs as its file stands, and its models predict from a clinical table beside the images`()
    async throws
  {
    try await SmallStudy.withFiles { study in
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await Self.check(study)) } catch { outcome = .failure(error) }
      _ = try await study.local(["--stop"])
      try outcome.get()
    }
  }

  private static func check(_ study: SmallStudy) async throws {
    let example = ReferenceData.repository.appendingPathComponent("Examples/combined.yaml")
    let yaml = try String(contentsOf: example, encoding: .utf8).replacing(
      "replicates: 200", with: "replicates: 4")
    try yaml.write(to: study.file, atomically: true, encoding: .utf8)
    let clinic = study.cohort.appendingPathComponent("clinic.csv")
    let made = try await Programs.run(
      "coordinator", ["synthesize", study.cohort.path, "--subjects", "60", "--sites", "2"])
    try #require(made.status == 0, Comment(rawValue: made.errors))
    let table = try read(clinic)
    #expect(table[0] == ["ID", "Site", "Age", "Sex", "Pain"] && table.count == 61)
    #expect(table.contains { $0.contains("") })

    let run = try await study.local(["--manifest", study.manifest.path, "--clinical", clinic.path])
    try #require(run.status == 0, Comment(rawValue: run.errors))
    let expected = Set(
      try read(study.report().appendingPathComponent("predictions.csv")).dropFirst().map {
        [$0[0], $0[5], $0[6]]
      })
    try #require(expected.count == 180)
    var models: [String] = []
    for model in ["Clinical", "Rad", "Combined"] {
      let file = study.folder.appendingPathComponent("\(model).json").path
      let exported = try await Programs.run(
        "coordinator", ["export", "model", "1", "--model", model, "-o", file, "--data", study.data.path])
      try #require(exported.status == 0, Comment(rawValue: exported.errors))
      models.append(file)
    }
    let images = models + [study.manifest.path, "-j", "2"]
    #expect(try await predict(images + ["--clinical", clinic.path]) == expected)
    try await checkForms(of: table, models, expected, study)
    try await checkRefusals(of: table, models, study)
  }

  /// The clinical table with commas in numbers and other headers; the features with commas, clinical columns among them.
  private static func checkForms(
    of table: [[String]], _ models: [String], _ expected: Set<[String]>, _ study: SmallStudy
  ) async throws {
    func file(_ name: String) -> URL { study.folder.appendingPathComponent(name) }
    var other = table
    other[0][0] = "Code"
    for line in other.indices.dropFirst() where !other[line][2].isEmpty { other[line][2] += ".0" }
    try writeWithCommas(other, to: file("commas.csv"))
    let clinical = models[0]
    let found = try await predict(
      [clinical, study.manifest.path, "--clinical", file("commas.csv").path, "--clinical-id", "Code"]
        + ["--clinical-site", "Site"])
    #expect(found == expected.filter { $0[1] == "Clinical" })

    let exported = try await Programs.run(
      "coordinator", ["export", "features", "1", "-o", file("features.csv").path, "--data", study.data.path])
    try #require(exported.status == 0, Comment(rawValue: exported.errors))
    try writeWithCommas(try read(file("features.csv")), to: file("features-commas.csv"))
    #expect(try await predict(models + ["--features", file("features-commas.csv").path]) == expected)
    let both = try await Programs.run(
      "coordinator",
      ["predict", clinical, "--features", file("features.csv").path, "--clinical", file("commas.csv").path]
        + ["--clinical-id", "Code"])
    #expect(
      both.status == 65 && both.errors.contains("both commas.csv and the other table have a column 'Age'"))

    // One patient, whose code the command line tells.
    let row = try read(study.manifest)[1]
    let one = try await predict(
      [models[2]] + row[2...3].map { study.cohort.appendingPathComponent($0).path }
        + [
          "--patient", row[0], "--site", row[1], "--clinical",
          study.cohort.appendingPathComponent("clinic.csv").path,
        ])
    #expect(one == expected.filter { $0[0] == row[0] && $0[1] == "Combined" })
  }

  private static func checkRefusals(of table: [[String]], _ models: [String], _ study: SmallStudy)
    async throws
  {
    let file = study.folder.appendingPathComponent("clinic.csv")
    func run(_ rows: [[String]], _ model: String, _ more: [String] = []) async throws -> Programs.Result {
      try write(rows, to: file)
      return try await Programs.run(
        "coordinator", ["predict", model, study.manifest.path, "--clinical", file.path] + more)
    }
    // Before an image is measured: the images need not be there.
    let none = try await run([table[0]] + table.dropFirst().map { ["X" + $0[0]] + $0.dropFirst() }, models[2])
    #expect(
      none.status == 65 && none.errors.contains("lists none of the 60 cases")
        && none.errors.contains("--clinical-id"))
    let twice = try await run(table + [table[1]], models[0])
    #expect(
      twice.status == 65 && twice.errors.contains("listed twice") && twice.errors.contains("--clinical-site"))
    let absent = try await run(
      Array(table.dropLast(2)), models[0],
      ["-o", study.folder.appendingPathComponent("p.csv").path, "--json"])
    #expect(
      absent.status == 0 && absent.output.contains("\"not_in_clinical_table\""),
      Comment(rawValue: absent.errors))
    let useless = try await run(table, models[1])
    #expect(
      useless.status == 65 && useless.errors.contains("no model that is named here has clinical columns"))
    let without = try await Programs.run("coordinator", ["predict", models[0], study.manifest.path])
    #expect(without.status == 65 && without.errors.contains("--clinical TABLE"))
  }
}
