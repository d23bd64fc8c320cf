/// The mean squared distance of predicted survival from what happened, rows censored before the time being stood for by
/// others (Graf et al. 1999, doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5): `brier_score`
/// of scikit-survival, which weighs events by the curve at their time, here just before it.
/// - Parameters:
///   - predicted: probability of each row to have no event until and with `time`.
///   - survival: times and events of the same rows.
///   - time: for which the predictions are.
///   - censoring: of the training rows, or of these.
/// - Returns: 0 is best; `nil` without rows, or where nobody is observed beyond the time.
public func survivalBrierScore(
  _ predicted: [Double], _ survival: SurvivalTimes, at time: Double, censoring: CensoringCurve
) -> Double? {
  precondition(predicted.count == survival.count, "one prediction for each row")
  let late = censoring.observed(at: time)
  guard !predicted.isEmpty, late > 0 else { return nil }
  var total = 0.0
  for (row, share) in predicted.enumerated() {
    if survival.times[row] > time {
      total += (1 - share) * (1 - share) / late
    } else if survival.events[row] {
      let observed = censoring.observed(before: survival.times[row])
      if observed > 0 { total += share * share / observed }
    }
  }
  return total / Double(predicted.count)
}

/// Brier scores at several times, and their mean over the time between: `integrated_brier_score` of scikit-survival.
public struct IntegratedBrierScore: Equatable, Sendable, Codable {
  /// Ascending.
  public let times: [Double]
  /// At each time.
  public let scores: [Double]
  /// Of the Kaplan-Meier curve of the same rows, which predicts the same for each.
  public let referenceScores: [Double]
  /// Area under `scores` by trapezia over the length of time.
  public let integrated: Double
  /// The same of `referenceScores`.
  public let integratedReference: Double

  /// One less the score's share of the reference's (Kattan and Gerds 2018, doi:10.1186/s41512-018-0029-2): how much
  /// better than predicting the same for everyone.
  public var scaled: Double? { integratedReference > 0 ? 1 - integrated / integratedReference : nil }

  /// Over some times.
  /// - Parameters:
  ///   - times: ascending, at least two.
  ///   - survival: times and events of the rows.
  ///   - censoring: of the training rows, or of these.
  ///   - predicted: probabilities of the rows to have no event until and with a time.
  /// - Returns: `nil` with fewer than two times, or where one has no score.
  public init?(
    times: [Double], _ survival: SurvivalTimes, censoring: CensoringCurve, predicted: (Double) -> [Double]
  ) {
    guard let first = times.first, let last = times.last, last > first else { return nil }
    let curve = KaplanMeier(survival)
    var (scores, references) = ([Double](), [Double]())
    for time in times {
      let same = [Double](repeating: curve.survival(at: time), count: survival.count)
      guard let score = survivalBrierScore(predicted(time), survival, at: time, censoring: censoring),
        let reference = survivalBrierScore(same, survival, at: time, censoring: censoring)
      else { return nil }
      scores.append(score)
      references.append(reference)
    }
    func area(_ values: [Double]) -> Double {
      let areas = times.indices.dropLast().map {
        0.5 * (values[$0] + values[$0 + 1]) * (times[$0 + 1] - times[$0])
      }
      return areas.reduce(0, +) / (last - first)
    }
    (self.times, self.scores, referenceScores) = (times, scores, references)
    (integrated, integratedReference) = (area(scores), area(references))
  }
}
