/// The ROC curve of who has had the event by a time (cases) against who has not (controls), rows censored before it
/// being stood for by others: cases weigh the inverse of the probability to be observed until their event (Uno et al.
/// 2007, doi:10.1198/016214507000000149; Hung and Chiang 2010, doi:10.1002/cjs.10046).
///
/// The area is `cumulative_dynamic_auc` of scikit-survival.
public struct TimeDependentROC: Equatable, Sendable {
  /// Calling positive what has at least this risk.
  public struct Point: Equatable, Sendable {
    /// Infinite at the first point.
    public let threshold: Double
    /// Weighted share of the cases that are called positive.
    public let sensitivity: Double
    /// Share of the controls that are not.
    public let specificity: Double
  }

  /// In the unit of the data.
  public let time: Double
  /// Rows with the event by then, and rows without it after.
  public let cases: Int
  /// Rows observed beyond the time.
  public let controls: Int
  /// From everything negative to everything positive.
  public let points: [Point]
  /// Area under the curve.
  public let area: Double

  /// The curve at one time.
  /// - Parameters:
  ///   - risks: higher for earlier events; finite.
  ///   - survival: times and events of the same rows.
  ///   - time: by which events count.
  ///   - censoring: of the training rows, or of these.
  /// - Returns: `nil` without cases or controls.
  public init?(_ risks: [Double], _ survival: SurvivalTimes, at time: Double, censoring: CensoringCurve) {
    precondition(risks.count == survival.count, "one risk for each row")
    self.time = time
    let order = risks.indices.sorted { risks[$0] != risks[$1] ? risks[$0] > risks[$1] : $0 < $1 }
    var (weights, controls, cases) = ([Double](repeating: 0, count: risks.count), 0, 0)
    for row in risks.indices {
      if survival.times[row] > time {
        controls += 1
      } else if survival.events[row] {
        let share = censoring.observed(before: survival.times[row])
        weights[row] = share > 0 ? 1 / share : 0
        cases += 1
      }
    }
    let total = order.reduce(0) { $0 + weights[$1] }
    guard total > 0, controls > 0 else { return nil }
    (self.cases, self.controls) = (cases, controls)
    var points = [Point(threshold: .infinity, sensitivity: 0, specificity: 1)]
    var (found, wrong, area) = (0.0, 0, 0.0)
    for (place, row) in order.enumerated() {
      found += weights[row]
      if survival.times[row] > time { wrong += 1 }
      let isLastOfTies = place + 1 == order.count || risks[order[place + 1]] != risks[row]
      guard isLastOfTies, let last = points.last else { continue }
      let point = Point(
        threshold: risks[row], sensitivity: found / total,
        specificity: Double(controls - wrong) / Double(controls))
      area += (last.specificity - point.specificity) * 0.5 * (last.sensitivity + point.sensitivity)
      points.append(point)
    }
    self.points = points
    self.area = area
  }
}
