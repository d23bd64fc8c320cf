/// How often the row with the higher risk had its event first.
///
/// Two rows are compared where the earlier of their times ended with an event, or where the times are equal and one of
/// them is an event; equal risks count one half. Harrell's C (1982, doi:10.1001/jama.1982.03320430047030) weighs all
/// pairs alike, as `concordance` of R's survival; Uno's C (2011, doi:10.1002/sim.4154) weighs each by the inverse square
/// of the probability to be observed until the earlier time, as `concordance` with `timewt = "n/G2"`, and so does not
/// depend on how long rows were observed.
public struct Concordance: Equatable, Sendable, Codable {
  /// Between 0 and 1; 0.5 for risks that say nothing.
  public let estimate: Double
  /// By the infinitesimal jackknife, the weights of pairs taken as known; over subjects where clusters were given.
  public let standardError: Double
  /// Pairs compared.
  public let pairs: Int

  /// Harrell's C.
  /// - Parameters:
  ///   - risks: higher for earlier events, such as linear predictors; finite.
  ///   - survival: times and events of the same rows.
  ///   - clusters: rows that belong together; `nil` where each is of another subject.
  /// - Returns: `nil` where no pair can be compared.
  public init?(_ risks: [Double], _ survival: SurvivalTimes, clusters: Clusters? = nil) {
    self.init(risks, survival, clusters: clusters, until: .infinity) { _ in 1 }
  }

  /// Uno's C.
  /// - Parameters:
  ///   - risks: higher for earlier events; finite.
  ///   - survival: times and events of the same rows.
  ///   - censoring: of these rows or of the training rows.
  ///   - time: events later than this are left out; where `nil`, those at which nobody may be observed any more.
  ///   - clusters: rows that belong together; `nil` where each is of another subject.
  /// - Returns: `nil` where no pair can be compared.
  public init?(
    _ risks: [Double], _ survival: SurvivalTimes, weightedBy censoring: CensoringCurve,
    until time: Double? = nil,
    clusters: Clusters? = nil
  ) {
    self.init(risks, survival, clusters: clusters, until: time ?? .infinity) { time in
      let share = censoring.observed(before: time)
      return share > 0 ? 1 / (share * share) : 0
    }
  }

  private init?(
    _ risks: [Double], _ survival: SurvivalTimes, clusters: Clusters?, until end: Double,
    weight: (Double) -> Double
  ) {
    precondition(risks.count == survival.count, "one risk for each row")
    var (won, compared) = (
      [Double](repeating: 0, count: risks.count), [Double](repeating: 0, count: risks.count)
    )
    var (total, score, pairs) = (0.0, 0.0, 0)
    let groups = TimeGroups(survival).groups
    let order = groups.flatMap { $0.events + $0.censored }
    var start = 0
    for group in groups {
      let pairWeight = group.events.isEmpty || group.time > end ? 0 : weight(group.time)
      let later = start + group.events.count
      start = later + group.censored.count
      guard pairWeight > 0 else { continue }
      for row in group.events {
        var (rowScore, rowPairs) = (0.0, 0.0)
        for other in order[later...] {
          let half = risks[row] > risks[other] ? 1 : (risks[row] == risks[other] ? 0.5 : 0)
          won[other] += pairWeight * half
          compared[other] += pairWeight
          rowScore += half
          rowPairs += 1
        }
        won[row] += pairWeight * rowScore
        compared[row] += pairWeight * rowPairs
        score += pairWeight * rowScore
        total += pairWeight * rowPairs
        pairs += order.count - later
      }
    }
    guard total > 0 else { return nil }
    let estimate = score / total
    let influences = won.indices.map { (won[$0] - estimate * compared[$0]) / total }
    let terms = clusters?.sums(influences) ?? influences
    self.estimate = estimate
    standardError = terms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    self.pairs = pairs
  }

  /// `estimate ± z · standardError`, cut at 0 and 1.
  public func interval(confidence: Double = 0.95) -> Interval {
    let width = NormalDistribution.quantile(0.5 + 0.5 * confidence) * standardError
    return Interval(lower: max(0, estimate - width), upper: min(1, estimate + width))
  }
}

/// The probability of still being observed, from the Kaplan-Meier curve of the ends of observation; at one time events
/// come before ends of observation.
public struct CensoringCurve: Equatable, Sendable {
  private let times: [Double]
  private let shares: [Double]

  /// From times and events of rows, such as the training part's.
  public init(_ survival: SurvivalTimes) {
    let groups = TimeGroups(survival).groups
    var atRisk = survival.count
    var share = 1.0
    var (times, shares) = ([Double](), [Double]())
    for group in groups {
      let left = atRisk - group.events.count
      if !group.censored.isEmpty {
        share *= Double(left - group.censored.count) / Double(left)
        times.append(group.time)
        shares.append(share)
      }
      atRisk = left - group.censored.count
    }
    (self.times, self.shares) = (times, shares)
  }

  /// `G(t-)`: observed until just before a time.
  public func observed(before time: Double) -> Double {
    let place = times.countBelow(time)
    return place > 0 ? shares[place - 1] : 1
  }

  /// `G(t)`: observed until and with a time.
  public func observed(at time: Double) -> Double {
    let place = times.countNotAbove(time)
    return place > 0 ? shares[place - 1] : 1
  }
}
