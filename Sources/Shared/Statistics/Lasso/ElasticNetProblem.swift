import CDescentKernels
import LinearAlgebra

/// Columns, outcomes and weights of a logistic elastic net, standardised, with the memory that the solver works in.
///
/// Columns have weighted mean 0 and weighted mean square 1, as in glmnet (Friedman, Hastie and Tibshirani 2010,
/// doi:10.18637/jss.v033.i01); their length is padded with zeros to a
/// multiple of sixteen, so that no vector loop has a remainder. Constant columns stay zero and are never selected.
@safe struct ElasticNetProblem: ~Copyable {
  let rows: Int
  let columns: Int
  /// Padded number of rows.
  let stride: Int
  /// Sum of the weights given: the number of rows where weights are counts.
  let totalWeight: Double
  /// Weighted mean of the outcomes.
  let prevalence: Double
  let means: [Double]
  /// Zero for a constant column.
  let scales: [Double]
  let x: UnsafeMutablePointer<Double>
  /// Outcomes, weights summing to 1, working weights, working residual, linear predictor: `stride` each.
  let y: UnsafeMutablePointer<Double>
  let weights: UnsafeMutablePointer<Double>
  let working: UnsafeMutablePointer<Double>
  let residual: UnsafeMutablePointer<Double>
  let predictor: UnsafeMutablePointer<Double>

  /// - Parameter used: the rows to use, each with a positive weight.
  init(features: Matrix, outcomes: [Double], weights given: [Double], rows used: [Int]) {
    rows = used.count
    columns = features.columns
    let lanes = Int(DESCENT_LANES)
    stride = (used.count + lanes - 1) / lanes * lanes
    let block = UnsafeMutablePointer<Double>.allocate(capacity: stride * (columns + 5))
    unsafe block.initialize(repeating: 0, count: stride * (columns + 5))
    unsafe (x, y) = (block, block + stride * columns)
    unsafe (weights, working) = (block + stride * (columns + 1), block + stride * (columns + 2))
    unsafe (residual, predictor) = (block + stride * (columns + 3), block + stride * (columns + 4))
    totalWeight = used.reduce(0) { $0 + given[$1] }
    for (place, row) in used.enumerated() {
      unsafe y[place] = outcomes[row]
      unsafe weights[place] = given[row] / totalWeight
    }
    prevalence = unsafe dot(weights, y, count: stride)
    var (means, scales) = ([Double](), [Double]())
    for column in 0..<columns {
      let source = features.values.span.extracting(features.range(ofColumn: column))
      let target = unsafe x + column * stride
      for (place, row) in used.enumerated() { unsafe target[place] = source[row] }
      let (mean, scale) = unsafe Self.standardize(target, weights: weights, rows: rows, stride: stride)
      means.append(mean)
      scales.append(scale)
    }
    (self.means, self.scales) = (means, scales)
  }

  deinit { unsafe x.deallocate() }

  private static func standardize(
    _ column: UnsafeMutablePointer<Double>, weights: UnsafePointer<Double>, rows: Int, stride: Int
  ) -> (mean: Double, scale: Double) {
    let mean = unsafe dot(column, weights, count: stride)
    for row in 0..<rows { unsafe column[row] -= mean }
    let scale = unsafe weightedSquares(column, weights: weights, count: stride).squareRoot()
    // Rounding leaves about 1e-16 of the mean in a constant column.
    guard scale > 1e-14 * abs(mean) else {
      for row in 0..<rows { unsafe column[row] = 0 }
      return (mean, 0)
    }
    let inverse = 1 / scale
    for row in 0..<rows { unsafe column[row] *= inverse }
    return (mean, scale)
  }
}
