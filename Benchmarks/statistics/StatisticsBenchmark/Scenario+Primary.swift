import LinearAlgebra
import Statistics

/// The intervals of a study's primary result, each on its part, as the report takes them.
extension Scenario {
  /// The primary result of a study without other patients: the AUC of four sites by repeated cross-validation of the whole pipeline. The
  /// truth is that of the model of all on 10,000 new subjects.
  ///
  /// None of these designs, nor its random numbers, had a part in the choice of the degrees of freedom; those of `crossValidated` had.
  static func primary(rows: Int, features: Int, strength: Double, isLasso: Bool = false) -> Scenario {
    let study = PrimaryDesign(rows, features, strength, isLasso: isLasso)
    return Scenario(
      name: "primary, \(study.name)",
      intervals: [
        "cross-validated", "cross-validated, 4 degrees of freedom", "cross-validated, 49 degrees of freedom",
      ], isSlow: true
    ) { _, number in
      let (table, seed) = (try study.table(number, seed: 1_601), study.seed(number))
      let final = try fitModel(table, rows: table.allRows, plan: study.plan, address: .finalFit(seed: seed))
      let truth = study.truth(final, number, seed: 1_602)
      let area = try CrossValidatedArea(table, training: table.allRows, plan: study.plan, seed: seed)
      return [area?.interval(), area?.studentInterval(degrees: 4), area?.studentInterval(degrees: 49)].map {
        Outcome($0, truth: truth)
      }
    }
  }

  /// The primary result of studies with other patients: a test part of 30 %, an external cohort of 100, four sites left out in turn. The
  /// truth is the AUC on 10,000 new subjects of the model of the training part, or of all for the sites left out.
  static func primaryElsewhere(rows: Int, features: Int, strength: Double, isLasso: Bool = false) -> Scenario
  {
    let study = PrimaryDesign(rows, features, strength, isLasso: isLasso)
    return Scenario(
      name: "other patients, \(study.name)",
      intervals: [
        "test part, logit DeLong or Newcombe", "external cohort of 100, logit DeLong or Newcombe",
        "sites left out, REML + modified Hartung-Knapp", "sites left out, REML + Hartung-Knapp",
      ], isSlow: true
    ) { _, number in
      let (table, seed) = (try study.table(number, seed: 1_611), study.seed(number))
      func fit(_ rows: [Int]) throws -> FittedModel {
        try fitModel(table, rows: rows, plan: study.plan, address: .finalFit(seed: seed))
      }
      let split = try Split(table, testShare: 0.3, seed: seed)
      let (trained, final) = (try fit(split.training), try fit(table.allRows))
      let (part, all) = (study.truth(trained, number, seed: 1_612), study.truth(final, number, seed: 1_612))
      let outside = try study.table(number, seed: 1_613, rows: 100, sites: 1)
      let left = try table.siteNames.enumerated().map { site, name in
        let split = Split(leavingOut: site, of: table)
        return (
          name, try fit(split.training).probabilities(of: table, rows: split.test),
          split.test.map { table.positives[$0] }
        )
      }
      return [
        Outcome(interval(trained, table, split.test), truth: part),
        Outcome(interval(trained, outside, outside.allRows), truth: part),
        Outcome(try SitePooling(left, test: .modifiedHartungKnapp).pooled?.interval, truth: all),
        Outcome(try SitePooling(left, test: .hartungKnapp).pooled?.interval, truth: all),
      ]
    }
  }

  /// As a report takes it: DeLong's on the logit scale, or Newcombe's where scores have no variance.
  private static func interval(_ model: FittedModel, _ table: CohortTable, _ rows: [Int]) -> Interval? {
    let (scores, positives) = (
      model.probabilities(of: table, rows: rows), rows.map { table.positives[$0] }
    )
    return logitOrNewcombe(scores, positives: positives)
  }

  static func logitOrNewcombe(_ scores: [Double], positives: [Bool]) -> Interval? {
    if let deLong = DeLong(scores, positives: positives), deLong.variance > 0,
      let interval = deLong.logitInterval()
    {
      return interval
    }
    let cases = positives.count { $0 }
    return areaUnderCurve(scores, positives: positives).flatMap {
      Interval(newcombeOf: $0, cases: cases, controls: positives.count - cases)
    }
  }

  /// Small test parts, scores normal in cases and controls.
  static func smallArea(of auc: Double, _ size: (cases: Int, controls: Int)) -> Scenario {
    let (distance, positives) = (separation(auc), outcomes(size))
    return Scenario(
      name: "AUC \(auc), \(label(size))", intervals: ["logit DeLong", "logit DeLong or Newcombe", "Newcombe"]
    ) { stream, _ in
      let scores = positives.map { ($0 ? distance : 0) + stream.normal() }
      let newcombe = areaUnderCurve(scores, positives: positives).flatMap {
        Interval(newcombeOf: $0, cases: size.cases, controls: size.controls)
      }
      let deLong = DeLong(scores, positives: positives).flatMap { $0.variance > 0 ? $0.logitInterval() : nil }
      return [deLong, logitOrNewcombe(scores, positives: positives), newcombe].map {
        Outcome($0, truth: auc)
      }
    }
  }

