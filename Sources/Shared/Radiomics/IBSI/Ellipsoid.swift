/// An ellipsoid by the lengths of its semi-axes.
struct Ellipsoid: Body {
  /// In millimetres, the longest first.
  let semiAxes: [Double]

  init(semiAxes: [Double]) { self.semiAxes = semiAxes }

  /// The ellipsoid of smallest volume around points that are not in one plane (IBSI SWZ1, BRI8).
  init(enclosing points: [SIMD3<Double>]) {
    var search = EnclosingEllipsoid(points)
    search.run()
    semiAxes = search.semiAxes()
  }

  var volume: Double { 4 * Double.pi / 3 * semiAxes[0] * semiAxes[1] * semiAxes[2] }

  /// The manual's series: `4πab Σ (αβ)^ν / (1 - 4ν²) P_ν((α² + β²) / 2αβ)`, ν up to 20, with `α² = 1 -
  /// b²/a²`, `β² = 1 - c²/a²`.
  ///
  /// This is what reference values were made with, and not the area of an ellipsoid, for which the series
  /// needs `α² = 1 - c²/a²`, `β² = 1 - c²/b²`: it is 8 % too large for semi-axes 3, 2, 1, and 28 % too small
  /// for 5, 1.1, 1. Legendre's recursion is multiplied by powers of αβ, so that a sphere divides nothing by
  /// 0.
  var area: Double {
    let (a, b, c) = (semiAxes[0], semiAxes[1], semiAxes[2])
    let alpha = 1 - b * b / (a * a)
    let beta = 1 - c * c / (a * a)
    let half = (alpha + beta) / 2
    var (previous, current) = (1.0, half)
    var sum = 1 - half / 3
    for order in 2...20 {
      let n = Double(order)
      (previous, current) = (current, ((2 * n - 1) * half * current - (n - 1) * alpha * beta * previous) / n)
      sum += current / (1 - 4 * n * n)
    }
    return 4 * Double.pi * a * b * sum
  }
}

/// Finds the ellipsoid of smallest volume around points: Khachiyan's barycentric coordinate descent
/// (Mathematics of Operations Research 21(2), 1996) with away steps (Todd & Yıldırım, Discrete Applied
/// Mathematics 155(13), 2007), which take weight off points that turn out to lie within.
///
/// Points are weighted; `κ = qᵀ (Σ u q qᵀ)⁻¹ q` with `q = (p, 1)` is 4 for all that carry weight, and less
/// for all others, once the weights are right.
struct EnclosingEllipsoid {
  private let points: [SIMD4<Double>]
  private let scale: Double
  private var weights: [Double]

  private static let dimension = 4.0
  /// Largest relative excess of κ; the manual's tolerance is 0.001.
  private static let tolerance = 1e-7
  private static let mostSteps = 20_000

  init(_ positions: [SIMD3<Double>]) {
    let lower = positions.reduce(positions[0]) { pointwiseMin($0, $1) }
    let upper = positions.reduce(positions[0]) { pointwiseMax($0, $1) }
    let (middle, scale) = ((lower + upper) / 2, (upper - lower).max() / 2)
    self.scale = scale
    points = positions.map { SIMD4(($0 - middle) / scale, 1) }
    weights = Self.weights(ofExtremesIn: points)
    if InverseTriangle(of: moments) == nil {
      weights = [Double](repeating: 1 / Double(points.count), count: points.count)
    }
  }

