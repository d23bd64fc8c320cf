import LinearAlgebra

/// Mean and sum of squares around it, in the fixed order of `LinearAlgebra`'s sums.
public struct Moments: Equatable, Sendable {
  public let count: Int
  public let mean: Double
  public let sumOfSquares: Double

  public init(_ values: [Double]) {
    count = values.count
    mean = LinearAlgebra.mean(values.span)
    sumOfSquares = LinearAlgebra.sumOfSquares(values.span, around: mean)
  }

  /// Standard deviation with `n - 1`; NaN for fewer than two values.
  public var standardDeviation: Double { (sumOfSquares / Double(count - 1)).squareRoot() }
}
