import LinearAlgebra

/// Hosmer and Lemeshow's (1980) test over groups of predicted probability.
public struct HosmerLemeshow: Equatable, Sendable, Codable {
  public struct Group: Equatable, Sendable, Codable {
    public let rows: Int
    public let observed: Int
    public let expected: Double
  }

  public let groups: [Group]
  public let statistic: Double
  /// Groups less 2.
  public let degrees: Double
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

/// Spiegelhalter's (1986) test that the Brier score is what the predictions themselves lead to expect.
public struct SpiegelhalterTest: Equatable, Sendable, Codable {
  public let z: Double
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

/// `1 - Brier / (q (1 - q))` with the share `q` of cases: 1 is perfect, 0 as good as predicting the share for
/// all.
/// - Returns: `nil` where an outcome is missing.
public func scaledBrierScore(_ probabilities: [Double], positives: [Bool]) -> Double? {
  let share = Double(positives.count { $0 }) / Double(positives.count)
  guard share > 0, share < 1 else { return nil }
  return 1 - brierScore(probabilities, positives: positives) / (share * (1 - share))
}

/// Expected calibration error: distance of mean prediction and share of cases over bins of equal width,
/// weighted by rows; a probability on a border lies in the upper bin. `nil` without rows.
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
