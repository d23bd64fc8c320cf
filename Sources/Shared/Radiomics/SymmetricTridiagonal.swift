/// A symmetric tridiagonal matrix, whose eigenvalues can be found one by one.
struct SymmetricTridiagonal {
  var diagonal: [Double]
  /// Element `i` couples `i` and `i + 1`.
  var offDiagonal: [Double]

  init(diagonal: [Double], offDiagonal: [Double]) {
    self.diagonal = diagonal
    self.offDiagonal = offDiagonal
  }

  /// Householder's reduction of a symmetric matrix (by rows): the result has its eigenvalues.
  init(reducing matrix: [Double], size n: Int) {
    var a = matrix
    diagonal = []
    offDiagonal = []
    var v = [Double](repeating: 0, count: n)
    var w = v
    for k in 0..<max(0, n - 2) {
      diagonal.append(a[k * n + k])
      offDiagonal.append(Self.reflect(&a, column: k, size: n, &v, &w))
    }
    if n > 1 {
      diagonal.append(a[(n - 2) * n + n - 2])
      offDiagonal.append(a[(n - 1) * n + n - 2])
    }
    diagonal.append(a[(n - 1) * n + n - 1])
  }

  /// Clears a column below its subdiagonal by `A ← H A H`, `H = 1 - 2 v vᵀ / vᵀv`; returns the subdiagonal.
  private static func reflect(
    _ a: inout [Double], column k: Int, size n: Int, _ v: inout [Double], _ w: inout [Double]
  ) -> Double {
    var tail = 0.0
    var square = 0.0
    for i in k + 1..<n {
      v[i] = a[k * n + i]
      if i > k + 1 { tail += v[i] * v[i] }
      square += v[i] * v[i]
    }
    if tail == 0 { return v[k + 1] }
    let norm = v[k + 1] > 0 ? -square.squareRoot() : square.squareRoot()
    v[k + 1] -= norm
    let scale = 2 / (tail + v[k + 1] * v[k + 1])
    for i in k + 1..<n { w[i] = 0 }
    for i in k + 1..<n {
      add(a.span.extracting(i * n..<i * n + n), from: k + 1, times: scale * v[i], to: &w)
    }
    var product = 0.0
    for i in k + 1..<n { product += v[i] * w[i] }
    for i in k + 1..<n { w[i] -= product * scale / 2 * v[i] }
    var rows = a.mutableSpan
    for i in k + 1..<n {
      let (vi, wi) = (v[i], w[i])
      let (vs, ws) = (v.span, w.span)
      for j in k + 1..<n {
        unsafe rows[unchecked: i &* n &+ j] -= vi * ws[unchecked: j] + wi * vs[unchecked: j]
      }
    }
    return norm
  }

  private static func add(
    _ row: Span<Double>, from first: Int, times factor: Double, to sum: inout [Double]
  ) {
    var sum = sum.mutableSpan
    for j in first..<row.count { unsafe sum[unchecked: j] += factor * row[unchecked: j] }
  }

  /// The eigenvalue with `index` larger ones (0: the largest), by bisection to the last bit.
  func eigenvalue(fromLargest index: Int) -> Double {
    var lower = Double.infinity
    var upper = -Double.infinity
    for i in diagonal.indices {
      let radius =
        (i > 0 ? abs(offDiagonal[i - 1]) : 0) + (i < offDiagonal.count ? abs(offDiagonal[i]) : 0)
      lower = min(lower, diagonal[i] - radius)
      upper = max(upper, diagonal[i] + radius)
    }
    let resolution = max(abs(lower), abs(upper)) * .ulpOfOne / 4
    while upper - lower > resolution {
      let middle = lower + (upper - lower) / 2
      if middle == lower || middle == upper { break }
      if count(above: middle) > index { lower = middle } else { upper = middle }
    }
    return lower + (upper - lower) / 2
  }

  /// Number of eigenvalues larger than `x`: positive pivots of `T - x` (Sylvester's law of inertia).
  private func count(above x: Double) -> Int {
    var positive = 0
    var pivot = 1.0
    for i in diagonal.indices {
      let coupling = i > 0 ? offDiagonal[i - 1] * offDiagonal[i - 1] / pivot : 0
      pivot = diagonal[i] - x - coupling
      if pivot == 0 { pivot = -Double.leastNormalMagnitude }
      if pivot > 0 { positive += 1 }
    }
    return positive
  }
}
