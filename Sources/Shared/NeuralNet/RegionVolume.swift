import Volumes

/// The volume that a network of volumes sees of one region: its box with margins, taken to the network's size and normalised
/// as MedicalNet does.
package struct RegionVolume: Sendable {
  private let image: Volume
  private let mask: Mask
  private let settings: DeepSettings
  private let box: VoxelBox

  /// - Throws: `NeuralNetError`: `invalidSetting`, `sizeMismatch`, `emptyRegion`, `regionTooSmall`.
  package init(of image: Volume, mask: Mask, settings: DeepSettings) throws(NeuralNetError) {
    try settings.validate()
    try RegionImages.checkRegion(image, mask)
    guard let box = mask.boundingBox else { preconditionFailure("a region with voxels has a box") }
    (self.image, self.mask, self.settings, self.box) = (image, mask, settings, box)
  }

  /// Voxels along each axis.
  package var size: GridSize { settings.volumeSize }

  /// Intensities, the first axis varying fastest.
  ///
  /// Each axis by itself: voxel `i` of `m` is the nearest to `i (n - 1) / (m - 1)` of the `n` in the box, as
  /// `scipy.ndimage.zoom` of order 0 takes it. Then less the mean, divided by the standard deviation of those above 0. Voxels
  /// that are exactly 0 stay 0, which MedicalNet fills with random numbers of mean 0: features here do not depend on chance.
  /// - Throws: `NeuralNetError`: `cropTooLarge`, `nonFiniteVoxel`, `noContrast`.
  package func intensities() throws(NeuralNetError) -> [Float] {
    let (spacing, share) = (image.geometry.spacingInMillimetres, settings.margin)
    let x = try Self.places(box.x, share, spacing: spacing.x, count: size.x)
    let y = try Self.places(box.y, share, spacing: spacing.y, count: size.y)
    let z = try Self.places(box.z, share, spacing: spacing.z, count: size.z)
    var values: [Double] = []
    values.reserveCapacity(size.voxelCount)
    for z in z {
      for y in y {
        for x in x { values.append(try level(x, y, z)) }
      }
    }
    return try normalised(values)
  }

  /// Throws what the volume would throw.
  package func check() throws(NeuralNetError) { _ = try intensities() }

  /// Which voxels of an axis are taken; they may lie outside the image.
  private static func places(
    _ box: Range<Int>, _ margin: DeepSettings.Margin, spacing: Double, count: Int
  ) throws(NeuralNetError) -> [Int] {
    let wanted =
      switch margin {
      case .millimetres(let length): length / spacing
      case .share(let fraction): fraction * Double(box.count)
      }
    let needed = Double(box.count) + 2 * wanted.rounded()
    guard needed <= Double(SquareCrop.largestSide) else {
      throw NeuralNetError(
        .cropTooLarge,
        "region of \(box.count) voxels along an axis needs \(needed) with its margins; expected at most "
          + "\(SquareCrop.largestSide): check the margin and the spacing of \(spacing) mm")
    }
    let first = box.lowerBound - Int(wanted.rounded())
    let step = count == 1 ? 0 : (needed - 1) / Double(count - 1)
    return (0..<count).map { first + min(Int((Double($0) * step + 0.5).rounded(.down)), Int(needed) - 1) }
  }

  /// An intensity, 0 for what is not to be seen.
  private func level(_ column: Int, _ row: Int, _ plane: Int) throws(NeuralNetError) -> Double {
    let size = image.geometry.size
    let (x, y, z) = (
      min(max(column, 0), size.x - 1), min(max(row, 0), size.y - 1), min(max(plane, 0), size.z - 1)
    )
    let isOutside = x != column || y != row || z != plane
    if isOutside && (settings.padding == .black || settings.masksOutside) { return 0 }
    let place = size.offset(x: x, y: y, z: z)
    if settings.masksOutside && mask.voxels[place] == 0 { return 0 }
    let value = image.voxels[place]
    guard value.isFinite else {
      throw NeuralNetError(
        .nonFiniteVoxel,
        "voxel (\(x), \(y), \(z)) of the image is \(value); expected finite values around the region: "
          + "replace such voxels before extraction")
    }
    guard case .fixed(let lower, let upper) = settings.window else { return value }
    return min(max(value, lower), upper) - lower
  }

  private func normalised(_ values: [Double]) throws(NeuralNetError) -> [Float] {
    let positive = values.filter { $0 > 0 }
    let count = Double(positive.count)
    let mean = positive.reduce(0, +) / count
    let deviation = (positive.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    guard deviation > 0, deviation.isFinite else {
      throw NeuralNetError(
        .noContrast,
        "of \(values.count) voxels around the region \(positive.count) are above 0, and they do not differ; MedicalNet normalises "
          + "by those: of images with negative intensities, as CT, give a window: {fixed: [LOW, HIGH]}, whose lower end becomes 0"
      )
    }
    return values.map { $0 == 0 ? 0 : Float(($0 - mean) / deviation) }
  }
}