  /// Equal weights for the outermost points along each axis, none for the others.
  private static func weights(ofExtremesIn points: [SIMD4<Double>]) -> [Double] {
    var weights = [Double](repeating: 0, count: points.count)
    for axis in 0..<3 {
      weights[points.indices.reduce(0) { points[$1][axis] < points[$0][axis] ? $1 : $0 }] = 1
      weights[points.indices.reduce(0) { points[$1][axis] > points[$0][axis] ? $1 : $0 }] = 1
    }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// `Σ u q qᵀ`, by rows.
  private var moments: [SIMD4<Double>] {
    var sums = [SIMD4<Double>](repeating: [0, 0, 0, 0], count: 4)
    for (point, weight) in zip(points, weights) where weight > 0 {
      for row in 0..<4 { sums[row] += point * (weight * point[row]) }
    }
    return sums
  }

  mutating func run() {
    for _ in 0..<Self.mostSteps {
      guard let triangle = InverseTriangle(of: moments) else { return }
      var (far, near) = (0, -1)
      let kappa = points.map(triangle.square)
      for index in points.indices {
        if kappa[index] > kappa[far] { far = index }
        if weights[index] > 0, near < 0 || kappa[index] < kappa[near] { near = index }
      }
      let excess = kappa[far] / Self.dimension - 1
      let lack = 1 - kappa[near] / Self.dimension
      if max(excess, lack) <= Self.tolerance { return }
      if excess >= lack { moveTowards(far, kappa[far]) } else { moveAway(near, kappa[near]) }
    }
  }

  /// Gives a point more weight, by the step that raises the determinant most.
  private mutating func moveTowards(_ point: Int, _ kappa: Double) {
    shift((kappa - Self.dimension) / (Self.dimension * (kappa - 1)), to: point)
  }

  /// Takes weight off a point, all of it at most.
  private mutating func moveAway(_ point: Int, _ kappa: Double) {
    let weight = weights[point]
    let dropping = -weight / (1 - weight)
    let best = kappa > 1 ? (kappa - Self.dimension) / (Self.dimension * (kappa - 1)) : -Double.infinity
    shift(max(best, dropping), to: point)
    if best <= dropping { weights[point] = 0 }
  }

  private mutating func shift(_ share: Double, to point: Int) {
    for index in weights.indices { weights[index] *= 1 - share }
    weights[point] += share
  }

  /// Lengths of the semi-axes in the unit of the points, the longest first, such that no point lies outside.
  func semiAxes() -> [Double] {
    let moments = moments
    let centre = moments[3]
    var covariance = [[Double]](repeating: [0, 0, 0], count: 3)
    for i in 0..<3 {
      for j in 0..<3 { covariance[i][j] = moments[i][j] - centre[i] * centre[j] }
    }
    let triangle = InverseTriangle(of: moments)
    let largest = points.reduce(Self.dimension) { max($0, triangle?.square($1) ?? 0) }
    let growth = ((largest - 1) / (Self.dimension - 1)).squareRoot()
    return PrincipalAxes.eigenvalues(covariance).sorted(by: >).map {
      (3 * max(0, $0)).squareRoot() * growth * scale
    }
  }
}

/// The inverse `L⁻¹` of the triangle of Cholesky's factorisation `M = L Lᵀ`, by which `qᵀ M⁻¹ q = |L⁻¹ q|²`.
private struct InverseTriangle {
  private var rows: [SIMD4<Double>]

  /// - Returns: `nil` where the matrix is not positive definite.
  init?(of matrix: [SIMD4<Double>]) {
    var factor = [SIMD4<Double>](repeating: [0, 0, 0, 0], count: 4)
    rows = factor
    for i in 0..<4 {
      for j in 0...i {
        var sum = matrix[i][j]
        for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
        if i > j {
          factor[i][j] = sum / factor[j][j]
        } else if sum > 1e-12 {
          factor[i][i] = sum.squareRoot()
        } else {
          return nil
        }
      }
      var row = SIMD4<Double>(0, 0, 0, 0)
      row[i] = 1
      for k in 0..<i { row -= rows[k] * factor[i][k] }
      rows[i] = row / factor[i][i]
    }
  }

  func square(_ q: SIMD4<Double>) -> Double {
    var sum = 0.0
    for row in rows {
      let product = (row * q).sum()
      sum += product * product
    }
    return sum
  }
}
