extension FittedModel {
  /// A model that was fitted elsewhere.
  /// - Parameters:
  ///   - features: places among the features of the tables that it is applied to; any place behind them for clinical columns and
  ///     scores, which are found by their names.
  ///   - scores: the models below; `nil` without any.
  package init(
    name: String, features: [Int], featureNames: [String], means: [Double], deviations: [Double],
    medians: [Double],
    intercept: Double, coefficients: [Double], cutoff: Double, harmonisation: CombatModel?,
    scores: [FittedModel]?
  ) {
    self.init(
      name: name, features: features, featureNames: featureNames, means: means,
      deviations: deviations, medians: medians, intercept: intercept, coefficients: coefficients,
      lambda: nil, ridgePenalty: nil, cutoff: cutoff, steps: [], warnings: [])
    self.harmonisation = harmonisation
    self.scores = scores
  }
}
