import ElementaryFunctions

/// The survival curve of Kaplan and Meier (1958, doi:10.1080/01621459.1958.10501452) with Greenwood's variance:
/// `survfit` of R's survival.
public struct KaplanMeier: Equatable, Sendable {
  /// On which scale an interval is symmetric; `conf.type` of `survfit`.
  public enum Scale: String, Sendable, Codable, CaseIterable {
    /// Survival itself, cut at 0 and 1.
    case plain
    /// Its logarithm, cut at 1; the default of `survfit`.
    case log
    /// `ln(-ln S)` (Kalbfleisch and Prentice 2002, doi:10.1002/9781118032985), which stays between 0 and 1.
    case logLog = "log-log"
  }

  /// One time at which something happened.
  public struct Point: Equatable, Sendable {
    /// In the unit of the data.
    public let time: Double
    /// Rows observed until just before.
    public let atRisk: Int
    /// Events at this time.
    public let events: Int
    /// Rows whose observation ended at this time; taken to have been at risk of the events at it.
    public let censored: Int
    /// Share without event after this time.
    public let survival: Double
    /// Greenwood's variance of the logarithm of `survival`; infinite where that is 0.
    public let logVariance: Double
  }

  /// By ascending time; empty without rows.
  public let points: [Point]

  /// The curve of some rows.
  /// - Parameters:
  ///   - survival: times and events.
  ///   - rows: which rows; `nil` for all.
  public init(_ survival: SurvivalTimes, rows: [Int]? = nil) {
    let groups = TimeGroups(survival, rows: rows).groups
    var atRisk = groups.reduce(0) { $0 + $1.events.count + $1.censored.count }
    var share = 1.0
    var variance = 0.0
    points = groups.map { group in
      let events = group.events.count
      if events > 0 {
        share = events == atRisk ? 0 : share * (Double(atRisk - events) / Double(atRisk))
        variance += Double(events) / (Double(atRisk) * Double(atRisk - events))
      }
      defer { atRisk -= events + group.censored.count }
      return Point(
        time: group.time, atRisk: atRisk, events: events, censored: group.censored.count, survival: share,
        logVariance: variance)
    }
  }

  /// The last point not after `time`; `nil` before the first.
  private func point(at time: Double) -> Point? {
    let place = points.map(\.time).countNotAbove(time)
    return place > 0 ? points[place - 1] : nil
  }

  /// Share without event after `time`; beyond the last time the last value.
  public func survival(at time: Double) -> Double { point(at: time)?.survival ?? 1 }

  /// Share without event until just before `time`.
  public func survival(before time: Double) -> Double {
    let place = points.map(\.time).countBelow(time)
    return place > 0 ? points[place - 1].survival : 1
  }

  /// Rows still observed just before `time`: the number at risk beneath a figure.
  public func atRisk(at time: Double) -> Int {
    points.first { $0.time >= time }?.atRisk ?? 0
  }

  /// Standard error of the survival at a time, `S √Var(ln S)`; NaN where survival is 0.
  public func standardError(at time: Double) -> Double {
    guard let point = point(at: time) else { return 0 }
    return point.survival * point.logVariance.squareRoot()
  }

  /// Interval of the survival at a time.
  /// - Returns: `nil` where survival is 0; 1...1 where it is 1.
  public func interval(at time: Double, scale: Scale = .logLog, confidence: Double = 0.95) -> Interval? {
    guard let point = point(at: time) else { return Interval(lower: 1, upper: 1) }
    return point.interval(scale: scale, confidence: confidence)
  }

  /// The time by which a share had the event, `quantile` of `survfit`: the first time at which survival is not above
  /// `1 - share`; half-way to the next event where it equals that.
  /// - Returns: `nil` where survival stays above.
  public func time(ofShare share: Double) -> Double? {
    Self.time(ofShare: share, points: points.map { ($0.time, $0.survival) })
  }

  /// Interval of that time: where the limits of the survival curve cross `1 - share` (Brookmeyer and Crowley 1982,
  /// doi:10.2307/2530286); an end is `nil` where its limit does not.
  public func timeInterval(
    ofShare share: Double, scale: Scale = .logLog, confidence: Double = 0.95
  ) -> (lower: Double?, upper: Double?) {
    let limits = points.map { ($0.time, $0.interval(scale: scale, confidence: confidence)) }
    // Where survival is 0 there is no limit, and R's curves of limits end.
    let known = limits.prefix { $0.1 != nil }
    return (
      Self.time(ofShare: share, points: known.map { ($0.0, $0.1?.lower ?? 0) }),
      Self.time(ofShare: share, points: known.map { ($0.0, $0.1?.upper ?? 0) })
    )
  }

  private static func time(ofShare share: Double, points: [(time: Double, survival: Double)]) -> Double? {
    let target = 1 - share
    // R's tolerance, the root of the machine's epsilon.
    let tolerance = 0x1p-26
    guard let place = points.firstIndex(where: { $0.survival < target + tolerance }) else { return nil }
    guard abs(points[place].survival - target) < tolerance,
      let next = points[place...].first(where: { $0.survival < target - tolerance })
    else { return points[place].time }
    return 0.5 * (points[place].time + next.time)
  }
}

extension KaplanMeier.Point {
  /// As ``KaplanMeier/interval(at:scale:confidence:)`` at this point.
  public func interval(scale: KaplanMeier.Scale = .logLog, confidence: Double = 0.95) -> Interval? {
    guard survival > 0 else { return nil }
    guard survival < 1 else { return Interval(lower: 1, upper: 1) }
    let error = NormalDistribution.quantile(0.5 + 0.5 * confidence) * logVariance.squareRoot()
    switch scale {
    case .plain:
      return Interval(lower: max(0, survival - survival * error), upper: min(1, survival + survival * error))
    case .log:
      return Interval(
        lower: survival * Elementary.exp(-error), upper: min(1, survival * Elementary.exp(error)))
    case .logLog:
      let logarithm = Elementary.log(survival)
      let center = Elementary.log(-logarithm)
      return Interval(
        lower: Elementary.exp(-Elementary.exp(center - error / logarithm)),
        upper: Elementary.exp(-Elementary.exp(center + error / logarithm)))
    }
  }
}
