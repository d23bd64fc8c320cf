import LinearAlgebra

/// Hosmer and Lemeshow's test over groups of predicted probability (1980, doi:10.1080/03610928008827941), as
/// `hoslem.test` of R's ResourceSelection.
public struct HosmerLemeshow: Equatable, Sendable, Codable {
  /// Rows whose predictions lie near each other.
  public struct Group: Equatable, Sendable, Codable {
    /// How many there are.
    public let rows: Int
    /// How many of them are cases.
    public let observed: Int
    /// Sum of their predicted probabilities.
    public let expected: Double
  }

  /// By ascending prediction.
  public let groups: [Group]
  /// `Σ (O - E)²/E + (O - E)²/(n - E)` over the groups.
  public let statistic: Double
  /// Groups less 2.
  public let degrees: Double
  /// Upper tail of χ²: a small one speaks against the calibration.
  public let p: Double

  /// Groups lie between type-7 quantiles of the predictions, the upper one included; equal quantiles make one
  /// group.
  /// - Returns: `nil` with fewer than three groups, or predictions of 0 or 1 only in a group.
  public init?(_ probabilities: [Double], positives: [Bool], groups count: Int = 10) {
    let sorted = probabilities.sorted()
    let breaks = (1...max(1, count)).map { quantile(ofSorted: sorted, Double($0) / Double(max(1, count))) }
    var upperEnds: [Double] = []
    for end in breaks where end > upperEnds.last ?? sorted.first ?? 0 { upperEnds.append(end) }
    guard upperEnds.count > 2 else { return nil }
    var (rows, observed) = (
      [Int](repeating: 0, count: upperEnds.count), [Int](repeating: 0, count: upperEnds.count)
    )
    var expected = [Double](repeating: 0, count: upperEnds.count)
    for (p, isPositive) in zip(probabilities, positives) {
      let group = upperEnds.firstIndex { p <= $0 } ?? upperEnds.count - 1
      rows[group] += 1
      observed[group] += isPositive ? 1 : 0
      expected[group] += p
    }
    groups = rows.indices.map { Group(rows: rows[$0], observed: observed[$0], expected: expected[$0]) }
    var statistic = 0.0
    for group in groups {
      let distance = Double(group.observed) - group.expected
      let remaining = Double(group.rows) - group.expected
      guard group.expected > 0, remaining > 0 else { return nil }
      statistic += distance * distance / group.expected + distance * distance / remaining
    }
    self.statistic = statistic
    degrees = Double(groups.count - 2)
    p = ChiSquaredDistribution.upperTail(statistic, degrees: degrees)
  }
}

/// Spiegelhalter's test that the Brier score is what the predictions themselves lead to expect (1986,
/// doi:10.1002/sim.4780050506), as `val.prob` of R's rms.
public struct SpiegelhalterTest: Equatable, Sendable, Codable {
  /// Standard normal where the predictions are right.
  public let z: Double
  /// Two-sided.
  public let p: Double

  /// `Σ (y - p)(1 - 2p) / √Σ (1 - 2p)² p (1 - p)`; `nil` where the denominator vanishes.
  public init?(_ probabilities: [Double], positives: [Bool]) {
    let slopes = probabilities.map { 1 - 2 * $0 }
    let errors = zip(probabilities, positives).map { ($1 ? 1 : 0) - $0 }
    let variance = zip(probabilities, slopes).reduce(0.0) { $0 + $1.1 * $1.1 * $1.0 * (1 - $1.0) }
    guard variance > 0 else { return nil }
    z = dot(errors, slopes) / variance.squareRoot()
    p = NormalDistribution.twoSided(z)
  }
}

/// The index of prediction accuracy (Kattan and Gerds 2018, doi:10.1186/s41512-018-0029-2): `1 - Brier / (q (1 - q))`
/// with the share `q` of cases: 1 is perfect, 0 as good as predicting the share for all.
/// - Returns: `nil` where an outcome is missing.
public func scaledBrierScore(_ probabilities: [Double], positives: [Bool]) -> Double? {
  let share = Double(positives.count { $0 }) / Double(positives.count)
  guard share > 0, share < 1 else { return nil }
  return 1 - brierScore(probabilities, positives: positives) / (share * (1 - share))
}

/// Expected calibration error (Naeini, Cooper and Hauskrecht 2015, AAAI): distance of mean prediction and share of
/// cases over bins of equal width, weighted by rows; a probability on a border lies in the upper bin. `nil` without
/// rows.
public func expectedCalibrationError(
  _ probabilities: [Double], positives: [Bool], bins: Int = 10
) -> Double? {
  guard !probabilities.isEmpty, bins > 0 else { return nil }
  var differences = [Double](repeating: 0, count: bins)
  for (p, isPositive) in zip(probabilities, positives) {
    let bin = min(bins - 1, max(0, Int(p * Double(bins))))
    differences[bin] += p - (isPositive ? 1 : 0)
  }
  return differences.reduce(0) { $0 + abs($1) } / Double(probabilities.count)
}
