/// How predicted probabilities do on some rows: what a bootstrap replicate keeps, from
/// ``areaUnderCurve(_:positives:)``, ``brierScore(_:positives:)``, ``ConfusionMatrix`` and ``Calibration``.
public struct Performance: Equatable, Sendable, Codable {
  /// Number of rows.
  public let rows: Int
  /// How many of them are positive.
  public let cases: Int
  /// `nil` where an outcome is missing.
  public let auc: Double?
  /// Mean squared error, 0 to 1; NaN without rows.
  public let brier: Double
  /// Share of rows on the wrong side of probability 0.5.
  public let error: Double
  /// Of calls at the cut-off.
  public let confusion: ConfusionMatrix
  /// `nil` where `Calibration` is not defined.
  public let calibration: Calibration?

  /// From predicted probabilities of cases, one for each outcome.
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
