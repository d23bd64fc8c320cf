/// Net benefit over threshold probabilities (Vickers and Elkin 2006, doi:10.1177/0272989X06295361; `dca` of the
/// dcurves packages); positive means probability ≥ threshold.
public struct DecisionCurve: Equatable, Sendable, Codable {
  /// Threshold probabilities as given, each below 1.
  public let thresholds: [Double]
  /// Net benefit of treating whom the model calls positive, at each threshold.
  public let model: [Double]
  /// Net benefit of treating everybody, at each threshold.
  public let treatAll: [Double]

  /// `TP/n - FP/n · t/(1 - t)` at each threshold `t < 1`; treating nobody has net benefit 0.
  public init(_ probabilities: [Double], positives: [Bool], thresholds: [Double]) {
    self.thresholds = thresholds
    let n = Double(positives.count)
    let cases = Double(positives.count { $0 })
    model = thresholds.map { threshold in
      let table = ConfusionMatrix(probabilities, positives: positives, cutoff: threshold)
      let odds = threshold / (1 - threshold)
      return Double(table.truePositives) / n - Double(table.falsePositives) / n * odds
    }
    treatAll = thresholds.map { cases / n - (n - cases) / n * $0 / (1 - $0) }
  }
}
