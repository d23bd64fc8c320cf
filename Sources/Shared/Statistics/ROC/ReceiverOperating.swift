/// Area under the ROC curve: the probability that a case has the larger score, ties counting one half (Bamber 1975,
/// doi:10.1016/0022-2496(75)90001-2).
/// - Returns: `nil` when cases or controls are missing.
public func areaUnderCurve(_ scores: [Double], positives: [Bool]) -> Double? {
  MannWhitney(scores, positives: positives, method: .normalUncorrected)?.auc
}

/// A receiver operating characteristic; positive means score ≥ threshold. As `roc` of R's pROC.
public struct ReceiverOperating: Equatable, Sendable {
  /// Both shares at one threshold.
  public struct Point: Equatable, Sendable {
    /// Between two neighbouring scores; -∞ for the first, +∞ for the last.
    public let threshold: Double
    /// Share of the cases with score ≥ threshold.
    public let sensitivity: Double
    /// Share of the controls with score < threshold.
    public let specificity: Double
  }

  /// From everything positive to nothing positive, one point between each two distinct scores.
  public let points: [Point]

  /// From one score for each outcome; larger scores speak for a case.
  /// - Returns: `nil` when cases or controls are missing.
  public init?(_ scores: [Double], positives: [Bool]) {
    precondition(scores.count == positives.count, "one outcome for each score")
    let cases = positives.count { $0 }
    let controls = positives.count - cases
    guard cases > 0, controls > 0 else { return nil }
    let order = ascendingOrder(of: scores)
    var points = [Point(threshold: -.infinity, sensitivity: 1, specificity: 0)]
    var (missed, rejected) = (0, 0)
    for (place, index) in order.enumerated() {
      if positives[index] { missed += 1 } else { rejected += 1 }
      let isLast = place + 1 == order.count
      if !isLast, scores[order[place + 1]] == scores[index] { continue }
      let next = isLast ? Double.infinity : scores[order[place + 1]]
      points.append(
        Point(
          threshold: isLast ? .infinity : 0.5 * (scores[index] + next),
          sensitivity: Double(cases - missed) / Double(cases),
          specificity: Double(rejected) / Double(controls)))
    }
    self.points = points
  }

  /// The threshold of largest sensitivity + specificity (Youden 1950, Cancer 3:32); among equals the most sensitive.
  public var youden: Point {
    var best = points[0]
    for point in points
    where point.sensitivity + point.specificity > best.sensitivity + best.specificity + 1e-12 {
      best = point
    }
    return best
  }
}
