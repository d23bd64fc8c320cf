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
    var (matrix, scratch) = (matrix, HouseholderScratch())
    self.init(reducing: &matrix, size: n, &scratch)
  }

  /// As above, in place: the matrix is used up.
  init(reducing a: inout [Double], size n: Int, _ scratch: inout HouseholderScratch) {
    (diagonal, offDiagonal) = ([], [])
    diagonal.reserveCapacity(n)
    offDiagonal.reserveCapacity(n)
    scratch.makeRoom(for: n)
    for k in 0..<max(0, n - 2) {
      diagonal.append(a[k * n + k])
      offDiagonal.append(Self.reflect(&a, column: k, size: n, &scratch.vector, &scratch.image))
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
  ///
  /// Three halvings are decided at a time: what they may ask is counted side by side, which takes the time of one count,
  /// because each count waits for its divisions.
  func eigenvalue(fromLargest index: Int) -> Double {
    var (lower, upper) = gershgorinBounds
    let resolution = max(abs(lower), abs(upper)) * .ulpOfOne / 4
    while true {
      let middles = Middles(lower, upper)
      let counts = count(above: middles.points)
      var place = 0
      for _ in 0..<3 {
        let middle = middles.points[place]
        guard upper - lower > resolution, middle != lower, middle != upper else {
          return lower + (upper - lower) / 2
        }
        let isAbove = counts[place] > Double(index)
        if isAbove { lower = middle } else { upper = middle }
        place = 2 * place + (isAbove ? 2 : 1)
      }
    }
  }

  /// Gershgorin's circles hold all eigenvalues.
  private var gershgorinBounds: (lower: Double, upper: Double) {
    var lower = Double.infinity
    var upper = -Double.infinity
    for i in diagonal.indices {
      let radius =
        (i > 0 ? abs(offDiagonal[i - 1]) : 0) + (i < offDiagonal.count ? abs(offDiagonal[i]) : 0)
      lower = min(lower, diagonal[i] - radius)
      upper = max(upper, diagonal[i] + radius)
    }
    return (lower, upper)
  }

  /// The points at which three halvings of an interval may ask, as a heap: after `i` come `2 i + 1` below and `2 i + 2`
  /// above it. The last place is not used.
  private struct Middles {
    var points = SIMD8<Double>()

    init(_ lower: Double, _ upper: Double) {
      func middle(_ lower: Double, _ upper: Double) -> Double { lower + (upper - lower) / 2 }
      points[0] = middle(lower, upper)
      points[1] = middle(lower, points[0])
      points[2] = middle(points[0], upper)
      points[3] = middle(lower, points[1])
      points[4] = middle(points[1], points[0])
      points[5] = middle(points[0], points[2])
      points[6] = middle(points[2], upper)
      points[7] = points[6]
    }
  }

  /// Numbers of eigenvalues larger than each `x`: positive pivots of `T - x` (Sylvester's law of inertia).
  private func count(above x: SIMD8<Double>) -> SIMD8<Double> {
    var positive = SIMD8<Double>()
    var pivot = SIMD8<Double>(repeating: 1)
    var square = 0.0
    for i in diagonal.indices {
      pivot = (diagonal[i] - x) - square / pivot
      pivot.replace(with: -Double.leastNormalMagnitude, where: pivot .== 0)
      positive.replace(with: positive + 1, where: pivot .> 0)
      square = i < offDiagonal.count ? offDiagonal[i] * offDiagonal[i] : 0
    }
    return positive
  }
}

/// Room for a reduction, kept from one to the next.
struct HouseholderScratch {
  fileprivate var vector: [Double] = []
  fileprivate var image: [Double] = []

  fileprivate mutating func makeRoom(for n: Int) {
    if vector.count >= n { return }
    vector = [Double](repeating: 0, count: n)
    image = vector
  }
}
