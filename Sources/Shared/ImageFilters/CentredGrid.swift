import Volumes

/// Where a resampled grid lies on the grid it replaces.
public enum GridAlignment: String, Sendable, Codable, CaseIterable {
  /// Corners of the outermost voxels coincide, and the grid ends some voxels beyond the region: PyRadiomics' way.
  case corner
  /// The middles of both grids coincide, and the grid covers the whole image: the way of the IBSI reference manual.
  case center
}

extension GridGeometry {
  /// The grid of another spacing over the whole of this one, with the same middle (IBSI reference manual, 2.4: "align grid
  /// centers").
  ///
  /// Along an axis of `n` voxels it has `⌈n · old / new⌉`, and its first one lies at the continuous index
  /// `(n - 1 - (m - 1) · new / old) / 2` of this grid, `m` being their number. A thousandth of a voxel more than a whole number
  /// is taken for the rounding of a header, and makes no voxel of its own.
  /// - Parameter requested: mm along each axis; 0 keeps the spacing.
  /// - Throws: `invalidSetting` unless there is one number for each axis; `gridTooLarge` beyond `GridSize.voxelLimit`.
  func centred(spacing requested: [Double]) throws(ImageFilterError) -> GridGeometry {
    try require(
      requested.count == dimension,
      "resampledPixelSpacing has \(requested.count) numbers, but the image \(dimension) dimensions; give one each"
    )
    var (spacing, corner) = (spacingInMillimetres, SIMD3<Double>.zero)
    var counts = SIMD3<Double>(1, 1, 1)
    for axis in 0..<dimension {
      let (old, extent) = (spacingInMillimetres[axis], Double(size.extents[axis]))
      if requested[axis] != 0 { spacing[axis] = requested[axis] }
      counts[axis] = max(1, (extent * old / spacing[axis] - 1e-3).rounded(.up))
      corner[axis] = 0.5 * (extent - 1 - (counts[axis] - 1) * spacing[axis] / old)
    }
    let total = counts[0] * counts[1] * counts[2]
    guard total.isFinite, total <= Double(GridSize.voxelLimit) else {
      throw ImageFilterError(
        .gridTooLarge,
        "resampledPixelSpacing \(requested) mm makes a grid of \(wholeNumber(total)) voxels of the whole image, as "
          + "gridAlignment: center has it; expected at most \(GridSize.voxelLimit): choose a larger spacing, or crop the image"
      )
    }
    return GridGeometry(
      size: GridSize(x: Int(counts.x), y: Int(counts.y), z: Int(counts.z)), spacingInMillimetres: spacing,
      originInMillimetres: point(atIndex: corner), directions: directions, dimension: dimension)
  }
}

extension Mask {
  /// Voxels around the region that an interpolated mask is computed of: where a cubic spline's coefficients have decayed.
  private static let splineReach = 24

  /// The region on another grid: the voxels of which at least a share, by interpolation of 1 inside and 0 outside, belongs to
  /// it (IBSI reference manual, 2.4: partial volume threshold). Outside this mask's grid there is no region.
  ///
  /// A share that equals the threshold but for rounding is enough.
  /// - Parameter threshold: above 0, to 1.
  func resampled(
    onto grid: GridGeometry, by interpolator: Interpolator, threshold: Double
  ) throws(ImageFilterError) -> Mask {
    guard interpolator != .nearestNeighbour, let box = boundingBox else { return resampled(onto: grid) }
    let near = cropped(to: box.padded(by: Self.splineReach, within: geometry.size))
    let shares = Volume(
      geometry: near.geometry, sampleType: .float64, voxels: near.voxels.map { $0 == 0 ? 0 : 1 })
    let found = try shares.resampled(onto: grid, by: interpolator)
    return Mask(geometry: grid, voxels: found.voxels.map { $0 >= threshold - 1e-6 ? 1 : 0 })
  }
}
