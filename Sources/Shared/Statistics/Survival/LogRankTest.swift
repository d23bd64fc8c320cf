import LinearAlgebra

/// Whether groups have the same survival: the log-rank test (Mantel 1966; Peto and Peto 1972, doi:10.2307/2344317),
/// `survdiff` of R's survival.
public struct LogRankTest: Equatable, Sendable, Codable {
  /// What one group had.
  public struct Group: Equatable, Sendable, Codable {
    /// Rows.
    public let count: Int
    /// Events observed.
    public let observed: Int
    /// Events expected if all groups had the same hazard.
    public let expected: Double
  }

  /// In the order of their numbers.
  public let groups: [Group]
  /// χ² with `degrees`.
  public let statistic: Double
  /// Groups that had something to expect, less one.
  public let degrees: Int
  /// Upper tail of χ².
  public let p: Double

  /// Compares the groups.
  /// - Parameters:
  ///   - survival: times and events.
  ///   - groups: a number from 0 for each row.
  ///   - strata: a number for each row; groups are compared within them only. `nil` for one stratum.
  /// - Returns: `nil` where fewer than two groups had rows at risk of an event.
  public init?(_ survival: SurvivalTimes, groups: [Int], strata: [Int]? = nil) {
    precondition(groups.count == survival.count && strata?.count ?? groups.count == groups.count)
    precondition(groups.allSatisfy { $0 >= 0 }, "groups are numbered from 0")
    var sums = Sums(count: (groups.max() ?? -1) + 1)
    for stratum in Set(strata ?? [0]).sorted() {
      let rows = groups.indices.filter { strata?[$0] ?? 0 == stratum }
      sums.add(TimeGroups(survival, rows: rows), groups: groups)
    }
    self.groups = sums.observed.indices.map { group in
      Group(
        count: groups.count { $0 == group }, observed: sums.observed[group], expected: sums.expected[group])
    }
    // One group is left out, since the differences add up to 0.
    let compared = sums.expected.indices.filter { sums.expected[$0] > 0 }.dropFirst()
    guard !compared.isEmpty else { return nil }
    let variance = sums.variance.selecting(rows: Array(compared), columns: Array(compared))
    guard let factor = Cholesky(variance, tolerance: 1e-12) else { return nil }
    let differences = compared.map { Double(sums.observed[$0]) - sums.expected[$0] }
    statistic = dot(differences, factor.solve(differences))
    degrees = compared.count
    p = ChiSquaredDistribution.upperTail(statistic, degrees: Double(degrees))
  }

  private struct Sums {
    var observed: [Int]
    var expected: [Double]
    var variance: Matrix

    init(count: Int) {
      observed = [Int](repeating: 0, count: count)
      expected = [Double](repeating: 0, count: count)
      variance = Matrix(rows: count, columns: count)
    }

    /// One stratum; counts of each time are hypergeometric given its margins.
    mutating func add(_ times: TimeGroups, groups: [Int]) {
      var atRisk = [Int](repeating: 0, count: observed.count)
      for group in times.groups {
        for row in group.events + group.censored { atRisk[groups[row]] += 1 }
      }
      for time in times.groups {
        let (events, total) = (Double(time.events.count), Double(atRisk.reduce(0, +)))
        for row in time.events { observed[groups[row]] += 1 }
        if events > 0 {
          let shares = atRisk.map { Double($0) / total }
          let factor = total > 1 ? events * (total - events) / (total - 1) : 0
          for i in shares.indices {
            expected[i] += events * shares[i]
            for j in shares.indices { variance[i, j] += factor * shares[i] * ((i == j ? 1 : 0) - shares[j]) }
          }
        }
        for row in time.events + time.censored { atRisk[groups[row]] -= 1 }
      }
    }
  }
}
