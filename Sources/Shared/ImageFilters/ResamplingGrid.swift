import Volumes

/// The grid onto which PyRadiomics resamples image and mask.
struct ResamplingGrid {
  /// New spacing along each axis in mm.
  let spacing: SIMD3<Double>
  private let mask: GridGeometry

  /// - Parameters:
  ///   - requested: one number an axis; 0 keeps the mask's spacing, as does an axis along which the region is
  ///     one voxel long.
  /// - Throws: `invalidSetting` unless there is one number for each axis.
  init(requested: [Double], mask: GridGeometry, region: VoxelBox) throws(ImageFilterError) {
    try require(
      requested.count == mask.dimension,
      "resampledPixelSpacing has \(requested.count) numbers, but the image \(mask.dimension) dimensions; "
        + "give one each")
    var spacing = mask.spacingInMillimetres
    for axis in 0..<mask.dimension where requested[axis] != 0 && region.ranges[axis].count != 1 {
      spacing[axis] = requested[axis]
    }
    self.spacing = spacing
    self.mask = mask
  }

  /// Whether the new spacing is the image's, to `numpy.allclose`.
  func keepsSpacing(of image: GridGeometry) -> Bool {
    (0..<mask.dimension).allSatisfy {
      abs(image.spacingInMillimetres[$0] - spacing[$0]) <= 1e-8 + 1e-5 * abs(spacing[$0])
    }
  }

  /// The grid around a region of the mask.
  ///
  /// Corners of the outermost voxels coincide with the mask's. With `r = old / new` spacing, the region
  /// `lo...hi` and `p` voxels of padding, new indices run from `max(0, ⌊(lo - ½) r - p⌋)` to `min(⌈(hi + ½) r
  /// + p⌉, ⌈size · r⌉ - 1)`.
  /// - Throws: `gridTooLarge` beyond `GridSize.voxelLimit`, or where a spacing leaves no voxel.
  func geometry(around region: VoxelBox, padDistance: Int) throws(ImageFilterError) -> GridGeometry {
    var counts = SIMD3<Double>(1, 1, 1)
    var corner = SIMD3<Double>.zero
    for axis in 0..<mask.dimension {
      let (old, new) = (mask.spacingInMillimetres[axis], spacing[axis])
      let ratio = old / new
      let range = region.ranges[axis]
      let lower = max(0, ((Double(range.lowerBound) - 0.5) * ratio - Double(padDistance)).rounded(.down))
      let last = (Double(mask.size.extents[axis]) * ratio).rounded(.up) - 1
      let upper = min(last, ((Double(range.upperBound) - 0.5) * ratio + Double(padDistance)).rounded(.up))
      counts[axis] = upper - lower + 1
      guard counts[axis] >= 1, counts[axis].isFinite else { throw unusable(counts) }
      corner[axis] = 0.5 * (new - old) / old + lower / ratio
    }
    guard counts[0] * counts[1] * counts[2] <= Double(GridSize.voxelLimit) else { throw unusable(counts) }
    let extents = (0..<3).map { Int(counts[$0]) }
    return GridGeometry(
      size: GridSize(x: extents[0], y: extents[1], z: extents[2]), spacingInMillimetres: spacing,
      originInMillimetres: mask.point(atIndex: corner), directions: mask.directions, dimension: mask.dimension
    )
  }

  /// A warning where the grid is oblique and new voxels lie halfway between two of the mask's: which of them is the nearest is
  /// decided by rounding, and so by how the file states the geometry, here as in PyRadiomics.
  func ties(around region: VoxelBox) -> [String] {
    let isOblique = mask.directions.contains { direction in
      (0..<3).contains { direction[$0] != 0 && abs(direction[$0]) != 1 }
    }
    guard isOblique else { return [] }
    let axes = (0..<mask.dimension).filter { axis in
      let (old, new) = (mask.spacingInMillimetres[axis], spacing[axis])
      let first = (Double(region.ranges[axis].lowerBound) * old / new).rounded(.down)
      // Where the spacings have a simple ratio, the offsets from the mask's voxels come again after a few voxels, so that
      // not every voxel of a long axis has to be looked at.
      let count = min(Double(region.ranges[axis].count) * old / new + 1, 4_096)
      return stride(from: 0, through: count, by: 1).contains { index in
        let position = (first + index + 0.5) * (new / old)
        return abs(position - position.rounded()) < 1e-6
      }
    }
    guard !axes.isEmpty else { return [] }
    let names = axes.map { ["x", "y", "z"][$0] }.joined(separator: ", ")
    return [
      "resampledPixelSpacing puts voxels halfway between those of the mask along \(names); on an oblique grid rounding "
        + "decides which is taken, and a file that states its geometry otherwise may give another region; set orientation "
        + "to lps, or choose another spacing"
    ]
  }

  private func unusable(_ counts: SIMD3<Double>) -> ImageFilterError {
    func list(_ vector: SIMD3<Double>) -> String { "\(vector.x) × \(vector.y) × \(vector.z)" }
    return ImageFilterError(
      .gridTooLarge,
      "resampledPixelSpacing \(list(spacing)) mm on a mask of spacing \(list(mask.spacingInMillimetres)) mm makes a "
        + "grid of \(wholeNumber(counts.x)) × \(wholeNumber(counts.y)) × \(wholeNumber(counts.z)) = "
        + "\(wholeNumber(counts.x * counts.y * counts.z)) voxels; expected 1 to \(GridSize.voxelLimit): "
        + "choose another resampledPixelSpacing, or check the spacing in the header of the mask")
  }
}

extension VoxelBox {
  /// Throws `regionOutsideImage` unless the outer corners of the region, on the mask's grid, lie inside the
  /// image's, to a thousandth of a voxel.
  func checkInside(_ image: GridGeometry, on mask: GridGeometry) throws(ImageFilterError) {
    let mapping = IndexMapping(from: mask, to: image)
    func corner(_ bound: (Range<Int>) -> Int) -> SIMD3<Double> {
      mapping(SIMD3(Double(bound(x)), Double(bound(y)), Double(bound(z))) - 0.5)
    }
    let (first, second) = (corner(\.lowerBound), corner(\.upperBound))
    for axis in 0..<image.dimension {
      let low = min(first[axis], second[axis])
      let high = max(first[axis], second[axis])
      let extent = image.size.extents[axis]
      guard low >= -0.5 - 1e-3, high <= Double(extent) - 0.5 + 1e-3 else {
        throw ImageFilterError(
          .regionOutsideImage,
          "the region reaches from \(low) to \(high) along \(["x", "y", "z"][axis]) in voxels of the "
            + "image, which "
            + "reaches from -0.5 to \(Double(extent) - 0.5); check that the mask belongs to this image")
      }
    }
  }
}
