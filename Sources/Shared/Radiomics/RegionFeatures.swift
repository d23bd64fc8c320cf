import Volumes

/// Features of one region in one image.
///
/// Make one `RegionOfInterest` for a mask, then one of these for each image type; ask for `shape` in one
/// only. What several classes need (grey levels, the neighbourhood pass) is computed when first asked for,
/// and kept.
public final class RegionFeatures {
  /// The region.
  public let region: RegionOfInterest
  /// What values depend on.
  public let settings: RadiomicsSettings
  /// Intensities of the region's voxels, x fastest, then y, then z.
  public let intensities: [Double]
  /// Grey levels of the voxels, in the same order.
  let discretised: DiscretisedRegion
  /// What the user should know about these values.
  public private(set) var warnings: [String] = []

  /// Most grey levels that texture matrices take.
  static let mostLevels = 1 << 20
  /// Beyond this many grey levels, a warning: values say little and cost much.
  private static let manyLevels = 1000

  /// Reads the region's voxels and assigns grey levels.
  ///
  /// - Parameters:
  ///   - image: the image (possibly filtered) on the mask's grid, or cropped to `region.box`.
  ///   - region: the region.
  ///   - settings: what values depend on.
  /// - Throws: `invalidSetting`, `sizeMismatch`, `nonFiniteVoxel`, `tooManyLevels`.
  public init(
    image: Volume, region: RegionOfInterest, settings: RadiomicsSettings = .init()
  ) throws(RadiomicsError) {
    try settings.validate()
    self.region = region
    self.settings = settings
    intensities = try region.intensities(of: image)
    discretised = try DiscretisedRegion(
      intensities: intensities, sampleType: image.sampleType, settings: settings)
    if discretised.maximumLevel > Self.manyLevels {
      warnings.append(
        "\(discretised.maximumLevel) grey levels; texture features are meant for far fewer: "
          + "choose a larger binWidth, or binCount")
    }
  }

  /// Values of one class, in alphabetical order of names.
  ///
  /// A value is NaN where PyRadiomics 3.0.1 gives NaN: features of a region in which no voxel has a
  /// neighbour, for instance.
  /// - Throws: `unknownFeature`, `classNotAvailable`, `noNeighbours`, `tooManyLevels`.
  public func values(
    of featureClass: FeatureClass, _ selection: FeatureSelection = .all
  ) throws(RadiomicsError) -> [NamedValue] {
    let wanted = try selection.resolved(in: featureClass)
    warnings += wanted.warnings
    let definition = settings.definition(of: featureClass)
    if let reason = definition.unavailability(in: region, settings) {
      throw RadiomicsError(.classNotAvailable, reason)
    }
    let computed = try definition.values(of: self, names: wanted.names)
    return wanted.names.compactMap { name in computed.first { $0.name == name } }
  }

  /// Refuses a class that does not apply to this region, as `values` would.
  /// - Throws: `classNotAvailable`, `tooManyLevels`.
  public func checkAvailability(of featureClass: FeatureClass) throws(RadiomicsError) {
    if let reason = settings.definition(of: featureClass).unavailability(in: region, settings) {
      throw RadiomicsError(.classNotAvailable, reason)
    }
    if featureClass.definition.usesGreyLevels { try checkLevels() }
  }

  /// What classes share that have a matrix for each direction.
  /// - Throws: `noNeighbours`, `tooManyLevels`.
  func directional(_ distances: [Int]) throws(RadiomicsError) -> DirectionalFeatures {
    DirectionalFeatures(
      volume: try volume(), directions: try neighbours(at: distances).directions, settings: settings,
      spacingInMillimetres: region.spacingInMillimetres)
  }

  /// Offsets to the neighbours at some Chebyshev distances.
  /// - Throws: `noNeighbours`.
  func neighbours(at distances: [Int]) throws(RadiomicsError) -> NeighbourOffsets {
    let offsets = NeighbourOffsets(
      distances: distances, box: region.box.size, excludedAxis: region.excludedAxis(settings))
    guard !offsets.all.isEmpty else {
      throw RadiomicsError(
        .noNeighbours,
        "no two voxels of a region of \(region.box.size.text) are neighbours at distances \(distances); "
          + "check distances and force2D")
    }
    return offsets
  }

  private var keptVolume: LevelVolume?

  /// The ranks of grey levels on the region's box, computed once.
  /// - Throws: `tooManyLevels`.
  func volume() throws(RadiomicsError) -> LevelVolume {
    if let keptVolume { return keptVolume }
    try checkLevels()
    let reach = max(1, settings.distances.max() ?? 1)
    let box = region.box.size
    let margin = GridSize(
      x: min(reach, box.x - 1), y: min(reach, box.y - 1), z: min(reach, box.z - 1))
    let volume = LevelVolume(region, discretised, margin: margin)
    keptVolume = volume
    return volume
  }

  private func checkLevels() throws(RadiomicsError) {
    guard discretised.maximumLevel <= Self.mostLevels else {
      throw RadiomicsError(
        .tooManyLevels,
        "\(discretised.maximumLevel) grey levels; texture matrices take up to \(Self.mostLevels): "
          + "choose a larger binWidth, or binCount")
    }
  }

  private var keptNeighbourhood: NeighbourhoodMatrices?

  /// The matrices of one pass over neighbourhoods, computed once.
  /// - Throws: `noNeighbours`, `tooManyLevels`.
  func neighbourhood() throws(RadiomicsError) -> NeighbourhoodMatrices {
    if let keptNeighbourhood { return keptNeighbourhood }
    let matrices = NeighbourhoodMatrices(
      try volume(), neighbours: try neighbours(at: settings.distances).all,
      alpha: settings[DependenceClass.self].alpha)
    keptNeighbourhood = matrices
    return matrices
  }
}
