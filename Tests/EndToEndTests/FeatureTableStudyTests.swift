import CohortSynthesis
import DelimitedText
import Foundation
import Reporting
import Testing

/// A study over a table of features that are made up.
private struct TableStudy {
  let folder: URL

  static func with<Value>(
    table: String = TableStudy.table(), yaml: String = TableStudy.yaml,
    _ body: (TableStudy) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryFolder { folder in
      let study = TableStudy(folder: folder)
      try Data(table.utf8).write(to: folder.appendingPathComponent("table.csv"))
      try Data(yaml.utf8).write(to: folder.appendingPathComponent("study.yaml"))
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(study)) } catch { outcome = .failure(error) }
      for name in ["data", "one"] { _ = try await study.local(["--stop"], data: name) }
      return try outcome.get()
    }
  }

  func local(_ options: [String] = [], out: String = "out", data: String = "data") async throws
    -> Programs.Result
  {
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    return try await Programs.run(
      "coordinator",
      ["local", path("study.yaml"), "--data", path(data), "--out", path(out), "--json"] + options)
  }

  func report(_ name: String = "out") -> URL { folder.appendingPathComponent("\(name)/report.json") }

  /// Sixty subjects of three sites; `f0` and `f1` carry the outcome, and `Age` shifts all features. At a site that
  /// forges, `f7` is the outcome.
  static func table(
    outcome: (Int) -> String = { $0 % 2 == 0 ? "benign" : "malignant" }, forgedAt forger: String? = nil,
    name: (Int) -> String = { "P\($0)" },
    noise: (Int, Int) -> Double = { Double(($0 + 1) * ($1 + 3) * 7919 % 1009) / 1009 }, more: [String] = []
  ) -> String {
    let header =
      "ID,Site,Dignity,Age,diagnostics_Versions," + (0..<12).map { "f\($0)" }.joined(separator: ",")
    let rows = (0..<60).map { subject in
      let (age, site) = (40 + subject * 7 % 31, "S\(subject / 2 % 3)")
      let values = (0..<12).map { feature in
        if feature == 7 && site == forger { return Double(subject % 2) }
        return noise(subject, feature) + 0.01 * Double(age)
          + (feature < 2 ? 0.4 * Double(subject % 2) : 0)
      }
      return "\(name(subject)),\(site),\(outcome(subject)),\(age),v1,"
        + values.map { "\($0)" }.joined(separator: ",")
    }
    return ([header] + rows + more).joined(separator: "\n") + "\n"
  }

  /// Without the pattern of `table`, in which `f8` is the outcome of every site but one: bits that are mixed well.
  static func mixed(_ subject: Int, _ feature: Int) -> Double {
    var bits = UInt64(subject * 12 + feature + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53
  }

  static let yaml = """
    study: table
    seed: 11
    outcome: {positive: malignant, negative: benign}
    features: {table: table.csv, outcome: Dignity}
    split: leave-one-site-out
    harmonisation: {covariates: [Age]}
    cutoff: {sensitivity: 0.9}
    models:
      - name: Rad
        selection: [near-zero-variance, mann-whitney: {p: 0.2}, spearman: {threshold: 0.9}, lasso: {folds: 4}]
    bootstrap: {replicates: 12, per_task: 3, two_stage: {outer: 4, inner: 3, per_task: 1}}
    """
}

