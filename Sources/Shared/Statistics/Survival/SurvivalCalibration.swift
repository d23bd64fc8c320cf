import ElementaryFunctions
import LinearAlgebra

/// Whether as many rows have the event by a time as was predicted (McLernon et al. 2023, doi:10.7326/M22-0844).
public struct SurvivalCalibration: Equatable, Sendable, Codable {
  /// Rows of similar predicted risk.
  public struct Group: Equatable, Sendable, Codable {
    /// Rows.
    public let count: Int
    /// Mean predicted probability of the event by the time.
    public let predicted: Double
    /// One less the Kaplan-Meier curve of the group.
    public let observed: Double
    /// Of `observed`, symmetric as `ln(-ln)`; `nil` where all had the event.
    public let interval: Interval?
  }

  /// In the unit of the data.
  public let time: Double
  /// By ascending risk, as equal in number as ties allow.
  public let groups: [Group]
  /// Mean predicted probability of the event by the time.
  public let expected: Double
  /// One less the Kaplan-Meier curve of all rows.
  public let observed: Double
  /// Of `observed`.
  public let observedInterval: Interval?
  /// Hazard ratio of the linear predictor's unit, as its logarithm: 1 where predictions are neither too extreme (below 1)
  /// nor too moderate; `nil` where all predictors are equal or it does not exist.
  public let slope: Double?
  /// Of the slope.
  public let slopeStandardError: Double?
  /// Why there is no slope; `nil` where there is one.
  public let slopeUndefinedReason: String?

  /// Events observed by the time for each one expected.
  public var observedToExpected: Double? { expected > 0 ? observed / expected : nil }

  /// Wald's interval of the slope.
  public func slopeInterval(confidence: Double = 0.95) -> Interval? {
    guard let slope, let slopeStandardError else { return nil }
    let width = NormalDistribution.quantile(0.5 + 0.5 * confidence) * slopeStandardError
    return Interval(lower: slope - width, upper: slope + width)
  }

  /// At one time.
  /// - Parameters:
  ///   - risks: predicted probability of each row to have the event until and with `time`.
  ///   - predictors: linear predictors of the same rows.
  ///   - survival: times and events of the same rows.
  ///   - time: for which `risks` are.
  ///   - count: how many to make; at least one.
  /// - Returns: `nil` without rows.
  public init?(
    risks: [Double], predictors: [Double], _ survival: SurvivalTimes, at time: Double, groups count: Int = 5
  ) {
    precondition(risks.count == survival.count && predictors.count == survival.count && count > 0)
    guard !risks.isEmpty else { return nil }
    self.time = time
    let curve = KaplanMeier(survival)
    expected = sum(risks.span) / Double(risks.count)
    observed = 1 - curve.survival(at: time)
    observedInterval = curve.interval(at: time).map(Self.complement)
    groups = riskGroups(risks, count: count).map { rows in
      let curve = KaplanMeier(survival, rows: rows)
      return Group(
        count: rows.count, predicted: rows.reduce(0) { $0 + risks[$1] } / Double(rows.count),
        observed: 1 - curve.survival(at: time), interval: curve.interval(at: time).map(Self.complement))
    }
    do throws(UnivariableCox.Fault) {
      let fit = try UnivariableCox(predictors, survival)
      (slope, slopeStandardError, slopeUndefinedReason) = (fit.coefficient, fit.standardError, nil)
    } catch {
      (slope, slopeStandardError, slopeUndefinedReason) = (nil, nil, "linear predictors: \(error.reason)")
    }
  }

  private static func complement(_ interval: Interval) -> Interval {
    Interval(lower: 1 - interval.upper, upper: 1 - interval.lower)
  }
}

/// Rows in groups of ascending risk, cut at type-7 quantiles of the risks: a row of exactly a quantile belongs below it.
/// - Parameters:
///   - risks: of each row, finite.
///   - count: how many groups; ties may leave fewer.
/// - Returns: rows of each group that has any, ascending.
public func riskGroups(_ risks: [Double], count: Int) -> [[Int]] {
  let sorted = risks.sorted()
  let cuts = (1..<max(1, count)).map { quantile(ofSorted: sorted, Double($0) / Double(count)) }
  let group = risks.map { risk in cuts.countBelow(risk) }
  return (0..<max(1, count)).map { number in risks.indices.filter { group[$0] == number } }.filter {
    !$0.isEmpty
  }
}

extension Interval {
  /// Type-7 percentiles of a statistic over resamples of rows, or of whole clusters, drawn with replacement within those
  /// without and those with an event, in the order and with the random numbers of ``StratifiedBootstrap``.
  /// - Parameters:
  ///   - survival: times and events.
  ///   - clusters: rows that are drawn together; `nil` where each is drawn by itself.
  ///   - seed: of the random numbers.
  ///   - replicates: number of resamples.
  ///   - confidence: between 0 and 1.
  ///   - statistic: of the rows drawn, each as often as it was; `nil` leaves a resample out.
  /// - Returns: `nil` where no resample defines the statistic.
  public init?(
    resampling survival: SurvivalTimes, clusters: Clusters? = nil, seed: UInt64, replicates: Int = 2_000,
    confidence: Double = 0.95, _ statistic: ([Int]) -> Double?
  ) {
    let strata = ResamplingUnits(survival.events, clusters: clusters).strata
    let values = (0..<replicates).compactMap { replicate in
      var rows: [Int] = []
      rows.reserveCapacity(survival.count)
      for (stratum, units) in strata.enumerated() {
        var stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: stratum)
        for _ in units { rows += units[stream.index(below: units.count)] }
      }
      return statistic(rows)
    }
    self.init(percentilesOf: values, confidence: confidence)
  }
}
