import COpenBLAS
import LinearAlgebra
import Testing

/// A matrix of uniform numbers in -1 ..< 1.
private func randomMatrix(rows: Int, columns: Int, seed: UInt64 = 1) -> Matrix {
  var stream = RandomStream(seed: seed, purpose: .synthesis)
  return Matrix(
    rows: rows, columns: columns, values: (0..<rows * columns).map { _ in 2 * stream.uniform() - 1 })
}

@Suite struct `Fixed-order sums` {
  @Test(arguments: [0, 1, 7, 8, 9, 105, 1000]) func `agree with BLAS`(count: Int) {
    let matrix = randomMatrix(rows: count, columns: 2)
    let (a, b) = (matrix.column(0), matrix.column(1))
    let expected = unsafe cblas_ddot(Int32(count), a, 1, b, 1)
    #expect(abs(dot(a.span, b.span) - expected) < 1e-13)
    #expect(abs(sum(a.span) - a.reduce(0, +)) < 1e-13)
  }

  @Test func `follow the documented order`() {
    let a = randomMatrix(rows: 19, columns: 1).values
    var lanes = [Double](repeating: 0, count: 8)
    for i in 0..<16 { lanes[i % 8] += a[i] }
    let four = (0..<4).map { lanes[$0] + lanes[$0 + 4] }
    var expected = (four[0] + four[2]) + (four[1] + four[3])
    for i in 16..<19 { expected += a[i] }
    #expect(sum(a.span) == expected)
  }

  @Test func `squares around a center`() {
    #expect(sumOfSquares([1, 2, 3, 4, 5, 6, 7, 8, 9].span, around: 5) == 60)
    #expect(mean([1, 2, 6].span) == 3)
  }
}

@Suite struct `Dense matrices` {
  @Test(arguments: [(5, 3), (105, 17), (3, 40), (1, 1)]) func `the Gram product agrees with BLAS`(
    rows: Int, columns: Int
  ) {
    let matrix = randomMatrix(rows: rows, columns: columns)
    var expected = [Double](repeating: 0, count: columns * columns)
    unsafe cblas_dgemm(
      CblasColMajor, CblasTrans, CblasNoTrans, Int32(columns), Int32(columns), Int32(rows), 1, matrix.values,
      Int32(rows), matrix.values, Int32(rows), 0, &expected, Int32(columns))
    let gram = matrix.gram()
    #expect(zip(gram.values, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect((0..<columns).allSatisfy { i in (0..<columns).allSatisfy { gram[i, $0] == gram[$0, i] } })
  }

  @Test func `the Gram product sums over rows in order`() {
    let matrix = randomMatrix(rows: 50, columns: 11)
    let gram = matrix.gram()
    var expected = 0.0
    for row in 0..<50 { expected += matrix[row, 2] * matrix[row, 9] }
    #expect(gram[2, 9] == expected)
  }

  @Test func `rows and columns are selected in the order given`() {
    let matrix = Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])
    #expect(matrix.selecting(rows: [1, 0, 1], columns: [2, 0]).values == [6, 5, 6, 2, 1, 2])
    #expect(matrix.times([1, 0, -1]) == [-4, -4])
  }
}

@Suite struct `Cholesky factors` {
  @Test(arguments: [1, 2, 9, 40]) func `factor and solution agree with LAPACK and the equations`(size: Int)
    throws
  {
    var matrix = randomMatrix(rows: size + 5, columns: size).gram()
    for i in 0..<size { matrix[i, i] += 0.1 }
    var expected = matrix.values
    var (order, status) = (Int32(size), Int32(0))
    unsafe dpotrf_("L", &order, &expected, &order, &status)
    try #require(status == 0)
    let cholesky = try #require(Cholesky(matrix))
    for column in 0..<size {
      for row in column..<size {
        #expect(abs(cholesky.factor[row, column] - expected[column * size + row]) < 1e-12)
      }
    }
    let b = randomMatrix(rows: size, columns: 1, seed: 4).values
    let residual = zip(matrix.times(cholesky.solve(b)), b).map { abs($0 - $1) }
    #expect(residual.allSatisfy { $0 < 1e-11 })
    let identity = matrix.times(cholesky.inverse.column(0))
    #expect(abs(identity[0] - 1) < 1e-11)
  }

  @Test func `a matrix that is not positive definite has none`() {
    #expect(Cholesky(Matrix(rows: 2, columns: 2, values: [1, 2, 2, 1])) == nil)
    #expect(Cholesky(Matrix(rows: 1, columns: 1, values: [.nan])) == nil)
    #expect(Cholesky(Matrix(rows: 2, columns: 2, values: [1, 1, 1, 1 + 1e-15]), tolerance: 1e-12) == nil)
  }
}
