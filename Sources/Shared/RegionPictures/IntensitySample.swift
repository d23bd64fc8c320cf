import Volumes

/// Intensities in order, of which quantiles are taken.
struct IntensitySample {
  /// Most values that are kept: sorting more would cost more than the features.
  static let limit = 1 << 17

  let sorted: [Double]

  /// - Parameter values: finite ones.
  init(_ values: [Double]) { sorted = values.sorted() }

  /// The value below which this share of the others lies: the nearest one, not interpolated.
  func quantile(_ share: Double) -> Double? {
    guard !sorted.isEmpty else { return nil }
    return sorted[Int((Double(sorted.count - 1) * share).rounded())]
  }

  /// From the 1st to the 99th percentile; the whole range where these are one; nil where all values are equal.
  var window: ClosedRange<Double>? {
    guard let low = quantile(0.01), let high = quantile(0.99), let first = sorted.first,
      let last = sorted.last
    else { return nil }
    if low < high { return low...high }
    return first < last ? first...last : nil
  }
}

extension ClosedRange<Double> {
  /// Where a value lies between the bounds, from 0 to 1; the nearer bound for those beyond, 0 for what is no number.
  func share(of value: Double) -> Double {
    guard value > lowerBound else { return 0 }
    guard value < upperBound else { return value.isNaN ? 0 : 1 }
    // Halves, because the difference of two huge numbers may be none.
    return (0.5 * value - 0.5 * lowerBound) / (0.5 * upperBound - 0.5 * lowerBound)
  }
}