@Suite struct `A study from a table of features` {
  @Test func `runs from selection on through the queue, with the same bytes for one worker and two`()
    async throws
  {
    try await TableStudy.with { study in
      let two = try await study.local(["-j", "2"])
      try #require(two.status == 0, Comment(rawValue: two.errors))
      #expect(
        two.errors.contains("table.csv: 12 features; columns that are no features: Age, diagnostics_Versions")
      )
      let outcome = try two.json(as: LocalOutcome.self)
      #expect(outcome.extracted == 0 && outcome.cases == 60)
      let report = try StudyReportFile.read(study.report())
      #expect(report.cohort.images == 60 && report.featureSet.count == 12)
      #expect(report.featureSet.parameters.contains { $0.name == "table" && $0.value == "table.csv" })
      let model = report.models[0]
      #expect(model.sources == ["feature table"])
      #expect(model.features.map(\.name).contains("f0"))
      #expect(
        model.bootstrap?.replicates == 12
          && model.bootstrap?.auc632Plus.method == "two-stage percentile, recentred")
      #expect(model.pipeline?.harmonisation?.covariates == ["Age"])
      #expect(model.pipeline?.leaveOneSiteOut?.sites.map(\.site) == ["S0", "S1", "S2"])
      #expect(report.siteCheck?.sites.count == 3)
      let one = try await study.local(["-j", "1"], out: "single", data: "one")
      #expect(one.status == 0)
      #expect(
        try StudyReportFile.withoutTimes(study.report("single"))
          == StudyReportFile.withoutTimes(study.report()))
    }
  }

  /// What an honest cohort and one with a forger lead to: the deed is a site's, done in its own table.
  @Test
  func `in which one site's column is its outcome is warned of by site and feature, an honest one is not`()
    async throws
  {
    let yaml = TableStudy.yaml.replacing("split: leave-one-site-out", with: "split: {training: 0.7}")
    for forger in [nil, "S1"] as [String?] {
      try await TableStudy.with(
        table: TableStudy.table(forgedAt: forger, noise: TableStudy.mixed), yaml: yaml
      ) { study in
        let run = try await study.local(["-j", "2"])
        try #require(run.status == 0, Comment(rawValue: run.errors))
        let report = try StudyReportFile.read(study.report())
        let influence = try #require(report.siteInfluence)
        #expect(influence.testedSites == ["S0", "S1", "S2"] && influence.models[0].sites.count == 3)
        let warnings = report.warnings.filter { $0.code == "feature_differs_at_site" }
        guard forger != nil else {
          #expect(warnings.isEmpty)
          return
        }
        let page = try String(
          contentsOf: study.folder.appendingPathComponent("out/index.html"), encoding: .utf8)
        let head = try #require(page.range(of: "Read before use"))
        let first = try #require(page.range(of: "<li>", range: head.upperBound..<page.endIndex))
        #expect(page[first.upperBound...].hasPrefix("<strong>Study:</strong> S1: "))
        #expect(warnings.count == 1 && report.warnings.first == warnings.first)
        #expect(warnings.first?.message.contains("f7 (AUC 1.000 here") == true)
        #expect(warnings.first?.message.contains("Without S1 the AUC of Rad is ") == true)
      }
    }
  }

  /// A subject's code is a site's to choose, and a spreadsheet would run this one.
  @Test
  func `whose subject is called like a formula gives tables that no spreadsheet runs, and reads them again`()
    async throws
  {
    let code = "=HYPERLINK(\"http://x\")"
    let cell = "\"\(code.replacing("\"", with: "\"\""))\""
    try await TableStudy.with(table: TableStudy.table(name: { $0 == 3 ? cell : "P\($0)" })) { study in
      let run = try await study.local(["-j", "2"])
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let predictions = study.folder.appendingPathComponent("out/predictions.csv")
      let text = try String(contentsOf: predictions, encoding: .utf8)
      #expect(text.contains("\"'=HYPERLINK(") && !text.contains("\"=") && !text.contains(",="))
      let table = try DelimitedTable(parsing: text, label: "predictions.csv")
      #expect(table.rows.contains { $0.fields[0] == code })
      let again = try await Programs.run("coordinator", ["evaluate", predictions.path])
      #expect(again.status == 0, Comment(rawValue: again.errors))
      for name in try FileManager.default.contentsOfDirectory(
        atPath: study.folder.appendingPathComponent("out").path)
      {
        let file = study.folder.appendingPathComponent("out/\(name)")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect((mode ?? 0o777) & 0o027 == 0, "\(name)")
      }
    }
  }

  @Test(arguments: [
    (TableStudy.table(more: ["P7,S0,benign,50,v1" + String(repeating: ",1", count: 12)]), "another Dignity"),
    (
      TableStudy.table(more: ["P8,S1,benign,50,v1" + String(repeating: ",1", count: 12)]),
      "the same ID as line 10"
    ),
    (TableStudy.table { _ in "malignant" }, "only 1"),
    (
      TableStudy.table { $0 == 3 ? "unsure" : $0 % 2 == 0 ? "benign" : "malignant" },
      "line 5: Dignity is 'unsure'"
    ),
  ]) func `of bad data ends with exit code 65, the place and the reason`(table: String, part: String)
    async throws
  {
    try await withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("study.yaml")
      try Data(table.utf8).write(to: folder.appendingPathComponent("table.csv"))
      try Data(TableStudy.yaml.utf8).write(to: file)
      let result = try await Programs.run(
        "coordinator", ["local", file.path, "--data", folder.appendingPathComponent("data").path])
      #expect(result.status == 65 && result.errors.contains(part), Comment(rawValue: result.errors))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("data").path))
    }
  }

  @Test func `that cannot be fitted ends with exit code 65 and says what to do`() async throws {
    let yaml = TableStudy.yaml.replacing(
      "{covariates: [Age]}", with: "{covariates: [Age], minimum_subjects: 30}")
    try await TableStudy.with(yaml: yaml) { study in
      let result = try await study.local(["-j", "1"])
      #expect(result.status == 65, Comment(rawValue: result.errors))
      #expect(
        result.errors.contains("site S0 has 20 training subjects; 30 are needed"),
        Comment(rawValue: result.errors))
    }
  }
}
