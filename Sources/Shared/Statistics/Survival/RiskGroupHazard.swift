import ElementaryFunctions

/// Hazard of a higher group of risk over that of the lower, by Cox regression on its indicator, ties by Efron.
public struct RiskGroupHazard: Equatable, Sendable {
  /// Above 0.
  public let value: Double
  /// Wald's, of the logarithm.
  public let interval: Interval

  /// - Parameter groups: 0 or 1 for each row.
  /// - Throws: why the ratio does not exist: `constant` where there are not two groups.
  public init(_ survival: SurvivalTimes, groups: [Int], confidence: Double = 0.95)
    throws(UnivariableCox.Fault)
  {
    let fit = try UnivariableCox(groups.map(Double.init), survival)
    let width = NormalDistribution.quantile(0.5 + 0.5 * confidence) * fit.standardError
    value = Elementary.exp(fit.coefficient)
    interval = Interval(
      lower: Elementary.exp(fit.coefficient - width), upper: Elementary.exp(fit.coefficient + width))
  }
}
