import ElementaryFunctions
import LinearAlgebra

/// Hazard of a higher group of risk over that of the lower, by Cox regression on its indicator, ties by Efron.
public struct RiskGroupHazard: Equatable, Sendable {
  /// Above 0.
  public let value: Double
  /// Wald's, of the logarithm.
  public let interval: Interval

  /// - Parameter groups: 0 or 1 for each row.
  /// - Returns: `nil` where there are not two groups, or the ratio is not finite.
  public init?(_ survival: SurvivalTimes, groups: [Int], confidence: Double = 0.95) {
    guard Set(groups) == [0, 1] else { return nil }
    let column = Matrix(rows: groups.count, columns: 1, values: groups.map(Double.init))
    guard let fit = try? CoxRegression(features: column, survival: survival), !fit.isMonotone else {
      return nil
    }
    let width = NormalDistribution.quantile(0.5 + 0.5 * confidence) * fit.standardErrors[0]
    let log = fit.coefficients[0]
    value = Elementary.exp(log)
    interval = Interval(lower: Elementary.exp(log - width), upper: Elementary.exp(log + width))
  }
}
