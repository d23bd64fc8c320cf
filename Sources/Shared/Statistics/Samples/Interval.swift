/// An estimate's confidence interval. Percentiles are Efron's (1979, doi:10.1214/aos/1176344552).
public struct Interval: Equatable, Sendable, Codable {
  /// The lower end.
  public let lower: Double
  /// The upper end.
  public let upper: Double

  /// From its ends.
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
