import Volumes

/// Features of the surroundings of every voxel of a region, as PyRadiomics 3.0.1 maps them (`--mode voxel`).
///
/// Grey levels are assigned once, over the region (over the image, where kernels are not masked). Each voxel's kernel is
/// then a region of its own. Voxels are independent of each other, so that parts of the region can be computed by
/// several threads; the maps are the same to the last bit, however it was parted.
public struct VoxelFeatures: Sendable {
  /// What values depend on.
  public let settings: RadiomicsSettings
  /// How kernels are cut.
  public let voxelSettings: VoxelSettings
  /// Number of the region's voxels.
  public var voxelCount: Int { targets.count }

  /// Where the maps lie.
  let geometry: GridGeometry
  var grid: GridSize { geometry.size }
  var spacingInMillimetres: SIMD3<Double> { geometry.spacingInMillimetres }
  let voxelVolume: Double
  /// Positions of the region's voxels in scan order.
  private let targets: [Int]
  /// Intensities of all voxels of the image.
  let intensities: [Double]
  /// Rank of each voxel's level; 0 where kernels do not hold it.
  let ranks: [Int32]
  /// The same in a byte each; nil where there are more levels than a byte tells apart.
  let byteRanks: [UInt8]?
  /// Level of each rank.
  let levels: [Int]
  let maximumLevel: Int
  /// Number of levels that at least one voxel has.
  let presentLevelCount: Int
  /// Offsets at the distances of the settings, and at distance 1.
  let neighbours: NeighbourOffsets
  let nearest: NeighbourOffsets
  /// How far offsets reach.
  let margin: GridSize
  private let excludedAxis: Int?

  /// Assigns grey levels.
  /// - Parameters:
  ///   - image: the image (possibly filtered), cropped to the region's bounding box and `kernelRadius` voxels around it,
  ///     as far as the image reaches.
  ///   - mask: the region, on the same grid.
  /// - Throws: `invalidSetting`, `sizeMismatch`, `emptyRegion`, `nonFiniteVoxel`, `tooManyLevels`, `noNeighbours`.
  public init(
    image: Volume, mask: Mask, settings: RadiomicsSettings = .init(), voxelSettings: VoxelSettings = .init()
  ) throws(RadiomicsError) {
    try settings.validate()
    try voxelSettings.validate()
    self.settings = settings
    self.voxelSettings = voxelSettings
    geometry = image.geometry
    intensities = image.voxels
    let region = try RegionOfInterest(ofAnySize: mask, imageGeometry: geometry)
    voxelVolume = region.voxelVolume
    excludedAxis = region.excludedAxis(settings)
    targets = mask.voxels.indices.filter { mask.voxels[$0] != 0 }
    let held = voxelSettings.maskedKernel ? targets : Array(image.voxels.indices)
    let discretised = try DiscretisedRegion(
      intensities: held.map { image.voxels[$0] }, sampleType: image.sampleType, settings: settings)
    var ranks = [Int32](repeating: 0, count: image.voxels.count)
    for (voxel, rank) in zip(held, discretised.ranks) { ranks[voxel] = rank }
    self.ranks = ranks
    (levels, maximumLevel) = (discretised.levels, discretised.maximumLevel)
    byteRanks = discretised.levels.count <= 256 ? ranks.map { UInt8(truncatingIfNeeded: $0) } : nil
    presentLevelCount = discretised.presentLevelCount
    neighbours = NeighbourOffsets(
      distances: settings.distances, box: geometry.size, excludedAxis: excludedAxis)
    nearest = NeighbourOffsets(distances: [1], box: geometry.size, excludedAxis: excludedAxis)
    guard !neighbours.all.isEmpty, !nearest.all.isEmpty else {
      throw RadiomicsError(
        .noNeighbours,
        "no two voxels of an image part of \(geometry.size.text) are neighbours at distances \(settings.distances); "
          + "check distances and force2D")
    }
    let reach = max(1, settings.distances.max() ?? 1)
    margin = GridSize(
      x: min(reach, geometry.size.x - 1), y: min(reach, geometry.size.y - 1),
      z: min(reach, geometry.size.z - 1))
    guard maximumLevel <= RegionFeatures.mostLevels else {
      throw RadiomicsError(
        .tooManyLevels,
        "\(maximumLevel) grey levels; texture matrices take up to \(RegionFeatures.mostLevels)")
    }
  }

  /// Number of voxels of the largest kernel there may be.
  var largestKernel: Int {
    let width = 2 * voxelSettings.kernelRadius + 1
    return min(width, grid.x) * min(width, grid.y) * min(width, grid.z)
  }

  /// The voxels that a kernel may hold: none beyond the image, and those of one plane where that is asked for.
  func kernelBox(around position: Int) -> VoxelBox {
    let radius = voxelSettings.kernelRadius
    func range(_ centre: Int, _ extent: Int, _ axis: Int) -> Range<Int> {
      axis == excludedAxis ? centre..<centre + 1 : max(0, centre - radius)..<min(extent, centre + radius + 1)
    }
    return VoxelBox(
      x: range(position % grid.x, grid.x, 2), y: range(position / grid.x % grid.y, grid.y, 1),
      z: range(position / (grid.x * grid.y), grid.z, 0))
  }

