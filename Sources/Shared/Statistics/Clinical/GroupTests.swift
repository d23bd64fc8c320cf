/// Tests of one number in two groups or more.
public enum GroupTests {
  /// A statistic with its p-value.
  public struct Result: Equatable, Sendable {
    /// F or χ².
    public let statistic: Double
    /// Two-sided.
    public let p: Double
  }

  /// One-way analysis of variance with equal variances (Fisher 1925): R's `oneway.test(var.equal = TRUE)`.
  /// - Returns: `nil` where a group is empty, or no group varies.
  public static func analysisOfVariance(_ groups: [[Double]]) -> Result? {
    let values = Array(groups.joined())
    guard groups.count > 1, groups.allSatisfy({ !$0.isEmpty }), values.count > groups.count else {
      return nil
    }
    let within = groups.reduce(0) { $0 + Moments($1).sumOfSquares }
    guard within > 0 else { return nil }
    let center = Moments(values).mean
    let between = groups.reduce(0) { total, group in
      let distance = Moments(group).mean - center
      return total + Double(group.count) * distance * distance
    }
    let (d1, d2) = (Double(groups.count - 1), Double(values.count - groups.count))
    let statistic = between / d1 / (within / d2)
    return Result(statistic: statistic, p: FisherDistribution.upperTail(statistic, d1: d1, d2: d2))
  }

  /// Kruskal and Wallis' test (1952, doi:10.1080/01621459.1952.10483441) with the correction for ties: R's
  /// `kruskal.test`.
  /// - Returns: `nil` where a group is empty, or all values are equal.
  public static func kruskalWallis(_ groups: [[Double]]) -> Result? {
    let values = Array(groups.joined())
    let ranks = midranks(of: values)
    let n = Double(values.count)
    var ties = 0.0
    for count in Dictionary(grouping: ranks, by: \.self).values.map(\.count).sorted() {
      let t = Double(count)
      ties += t * t * t - t
    }
    let correction: Double = 1 - ties / (n * n * n - n)
    guard groups.count > 1, groups.allSatisfy({ !$0.isEmpty }), correction > 0 else { return nil }
    var (sum, start) = (0.0, 0)
    for group in groups {
      let total = ranks[start..<start + group.count].reduce(0, +)
      sum += total * total / Double(group.count)
      start += group.count
    }
    let uncorrected: Double = 12 * sum / (n * (n + 1)) - 3 * (n + 1)
    let statistic = uncorrected / correction
    return Result(
      statistic: statistic,
      p: ChiSquaredDistribution.upperTail(statistic, degrees: Double(groups.count - 1)))
  }
}