  /// Differences of cross-validated AUCs of two models over the same folds; the truth is that of the two models of all rows.
  ///
  /// Features are two halves that carry the same, so that models of either half are equally good; a third model has one of the three
  /// causes only.
  static func primaryDifference(rows: Int, features: Int, strength: Double) -> Scenario {
    let study = PrimaryDesign(rows, features, strength)
    let names = (0..<features).map { place in
      let factor = place % study.cohort.factors
      return (place < features / 2 ? "a" : "b") + (factor < study.cohort.causes ? "s\(factor)" : "n")
        + "_\(place)"
    }
    func over(_ prefixes: [String]) -> ModelPlan {
      var plan = study.plan
      plan.features = .prefixed(prefixes)
      return plan
    }
    let plans = [over(["a"]), over(["b"]), over(["as0", "an"])]
    return Scenario(
      name: "difference, \(study.name)",
      intervals: ["cross-validated, equal models", "cross-validated, one model weaker"], isSlow: true
    ) { _, number in
      let (table, seed) = (try study.table(number, seed: 1_604, names: names), study.seed(number))
      let truths = try plans.map { plan in
        study.truth(
          try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: seed)), number,
          seed: 1_605)
      }
      let areas = try plans.map {
        try CrossValidatedArea(table, training: table.allRows, plan: $0, seed: seed)
      }
      return [1, 2].map { other in
        let difference = areas[0].flatMap { first in areas[other].flatMap { first.difference(to: $0) } }
        return Outcome(difference?.interval, truth: truths[0] - truths[other])
      }
    }
  }
}

/// A kind of cohort and the pipeline on it.
private struct PrimaryDesign: Sendable {
  let cohort: SimulatedRadiomics
  let plan: ModelPlan
  let name: String
  private let rows: Int
  private let strength: Double

  init(_ rows: Int, _ features: Int, _ strength: Double, isLasso: Bool = false) {
    var cohort = SimulatedRadiomics()
    (cohort.features, cohort.strength) = (features, strength)
    if features < 100 { cohort.factors = features / 2 }
    (self.cohort, self.rows, self.strength) = (cohort, rows, strength)
    plan = isLasso ? .screenPruneLasso : features < 100 ? Self.ranked : Self.screened
    name =
      "\(rows) rows, \(features) features\(isLasso ? ", LASSO" : ""), "
      + (strength == 0 ? "no signal" : "signal")
  }

  private static let ranked = ModelPlan(name: "small", steps: [.mannWhitney(maximumP: 0.2)])
  /// Without a LASSO, which with cross-validated penalties takes nearly all of the time.
  private static let screened = ModelPlan(
    name: "screened", steps: [.tTest(maximumP: 0.05), .correlation(.spearman, maximum: 0.9)])

  private func place(_ study: Int) -> Int {
    1_000_000 * rows + 10_000 * (strength == 0 ? 0 : 1) + cohort.features + 20_000 * study
  }

  func seed(_ study: Int) -> UInt64 { UInt64(place(study)) }

  func table(
    _ study: Int, seed: UInt64, names: [String]? = nil, rows: Int? = nil, sites: Int = 4
  ) throws -> CohortTable {
    try CohortTable(
      featureNames: names ?? cohort.featureNames,
      rows: cohort.rows(rows ?? self.rows, seed: seed, number: place(study), sites: sites))
  }

  func truth(_ model: FittedModel, _ study: Int, seed: UInt64) -> Double {
    cohort.trueAUC(of: model, cases: 10_000, seed: seed, number: place(study))
  }
}

extension Scenario {
  /// The two-stage interval of .632+ with and without the estimate's floor at 0.5 in the outer resamples.
  static func twoStageFloor(rows: Int, strength: Double) -> Scenario {
    var simulation = SimulatedRadiomics()
    (simulation.features, simulation.factors, simulation.causes, simulation.strength) = (8, 8, 2, strength)
    let cohort = simulation
    let plan = ModelPlan(name: "small", steps: [.mannWhitney(maximumP: 0.2)])
    return Scenario(
      name: "two stages, \(rows) rows, 8 features, \(strength == 0 ? "no signal" : "signal")",
      intervals: [".632+, two-stage, recentred, floor at 0.5", ".632+, two-stage, recentred"], isSlow: true
    ) { _, study in
      let seed = UInt64(1_000_000 * rows + 20_000 + study)
      let number = 1_000 * rows + study
      let table = try CohortTable(
        featureNames: cohort.featureNames, rows: cohort.rows(rows, seed: 1_606, number: number, sites: 1))
      let final = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: seed))
      let truth = cohort.trueAUC(of: final, cases: 10_000, seed: 1_607, number: number)
      let (stages, summary) = try bothStages(of: plan, final: final, table: table, seed: seed)
      let floored = summary.auc.flatMap { stages.point632Plus?.recentred(on: $0.point632Plus) }
      let free = summary.auc.flatMap { stages.interval632Plus(of: $0) }
      return [floored, free].map { Outcome($0, truth: truth) }
    }
  }
}
