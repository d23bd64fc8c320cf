/// Counts of a classification; positive means score ≥ cut-off.
public struct ConfusionMatrix: Equatable, Sendable, Codable {
  public var truePositives = 0
  public var falsePositives = 0
  public var trueNegatives = 0
  public var falseNegatives = 0

  public init(_ scores: [Double], positives: [Bool], cutoff: Double) {
    self.init(calls: scores.map { $0 >= cutoff }, positives: positives)
  }

  public init(calls: [Bool], positives: [Bool]) {
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

  public var sensitivity: Proportion { Proportion(truePositives, of: truePositives + falseNegatives) }
  public var specificity: Proportion { Proportion(trueNegatives, of: trueNegatives + falsePositives) }
  public var positivePredictiveValue: Proportion {
    Proportion(truePositives, of: truePositives + falsePositives)
  }
  public var negativePredictiveValue: Proportion {
    Proportion(trueNegatives, of: trueNegatives + falseNegatives)
  }

  public var accuracy: Proportion {
    Proportion(
      truePositives + trueNegatives, of: truePositives + trueNegatives + falsePositives + falseNegatives)
  }

  /// Harmonic mean of sensitivity and positive predictive value; `nil` where nothing is, or is called, positive.
  public var f1: Double? {
    let denominator = 2 * truePositives + falsePositives + falseNegatives
    return denominator > 0 ? 2 * Double(truePositives) / Double(denominator) : nil
  }

  /// Matthews' correlation of call and outcome; `nil` where either is constant.
  public var matthews: Double? {
    let (tp, fp) = (Double(truePositives), Double(falsePositives))
    let (tn, fn) = (Double(trueNegatives), Double(falseNegatives))
    let product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return product > 0 ? (tp * tn - fp * fn) / product.squareRoot() : nil
  }
}
