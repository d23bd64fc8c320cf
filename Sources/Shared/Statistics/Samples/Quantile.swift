/// Sample quantile of type 7 (Hyndman and Fan 1996; the default of R and NumPy) of sorted values: linear between the
/// order statistics at `(n - 1) p`.
/// - Returns: NaN when there is no value.
package func quantile(ofSorted values: [Double], _ p: Double) -> Double {
  guard !values.isEmpty else { return .nan }
  let position = Double(values.count - 1) * min(max(p, 0), 1)
  let lower = Int(position.rounded(.down))
  guard lower + 1 < values.count else { return values[values.count - 1] }
  return values[lower] + (position - Double(lower)) * (values[lower + 1] - values[lower])
}

/// An estimate's confidence interval.
package struct Interval: Equatable, Sendable, Codable {
  package let lower: Double
  package let upper: Double

  package init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Type-7 percentile interval of replicates; `nil` when there are none.
  package init?(percentilesOf replicates: [Double], confidence: Double = 0.95) {
    guard !replicates.isEmpty else { return nil }
    let sorted = replicates.sorted()
    let tail = 0.5 * (1 - confidence)
    self.init(lower: quantile(ofSorted: sorted, tail), upper: quantile(ofSorted: sorted, 1 - tail))
  }
}
