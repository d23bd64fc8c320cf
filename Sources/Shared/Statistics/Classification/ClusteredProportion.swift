/// A share of successes among trials of which some belong to one subject.
///
/// The design effect is the ratio estimator's variance over the binomial one (Rao and Scott 1992,
/// doi:10.2307/2532311),
/// `d = K/(K - 1) Σₖ (xₖ - mₖp)² / (m p (1 - p))` over `K` clusters of `mₖ` trials with `xₖ` successes. Intervals are
/// those of `1/d` times the successes and trials: `m/d` independent trials tell as much.
public struct ClusteredProportion: Equatable, Sendable {
  /// The plain share, of all trials.
  public let proportion: Proportion
  /// At least 1. Where all trials or none succeed there is nothing to estimate it from: it then takes each subject
  /// for one trial.
  public let designEffect: Double

  /// From one success or failure a trial.
  /// - Returns: `nil` where no two trials belong together.
  public init?(_ successes: [Bool], clusters: Clusters?) {
    guard let clusters, !successes.isEmpty else { return nil }
    proportion = Proportion(successes.count { $0 }, of: successes.count)
    let m = Double(successes.count)
    let p = Double(proportion.successes) / m
    let largest = m / Double(clusters.count)
    guard p > 0, p < 1, clusters.count > 1 else {
      designEffect = largest
      return
    }
    let variance = clusters.variance(ofTotal: successes.map { ($0 ? 1 : 0) - p })
    designEffect = max(1, variance / (m * p * (1 - p)))
  }

  /// Successes and trials that count.
  public var effective: (successes: Double, trials: Double) {
    (Double(proportion.successes) / designEffect, Double(proportion.trials) / designEffect)
  }

  /// Wilson's (1927, doi:10.1080/01621459.1927.10502953), of effective numbers.
  public func wilsonInterval(confidence: Double = 0.95) -> Interval? {
    BinomialInterval.wilson(effective.successes, of: effective.trials, confidence: confidence)
  }

  /// Clopper and Pearson's (1934), of effective numbers (Korn and Graubard 1998, Survey Methodology 24:193).
  public func exactInterval(confidence: Double = 0.95) -> Interval? {
    BinomialInterval.exact(effective.successes, of: effective.trials, confidence: confidence)
  }
}
