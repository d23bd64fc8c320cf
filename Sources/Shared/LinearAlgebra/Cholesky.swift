/// Cholesky factor `A = L Lᵀ` of a symmetric positive definite matrix, in fixed order (Golub and Van Loan 2013, Matrix
/// Computations, 4.2).
public struct Cholesky: Sendable {
  /// Lower triangular; what lies above the diagonal is zero.
  public let factor: Matrix

  /// Factors a square matrix, of which the lower triangle is read.
  /// - Returns: `nil` when a pivot is not above `tolerance` times the diagonal element it came from: the matrix is
  ///   not positive definite, or so nearly singular that a solution would be noise.
  public init?(_ matrix: Matrix, tolerance: Double = 0) {
    precondition(matrix.rows == matrix.columns, "a square matrix")
    let n = matrix.rows
    var lower = Matrix(rows: n, columns: n)
    for column in 0..<n {
      for row in column..<n {
        var value = matrix[row, column]
        for k in 0..<column { value -= lower[row, k] * lower[column, k] }
        if row == column {
          guard value > tolerance * matrix[column, column], value.isFinite else { return nil }
          lower[column, column] = value.squareRoot()
        } else {
          lower[row, column] = value / lower[column, column]
        }
      }
    }
    factor = lower
  }

  /// `x` with `A x = b`.
  public func solve(_ b: [Double]) -> [Double] {
    let n = factor.rows
    precondition(b.count == n, "one right-hand side for each row")
    var x = b
    for row in 0..<n {
      for k in 0..<row { x[row] -= factor[row, k] * x[k] }
      x[row] /= factor[row, row]
    }
    for row in stride(from: n - 1, through: 0, by: -1) {
      for k in row + 1..<n { x[row] -= factor[k, row] * x[k] }
      x[row] /= factor[row, row]
    }
    return x
  }

  /// `A⁻¹`.
  public var inverse: Matrix {
    let n = factor.rows
    var result = Matrix(rows: n, columns: n)
    for column in 0..<n {
      var unit = [Double](repeating: 0, count: n)
      unit[column] = 1
      result.values.replaceSubrange(result.range(ofColumn: column), with: solve(unit))
    }
    return result
  }

  /// `√det A`, the product of the factor's diagonal.
  public var squareRootOfDeterminant: Double {
    (0..<factor.rows).reduce(1) { $0 * factor[$1, $1] }
  }
}
