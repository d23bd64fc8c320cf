import ElementaryFunctions

/// The Mann-Whitney (Wilcoxon rank sum) test of two groups, two-sided (Mann and Whitney 1947,
/// doi:10.1214/aoms/1177730491; R's `wilcox.test`).
public struct MannWhitney: Equatable, Sendable {
  /// How the p-value is computed.
  public enum Method: String, Sendable, Codable, CaseIterable {
    /// Exact with fewer than 50 in each group and no ties, else normal: the rule of R's `wilcox.test`.
    case automatic
    /// The normal approximation with tie and continuity correction.
    case normal
    /// The normal approximation with tie correction only.
    case normalUncorrected
  }

  /// Pairs in which the positive is larger, ties counting one half.
  public let u: Double
  /// Two-sided.
  public let p: Double
  /// `u` over the number of pairs: the AUC of larger values for positives.
  public let auc: Double

  /// Compares the values of positives with those of negatives.
  /// - Precondition: values are finite and `positives` has one element for each of them.
  /// - Returns: `nil` when a group is empty.
  public init?(_ values: [Double], positives: [Bool], method: Method = .automatic) {
    precondition(values.count == positives.count, "one outcome for each value")
    let ranks = midranks(of: values)
    let n1 = positives.count { $0 }
    let rankSum = zip(ranks, positives).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
    self.init(
      rankSum: rankSum, positives: n1, negatives: values.count - n1, tieTerm: Self.tieTerm(of: ranks),
      method: method)
  }

  /// From a rank sum; `tieTerm` is `Σ (t³ - t)` over groups of `t` tied values.
  public init?(rankSum: Double, positives n1: Int, negatives n0: Int, tieTerm: Double, method: Method) {
    guard n1 > 0, n0 > 0 else { return nil }
    let pairs = Double(n1) * Double(n0)
    u = rankSum - 0.5 * Double(n1) * Double(n1 + 1)
    auc = u / pairs
    if method == .automatic, tieTerm == 0, n1 < 50, n0 < 50 {
      p = Self.exactP(u: Int(u), n1, n0)
    } else {
      p = Self.normalP(
        distance: u - 0.5 * pairs, n: Double(n1 + n0), pairs: pairs, tieTerm: tieTerm,
        continuity: method == .normalUncorrected ? 0 : 0.5)
    }
  }

  private static func tieTerm(of ranks: [Double]) -> Double {
    var term = 0.0
    var run = 0.0
    var last = Double.nan
    for rank in ranks.sorted() {
      run = rank == last ? run + 1 : 1
      // (t³ - t) - ((t - 1)³ - (t - 1)) = 3 t (t - 1)
      term += 3 * run * (run - 1)
      last = rank
    }
    return term
  }

  private static func normalP(
    distance: Double, n: Double, pairs: Double, tieTerm: Double, continuity: Double
  ) -> Double {
    let variance = pairs / 12 * (n + 1 - tieTerm / (n * (n - 1)))
    guard variance > 0 else { return 1 }
    // Half a unit towards the middle; none at the middle itself.
    let corrected = distance == 0 ? 0 : abs(distance) - continuity
    return min(1, NormalDistribution.twoSided(corrected / variance.squareRoot()))
  }

  /// Twice the smaller tail of the exact distribution, at most 1.
  private static func exactP(u: Int, _ n1: Int, _ n0: Int) -> Double {
    let counts = arrangements(n1, n0)
    let lowerHalf = u > n1 * n0 / 2 ? n1 * n0 - u : u
    let total = counts.reduce(0, +)
    let tail = counts[0...lowerHalf].reduce(0, +) / total
    return min(1, 2 * tail)
  }

  /// Number of arrangements of `n1` positives among `n1 + n0` places for each value of U, by the recurrence of
  /// Mann and Whitney (1947): the largest is a positive, which adds `n0`, or a negative.
  static func arrangements(_ n1: Int, _ n0: Int) -> [Double] {
    var previous = [[Double]](repeating: [1], count: n0 + 1)
    for positives in 1...n1 {
      var current: [[Double]] = [[1]]
      for negatives in 1...max(1, n0) where negatives <= n0 {
        var counts = [Double](repeating: 0, count: positives * negatives + 1)
        for (value, count) in previous[negatives].enumerated() { counts[value + negatives] += count }
        for (value, count) in current[negatives - 1].enumerated() { counts[value] += count }
        current.append(counts)
      }
      previous = current
    }
    return previous[n0]
  }
}
