/// Precision (positive predictive value) over recall (sensitivity); positive means score ≥ threshold. As
/// scikit-learn's `precision_recall_curve` and `average_precision_score`.
public struct PrecisionRecall: Equatable, Sendable, Codable {
  /// Both shares at one threshold.
  public struct Point: Equatable, Sendable, Codable {
    /// A score of the data.
    public let threshold: Double
    /// Share of cases among scores ≥ threshold.
    public let precision: Double
    /// Share of the cases with score ≥ threshold.
    public let recall: Double
  }

  /// From the largest score down, one point for each distinct score.
  public let points: [Point]
  /// `Σ (recall - recall before) · precision` over the points: no interpolation.
  public let averagePrecision: Double

  /// From one score for each outcome.
  /// - Returns: `nil` without cases.
  public init?(_ scores: [Double], positives: [Bool]) {
    precondition(scores.count == positives.count, "one outcome for each score")
    let cases = positives.count { $0 }
    guard cases > 0 else { return nil }
    var (points, found, called, area) = ([Point](), 0, 0, 0.0)
    let order = Array(ascendingOrder(of: scores).reversed())
    for (place, index) in order.enumerated() {
      called += 1
      found += positives[index] ? 1 : 0
      if place + 1 < order.count, scores[order[place + 1]] == scores[index] { continue }
      let point = Point(
        threshold: scores[index], precision: Double(found) / Double(called),
        recall: Double(found) / Double(cases))
      area += (point.recall - (points.last?.recall ?? 0)) * point.precision
      points.append(point)
    }
    self.points = points
    averagePrecision = area
  }
}
