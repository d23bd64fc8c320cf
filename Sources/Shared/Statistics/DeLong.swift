import ElementaryFunctions
import LinearAlgebra

/// The AUC with DeLong's variance (DeLong, DeLong and Clarke-Pearson 1988), from midranks (Sun and Xu 2014).
package struct DeLong: Equatable, Sendable {
  package let auc: Double
  package let variance: Double
  /// For each case the share of controls below it, for each control the share of cases above it, in row order.
  package let casePlacements: [Double]
  package let controlPlacements: [Double]

  /// - Returns: `nil` with fewer than two cases or two controls, where a variance is not defined.
  package init?(_ scores: [Double], positives: [Bool]) {
    let cases = zip(scores, positives).filter(\.1).map(\.0)
    let controls = zip(scores, positives).filter { !$0.1 }.map(\.0)
    guard cases.count > 1, controls.count > 1 else { return nil }
    let (m, n) = (Double(cases.count), Double(controls.count))
    let all = midranks(of: cases + controls)
    let above = zip(all, midranks(of: cases)).map { ($0 - $1) / n }
    let below = zip(all[cases.count...], midranks(of: controls)).map { 1 - ($0 - $1) / m }
    auc = sum(above.span) / m
    variance = Self.covariance(above, above) / m + Self.covariance(below, below) / n
    (casePlacements, controlPlacements) = (above, below)
  }

  /// Normal interval, cut to 0...1.
  package func interval(confidence: Double = 0.95) -> Interval {
    let half = NormalDistribution.quantile(0.5 + 0.5 * confidence) * variance.squareRoot()
    return Interval(lower: max(0, auc - half), upper: min(1, auc + half))
  }

  /// Normal interval of the logit, taken back; `nil` at an AUC of 0 or 1.
  package func logitInterval(confidence: Double = 0.95) -> Interval? {
    guard auc > 0, auc < 1 else { return nil }
    let error = variance.squareRoot() / (auc * (1 - auc))
    let half = NormalDistribution.quantile(0.5 + 0.5 * confidence) * error
    return Interval(lower: logistic(logit(auc) - half), upper: logistic(logit(auc) + half))
  }

  /// A difference of two AUCs.
  package struct Comparison: Equatable, Sendable, Codable {
    package let difference: Double
    package let standardError: Double
    /// `difference / standardError`; 0 where both vanish.
    package let statistic: Double
    /// Degrees of freedom of an unpaired comparison; `nil` for a paired one, which is normal.
    package let degrees: Double?
    package let p: Double
    package let interval: Interval
  }

  /// Compares two scores of the same rows.
  package func paired(with other: DeLong, confidence: Double = 0.95) -> Comparison {
    precondition(casePlacements.count == other.casePlacements.count, "scores of the same rows")
    let covariance =
      Self.covariance(casePlacements, other.casePlacements) / Double(casePlacements.count)
      + Self.covariance(controlPlacements, other.controlPlacements) / Double(controlPlacements.count)
    return Self.comparison(
      auc - other.auc, variance: variance + other.variance - 2 * covariance, degrees: nil,
      confidence: confidence)
  }

  /// Compares scores of different rows, by Student's t with Welch's degrees of freedom.
  package func unpaired(with other: DeLong, confidence: Double = 0.95) -> Comparison {
    let rows = Double(casePlacements.count + controlPlacements.count)
    let otherRows = Double(other.casePlacements.count + other.controlPlacements.count)
    let total = variance + other.variance
    let share = variance * variance / (rows - 1) + other.variance * other.variance / (otherRows - 1)
    return Self.comparison(
      auc - other.auc, variance: total, degrees: share > 0 ? total * total / share : nil,
      confidence: confidence)
  }

  private static func comparison(
    _ difference: Double, variance: Double, degrees: Double?, confidence: Double
  ) -> Comparison {
    let error = max(0, variance).squareRoot()
    let statistic = difference == 0 ? 0 : difference / error
    let p = degrees.map { StudentDistribution.twoSided(statistic, degrees: $0) }
    let quantile = degrees.map { StudentDistribution.quantile(0.5 + 0.5 * confidence, degrees: $0) }
    let half = (quantile ?? NormalDistribution.quantile(0.5 + 0.5 * confidence)) * error
    return Comparison(
      difference: difference, standardError: error, statistic: statistic, degrees: degrees,
      p: p ?? NormalDistribution.twoSided(statistic),
      interval: Interval(lower: difference - half, upper: difference + half))
  }

  private static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (mean(a.span), mean(b.span))
    return dot(a.map { $0 - meanA }, b.map { $0 - meanB }) / Double(a.count - 1)
  }
}
