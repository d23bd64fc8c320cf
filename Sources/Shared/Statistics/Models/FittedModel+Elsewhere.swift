extension FittedModel {
  /// A model that was fitted elsewhere, to be applied to tables whose columns are its features, in their order.
  package init(
    name: String, featureNames: [String], means: [Double], deviations: [Double], medians: [Double],
    intercept: Double, coefficients: [Double], cutoff: Double, harmonisation: CombatModel?
  ) {
    self.init(
      name: name, features: Array(featureNames.indices), featureNames: featureNames, means: means,
      deviations: deviations, medians: medians, intercept: intercept, coefficients: coefficients,
      lambda: nil, ridgePenalty: nil, cutoff: cutoff, steps: [], warnings: [])
    self.harmonisation = harmonisation
  }
}
