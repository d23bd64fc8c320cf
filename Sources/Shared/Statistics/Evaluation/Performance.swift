/// How predicted probabilities do on some rows.
package struct Performance: Equatable, Sendable, Codable {
  package let rows: Int
  package let cases: Int
  /// `nil` where an outcome is missing.
  package let auc: Double?
  package let brier: Double
  /// Share of rows on the wrong side of probability 0.5.
  package let error: Double
  package let confusion: ConfusionMatrix
  /// `nil` where `Calibration` is not defined.
  package let calibration: Calibration?

  package init(_ probabilities: [Double], positives: [Bool], cutoff: Double) {
    rows = positives.count
    cases = positives.count { $0 }
    auc = areaUnderCurve(probabilities, positives: positives)
    brier = brierScore(probabilities, positives: positives)
    let wrong = zip(probabilities, positives).count { ($0 >= 0.5) != $1 }
    error = Double(wrong) / Double(positives.count)
    confusion = ConfusionMatrix(probabilities, positives: positives, cutoff: cutoff)
    calibration = Calibration(probabilities, positives: positives)
  }
}
