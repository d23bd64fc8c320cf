import LinearAlgebra

/// Mean and sum of squares around it, in the fixed order of `LinearAlgebra`'s sums: the two-pass algorithm
/// (Chan, Golub and LeVeque 1983, doi:10.1080/00031305.1983.10483115).
public struct Moments: Equatable, Sendable {
  /// Number of values.
  public let count: Int
  /// NaN without values.
  public let mean: Double
  /// `Σ (x - mean)²`.
  public let sumOfSquares: Double

  /// Of finite values.
  public init(_ values: [Double]) {
    count = values.count
    mean = LinearAlgebra.mean(values.span)
    sumOfSquares = LinearAlgebra.sumOfSquares(values.span, around: mean)
  }

  /// Standard deviation with `n - 1`; NaN for fewer than two values.
  public var standardDeviation: Double { (sumOfSquares / Double(count - 1)).squareRoot() }
}

/// Mean in order; `nil` of nothing.
func mean(_ values: [Double]) -> Double? {
  values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}
