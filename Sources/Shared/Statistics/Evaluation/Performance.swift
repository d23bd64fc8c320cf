/// How predicted probabilities do on some rows.
public struct Performance: Equatable, Sendable, Codable {
  public let rows: Int
  public let cases: Int
  /// `nil` where an outcome is missing.
  public let auc: Double?
  public let brier: Double
  /// Share of rows on the wrong side of probability 0.5.
  public let error: Double
  public let confusion: ConfusionMatrix
  /// `nil` where `Calibration` is not defined.
  public let calibration: Calibration?

  public init(_ probabilities: [Double], positives: [Bool], cutoff: Double) {
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
