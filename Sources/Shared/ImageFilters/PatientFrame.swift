import Volumes

/// Where a grid lies in the patient, taken off it while it is computed with, and put back afterwards.
///
/// Headers state one geometry in several ways (a matrix or a quaternion of single precision, texts of decimal digits), which
/// differ in the last digits. A new grid's voxel that lies halfway between two old ones then goes one way or the other. A grid
/// that begins at zero, along the axes, with spacings freed of that noise, has positions that depend on nothing else.
struct PatientFrame {
  private let geometry: GridGeometry
  private let bare: GridGeometry

  init(of geometry: GridGeometry) {
    self.geometry = geometry
    let spacing = geometry.spacingInMillimetres
    bare = GridGeometry(
      size: geometry.size,
      spacingInMillimetres: SIMD3(
        Self.withoutNoise(spacing.x), Self.withoutNoise(spacing.y), Self.withoutNoise(spacing.z)))
  }

  /// A spacing as it was most likely meant: one of five decimals that is no further than single precision tells numbers apart,
  /// else the nearest multiple of 2⁻²⁰ mm, which all quotients of a field of view by a power of two are.
  static func withoutNoise(_ spacing: Double) -> Double {
    // Beyond these the steps are coarser than the numbers, or as fine.
    guard (0.01...1000).contains(spacing) else { return spacing }
    let decimal = (spacing * 1e5).rounded() / 1e5
    if abs(decimal - spacing) <= 2e-7 * max(1, spacing) { return decimal }
    return (spacing * 0x1p20).rounded() * 0x1p-20
  }

  func takeOut(_ image: StoredVolume) -> StoredVolume { image.placed(on: bare) }

  func takeOut(_ mask: Mask) -> Mask { Mask(geometry: bare, voxels: mask.voxels) }

  func putBack(_ image: StoredVolume) -> StoredVolume { image.placed(on: inPatient(image.geometry)) }

  func putBack(_ mask: Mask) -> Mask { Mask(geometry: inPatient(mask.geometry), voxels: mask.voxels) }

  /// A grid made of the bare one, at its place in the patient.
  private func inPatient(_ grid: GridGeometry) -> GridGeometry {
    var placed = grid
    placed.directions = geometry.directions
    placed.originInMillimetres = geometry.point(atIndex: bare.index(atPoint: grid.originInMillimetres))
    return placed
  }
}
