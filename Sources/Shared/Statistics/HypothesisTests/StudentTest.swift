/// Student's and Welch's (1947, doi:10.1093/biomet/34.1-2.28) t test of two groups, two-sided: R's `t.test`.
public struct StudentTest: Equatable, Sendable {
  /// Whether the two groups are taken to vary alike.
  public enum Variances: String, Sendable, Codable, CaseIterable {
    /// Student's test, with the pooled variance.
    case equal
    /// Welch's test, with Satterthwaite's degrees of freedom.
    case unequal
  }

  /// Difference of means over its standard error.
  public let t: Double
  /// Degrees of freedom, not whole for Welch's test.
  public let degrees: Double
  /// Two-sided.
  public let p: Double

  /// Mean of `first` minus mean of `second`, over its standard error.
  /// - Returns: `nil` when a group has fewer than two values or both are constant.
  public init?(_ first: [Double], _ second: [Double], variances: Variances) {
    let (n1, n2) = (Double(first.count), Double(second.count))
    guard n1 > 1, n2 > 1 else { return nil }
    let (a, b) = (Moments(first), Moments(second))
    self.init(
      difference: a.mean - b.mean, squares: (a.sumOfSquares, b.sumOfSquares), counts: (n1, n2),
      variances: variances)
  }

  /// From the difference of means, sums of squares around the means, and counts.
  init?(difference: Double, squares: (Double, Double), counts: (Double, Double), variances: Variances) {
    let (n1, n2) = counts
    let squaredError: Double
    if variances == .equal {
      degrees = n1 + n2 - 2
      squaredError = (squares.0 + squares.1) / degrees * (1 / n1 + 1 / n2)
    } else {
      let (e1, e2) = (squares.0 / (n1 - 1) / n1, squares.1 / (n2 - 1) / n2)
      squaredError = e1 + e2
      degrees = squaredError * squaredError / (e1 * e1 / (n1 - 1) + e2 * e2 / (n2 - 1))
    }
    guard squaredError > 0 else { return nil }
    t = difference / squaredError.squareRoot()
    p = StudentDistribution.twoSided(t, degrees: degrees)
  }
}
