/// A share of independent successes; its intervals are those of `binom.confint` in R's binom.
public struct Proportion: Equatable, Sendable, Codable {
  /// 0 to `trials`.
  public let successes: Int
  /// 0 or more.
  public let trials: Int

  /// `successes` of `trials`, which are independent.
  public init(_ successes: Int, of trials: Int) {
    precondition(0 <= successes && successes <= trials)
    self.successes = successes
    self.trials = trials
  }

  /// `nil` without trials.
  public var estimate: Double? { trials > 0 ? Double(successes) / Double(trials) : nil }

  /// Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953); `nil` without trials.
  public func wilsonInterval(confidence: Double = 0.95) -> Interval? {
    BinomialInterval.wilson(Double(successes), of: Double(trials), confidence: confidence)
  }

  /// Clopper and Pearson's exact interval (1934, doi:10.1093/biomet/26.4.404); `nil` without trials.
  public func exactInterval(confidence: Double = 0.95) -> Interval? {
    BinomialInterval.exact(Double(successes), of: Double(trials), confidence: confidence)
  }
}

/// Intervals of a share from numbers of successes and trials, which may be fractions where trials are not independent.
enum BinomialInterval {
  static func wilson(_ successes: Double, of n: Double, confidence: Double) -> Interval? {
    guard n > 0 else { return nil }
    let z = NormalDistribution.quantile(0.5 + 0.5 * confidence)
    let p = successes / n
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(
      lower: successes == 0 ? 0 : max(0, center - half),
      upper: successes == n ? 1 : min(1, center + half))
  }

  static func exact(_ k: Double, of n: Double, confidence: Double) -> Interval? {
    guard n > 0 else { return nil }
    let tail = 0.5 * (1 - confidence)
    let lower = bisection(from: 0, to: 1) { IncompleteBeta.regularized($0, a: k, b: n - k + 1) < tail }
    let upper = bisection(from: 0, to: 1) { IncompleteBeta.regularized($0, a: k + 1, b: n - k) < 1 - tail }
    return Interval(lower: k == 0 ? 0 : lower, upper: k == n ? 1 : upper)
  }
}
