import Volumes

/// Rows of a 3×3 matrix.
struct Matrix3 {
  var rows: [SIMD3<Double>]

  /// Product with a column vector, each row summed from left to right.
  func product(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    func sum(_ row: SIMD3<Double>) -> Double { row.x * vector.x + row.y * vector.y + row.z * vector.z }
    return SIMD3(sum(rows[0]), sum(rows[1]), sum(rows[2]))
  }

  /// The inverse by cofactors; of a matrix with one entry in each row and column, exactly the reciprocals.
  var inverse: Matrix3 {
    if let simple = inverseOfPermutation { return simple }
    let (a, b, c) = (rows[0], rows[1], rows[2])
    func cross(_ p: SIMD3<Double>, _ q: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3(p.y * q.z - p.z * q.y, p.z * q.x - p.x * q.z, p.x * q.y - p.y * q.x)
    }
    let columns = [cross(b, c), cross(c, a), cross(a, b)]
    let determinant = (a * columns[0]).sum()
    return Matrix3(
      rows: (0..<3).map { SIMD3(columns[0][$0], columns[1][$0], columns[2][$0]) / determinant })
  }

  private var inverseOfPermutation: Matrix3? {
    var inverse = [SIMD3<Double>](repeating: .zero, count: 3)
    for row in 0..<3 {
      let entries = (0..<3).filter { rows[row][$0] != 0 }
      guard entries.count == 1, inverse[entries[0]] == .zero else { return nil }
      inverse[entries[0]][row] = 1 / rows[row][entries[0]]
    }
    return Matrix3(rows: inverse)
  }
}

extension GridGeometry {
  /// Millimetres a voxel along each axis: the directions, each times its spacing, as columns.
  fileprivate var indexToPoint: Matrix3 {
    Matrix3(
      rows: (0..<3).map { row in
        SIMD3(directions[0][row], directions[1][row], directions[2][row]) * spacingInMillimetres
      })
  }

  /// Position in millimetres of a continuous index; whole numbers are voxel centres.
  public func point(atIndex index: SIMD3<Double>) -> SIMD3<Double> {
    indexToPoint.product(index) + originInMillimetres
  }

  /// Continuous index of a position in millimetres.
  public func index(atPoint point: SIMD3<Double>) -> SIMD3<Double> {
    indexToPoint.inverse.product(point - originInMillimetres)
  }

  /// Whether two grids are the same to ITK: equal sizes, origins and spacings within `tolerance` times this
  /// grid's spacing along x, direction cosines within `tolerance`.
  public func coincides(with other: GridGeometry, tolerance: Double) -> Bool {
    let allowed = abs(tolerance * spacingInMillimetres.x)
    func agree(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ allowed: Double) -> Bool {
      (0..<3).allSatisfy { abs(a[$0] - b[$0]) <= allowed }
    }
    return dimension == other.dimension && size == other.size
      && agree(originInMillimetres, other.originInMillimetres, allowed)
      && agree(spacingInMillimetres, other.spacingInMillimetres, allowed)
      && zip(directions, other.directions).allSatisfy { agree($0, $1, tolerance) }
  }
}

/// Maps indices of one grid to continuous indices of another, by way of millimetres as ITK does.
struct IndexMapping {
  private let toPoint: Matrix3
  private let toIndex: Matrix3
  private let sourceOrigin: SIMD3<Double>
  private let targetOrigin: SIMD3<Double>

  init(from source: GridGeometry, to target: GridGeometry) {
    toPoint = source.indexToPoint
    toIndex = target.indexToPoint.inverse
    sourceOrigin = source.originInMillimetres
    targetOrigin = target.originInMillimetres
  }

  func callAsFunction(_ index: SIMD3<Double>) -> SIMD3<Double> {
    toIndex.product(toPoint.product(index) + sourceOrigin - targetOrigin)
  }
}
