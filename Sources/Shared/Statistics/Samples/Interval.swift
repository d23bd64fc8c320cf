/// An estimate's confidence interval.
public struct Interval: Equatable, Sendable, Codable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Type-7 percentile interval of replicates; `nil` when there are none.
  public init?(percentilesOf replicates: [Double], confidence: Double = 0.95) {
    guard !replicates.isEmpty else { return nil }
    let sorted = replicates.sorted()
    let tail = 0.5 * (1 - confidence)
    self.init(lower: quantile(ofSorted: sorted, tail), upper: quantile(ofSorted: sorted, 1 - tail))
  }
}
