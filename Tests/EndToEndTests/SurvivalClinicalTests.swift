import Foundation
import Modelling
import Reporting
import Statistics
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

private func isNear(_ value: Double?, _ other: Double, within tolerance: Double = 1e-7) -> Bool {
  value.map { abs($0 - other) <= tolerance * max(1, abs(other)) } ?? false
}

@Suite struct `Survival studies with clinical columns` {
  @Test func `tell hazard ratios, combine models, predict their own cases, and write a paper's text`()
    async throws
  {
    try await ClinicalSurvivalStudy.with { study in
      let run = try await study.local(["-j", "2"])
      try #require(run.status == 0, "\(run.errors)")
      let report = try StudyReport(
        json: Data(contentsOf: study.folder.appendingPathComponent("out/report.json")))
      try hasHazards(report)
      try hasModels(report)
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

  /// What is computed is compared with R in `SurvivalClinicalReferenceTests`; here it is told of the right cases.
  private func hasHazards(_ report: StudyReport) throws {
    let clinical = try #require(report.clinical)
    #expect(clinical.logistic == nil && clinical.equations.isEmpty)
    let hazards = try #require(clinical.hazards)
    let training = try #require(report.survival?.parts.first { $0.cohort.rawValue == "training" })
    let expected = ["Age", "Sex: male", "Stage: II", "Stage: III"]
    for rows in [hazards.univariable, hazards.multivariable] {
      #expect(rows.map { $0.variable + ($0.level.map { ": \($0)" } ?? "") } == expected)
      // The hazard rises with the stage, by how it was made.
      let stage = try #require(rows.last)
      #expect(try #require(stage.hazardRatio) > 1 && stage.reference == "I")
    }
    #expect(
      hazards.univariable.dropFirst().allSatisfy {
        $0.count == training.cases && $0.events == training.events
      })
    let missing = try #require(clinical.columns.first { $0.name == "Age" }).missing
    #expect(missing > 0 && hazards.univariable[0].count < training.cases)
    #expect(hazards.multivariable.allSatisfy { $0.count == hazards.univariable[0].count })
    let table = try #require(clinical.characteristics.first { $0.by == "event" && $0.part == "all" }).table
    #expect(table.groups == ["no event", "event"] && table.sizes.reduce(0, +) == 240)
    #expect(clinical.characteristics.map(\.by).contains("part"))
  }

  private func hasModels(_ report: StudyReport) throws {
    #expect(report.models.map(\.name) == ["Clinical", "Rad", "Both", "Combined"])
    #expect(
      report.models.map(\.sources) == [
        ["clinical"], ["feature table"], ["feature table", "clinical"], ["clinical", "Rad score"],
      ])
    #expect(report.models[0].features.map(\.name) == ["Age", "Sex=male", "Stage=II", "Stage=III"])
    #expect(report.models[2].features.suffix(3).map(\.name) == ["Age", "Stage=II", "Stage=III"])
    #expect(report.models[3].features.map(\.name) == ["Stage=II", "Stage=III", "Rad score"])
    #expect(report.models[2].selection.last?.step == "forced in")
    let equations = try #require(report.clinical?.hazardEquations)
    #expect(equations.map(\.model) == ["Clinical", "Both", "Combined"])
    for equation in equations {
      let model = try #require(report.models.first { $0.name == equation.model })
      for (term, feature) in zip(equation.terms, model.features) {
        #expect(isNear(term.coefficient, feature.coefficient / feature.standardDeviation))
        let (lower, ratio, upper) = (
          try #require(term.lower), try #require(term.hazardRatio), try #require(term.upper)
        )
        #expect(isNear(lower * upper, ratio * ratio) && term.p != nil, "\(term.predictor)")
      }
    }
    let frequencies = try #require(report.models[3].survival?.bootstrap).selectionFrequencies
    #expect(frequencies.map(\.feature).sorted() == ["Rad score", "Stage=II", "Stage=III"])
    #expect(frequencies.allSatisfy { $0.frequency == 1 })
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
      for (place, horizon) in try #require(equation.risk).horizons.enumerated() {
        #expect(isNear(Double(row[9 + place]), 1 - exp(-horizon.hazard * exp(sum)), within: 1e-9))
      }
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
    #expect(page.contains("risk-Combined.html") && page.contains("nomogram.svg"))
    let risk = try study.text("out/risk-Combined.html")
    #expect(
      risk.contains(
        "Rad score is the LinearPredictor that <code>coordinator predict</code> writes for model Rad."))
    #expect(
      risk.contains("Probability, by each time below, of: ")
        && risk.contains("default-src 'none'; script-src 'sha256-"))
  }
}
