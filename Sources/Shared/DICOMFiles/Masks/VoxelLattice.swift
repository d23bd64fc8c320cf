import Volumes

/// Turns places in the patient into places on a grid of voxels, in 4096ths of a voxel.
///
/// Whole numbers make every later decision exact: whether a centre lies inside a contour, on it or outside does not depend on
/// how the grid's geometry was stored, whose digits differ by far less than a 4096th of a voxel.
struct VoxelLattice {
  /// Parts of a voxel.
  static let parts = 4096
  /// Voxels from the first one beyond which no place is taken: products of places must fit 64 bits.
  static let farthest = 131_072.0

  private let geometry: GridGeometry
  /// Rows of the inverse of the matrix whose columns are the directions times the spacings.
  private let rows: [SIMD3<Double>]

  init(_ geometry: GridGeometry) {
    self.geometry = geometry
    let axes = (0..<3).map { geometry.directions[$0] * geometry.spacingInMillimetres[$0] }
    let crossed = (0..<3).map { cross(axes[($0 + 1) % 3], axes[($0 + 2) % 3]) }
    let determinant = (axes[0] * crossed[0]).sum()
    rows = crossed.map { $0 / determinant }
  }

  /// The index, with its fraction, of a place in millimetres.
  func index(of point: SIMD3<Double>) -> SIMD3<Double> {
    let offset = point - geometry.originInMillimetres
    return [(rows[0] * offset).sum(), (rows[1] * offset).sum(), (rows[2] * offset).sum()]
  }

  /// An index in 4096ths of a voxel, the nearest whole number of them; `nil` where it is too far away.
  static func snapped(_ index: Double) -> Int? {
    guard abs(index) <= farthest else { return nil }
    return Int((index * Double(parts)).rounded())
  }

  /// The voxel nearest to an index in 4096ths. Exactly between two lies nearer, by definition, the one of the lesser coordinate
  /// in the patient (LPS, along the patient's axis that the grid's comes closest to): so the choice is the same however the
  /// grid is turned.
  func nearest(_ index: Int, axis: Int) -> Int {
    let direction = geometry.directions[axis]
    let dominant = (0..<3).max { abs(direction[$0]) < abs(direction[$1]) } ?? axis
    let half = Self.parts / 2
    let isAscending = direction[dominant] > 0
    return isAscending ? ceilingQuotient(index - half, Self.parts) : floorQuotient(index + half, Self.parts)
  }
}

func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  [a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x]
}

/// Quotient rounded down; the divisor is above 0.
func floorQuotient(_ number: Int, _ divisor: Int) -> Int {
  let quotient = number / divisor
  return number % divisor < 0 ? quotient - 1 : quotient
}

/// Quotient rounded up; the divisor is above 0.
func ceilingQuotient(_ number: Int, _ divisor: Int) -> Int {
  let quotient = number / divisor
  return number % divisor > 0 ? quotient + 1 : quotient
}
