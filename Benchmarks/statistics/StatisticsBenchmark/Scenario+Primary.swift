import LinearAlgebra
import Statistics

/// The intervals of a study's primary result, each on its part, as the report takes them.
extension Scenario {
  /// One cohort of four sites a study, all kinds of primary result. The truth is the AUC on 10,000 new subjects: of the model of the
  /// training part for the test part (70 and 30 %) and for an external cohort of 100, of the model of all for cross-validation and for
  /// the sites left out.
  ///
  /// None of these designs, nor its random numbers, had a part in the choice of an interval; those of `crossValidated` had.
  static func primary(rows: Int, features: Int, strength: Double, isLasso: Bool = false) -> Scenario {
    let (cohort, screened) = population(features: features, strength: strength)
    let plan = isLasso ? .screenPruneLasso : screened
    return Scenario(
      name: "primary, \(rows) rows, \(features) features\(isLasso ? ", LASSO" : ""), "
        + (strength == 0 ? "no signal" : "signal"),
      intervals: [
        "cross-validated", "cross-validated, 4 degrees of freedom", "cross-validated, 49 degrees of freedom",
        "test part, logit DeLong", "external cohort of 100, logit DeLong",
        "sites left out, REML + modified Hartung-Knapp", "sites left out, REML + Hartung-Knapp",
      ],
      isSlow: true
    ) { _, study in
      let number = 1_000_000 * rows + 10_000 * (strength == 0 ? 0 : 1) + features + 20_000 * study
      let table = try CohortTable(
        featureNames: cohort.featureNames, rows: cohort.rows(rows, seed: 1_601, number: number, sites: 4))
      let seed = UInt64(number)
      func truth(_ model: FittedModel) -> Double {
        cohort.trueAUC(of: model, cases: 10_000, seed: 1_602, number: number)
      }
      let final = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: seed))
      let all = truth(final)
      let area = try CrossValidatedArea(table, training: table.allRows, plan: plan, seed: seed)
      let split = try Split(table, testShare: 0.3, seed: seed)
      let trained = try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: seed))
      let part = truth(trained)
      let outside = try CohortTable(
        featureNames: cohort.featureNames, rows: cohort.rows(100, seed: 1_603, number: number, sites: 1))
      func interval(_ table: CohortTable, _ rows: [Int]) -> Interval? {
        DeLong(trained.probabilities(of: table, rows: rows), positives: rows.map { table.positives[$0] })?
          .logitInterval()
      }
      let left = try leftOut(table, plan: plan, seed: seed)
      return [
        Outcome(area?.interval(), truth: all),
        Outcome(area?.studentInterval(degrees: 4), truth: all),
        Outcome(area?.studentInterval(degrees: 49), truth: all),
        Outcome(interval(table, split.test), truth: part),
        Outcome(interval(outside, outside.allRows), truth: part),
        Outcome(try pooled(left, .modifiedHartungKnapp), truth: all),
        Outcome(try pooled(left, .hartungKnapp), truth: all),
      ]
    }
  }

  /// Differences of cross-validated AUCs of two models over the same folds; the truth is that of the two models of all rows.
  ///
  /// Features are two halves that carry the same, so that models of either half are equally good; a third model has one of the three
  /// causes only.
  static func primaryDifference(rows: Int, features: Int, strength: Double) -> Scenario {
    let (cohort, plan) = population(features: features, strength: strength)
    let names = (0..<features).map { place in
      let factor = place % cohort.factors
      return (place < features / 2 ? "a" : "b") + (factor < cohort.causes ? "s\(factor)" : "n") + "_\(place)"
    }
    func over(_ prefixes: [String]) -> ModelPlan {
      var plan = plan
      plan.features = .prefixed(prefixes)
      return plan
    }
    let plans = [over(["a"]), over(["b"]), over(["as0", "an"])]
    return Scenario(
      name: "difference, \(rows) rows, \(features) features, \(strength == 0 ? "no signal" : "signal")",
      intervals: ["cross-validated, equal models", "cross-validated, one model weaker"], isSlow: true
    ) { _, study in
      let number = 1_000_000 * rows + 10_000 * (strength == 0 ? 0 : 1) + features + 20_000 * study
      let table = try CohortTable(
        featureNames: names, rows: cohort.rows(rows, seed: 1_604, number: number, sites: 4))
      let seed = UInt64(number)
      let truths = try plans.map { plan in
        cohort.trueAUC(
          of: try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: seed)),
          cases: 10_000, seed: 1_605, number: number)
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

  private static func population(features: Int, strength: Double) -> (SimulatedRadiomics, ModelPlan) {
    var cohort = SimulatedRadiomics()
    (cohort.features, cohort.strength) = (features, strength)
    if features < 100 { cohort.factors = features / 2 }
    return (cohort, features < 100 ? ranked : screened)
  }

  private static let ranked = ModelPlan(name: "small", steps: [.mannWhitney(maximumP: 0.2)])
  /// Without a LASSO, which with cross-validated penalties takes nearly all of the time.
  private static let screened = ModelPlan(
    name: "screened", steps: [.tTest(maximumP: 0.05), .correlation(.spearman, maximum: 0.9)])

  private typealias Site = (name: String, probabilities: [Double], positives: [Bool])

  /// Each site predicted by the model of the others.
  private static func leftOut(_ table: CohortTable, plan: ModelPlan, seed: UInt64) throws -> [Site] {
    try table.siteNames.enumerated().map { site, name in
      let split = Split(leavingOut: site, of: table)
      let model = try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: seed))
      return (
        name, model.probabilities(of: table, rows: split.test), split.test.map { table.positives[$0] }
      )
    }
  }

  private static func pooled(_ sites: [Site], _ test: MetaAnalysis.Test) throws -> Interval? {
    try SitePooling(sites, test: test).pooled?.interval
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
      let outer = try (1...200).map {
        try OuterReplicate(
          table, training: table.allRows, plans: [plan], seed: seed, number: $0, inner: 20)
      }
      let replicates = try (0..<200).map {
        try BootstrapReplicate(
          table, training: table.allRows, plans: [plan], address: RandomAddress(seed: seed, replicate: $0))
      }
      let stages = try TwoStageSummary(of: outer, model: 0)
      let summary = try BootstrapSummary(
        of: replicates, model: 0, final: final, table: table, training: table.allRows,
        candidates: table.featureCount)
      let floored = summary.auc.flatMap { stages.point632Plus?.recentred(on: $0.point632Plus) }
      let free = summary.auc.flatMap { stages.interval632Plus(of: $0) }
      return [floored, free].map { Outcome($0, truth: truth) }
    }
  }
}