  /// Values of one class at some voxels.
  /// - Parameter voxels: places among the region's voxels in scan order.
  /// - Throws: `unknownFeature`; `classNotAvailable` for a class that describes a region's form.
  public func values(
    of featureClass: FeatureClass, _ selection: FeatureSelection = .all, at voxels: Range<Int>
  ) throws(RadiomicsError) -> VoxelValues {
    guard let definition = settings.definition(of: featureClass) as? any VoxelwiseClass else {
      throw RadiomicsError(.classNotAvailable, "\(featureClass.rawValue) is not computed by voxel")
    }
    let names = try selection.resolved(in: featureClass).names
    var found = VoxelValues(
      names: names, count: voxels.count,
      directionCount: max(neighbours.directions.count, nearest.directions.count))
    var scratch = KernelScratch(self, directionCount: found.directions.count)
    for voxel in voxels {
      for index in scratch.directions.indices { scratch.directions[index] = false }
      found.add(definition.values(at: targets[voxel], names: names, &scratch), scratch.directions)
    }
    return found
  }

  /// Whether features of the class are computed by voxel.
  public static func maps(_ featureClass: FeatureClass) -> Bool {
    featureClass.definition is any VoxelwiseClass.Type
  }

  /// The maps of one class.
  /// - Parameter parts: the values of all voxels, in order.
  public func maps(of featureClass: FeatureClass, from parts: [VoxelValues]) -> [VoxelMap] {
    guard let first = parts.first else { return [] }
    var directions = first.directions
    for part in parts {
      for (index, isFound) in part.directions.enumerated() where isFound { directions[index] = true }
    }
    let directionCount = directions.count { $0 }
    return first.names.indices.map { index in
      var values = parts.flatMap { $0.values[index] }
      correct(
        &values, first.names[index], of: featureClass, counts: parts.lazy.flatMap(\.directionCounts),
        directionCount)
      var map = [Double](repeating: voxelSettings.initValue, count: intensities.count)
      for (voxel, value) in zip(targets, values) { map[voxel] = value }
      return VoxelMap(name: first.names[index], volume: Volume(geometry: geometry, voxels: map))
    }
  }

  /// What depends on all kernels in PyRadiomics, whose arrays hold all of them.
  ///
  /// A direction in which any kernel has pairs is kept for all, and JointAverage is no number where one is empty; where the
  /// region has one grey level, MCC is 1 everywhere, and sums over differences that cannot be are 0.
  private func correct(
    _ values: inout [Double], _ name: String, of featureClass: FeatureClass, counts: some Sequence<Int32>,
    _ directionCount: Int
  ) {
    let hasSingleMatrix = settings.weightingNorm != nil || neighbours.directions.count == 1
    switch (featureClass, name) {
    case (.glcm, "JointAverage"):
      for (index, count) in counts.enumerated() where Int(count) < directionCount { values[index] = .nan }
    case (.glcm, "MCC") where presentLevelCount == 1:
      values = values.map { _ in 1 }
    case (.glcm, "InverseVariance") where presentLevelCount == 1 && (directionCount > 0 || hasSingleMatrix):
      values = values.map { _ in 0 }
    case (.glrlm, "RunEntropy"), (.glrlm, "RunVariance"):
      if directionCount == 0 && (settings.weightingNorm != nil || nearest.directions.count == 1) {
        values = values.map { _ in 0 }
      }
    default: break
    }
  }
}

/// The values of one feature around each voxel.
public struct VoxelMap: Sendable {
  /// The feature, as `Contrast`.
  public let name: String
  /// The values, `initValue` outside the region.
  public let volume: Volume
}

/// Values of one class at some voxels of a region.
public struct VoxelValues: Sendable {
  /// The features, in alphabetical order.
  let names: [String]
  /// For each feature, the values in scan order of the voxels.
  fileprivate(set) var values: [[Double]]
  /// Whether any kernel has entries in a direction.
  fileprivate(set) var directions: [Bool]
  /// Number of directions in which each kernel has entries.
  fileprivate(set) var directionCounts: [Int32] = []
  /// Where each feature stood among those of the last kernel.
  private var order: [Int?] = []

  fileprivate init(names: [String], count: Int, directionCount: Int) {
    self.names = names
    values = names.map { _ in [] }
    for index in values.indices { values[index].reserveCapacity(count) }
    directions = [Bool](repeating: false, count: directionCount)
  }

  fileprivate mutating func add(_ found: [NamedValue], _ kernelDirections: [Bool]) {
    directionCounts.append(Int32(kernelDirections.count { $0 }))
    for (index, isFound) in kernelDirections.enumerated() where isFound { directions[index] = true }
    guard !found.isEmpty else {
      for index in values.indices { values[index].append(.nan) }
      return
    }
    if order.isEmpty { order = names.map { name in found.firstIndex { $0.name == name } } }
    for (index, place) in order.enumerated() { values[index].append(place.map { found[$0].value } ?? .nan) }
  }
}
