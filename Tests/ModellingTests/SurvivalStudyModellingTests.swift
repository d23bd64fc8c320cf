import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

/// Studies of times to an event over made-up features: the sum of the first two makes the event early.
@Suite struct `A study of times to an event` {
  private static let outcome = "outcome: {event: DEAD, time: MONTHS, horizons: [10, 20], unit: months}\n"

  private static let models = """
    models:
      - {name: Both, selection: [cox-score: {p: 0.5}], refit: ridge}
      - {name: Few, selection: [cox-score: {p: 0.05, adjust: bh}], refit: ridge}
    """

  private static let yaml =
    outcome + "seed: 5\nsplit: {training: 0.7}\nbootstrap: {replicates: 4, per_task: 4}\n" + models

  private static func hidden(_ subject: Int) -> Double {
    FeatureCohort.pattern(subject, 1) + FeatureCohort.pattern(subject, 2)
  }

  private static func months(_ subject: Int) -> Double {
    let noise = Double((subject + 3) * 6007 % 401) / 401
    return ((30 * noise + 5) / (0.4 + hidden(subject)) * 100).rounded() / 100
  }

  private static func cohort(
    subjects: Int = 90, sites: [String] = ["East", "North", "South"],
    month: @escaping @Sendable (Int) -> String = { String(months($0)) }
  ) -> FeatureCohort {
    FeatureCohort(
      subjects: subjects, sites: sites, features: 6, outcome: { $0 * 7 % 5 < 3 ? 1 : 0 },
      value: { FeatureCohort.pattern($0, $1 + 1) }, extra: { ["MONTHS": month($0)] })
  }

  private static func report(_ yaml: String = yaml, _ cohort: FeatureCohort = cohort()) throws -> StudyReport
  {
    let result = try cohort.prepared(yaml).report()
    return try StudyReport(json: Data(result.report.utf8))
  }

  private static func metric(
    _ name: Measure, _ cohort: EvaluationCohort, of model: String, _ report: StudyReport
  ) -> StudyReport.Metric? {
    report.models.first { $0.name == model }?.metrics.first { $0.name == name && $0.cohort == cohort }
  }

  @Test func `is never taken for one of two outcomes where a time is none`() throws {
    for text in ["", "soon", "-1", "0", "inf", "nan"] {
      let cohort = Self.cohort(month: { $0 == 17 ? text : String(Self.months($0)) })
      #expect(try cohort.failure(Self.yaml)?.code == "bad-time", "\(text)")
    }
    #expect(try Self.cohort().failure(Self.yaml) == nil)
  }

  @Test func `ends with a sentence where a model is no Cox model, or nothing is asked of any time`() throws {
    var logistic = try Self.cohort().cohort(Self.yaml)
    logistic.study.models[1].survival = nil
    var timeless = try Self.cohort().cohort(Self.yaml)
    timeless.study.survival?.horizons = []
    for damaged in [logistic, timeless] {
      let error = #expect(throws: StudyTaskError.self) { try PreparedStudy(damaged) }
      #expect(error?.code == "bad-study" && error?.remedy.isEmpty == false)
    }
  }

  @Test func `needs events at other sites where each site is left out, and none at each`() throws {
    let yaml = Self.yaml.replacing("{training: 0.7}", with: "leave-one-site-out")
    func cohort(events: [String]) -> FeatureCohort {
      var cohort = Self.cohort()
      let (own, sites) = (cohort.outcome, cohort.sites)
      cohort.outcome = { events.contains(sites[$0 / 2 % sites.count]) ? own($0) : 0 }
      return cohort
    }
    let only = try cohort(events: ["North"]).failure(yaml)
    #expect(only?.code == "few-events", "\(String(describing: only))")
    #expect(only?.sentence.contains("cohort without site North") == true)
    #expect(try cohort(events: ["North", "South"]).failure(yaml) == nil)
  }

