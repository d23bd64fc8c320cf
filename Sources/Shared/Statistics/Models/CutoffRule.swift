/// How the probability from which a row is called positive is chosen, on training rows.
public enum CutoffRule: Equatable, Sendable, Codable {
  /// Largest sensitivity + specificity (Youden 1950, Cancer 3:32; `coords` of R's pROC with `"best"`).
  case youden
  /// The largest threshold of at least this sensitivity.
  case sensitivity(minimum: Double)
  /// The smallest threshold of at least this specificity.
  case specificity(minimum: Double)
  /// A probability fixed beforehand.
  case fixed(Double)

  /// The cut-off for rows with these predicted probabilities.
  /// - Returns: a probability; Youden's falls back to 0.5 where no finite threshold is better than calling
  ///   all rows alike, a sensitivity that needs every row called positive gives 0, and a specificity that
  ///   needs every row called negative gives the number above the largest probability.
  /// - Throws: `invalidArgument` for a share or a probability outside 0...1.
  public func threshold(_ probabilities: [Double], positives: [Bool]) throws(StatisticsError) -> Double {
    switch self {
    case .youden:
      let threshold = ReceiverOperating(probabilities, positives: positives)?.youden.threshold
      return threshold.map { $0.isFinite ? $0 : 0.5 } ?? 0.5
    case .sensitivity(let minimum):
      try Self.require(minimum, "sensitivity")
      let curve = ReceiverOperating(probabilities, positives: positives)
      let point = curve?.points.last { $0.sensitivity >= minimum - 1e-12 && $0.threshold < .infinity }
      return max(0, point?.threshold ?? 0.5)
    case .specificity(let minimum):
      try Self.require(minimum, "specificity")
      let curve = ReceiverOperating(probabilities, positives: positives)
      guard let point = curve?.points.first(where: { $0.specificity >= minimum - 1e-12 }) else { return 0.5 }
      return point.threshold < .infinity ? max(0, point.threshold) : (probabilities.max() ?? 0.5).nextUp
    case .fixed(let value):
      try Self.require(value, "probability")
      return value
    }
  }

  private static func require(_ value: Double, _ name: String) throws(StatisticsError) {
    guard (0...1).contains(value) else {
      throw StatisticsError(.invalidArgument, "cut-off: \(name) \(value); expected between 0 and 1")
    }
  }
}
