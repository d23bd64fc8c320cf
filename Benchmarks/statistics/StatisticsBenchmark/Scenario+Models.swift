import LinearAlgebra
import Statistics

extension Scenario {
  /// Recalibration of predictions whose logit is the true one over `slope`.
  static func calibration(slope: Double, rows: Int) -> Scenario {
    Scenario(
      name: "calibration slope \(slope), \(rows) rows", intervals: ["slope, Wald", "in the large, Wald"]
    ) {
      stream, _ in
      let logits = (0..<rows).map { _ in 1.2 * stream.normal() }
      let positives = logits.map { stream.uniform() < logistic($0) }
      let calibration = Calibration(logits.map { logistic($0 / slope) }, positives: positives)
      let z = NormalDistribution.quantile(0.975)
      func interval(_ value: Double?, _ error: Double?) -> Interval? {
        guard let value, let error else { return nil }
        return Interval(lower: value - z * error, upper: value + z * error)
      }
      return [
        Outcome(interval(calibration?.slope, calibration?.slopeStandardError), truth: slope),
        // Logits are symmetric around zero, and so is what is wrong with them: right on average at 0.
        Outcome(interval(calibration?.inTheLarge, calibration?.inTheLargeStandardError), truth: 0),
      ]
    }
  }

  /// Screening and ridge over eight features, two of which matter: intervals of the AUC on new subjects of the very
  /// model that was fitted.
  static func pipeline(rows: Int) -> Scenario {
    var simulation = SimulatedRadiomics()
    (simulation.features, simulation.factors, simulation.causes, simulation.strength) = (8, 8, 2, 1)
    let cohort = simulation
    let plan = ModelPlan(name: "small", steps: [.mannWhitney(maximumP: 0.2)])
    return Scenario(
      name: "AUC of a new model, \(rows) rows, 8 features",
      intervals: [
        ".632+, two-stage", ".632+, two-stage, recentred, floor at 0.5", "out of bag, two-stage",
        "out of bag, one stage",
        "shifted, one stage",
      ],
      isSlow: true
    ) { _, study in
      let seed = UInt64(1_000_000 * rows + study)
      let table = try CohortTable(
        featureNames: cohort.featureNames,
        rows: cohort.rows(rows, seed: 632, number: 1_000 * rows + study, sites: 1))
      let final = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: seed))
      let truth = cohort.trueAUC(of: final, cases: 10_000, seed: 633, number: 1_000 * rows + study)
      let (stages, summary) = try bothStages(of: plan, final: final, table: table, seed: seed)
      let recentred = stages.point632Plus.flatMap { outer in
        summary.auc.map { outer.recentred(on: $0.point632Plus) }
      }
      return [
        stages.point632Plus?.interval, recentred, stages.outOfBag?.interval, summary.outOfBagInterval,
        summary.shiftedInterval,
      ].map { Outcome($0, truth: truth) }
    }
  }

  /// The primary result of a study without other patients: the AUC by repeated cross-validation of the whole pipeline, as the interval of
  /// the AUC on new subjects of the very model that was fitted to all. Of four sites; without signal for a strength of 0.
  static func crossValidated(rows: Int, features: Int, strength: Double) -> Scenario {
    var simulation = SimulatedRadiomics()
    (simulation.features, simulation.strength) = (features, strength)
    if features < 40 { (simulation.factors, simulation.causes) = (features, 2) }
    let cohort = simulation
    let plan =
      features < 40 ? ModelPlan(name: "small", steps: [.mannWhitney(maximumP: 0.2)]) : .screenPruneLasso
    let kind = strength == 0 ? "no signal" : "signal"
    return Scenario(
      name: "AUC of a new model, \(rows) rows, \(features) features, \(kind)", intervals: ["cross-validated"],
      isSlow: true
    ) { _, study in
      let number = 100_000 * rows + features + 7 * study
      let table = try CohortTable(
        featureNames: cohort.featureNames, rows: cohort.rows(rows, seed: 634, number: number, sites: 4))
      let seed = UInt64(number)
      let final = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: seed))
      let truth = cohort.trueAUC(of: final, cases: 10_000, seed: 635, number: number)
      let area = try CrossValidatedArea(table, training: table.allRows, plan: plan, seed: seed)
      return [Outcome(area?.interval(), truth: truth)]
    }
  }
}
