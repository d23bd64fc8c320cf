extension FitIndependence {
  /// Fits a Cox model again with rows made unrecognisable, and compares. The cut of risk groups stands for the cut-off.
  /// - Parameters:
  ///   - model: fitted with `plan` at the address of the final fit.
  ///   - hidden: rows that must not have had any influence: their features become 0, their events are reversed, their times 1.
  ///   - cohort: table and times.
  ///   - training: rows to fit again.
  ///   - plan: of the model.
  ///   - seed: of the study.
  /// - Throws: what `fitSurvivalModel` throws.
  public init(
    of model: FittedSurvivalModel, from hidden: [Int], cohort: SurvivalCohort, training: [Int],
    plan: SurvivalPlan, seed: UInt64
  ) throws(StatisticsError) {
    let rows = Set(hidden)
    let times = cohort.survival.times.enumerated().map { rows.contains($0) ? 1 : $1 }
    let again = try fitSurvivalModel(
      try SurvivalCohort(try cohort.table.hiding(rows: hidden), times: times), rows: training, plan: plan,
      address: .finalFit(seed: seed))
    let isSame: [Aspect: Bool] = [
      .harmonisation: again.harmonisation == model.harmonisation,
      .scaling: again.means == model.means && again.deviations == model.deviations,
      .imputation: again.medians == model.medians,
      .selection: again.featureNames == model.featureNames && again.steps == model.steps,
      .penalty: again.lambda == model.lambda,
      .coefficients: again.coefficients == model.coefficients && again.baseline == model.baseline
        && again.scores == model.scores,
      .cutoff: again.riskCuts == model.riskCuts,
    ]
    self.init(changed: Aspect.allCases.filter { isSame[$0] == false })
  }
}
