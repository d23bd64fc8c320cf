/// Counts of a classification; positive means score ≥ cut-off. The shares are those of `confusionMatrix` in R's caret.
public struct ConfusionMatrix: Equatable, Sendable, Codable {
  /// Cases that are called positive.
  public var truePositives = 0
  /// Controls that are called positive.
  public var falsePositives = 0
  /// Controls that are called negative.
  public var trueNegatives = 0
  /// Cases that are called negative.
  public var falseNegatives = 0

  /// Counts calls at a cut-off: positive means score ≥ cut-off, NaN is called negative.
  public init(_ scores: [Double], positives: [Bool], cutoff: Double) {
    self.init(calls: scores.map { $0 >= cutoff }, positives: positives)
  }

  /// Counts calls made elsewhere, one for each outcome.
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

  /// Share of the cases that are called positive.
  public var sensitivity: Proportion { Proportion(truePositives, of: truePositives + falseNegatives) }
  /// Share of the controls that are called negative.
  public var specificity: Proportion { Proportion(trueNegatives, of: trueNegatives + falsePositives) }
  /// Share of cases among what is called positive.
  public var positivePredictiveValue: Proportion {
    Proportion(truePositives, of: truePositives + falsePositives)
  }
  /// Share of controls among what is called negative.
  public var negativePredictiveValue: Proportion {
    Proportion(trueNegatives, of: trueNegatives + falseNegatives)
  }

  /// Share of the rows that are called rightly.
  public var accuracy: Proportion {
    Proportion(
      truePositives + trueNegatives, of: truePositives + trueNegatives + falsePositives + falseNegatives)
  }

  /// Harmonic mean of sensitivity and positive predictive value; `nil` where nothing is, or is called, positive.
  public var f1: Double? {
    let denominator = 2 * truePositives + falsePositives + falseNegatives
    return denominator > 0 ? 2 * Double(truePositives) / Double(denominator) : nil
  }

  /// Matthews' correlation of call and outcome (1975, doi:10.1016/0005-2795(75)90109-9), -1 to 1; `nil` where either
  /// is constant.
  public var matthews: Double? {
    let (tp, fp) = (Double(truePositives), Double(falsePositives))
    let (tn, fn) = (Double(trueNegatives), Double(falseNegatives))
    let product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return product > 0 ? (tp * tn - fp * fn) / product.squareRoot() : nil
  }
}
