import Foundation
import Reporting
import Testing

/// A survival study with clinical columns, a clinical, a radiomic and a combined Cox model, through the programs, over the tables that
/// `coordinator synthesize --survival` writes.
private struct ClinicalSurvivalStudy {
  let folder: URL

  static let yaml = """
    study: survival-clinical
    outcome: {event: DEAD, time: MONTHS, horizons: [12, 24, 36], unit: months}
    seed: 20240607
    features: cohort/survival.csv
    clinical:
      table: cohort/clinic.csv
      site: Site
      columns: {Age: number, Sex: [female, male], Stage: {ordered: [I, II, III]}}
    split: {training: 0.7}
    models:
      - name: Clinical
        clinical: [Age, Sex, Stage]
      - name: Rad
        selection: [cox-score: {p: 0.05, adjust: bh}, spearman: {threshold: 0.9}]
        refit: none
      - name: Both
        sources: [handcrafted, clinical]
        clinical: {columns: [Age, Stage], use: forced}
        selection: [cox-score: {p: 0.05, adjust: bh}, spearman: {threshold: 0.9}]
        refit: none
      - name: Combined
        clinical: [Stage]
        scores: [Rad]
    bootstrap: {replicates: 8, per_task: 2}
    """

  static func with<Value>(_ body: (ClinicalSurvivalStudy) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { folder in
      let study = ClinicalSurvivalStudy(folder: folder)
      let made = try await Programs.run(
        "coordinator",
        [
          "synthesize", study.path("cohort"), "--survival", "--subjects", "240", "--sites", "3", "--seed",
          "20240607",
        ])
      #expect(made.status == 0, "\(made.errors)")
      try Data(yaml.utf8).write(to: folder.appendingPathComponent("study.yaml"))
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(study)) } catch { outcome = .failure(error) }
      for name in ["data", "one"] { _ = try await study.local(["--stop"], data: name) }
      return try outcome.get()
    }
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func local(_ options: [String] = [], out: String = "out", data: String = "data") async throws
    -> Programs.Result
  {
    try await Programs.run(
      "coordinator",
      ["local", path("study.yaml"), "--data", path(data), "--out", path(out), "--json"] + options)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
  }

  func rows(_ name: String) throws -> [[String]] {
    try text(name).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

/// `Benchmarks/reference/survival_clinical.json`, which `survival_clinical.R` writes.
private struct Reference: Decodable {
  struct Ratio: Decodable {
    var variable: String
    var level: String
    var coefficient: Double
    var error: Double
    var p: Double
    var likelihoodRatioP: Double
    var count: Int
    var events: Int
  }

  struct Model: Decodable {
    var name: String
    var coefficients: [Double]
    var errors: [Double]
    var harrellTest: Double
  }

  var univariable: [Ratio]
  var multivariable: [Ratio]
  var models: [Model]
  var ageP: Double
  var sexP: Double
  var stageP: Double

  static func stored() throws -> Reference {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try JSONDecoder().decode(
      Reference.self,
      from: Data(contentsOf: root.appendingPathComponent("Benchmarks/reference/survival_clinical.json")))
  }
}

private func isNear(_ value: Double?, _ other: Double, within tolerance: Double = 1e-7) -> Bool {
  value.map { abs($0 - other) <= tolerance * max(1, abs(other)) } ?? false
}

@Suite struct `Survival studies with clinical columns` {
  @Test func `tell the hazard ratios and models of R, predict their own cases, and write a paper's text`()
    async throws
  {
    try await ClinicalSurvivalStudy.with { study in
      let run = try await study.local(["-j", "2"])
      try #require(run.status == 0, "\(run.errors)")
      let report = try StudyReport(
        json: Data(contentsOf: study.folder.appendingPathComponent("out/report.json")))
      let reference = try Reference.stored()
      try hasHazards(report, of: reference)
      try hasModels(report, of: reference)
      try await predictsItself(study, report)
      try writesPaper(study, report)
      let one = try await study.local(["-j", "1"], out: "single", data: "one")
      #expect(one.status == 0)
      var (first, second) = (
        report,
        try StudyReport(json: Data(contentsOf: study.folder.appendingPathComponent("single/report.json")))
      )
      (first.times, second.times) = (nil, nil)
      #expect(try first.reproducibleJSON() == second.reproducibleJSON())
    }
  }

  private func hasHazards(_ report: StudyReport, of reference: Reference) throws {
    let clinical = try #require(report.clinical)
    #expect(clinical.logistic == nil && clinical.equations.isEmpty)
    let hazards = try #require(clinical.hazards)
    for (rows, others) in [
      (hazards.univariable, reference.univariable), (hazards.multivariable, reference.multivariable),
    ] {
      #expect(rows.map(\.variable) == others.map(\.variable))
      #expect(rows.map { $0.level ?? "" } == others.map(\.level))
      for (row, other) in zip(rows, others) {
        #expect(isNear(row.coefficient, other.coefficient), "\(other.variable) \(other.level)")
        #expect(isNear(row.standardError, other.error), "\(other.variable) \(other.level)")
        #expect(isNear(row.hazardRatio, exp(other.coefficient)))
        #expect(isNear(row.wald?.upper, exp(other.coefficient + 1.959963984540054 * other.error)))
        #expect(isNear(row.waldP, other.p) && isNear(row.likelihoodRatioP, other.likelihoodRatioP))
        #expect((row.count, row.events) == (other.count, other.events))
      }
    }
    let table = try #require(clinical.characteristics.first { $0.by == "event" && $0.part == "all" }).table
    #expect(table.groups == ["no event", "event"])
    for (row, p) in zip(table.rows, [reference.ageP, reference.sexP, reference.stageP]) {
      #expect(isNear(row.test?.p, p), "\(row.variable.name)")
    }
  }

  private func hasModels(_ report: StudyReport, of reference: Reference) throws {
    #expect(report.models.map(\.name) == ["Clinical", "Rad", "Both", "Combined"])
    #expect(
      report.models.map(\.sources) == [
        ["clinical"], ["feature table"], ["feature table", "clinical"], ["clinical", "Rad score"],
      ])
    for other in reference.models {
      let model = try #require(report.models.first { $0.name == other.name })
      #expect(model.features.count == other.coefficients.count)
      for (feature, coefficient) in zip(model.features, other.coefficients) {
        #expect(isNear(feature.coefficient, coefficient), "\(model.name): \(feature.name)")
      }
      let test = model.metrics.first { $0.name.key == "harrell_c" && $0.cohort.rawValue == "test" }
      #expect(isNear(test?.estimate, other.harrellTest), "\(model.name)")
      guard
        let equation = report.clinical?.hazardEquations?.first(where: { $0.model == model.name })
      else { continue }
      for (term, (feature, error)) in zip(equation.terms, zip(model.features, other.errors)) {
        #expect(isNear(term.coefficient, feature.coefficient / feature.standardDeviation))
        let reach = 1.959963984540054 * error / feature.standardDeviation
        #expect(isNear(term.upper, exp(term.coefficient + reach)), "\(model.name): \(feature.name)")
      }
    }
    #expect(report.clinical?.hazardEquations?.map(\.model) == ["Clinical", "Both", "Combined"])
    #expect(report.models[2].selection.last?.step == "forced in")
  }

  /// From its file and the tables, each model says of the study's cases what the study said.
  private func predictsItself(_ study: ClinicalSurvivalStudy, _ report: StudyReport) async throws {
    let predictions = try study.rows("out/predictions.csv")
    for model in ["Both", "Combined"] {
      let export = try await Programs.run(
        "coordinator",
        [
          "export", "model", "1", "--model", model, "--data", study.path("data"), "-o",
          study.path("\(model).json"),
        ])
      #expect(export.status == 0, "\(export.errors)")
      let predict = try await Programs.run(
        "coordinator",
        [
          "predict", study.path("\(model).json"), "--features", study.path("cohort/survival.csv"),
          "--clinical", study.path("cohort/clinic.csv"), "-o", study.path("\(model).csv"),
        ])
      #expect(predict.status == 0, "\(predict.errors)")
      let new = try study.rows("\(model).csv").dropFirst()
      let found = Dictionary(uniqueKeysWithValues: new.map { ($0[0], Array($0[2...])) })
      let own = predictions.dropFirst().filter { $0[6] == model }
      #expect(own.count == 240 && own.allSatisfy { found[$0[0]] == Array($0[7...]) }, "\(model)")
    }
    // The combined model's equation over its own columns and the scores of the model below.
    let equation = try #require(report.clinical?.hazardEquations?.last)
    let scores = Dictionary(
      uniqueKeysWithValues: predictions.filter { $0[6] == "Rad" }.map { ($0[0], Double($0[7]) ?? .nan) })
    let stages = Dictionary(
      uniqueKeysWithValues: try study.rows("cohort/clinic.csv").dropFirst().map { ($0[0], $0[4]) })
    for row in predictions.dropFirst().filter({ $0[6] == "Combined" }) {
      let sum = equation.terms.reduce(-equation.center) { sum, term in
        sum + term.coefficient
          * (term.predictor == "Rad score"
            ? scores[row[0]] ?? .nan : "Stage=\(stages[row[0]] ?? "")" == term.predictor ? 1 : 0)
      }
      #expect(isNear(Double(row[7]), sum, within: 1e-10), "\(row[0])")
    }
  }

  private func writesPaper(_ study: ClinicalSurvivalStudy, _ report: StudyReport) throws {
    let paper = try study.text("out/paper.txt")
    let primary = try #require(report.primary)
    let c = try #require(primary.estimate)
    #expect(
      paper.contains(
        "The primary result, Harrell’s C of Combined in the test part, was \(String(format: "%.3f", c)) (95 % CI"
      ))
    for sentence in [
      "The outcome was the time until DEAD (MONTHS, in months)", "Cox proportional hazards regressions",
      "Clinical predictors were Age (number), Sex (categories) and Stage (ordered categories).",
      "Combined took the log hazard ratio of Rad as a predictor", "Two groups of risk were cut at the median",
      "doi:10.1111/j.2517-6161.1972.tb00899.x", "Median follow-up was",
    ] { #expect(paper.contains(sentence), "\(sentence)") }
    #expect(!paper.contains("AUC of Combined in") && !paper.contains("Logistic"))
    let table = try study.rows("out/performance.csv")
    #expect(
      Array(table[0].prefix(5)) == [
        "Part", "Model", "Cases (events)", "Harrell’s C (95 % CI)", "Uno’s C (95 % CI)",
      ])
    #expect(table[0].suffix(2) == ["Log-rank p", "p (jackknife)"])
    #expect(table.count == 1 + 2 * 4)
    for row in table.dropFirst() {
      let model = try #require(report.models.first { $0.name == row[1] })
      let metric = model.metrics.first {
        $0.name.key == "harrell_c" && $0.cohort.rawValue == (row[0] == "Test part" ? "test" : "training")
      }
      #expect(row[3].hasPrefix(String(format: "%.3f", metric?.estimate ?? .nan)), "\(row)")
    }
    let page = try study.text("out/index.html")
    #expect(page.contains("Hazard ratios on the training part") && page.contains("paper.txt"))
  }
}