  @Test func `says of what a patient's risk is made, with the numbers of its own predictions`() throws {
    var cohort = Self.cohort()
    let months = cohort.extra
    cohort.extra = { subject in
      months(subject).merging([
        "Age": subject % 11 == 3 ? "" : "\(50 + (subject * 13) % 30)", "Sex": subject * 5 % 7 < 3 ? "f" : "m",
      ]) { $1 }
    }
    let yaml =
      Self.outcome
        + """
        seed: 5
        split: {training: 0.7}
        clinical: {columns: {Age: number, Sex: [f, m]}}
        models:
          - {name: Clinical, clinical: [Age, Sex]}
          - {name: Rad, selection: [cox-score: {p: 0.5}]}
          - {name: Both, scores: [Rad], clinical: [Age]}
        """
    let study = try cohort.prepared(yaml)
    let report = try StudyReport(json: Data(try study.report().report.utf8))
    let equations = try #require(report.clinical?.hazardEquations)
    #expect(equations.map(\.model) == ["Clinical", "Both"])
    let survival = try #require(study.survival)
    for (equation, plan) in zip(equations, [survival.plans[0], survival.plans[2]]) {
      let model = try fitSurvivalModel(
        survival.cohort, rows: study.split.training, plan: plan, address: .finalFit(seed: 5))
      let risk = try #require(equation.risk)
      #expect(risk.horizons.map(\.time) == [10, 20] && risk.cut == model.riskCuts[0])
      #expect(risk.nomogram.risks.map(\.time) == [10, 20])
      #expect(
        risk.inputs.map(\.name) == (equation.model == "Both" ? ["Age", "Rad score"] : ["Age", "Sex"]))
      let rows = study.split.test
      let predictors = model.linearPredictor(of: survival.cohort.table, rows: rows)
      for (index, row) in rows.enumerated() {
        let x = equation.terms.indices.map { place in
          let value = model.predictorValues(at: place, of: survival.cohort.table, rows: [row])[0]
          return value.isFinite ? value : model.medians[place]
        }
        let eta = zip(equation.terms, x).reduce(-equation.center) { $0 + $1.0.coefficient * $1.1 }
        #expect(abs(eta - predictors[index]) < 1e-9)
        for horizon in risk.horizons {
          let own = 1 - exp(-horizon.hazard * exp(eta))
          let other = model.survival(of: survival.cohort.table, rows: [row], at: horizon.time)[0]
          #expect(abs(own - (1 - other)) < 1e-9)
          // The variance is that of z-scores, in the units of the predictors.
          let sum = try #require(model.moments?.sum(at: horizon.time))
          let z = x.enumerated().map { ($0.element - model.means[$0.offset]) / model.deviations[$0.offset] }
          let covariance = try #require(equation.covariance)
          let d = zip(x, horizon.means).map { $0 - $1 }
          var variance = horizon.logVariance
          for i in d.indices { for j in d.indices { variance += d[i] * d[j] * covariance[i][j] } }
          let upper = 1 - exp(-horizon.hazard * exp(eta + 1.959963984540054 * variance.squareRoot()))
          #expect(abs(upper - sum.risk(predictors[index], z, try #require(model.covariance)).1.upper) < 1e-9)
        }
      }
    }
  }

  @Test func `compares its models on each part, and says by which tests`() throws {
    let report = try Self.report()
    let rows = report.comparisons.filter { $0.metric == .harrellC }
    #expect(rows.count == report.comparisons.count)
    #expect(Set(rows.map(\.cohort)) == [.training, .test])
    for row in rows {
      let values = [row.first, row.second].map { name in
        Self.metric(.harrellC, row.cohort, of: name, report)?.estimate
      }
      let (first, second) = (try #require(values[0]), try #require(values[1]))
      let (lower, upper) = (try #require(row.lower), try #require(row.upper))
      #expect(abs((row.difference ?? 9) - (first - second)) < 1e-12)
      #expect(lower <= upper)
    }
    #expect(rows.contains { $0.method.contains("jackknife") && $0.pValue != nil })
    #expect(rows.contains { $0.method.contains("bootstrap") && $0.pValue == nil })
  }

  /// Fitted and judged again here, row by row.
  @Test func `tells what each site makes of its models`() throws {
    let study = try Self.cohort().prepared(Self.yaml)
    let report = try Self.report()
    let influence = try #require(report.siteInfluence)
    let survival = try #require(study.survival)
    #expect(influence.models.map(\.model) == ["Both", "Few"])
    for (model, plan) in zip(influence.models, survival.plans) {
      #expect(model.measure == .harrellC && model.cohort == .test)
      #expect(model.auc == Self.metric(.harrellC, .test, of: model.model, report)?.estimate)
      for site in model.sites {
        let table = survival.cohort.table
        func elsewhere(_ rows: [Int]) -> [Int] {
          rows.filter { table.siteNames[table.sites[$0]] != site.site }
        }
        let test = elsewhere(study.split.test)
        let without = try fitSurvivalModel(
          survival.cohort, rows: elsewhere(study.split.training), plan: plan, address: .finalFit(seed: 5))
        #expect(site.cases == test.count && site.reason == nil)
        #expect(site.features == without.featureNames)
        #expect(
          site.aucWithout
            == Self.concordance(without.linearPredictor(of: table, rows: test), survival.cohort, test))
      }
    }
  }

  /// Harrell's C by all pairs.
  private static func concordance(_ scores: [Double], _ cohort: SurvivalCohort, _ rows: [Int]) -> Double {
    let (times, events) = (rows.map { cohort.survival.times[$0] }, rows.map { cohort.survival.events[$0] })
    var (won, pairs) = (0.0, 0.0)
    for first in rows.indices where events[first] {
      for second in rows.indices
      where times[first] < times[second] || (times[first] == times[second] && !events[second]) {
        pairs += 1
        won += scores[first] > scores[second] ? 1 : scores[first] == scores[second] ? 0.5 : 0
      }
    }
    return won / pairs
  }

  @Test func `ranks all cases by their risk where each site is left out`() throws {
    let report = try Self.report(Self.yaml.replacing("{training: 0.7}", with: "leave-one-site-out"))
    let influence = try #require(report.siteInfluence)
    for model in influence.models {
      #expect(model.cohort == .leftOut)
      let own = Self.metric(.harrellC, .leftOut, of: model.model, report)
      #expect(model.auc == own?.estimate && model.auc != nil)
      #expect(model.sites.allSatisfy { $0.aucWithout != nil && $0.cases < 90 })
    }
  }

  @Test func `answers guidelines by hazards, events and horizons`() throws {
    let report = try Self.report()
    #expect(report.checklists.map(\.name) == ["CLEAR", "METRICS", "TRIPOD+AI", "PROBAST+AI"])
    let answers = Dictionary(
      report.checklists.flatMap { list in list.items.map { ("\(list.name) \($0.number)", $0.answer) } },
      uniquingKeysWith: { first, _ in first })
    func says(_ key: String, _ words: String...) {
      let answer = answers[key].flatMap(\.self) ?? ""
      #expect(words.allSatisfy(answer.contains), "\(key): \(answer)")
    }
    says("CLEAR 30", "with the event (DEAD)", "of 63 cases", "observation ended")
    says("CLEAR 34", "Cox regression.")
    says("CLEAR 38", "4 replicates by subject", "a test part kept apart")
    says("CLEAR 41", "jackknife", "bootstrap")
    says("CLEAR 47", "Both, test", "Harrell’s C")
    says("CLEAR 57", "Baseline survival")
    says("METRICS 22", "at 10, 20 months")
    says("TRIPOD+AI 15", "by 10, 20 months", "cut at the median")
    says("TRIPOD+AI 20a", "Median follow-up: training")
    says("TRIPOD+AI 21", "with the event")
    says("TRIPOD+AI 23b", "each site")
    let all = answers.values.compactMap(\.self).joined(separator: "\n").replacing(
      "Time-dependent AUC", with: "")
    #expect(!all.contains("AUC") && !all.contains("Logistic") && !all.contains("no-information"))
  }

  @Test func `lets its study file explain a feature that follows the time`() throws {
    let leak = Self.cohort()
    var copied = leak
    copied.value = { $1 == 5 ? -Self.months($0) : FeatureCohort.pattern($0, $1 + 1) }
    let found = try Self.report(Self.yaml, copied)
    let line = try #require(found.audit.first { $0.code == "time_too_good" })
    #expect(line.status == .fail && line.about == ["f5"])
    #expect(found.failsAudit)
    let explained = try Self.report(
      Self.yaml + "\nexplained:\n"
        + "  - {code: too_good, feature: f5, because: The dose was planned by the time that was left.}\n"
        + "  - {code: too_good, model: Both, because: It has the planned dose among its features.}\n"
        + "  - {code: too_good, model: Few, because: It has the planned dose among its features.}\n", copied)
    #expect(explained.audit.first { $0.code == "time_too_good" }?.isExplained == true)
    #expect(!explained.failsAudit)
  }

  @Test func `says why groups of risk have no hazard ratio`() throws {
    let yaml = Self.yaml.replacing("p: 0.05, adjust: bh", with: "p: 0.000000001")
    let report = try Self.report(yaml)
    let curves = try #require(report.models[1].survival?.curves)
    #expect(report.models[1].features.isEmpty)
    #expect(curves.allSatisfy { $0.hazardRatio == nil })
    #expect(curves.allSatisfy { $0.hazardRatioUndefinedReason == "all cases are in one group of risk" })
    let others = try #require(report.models[0].survival?.curves)
    #expect(others.allSatisfy { ($0.hazardRatio == nil) == ($0.hazardRatioUndefinedReason != nil) })
    let slope = Self.metric(.hazardSlope, .test, of: "Few", report)
    #expect(slope?.estimate == nil && slope?.undefinedReason == "linear predictors: all values are equal")
  }
}
