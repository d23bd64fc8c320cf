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
    guard let found = Jackknife(risks, survival, clusters: clusters, until: end, weight: weight) else {
      return nil
    }
    estimate = found.estimate
    standardError = found.terms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    pairs = found.pairs
  }

  /// C, and what each row or subject makes of it.
  struct Jackknife {
    let estimate: Double
    let pairs: Int
    /// Their squares add up to the variance of C.
    let terms: [Double]

    /// - Returns: `nil` where no pair can be compared.
    init?(
      _ risks: [Double], _ survival: SurvivalTimes, clusters: Clusters?, until end: Double = .infinity,
      weight: (Double) -> Double = { _ in 1 }
    ) {
      precondition(risks.count == survival.count, "one risk for each row")
      let counts = PairCounts(risks, survival) { time in time > end ? 0 : weight(time) }
      guard counts.total > 0 else { return nil }
      let estimate = counts.score / counts.total
      let influences = risks.indices.map { (counts.won[$0] - estimate * counts.compared[$0]) / counts.total }
      self.estimate = estimate
      pairs = counts.pairs
      terms = clusters?.sums(influences) ?? influences
    }
  }

  /// `estimate ± z · standardError`, cut at 0 and 1.
  public func interval(confidence: Double = 0.95) -> Interval {
    let width = NormalDistribution.quantile(0.5 + 0.5 * confidence) * standardError
    return Interval(lower: max(0, estimate - width), upper: min(1, estimate + width))
  }

  /// Symmetric on the logit scale by the delta method, which keeps it between 0 and 1.
  /// - Returns: `nil` at 0 and 1, and without a standard error.
  public func logitInterval(confidence: Double = 0.95) -> Interval? {
    guard estimate > 0, estimate < 1, standardError > 0 else { return nil }
    let center = logit(estimate)
    let z = NormalDistribution.quantile(0.5 + 0.5 * confidence)
    let width = z * standardError / (estimate * (1 - estimate))
    return Interval(lower: logistic(center - width), upper: logistic(center + width))
  }
}

/// What each row has of the weighted pairs that are compared, by two sweeps over time with trees of sums (Fenwick 1994,
/// doi:10.1002/spe.4380240306) over the ranks of risks: n log n.
private struct PairCounts {
  /// Weight of a row's pairs in which the higher risk came first, equal ones counting one half.
  private(set) var won: [Double]
  /// Weight of a row's pairs.
  private(set) var compared: [Double]
  private(set) var score = 0.0
  private(set) var total = 0.0
  private(set) var pairs = 0

  init(_ risks: [Double], _ survival: SurvivalTimes, weight: (Double) -> Double) {
    (won, compared) = ([Double](repeating: 0, count: risks.count), [Double](repeating: 0, count: risks.count))
    let groups = TimeGroups(survival).groups
    let weights = groups.map { $0.events.isEmpty ? 0 : weight($0.time) }
    let ranks = Self.ranks(risks)
    // Events against those who come later, from the last time to the first.
    var later = SumTree(count: risks.count)
    for (group, weight) in zip(groups, weights).reversed() {
      for row in group.censored { later.add(1, at: ranks[row]) }
      if weight > 0 {
        for row in group.events {
          let rowScore = later.sum(below: ranks[row]) + 0.5 * later.value(at: ranks[row])
          won[row] += weight * rowScore
          compared[row] += weight * later.total
          score += weight * rowScore
          total += weight * later.total
          pairs += Int(later.total)
        }
      }
      for row in group.events { later.add(1, at: ranks[row]) }
    }
    // Those who come later against events, from the first time to the last.
    var earlier = SumTree(count: risks.count)
    func meet(_ row: Int) {
      let above = earlier.total - earlier.sum(below: ranks[row]) - earlier.value(at: ranks[row])
      won[row] += above + 0.5 * earlier.value(at: ranks[row])
      compared[row] += earlier.total
    }
    for (group, weight) in zip(groups, weights) {
      group.events.forEach(meet)
      if weight > 0 { for row in group.events { earlier.add(weight, at: ranks[row]) } }
      group.censored.forEach(meet)
    }
  }

  /// Places of the distinct values, from 0.
  private static func ranks(_ values: [Double]) -> [Int] {
    var ranks = [Int](repeating: 0, count: values.count)
    var (rank, previous) = (-1, Double.nan)
    for row in ascendingOrder(of: values) {
      if values[row] != previous { rank += 1 }
      previous = values[row]
      ranks[row] = rank
    }
    return ranks
  }
}

/// Values at places, with sums of those below a place.
private struct SumTree {
  private var tree: [Double]
  private var values: [Double]
  private(set) var total = 0.0

  init(count: Int) {
    (tree, values) = ([Double](repeating: 0, count: count + 1), [Double](repeating: 0, count: count))
  }

  func value(at place: Int) -> Double { values[place] }

  mutating func add(_ value: Double, at place: Int) {
    values[place] += value
    total += value
    var node = place + 1
    while node < tree.count {
      tree[node] += value
      node += node & -node
    }
  }

  func sum(below place: Int) -> Double {
    var (node, sum) = (place, 0.0)
    while node > 0 {
      sum += tree[node]
      node -= node & -node
    }
    return sum
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
