import LinearAlgebra

/// Mean and sum of squares around it, in the fixed order of `LinearAlgebra`'s sums.
package struct Moments: Equatable, Sendable {
  package let count: Int
  package let mean: Double
  package let sumOfSquares: Double

  package init(_ values: [Double]) {
    count = values.count
    mean = LinearAlgebra.mean(values.span)
    sumOfSquares = LinearAlgebra.sumOfSquares(values.span, around: mean)
  }

  /// Standard deviation with `n - 1`; NaN for fewer than two values.
  package var standardDeviation: Double { (sumOfSquares / Double(count - 1)).squareRoot() }
}
