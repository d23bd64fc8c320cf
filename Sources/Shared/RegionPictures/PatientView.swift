import Volumes

/// The voxels of a grid along the axes of the patient, without a copy of them: x to the left, y to the back, z to the head.
struct PatientView {
  /// Voxels along each axis of the patient.
  let counts: SIMD3<Int>
  /// Distance of voxels along each axis of the patient, in millimetres.
  let spacing: SIMD3<Double>
  /// For each axis of the patient the axis of the grid.
  let gridAxes: SIMD3<Int>
  private let strides: SIMD3<Int>
  private let start: Int

  init(_ geometry: GridGeometry) {
    let size = geometry.size
    let (sizes, steps) = ([size.x, size.y, size.z], [1, size.x, size.x * size.y])
    let orientation = geometry.orientation
    var (counts, strides, axes) = (SIMD3<Int>(), SIMD3<Int>(), SIMD3<Int>())
    var spacing = SIMD3<Double>()
    var start = 0
    for (axis, patientAxis) in orientation.patientAxes.enumerated() {
      let isReversed = orientation.isReversed[axis]
      counts[patientAxis] = sizes[axis]
      spacing[patientAxis] = geometry.spacingInMillimetres[axis]
      axes[patientAxis] = axis
      strides[patientAxis] = isReversed ? -steps[axis] : steps[axis]
      if isReversed { start += steps[axis] * (sizes[axis] - 1) }
    }
    (self.counts, self.spacing, self.strides, self.start, gridAxes) = (counts, spacing, strides, start, axes)
  }

  /// Position in memory of the voxel with these indices along the axes of the patient.
  func offset(_ index: SIMD3<Int>) -> Int {
    start + index.x * strides.x + index.y * strides.y + index.z * strides.z
  }

  /// A box of the grid along the axes of the patient.
  func box(_ box: VoxelBox, on geometry: GridGeometry) -> (lower: SIMD3<Int>, upper: SIMD3<Int>) {
    let ranges = [box.x, box.y, box.z]
    let orientation = geometry.orientation
    var (lower, upper) = (SIMD3<Int>(), SIMD3<Int>())
    for (axis, patientAxis) in orientation.patientAxes.enumerated() {
      let (range, count) = (ranges[axis], counts[patientAxis])
      let isReversed = orientation.isReversed[axis]
      lower[patientAxis] = isReversed ? count - range.upperBound : range.lowerBound
      upper[patientAxis] = isReversed ? count - range.lowerBound : range.upperBound
    }
    return (lower, upper)
  }

  /// Length of the grid along each axis of the patient, in millimetres.
  var extent: SIMD3<Double> {
    SIMD3(Double(counts.x) * spacing.x, Double(counts.y) * spacing.y, Double(counts.z) * spacing.z)
  }
}
