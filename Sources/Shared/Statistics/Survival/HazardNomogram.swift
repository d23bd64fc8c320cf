import ElementaryFunctions

/// A Cox model as scales to read: points of each predictor, their total, the risk of the event by some times: the scaling of `nomogram`
/// of R's rms for `cph`. Scales are those of ``Nomogram``, with log hazards in place of log-odds.
public struct HazardNomogram: Equatable, Sendable, Codable {
  /// Risks by one time.
  public struct Risks: Equatable, Sendable, Codable {
    /// By when.
    public let time: Double
    /// Probabilities of the event, in total points.
    public let marks: [Nomogram.Mark]
  }

  /// In the order of the terms.
  public let scales: [Nomogram.Scale]
  /// Round numbers from 0 to the largest total.
  public let totalPoints: [Double]
  /// Marks of the log hazard ratio against the means of the training part, in total points.
  public let logHazardRatios: [Nomogram.Mark]
  /// In the order of the times.
  public let risks: [Risks]
  /// Log hazard ratio of one point.
  public let logHazardRatioPerPoint: Double
  /// Log hazard ratio at no points.
  public let logHazardRatioOfZero: Double

  private enum CodingKeys: String, CodingKey {
    case scales, risks
    case totalPoints = "total_points"
    case logHazardRatios = "log_hazard_ratios"
    case logHazardRatioPerPoint = "log_hazard_ratio_per_point"
    case logHazardRatioOfZero = "log_hazard_ratio_of_zero"
  }

  /// - Parameters:
  ///   - center: what is taken from the sum of the parts, so that it is 0 at the means of the training part.
  ///   - terms: with finite numbers.
  ///   - observed: the smallest and the largest log hazard ratio of the cases that the model was fitted to.
  ///   - baseline: hazard at a log hazard ratio of 0.
  ///   - times: at which risks are marked; none where nobody had the event by then.
  /// - Returns: `nil` where no predictor changes the hazard.
  public init?(
    center: Double, terms: [Nomogram.Term], observed: ClosedRange<Double>, baseline: CoxRegression.Baseline,
    times: [Double], intervals: Int = 10
  ) {
    guard
      let scaling = NomogramScaling(
        intercept: -center, terms: terms, observed: observed, intervals: intervals)
    else { return nil }
    (scales, totalPoints) = (scaling.scales, scaling.totalPoints)
    (logHazardRatioPerPoint, logHazardRatioOfZero) = (scaling.perPoint, scaling.ofZero)
    logHazardRatios = scaling.shown
    risks = times.map { time in
      let hazard = baseline.cumulativeHazard(at: time)
      let marked = Nomogram.markedProbabilities.map { risk in
        (risk, Elementary.log(-Elementary.log(1 - risk)) - Elementary.log(hazard))
      }
      return Risks(time: time, marks: hazard > 0 ? scaling.marks(marked) : [])
    }
  }
}
