import Foundation
import Modelling
import Reporting
import Testing

/// Studies of times to an event through the programs, over the table that `coordinator synthesize --survival` writes.
private struct SurvivalStudy {
  let folder: URL

  static let yaml = """
    study: survival
    outcome: {event: DEAD, time: MONTHS, horizons: [12, 24, 36], unit: months}
    seed: 20240607
    features: cohort/survival.csv
    split: {training: 0.7}
    models:
      - name: Cox
        selection:
          - cox-score: {p: 0.05, adjust: bh}
          - spearman: {threshold: 0.9}
        refit: none
      - name: Lasso
        selection:
          - spearman: {threshold: 0.9}
          - lasso-cox: {folds: 5, rule: min}
        refit: lasso
    bootstrap: {replicates: 8, per_task: 2}
    """

  static func with<Value>(
    yaml: String = SurvivalStudy.yaml, edit: (String) -> String = { $0 }, subjects: Int = 240,
    _ body: (SurvivalStudy) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryFolder { folder in
      let study = SurvivalStudy(folder: folder)
      let made = try await Programs.run(
        "coordinator",
        [
          "synthesize", study.path("cohort"), "--survival", "--subjects", "\(subjects)", "--sites", "3",
          "--seed", "20240607",
        ])
      #expect(made.status == 0, "\(made.errors)")
      let table = folder.appendingPathComponent("cohort/survival.csv")
      try Data(edit(String(decoding: Data(contentsOf: table), as: UTF8.self)).utf8).write(to: table)
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

  func report(_ name: String = "out") throws -> StudyReport {
    try StudyReport(json: Data(contentsOf: folder.appendingPathComponent("\(name)/report.json")))
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
  }
}

/// `Benchmarks/reference/survival_study.json`, which `survival_study.R` writes.
private struct Reference: Decodable {
  struct Group: Decodable {
    var cases: Int
    var events: Int
    var survival: [Double]
  }

  struct Part: Decodable {
    var harrell: Double
    var uno: Double
    var area: [Double]
    var brier: [Double]
    var observedOverExpected: [Double]
    var slope: Double
    var logRank: Double
    var hazardRatio: Double
    var groups: [Group]
  }

  struct Model: Decodable {
    var name: String
    var coefficients: [Double]
    var baselineSurvival: [Double]
    var cut: Double
    var training: Part
    var test: Part
  }

  var models: [Model]

  static func stored() throws -> Reference {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let data = try Data(
      contentsOf: root.appendingPathComponent("Benchmarks/reference/survival_study.json"))
    return try JSONDecoder().decode(Reference.self, from: data)
  }
}

private func isNear(_ value: Double?, _ other: Double, within tolerance: Double = 1e-8) -> Bool {
  value.map { abs($0 - other) <= tolerance * max(1, abs(other)) } ?? false
}

@Suite struct `Survival studies` {
  @Test func `report what R makes of the same table and predict their own cases to the last bit`()
    async throws
  {
    try await SurvivalStudy.with { study in
      let run = try await study.local(["-j", "2"])
      #expect(run.status == 0, "\(run.errors)")
      let report = try study.report()
      for (model, reference) in zip(report.models, try Reference.stored().models) {
        #expect(model.name == reference.name)
        // The study's descent stops at glmnet's default tolerance, the reference is run on to its end.
        let tolerance = model.refit.method == "none" ? 1e-8 : 2e-4
        #expect(model.features.count == reference.coefficients.count)
        for (feature, coefficient) in zip(model.features, reference.coefficients) {
          #expect(
            isNear(feature.coefficient, coefficient, within: tolerance), "\(model.name) \(feature.name)")
        }
        for (own, other) in zip(model.survival?.baselineSurvival ?? [], reference.baselineSurvival) {
          #expect(isNear(own, other, within: tolerance), "\(model.name): baseline")
        }
        #expect(isNear(model.survival?.riskCut, reference.cut, within: tolerance))
        for (cohort, part) in [("training", reference.training), ("test", reference.test)] {
          compare(model, cohort, part, tolerance)
        }
      }
      try await predictsItself(study)
      try await refusesOtherForms(study)
    }
  }

  private func compare(
    _ model: StudyReport.Model, _ cohort: String, _ part: Reference.Part, _ tolerance: Double
  ) {
    func metric(_ key: String, _ horizon: Double? = nil) -> Double? {
      model.metrics.first {
        $0.cohort.rawValue == cohort && $0.name.key == key && (horizon == nil || $0.horizon == horizon)
      }?.estimate
    }
    func expect(_ value: Double?, _ other: Double, _ what: String) {
      #expect(isNear(value, other, within: tolerance), "\(model.name), \(cohort): \(what)")
    }
    expect(metric("harrell_c"), part.harrell, "Harrell's C")
    expect(metric("uno_c"), part.uno, "Uno's C")
    for (place, horizon) in [12.0, 24, 36].enumerated() {
      expect(metric("auc_at_time", horizon), part.area[place], "AUC at \(horizon)")
      expect(metric("brier_at_time", horizon), part.brier[place], "Brier at \(horizon)")
      expect(
        metric("observed_expected_at_time", horizon), part.observedOverExpected[place], "O/E at \(horizon)")
    }
    expect(metric("hazard_slope"), part.slope, "slope")
    let curves = model.survival?.curves.first { $0.cohort.rawValue == cohort }
    expect(curves?.logRankStatistic, part.logRank, "log-rank")
    expect(curves?.hazardRatio?.estimate, part.hazardRatio, "hazard ratio")
    for (group, other) in zip(curves?.groups ?? [], part.groups) {
      #expect((group.cases, group.events) == (other.cases, other.events))
      for (horizon, survival) in zip([12.0, 24, 36], other.survival) {
        expect(
          group.points.last { $0.time <= horizon }?.survival ?? 1, survival, "Kaplan-Meier at \(horizon)")
      }
    }
  }

  private func predictsItself(_ study: SurvivalStudy) async throws {
    let predictions = try study.text("out/predictions.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    #expect(
      predictions[0] == [
        "ID", "Subject", "Site", "Split", "Event", "Time", "Model", "LinearPredictor", "RiskGroup", "Risk_12",
        "Risk_24", "Risk_36",
      ])
    let export = try await Programs.run(
      "coordinator",
      [
        "export", "model", "1", "--model", "Cox", "--data", study.path("data"), "-o", study.path("cox.json"),
      ])
    #expect(export.status == 0, "\(export.errors)")
    let predict = try await Programs.run(
      "coordinator",
      [
        "predict", study.path("cox.json"), "--features", study.path("cohort/survival.csv"), "-o",
        study.path("new.csv"),
      ])
    #expect(predict.status == 0, "\(predict.errors)")
    let new = try study.text("new.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    #expect(new[0] == ["ID", "Model", "LinearPredictor", "RiskGroup", "Risk_12", "Risk_24", "Risk_36"])
    let found = Dictionary(uniqueKeysWithValues: new.dropFirst().map { ($0[0], Array($0[2...])) })
    let own = predictions.dropFirst().filter { $0[6] == "Cox" }
    #expect(own.count == 240)
    #expect(own.allSatisfy { found[$0[0]] == Array($0[7...]) })
  }

  private func refusesOtherForms(_ study: SurvivalStudy) async throws {
    let pmml = try await Programs.run(
      "coordinator",
      ["export", "model", "1", "--model", "Cox", "--data", study.path("data"), "-o", study.path("cox.pmml")])
    #expect(pmml.status == 65)
    #expect(pmml.errors.contains("is not written as PMML"))
    let evaluate = try await Programs.run("coordinator", ["evaluate", study.path("out/predictions.csv")])
    #expect(evaluate.status == 65)
    #expect(evaluate.errors.contains("evaluate knows no times"), "\(evaluate.errors)")
  }

  @Test func `give the same bytes on one worker and on three, by sites left out`() async throws {
    let yaml = SurvivalStudy.yaml.replacing("split: {training: 0.7}", with: "split: leave-one-site-out")
    try await SurvivalStudy.with(yaml: yaml, subjects: 120) { study in
      let three = try await study.local(["-j", "3"])
      let one = try await study.local(["-j", "1"], out: "single", data: "one")
      #expect(three.status == 0 && one.status == 0, "\(three.errors)\n\(one.errors)")
      var (first, second) = (try study.report(), try study.report("single"))
      (first.times, second.times) = (nil, nil)
      #expect(first == second)
      #expect(try first.reproducibleJSON() == second.reproducibleJSON())
      let sites = try #require(first.models[0].survival?.leaveOneSiteOut)
      #expect(sites.sites.map(\.site) == ["SITE_A", "SITE_B", "SITE_C"])
      #expect(first.primary?.measure == "harrell_c")
      #expect(first.primary?.estimate == first.models[1].survival?.leaveOneSiteOut?.pooled?.estimate)
    }
  }

  @Test func `are told of a time among the features`() async throws {
    try await SurvivalStudy.with(
      edit: { table in
        table.split(separator: "\n").enumerated().map { place, line in
          line + (place == 0 ? ",visits" : ",\(line.split(separator: ",")[3])")
        }.joined(separator: "\n") + "\n"
      }, subjects: 120
    ) { study in
      let run = try await study.local(["-j", "2"])
      #expect(run.status == 1)
      let report = try study.report()
      #expect(report.warnings.first?.code == "too_good")
      #expect(report.warnings.first?.message.contains("visits") == true)
    }
  }

  @Test(arguments: [
    ("split: {training: 0.7}", "split: {training: 0.7}\ncutoff: youden", "cutoff:"),
    ("cox-score: {p: 0.05, adjust: bh}", "mann-whitney", "knows no times"),
    ("refit: none", "refit: firth", "firth is a refit of logistic models"),
    ("horizons: [12, 24, 36]", "horizons: [24, 12]", "must ascend"),
    ("horizons: [12, 24, 36]", "horizons: [600]", "nobody is observed beyond 600"),
    ("time: MONTHS", "time: WEEKS", "has no column 'WEEKS'"),
    ("event: DEAD", "event: GONE", "has no column 'GONE'"),
    ("per_task: 2}", "per_task: 2, two_stage: {outer: 2}}", "two-stage bootstrap is of an AUC"),
    ("  - name: Cox\n", "  - name: Cox\n    scores: [Other]\n", "is no model of the study"),
    ("  - name: Cox\n", "  - name: Cox\n    clinical: [Age]\n", "the section clinical is missing"),
    (
      "split: {training: 0.7}", "split: {training: 0.7}\nclinical: {columns: {MONTHS: number}}",
      "'MONTHS' is the outcome"
    ),
  ]) func `that cannot be are refused with what to do`(_ part: String, _ other: String, _ said: String)
    async throws
  {
    try await SurvivalStudy.with(yaml: SurvivalStudy.yaml.replacing(part, with: other), subjects: 60) {
      study in
      let run = try await study.local()
      #expect(run.status == 65)
      #expect(run.errors.contains(said), "\(run.errors)")
    }
  }

  @Test func `name patients whose time is none`() async throws {
    try await SurvivalStudy.with(
      edit: { table in
        var lines = table.split(separator: "\n").map(String.init)
        for (place, time) in [(1, "0"), (2, "-3")] {
          var fields = lines[place].split(separator: ",").map(String.init)
          fields[3] = time
          lines[place] = fields.joined(separator: ",")
        }
        return lines.joined(separator: "\n") + "\n"
      }, subjects: 60
    ) { study in
      let run = try await study.local()
      #expect(run.status == 65)
      #expect(
        run.errors.contains("SYN-001") && run.errors.contains("expected a number above 0"), "\(run.errors)")
    }
  }
}
