/// A share of successes with Wilson's interval.
package struct Proportion: Equatable, Sendable, Codable {
  package let successes: Int
  package let trials: Int

  package init(_ successes: Int, of trials: Int) {
    precondition(0 <= successes && successes <= trials)
    self.successes = successes
    self.trials = trials
  }

  /// `nil` without trials.
  package var estimate: Double? { trials > 0 ? Double(successes) / Double(trials) : nil }

  /// Wilson's (1927) score interval; `nil` without trials.
  package func wilsonInterval(confidence: Double = 0.95) -> Interval? {
    BinomialInterval.wilson(Double(successes), of: Double(trials), confidence: confidence)
  }

  /// Clopper and Pearson's (1934) exact interval; `nil` without trials.
  package func exactInterval(confidence: Double = 0.95) -> Interval? {
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

/// Counts of a classification; positive means score ≥ cut-off.
package struct ConfusionMatrix: Equatable, Sendable, Codable {
  package var truePositives = 0
  package var falsePositives = 0
  package var trueNegatives = 0
  package var falseNegatives = 0

  package init(_ scores: [Double], positives: [Bool], cutoff: Double) {
    self.init(calls: scores.map { $0 >= cutoff }, positives: positives)
  }

  package init(calls: [Bool], positives: [Bool]) {
    precondition(calls.count == positives.count, "one outcome for each call")
    for (call, isPositive) in zip(calls, positives) {
      switch (call, isPositive) {
      case (true, true): truePositives += 1
      case (true, false): falsePositives += 1
      case (false, true): falseNegatives += 1
      case (false, false): trueNegatives += 1
      }
    }
  }

  package var sensitivity: Proportion { Proportion(truePositives, of: truePositives + falseNegatives) }
  package var specificity: Proportion { Proportion(trueNegatives, of: trueNegatives + falsePositives) }
  package var positivePredictiveValue: Proportion {
    Proportion(truePositives, of: truePositives + falsePositives)
  }
  package var negativePredictiveValue: Proportion {
    Proportion(trueNegatives, of: trueNegatives + falseNegatives)
  }

  package var accuracy: Proportion {
    Proportion(
      truePositives + trueNegatives, of: truePositives + trueNegatives + falsePositives + falseNegatives)
  }

  /// Harmonic mean of sensitivity and positive predictive value; `nil` where nothing is, or is called, positive.
  package var f1: Double? {
    let denominator = 2 * truePositives + falsePositives + falseNegatives
    return denominator > 0 ? 2 * Double(truePositives) / Double(denominator) : nil
  }

  /// Matthews' correlation of call and outcome; `nil` where either is constant.
  package var matthews: Double? {
    let (tp, fp) = (Double(truePositives), Double(falsePositives))
    let (tn, fn) = (Double(trueNegatives), Double(falseNegatives))
    let product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return product > 0 ? (tp * tn - fp * fn) / product.squareRoot() : nil
  }
}
