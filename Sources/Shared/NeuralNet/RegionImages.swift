import Volumes

/// The pictures that the network sees of one region.
package struct RegionImages: Sendable {
  private let image: Volume
  private let mask: Mask
  private let settings: DeepSettings
  /// The slices across the third axis that are used, in rising order.
  package let slices: [Int]

  /// - Throws: `NeuralNetError`: `invalidSetting`, `sizeMismatch`, `sliceTooSmall`, `emptyRegion`, `regionTooSmall`.
  package init(of image: Volume, mask: Mask, settings: DeepSettings) throws(NeuralNetError) {
    try settings.validate()
    try Self.checkRegion(image, mask)
    let size = image.geometry.size
    guard size.x >= 3, size.y >= 3 else {
      throw NeuralNetError(
        .sliceTooSmall,
        "slices of \(size.x) x \(size.y) pixels; expected at least 3 x 3: check that the third axis runs across slices"
      )
    }
    (self.image, self.mask, self.settings) = (image, mask, settings)
    slices = settings.slices.slices(of: mask)
  }

  /// - Throws: `NeuralNetError`: `sizeMismatch`, `emptyRegion`, `regionTooSmall`.
  static func checkRegion(_ image: Volume, _ mask: Mask) throws(NeuralNetError) {
    let size = image.geometry.size
    guard size == mask.geometry.size else {
      let other = mask.geometry.size
      throw NeuralNetError(
        .sizeMismatch,
        "image of \(size.x) x \(size.y) x \(size.z) voxels, mask of \(other.x) x \(other.y) x \(other.z); expected "
          + "the same grid: resample the mask to the image")
    }
    switch mask.count {
    case 0:
      throw NeuralNetError(.emptyRegion, "the mask holds no voxel; choose the label that marks the region")
    case 1:
      throw NeuralNetError(
        .regionTooSmall,
        "the region is a single voxel, which shows no structure; expected at least 2: check the mask")
    default: break
    }
  }

  /// One slice as 224 x 224 values from 0 to 1, rows first; with its neighbours, the slices before and after as planes of
  /// their own, in the same square and by the same window, which are the chosen slice's.
  /// - Throws: `NeuralNetError`: `cropTooLarge`, `nonFiniteVoxel`.
  package func picture(ofSlice z: Int) throws(NeuralNetError) -> [Float] {
    let (box, crop) = try checkedCrop(ofSlice: z)
    let inside = box.y.flatMap { y in box.x.map { x in voxel(x, y, z) } }
    let window = IntensityWindow(settings.window, of: inside)
    let resize = AntialiasedResize(from: crop.side, to: Stem.imageSide)
    return shown(ofSlice: z).flatMap { shown in
      let rows = (crop.row..<crop.row + crop.side).map {
        resize.row(levels(row: $0, crop, slice: shown, window))
      }
      return resize.columns(rows).flatMap { $0.map { Float($0) } }
    }
  }

  /// Throws what the pictures of the slices would throw, without making them.
  package func check() throws(NeuralNetError) {
    for slice in slices { _ = try checkedCrop(ofSlice: slice) }
  }

  /// The slices that a picture shows; at the ends of the image the chosen one stands for what is not there.
  private func shown(ofSlice z: Int) -> [Int] {
    guard settings.channels == .neighbours else { return [z] }
    return [max(z - 1, 0), z, min(z + 1, image.geometry.size.z - 1)]
  }

  /// The region's box in a slice and the square around it, whose pixels are finite.
  private func checkedCrop(ofSlice z: Int) throws(NeuralNetError) -> (box: VoxelBox, crop: SquareCrop) {
    let box = box(inSlice: z)
    let crop = try SquareCrop(around: box, margin: settings.margin, geometry: image.geometry)
    for shown in Set(shown(ofSlice: z)).sorted() { try checkFinite(crop, slice: shown) }
    return (box, crop)
  }

  private func voxel(_ x: Int, _ y: Int, _ z: Int) -> Double {
    image.voxels[image.geometry.size.offset(x: x, y: y, z: z)]
  }

  /// Bounding box of the region in one slice.
  private func box(inSlice z: Int) -> VoxelBox {
    var geometry = mask.geometry
    let first = geometry.size.offset(x: 0, y: 0, z: z)
    geometry.size.z = 1
    let slice = Mask(geometry: geometry, voxels: Array(mask.voxels[first..<first + geometry.size.voxelCount]))
    guard let box = slice.boundingBox else { preconditionFailure("a chosen slice holds part of the region") }
    return box
  }

  /// One row of the square, from 0 to 1.
  private func levels(row: Int, _ crop: SquareCrop, slice z: Int, _ window: IntensityWindow) -> [Double] {
    let size = image.geometry.size
    let y = min(max(row, 0), size.y - 1)
    return (crop.column..<crop.column + crop.side).map { column in
      let x = min(max(column, 0), size.x - 1)
      let isOutside = x != column || y != row
      if isOutside && (settings.padding == .black || settings.masksOutside) { return 0 }
      if settings.masksOutside && mask.voxels[size.offset(x: x, y: y, z: z)] == 0 { return 0 }
      return window.level(of: voxel(x, y, z))
    }
  }

  private func checkFinite(_ crop: SquareCrop, slice z: Int) throws(NeuralNetError) {
    let size = image.geometry.size
    for y in max(crop.row, 0)..<min(crop.row + crop.side, size.y) {
      for x in max(crop.column, 0)..<min(crop.column + crop.side, size.x) where !voxel(x, y, z).isFinite {
        throw NeuralNetError(
          .nonFiniteVoxel,
          "voxel (\(x), \(y), \(z)) of the image is \(voxel(x, y, z)); expected finite values around the region: "
            + "replace such voxels before extraction")
      }
    }
  }
}
