import Volumes

/// Neighbouring voxels of a region in one row, in coordinates of the region's bounding box.
struct VoxelRun: Sendable {
  var x: Int32
  var y: Int32
  var z: Int32
  var count: Int32
}

/// What features need to know of a mask, found once and shared by all image types.
///
/// A region is kept as runs of voxels along x: small, and quick to walk. "Scan order" is the order of these
/// runs: x fastest, then y, then z.
public struct RegionOfInterest: Sendable {
  /// Smallest box that holds the region, in voxels of the mask.
  public let box: VoxelBox
  /// Number of voxels inside the region.
  public let voxelCount: Int
  /// Distance of voxel centres along x, y and z, in millimetres.
  public let spacingInMillimetres: SIMD3<Double>
  /// 2 for a picture, else 3.
  public let dimension: Int
  let runs: [VoxelRun]
  /// Number of voxels of the mask.
  let gridSize: GridSize

  /// Crops to the region's bounding box.
  ///
  /// - Parameters:
  ///   - mask: the region.
  ///   - imageGeometry: the grid of the image; its spacing is used, the mask's may differ by rounding. That
  ///     both lie in the same place is for the caller to check.
  ///   - settings: how large a region must be.
  /// - Throws: `sizeMismatch`, `emptyRegion`, or `regionTooSmall` by `minimumROIDimensions` and
  ///   `minimumROISize`; a single voxel is always too small.
  public init(
    mask: Mask, imageGeometry: GridGeometry, settings: RadiomicsSettings = .init()
  ) throws(RadiomicsError) {
    try self.init(ofAnySize: mask, imageGeometry: imageGeometry)
    try checkSize(settings)
  }

  /// Crops to the region's bounding box, however few voxels it has.
  ///
  /// - Throws: `sizeMismatch`, `emptyRegion`.
  public init(ofAnySize mask: Mask, imageGeometry: GridGeometry) throws(RadiomicsError) {
    let size = mask.geometry.size
    guard size == imageGeometry.size else {
      throw RadiomicsError(
        .sizeMismatch,
        "the mask has \(size.text) voxels, the image \(imageGeometry.size.text); both must share one grid")
    }
    let found = Self.runs(of: mask)
    guard let box = Self.box(of: found) else {
      throw RadiomicsError(.emptyRegion, "the mask holds no voxel of the region; check its label")
    }
    self.box = box
    runs = found.map { run in
      VoxelRun(
        x: run.x - Int32(box.x.lowerBound), y: run.y - Int32(box.y.lowerBound),
        z: run.z - Int32(box.z.lowerBound), count: run.count)
    }
    voxelCount = runs.reduce(0) { $0 + Int($1.count) }
    spacingInMillimetres = imageGeometry.spacingInMillimetres
    dimension = imageGeometry.dimension
    gridSize = size
  }

  /// Some of the voxels of another region, or others on its grid.
  /// - Parameter runs: the voxels, in coordinates of the other region's box, which is kept.
  init(_ runs: [VoxelRun], inBoxOf other: RegionOfInterest) {
    self.runs = runs
    box = other.box
    voxelCount = runs.reduce(0) { $0 + Int($1.count) }
    spacingInMillimetres = other.spacingInMillimetres
    dimension = other.dimension
    gridSize = other.gridSize
  }

  private func checkSize(_ settings: RadiomicsSettings) throws(RadiomicsError) {
    let extents = [box.size.x, box.size.y, box.size.z]
    let dimensions = extents.count { $0 > 1 }
    if dimensions == 0 {
      throw RadiomicsError(.regionTooSmall, "the region is a single voxel; features need more")
    }
    if dimensions < settings.minimumROIDimensions {
      throw RadiomicsError(
        .regionTooSmall,
        "the region is longer than one voxel along \(dimensions) axes; "
          + "minimumROIDimensions asks for \(settings.minimumROIDimensions)")
    }
    if let minimum = settings.minimumROISize, voxelCount <= minimum {
      throw RadiomicsError(
        .regionTooSmall,
        "the region has \(voxelCount) voxels; minimumROISize asks for more than \(minimum)")
    }
  }

  /// Runs in coordinates of the mask. Most rows hold none, and are passed over many voxels at a time.
  private static func runs(of mask: Mask) -> [VoxelRun] {
    var runs: [VoxelRun] = []
    let size = mask.geometry.size
    for z in 0..<size.z {
      for y in 0..<size.y {
        let start = size.offset(x: 0, y: y, z: z)
        let row = mask.voxels.span.extracting(start..<start + size.x)
        var union: UInt8 = 0
        for x in 0..<row.count { union |= row[x] }
        if union != 0 { append(row, y: y, z: z, to: &runs) }
      }
    }
    return runs
  }

  private static func append(_ row: Span<UInt8>, y: Int, z: Int, to runs: inout [VoxelRun]) {
    var x = 0
    while x < row.count {
      let first = x
      while x < row.count, row[x] != 0 { x += 1 }
      if x > first {
        runs.append(VoxelRun(x: Int32(first), y: Int32(y), z: Int32(z), count: Int32(x - first)))
      }
      x += 1
    }
  }

  private static func box(of runs: [VoxelRun]) -> VoxelBox? {
    guard let first = runs.first, let last = runs.last else { return nil }
    let left = runs.reduce(first.x) { min($0, $1.x) }
    let right = runs.reduce(0) { max($0, $1.x + $1.count) }
    let front = runs.reduce(first.y) { min($0, $1.y) }
    let back = runs.reduce(0) { max($0, $1.y + 1) }
    return VoxelBox(x: Int(left)..<Int(right), y: Int(front)..<Int(back), z: Int(first.z)..<Int(last.z) + 1)
  }

  /// Intensities of the region's voxels in scan order.
  /// - Parameter image: an image of the mask's size, or one cropped to `box`.
  /// - Throws: `sizeMismatch` when it has neither size.
  func intensities(of image: Volume) throws(RadiomicsError) -> [Double] {
    let size = image.geometry.size
    let isCropped = size == box.size && size != gridSize
    guard isCropped || size == gridSize else {
      throw RadiomicsError(
        .sizeMismatch,
        "the image has \(size.text) voxels; expected \(gridSize.text), or \(box.size.text) when cropped")
    }
    let origin =
      isCropped ? (x: 0, y: 0, z: 0) : (x: box.x.lowerBound, y: box.y.lowerBound, z: box.z.lowerBound)
    var values: [Double] = []
    values.reserveCapacity(voxelCount)
    for run in runs {
      let start = size.offset(
        x: origin.x + Int(run.x), y: origin.y + Int(run.y), z: origin.z + Int(run.z))
      values.append(contentsOf: image.voxels[start..<start + Int(run.count)])
    }
    return values
  }
}

extension GridSize {
  var text: String { "\(x)x\(y)x\(z)" }
}
