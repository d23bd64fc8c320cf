import Volumes

/// Features of one region in one image, in the definitions of the IBSI reference manual.
///
/// A region has two masks: the morphological one gives form and distances, the intensity mask, which may lack
/// voxels of it, everything else. What several families need is computed when first asked for, and kept.
public final class IBSIFeatures {
  private let image: Volume
  private let morphology: RegionOfInterest
  private let region: RegionOfInterest
  private let settings: IBSISettings
  private let intensities: [Double]
  private let range: IntensityRange
  /// What the user should know about these values.
  public private(set) var warnings: [String] = []

  /// Beyond this many grey levels, a warning: values say little and cost much.
  private static let manyLevels = 1000

  /// Reads the region's voxels and leaves out those beyond `resegmentRange`.
  ///
  /// - Parameters:
  ///   - image: the image on the mask's grid. Cropped to the morphological region's box it gives all families
  ///     but local intensity, which looks beyond the region.
  ///   - region: the voxels whose intensities count, before `resegmentRange`.
  ///   - morphologicalRegion: the voxels that make the form, where they are more than `region`.
  ///   - settings: what values depend on.
  /// - Throws: `invalidSetting`, `sizeMismatch`, `nonFiniteVoxel`, `emptyRegion`.
  public init(
    image: Volume, region: RegionOfInterest, morphologicalRegion: RegionOfInterest? = nil,
    settings: IBSISettings = .init()
  ) throws(RadiomicsError) {
    try settings.validate()
    let whole = try morphologicalRegion.map { (other) throws(RadiomicsError) in try region.placed(in: other) }
    let all = try (whole ?? region).intensities(of: image)
    _ = try IntensityRange(of: all)
    (self.region, intensities) = try (whole ?? region).resegmented(
      all, from: settings.lowestIntensity, to: settings.highestIntensity)
    range = try IntensityRange(of: intensities)
    self.image = image
    morphology = morphologicalRegion ?? region
    self.settings = settings
  }

  /// Families that this region has values of: all, but of a picture without a third axis those that need
  /// none.
  public var families: [IBSIFamily] {
    IBSIFamily.allCases.filter { region.dimension == 3 || !$0.needsThreeDimensions }
  }

  /// Values of one family in the order of the reference manual; of textures by aggregation first.
  ///
  /// A picture without a third axis has planar aggregations only.
  /// - Throws: `classNotAvailable`, `tooManyLevels`, `invalidSetting`, `sizeMismatch`.
  public func values(of family: IBSIFamily) throws(RadiomicsError) -> [IBSIValue] {
    if family.isTexture { return try textureValues(of: family) }
    if family.needsThreeDimensions && region.dimension != 3 {
      throw RadiomicsError(
        .classNotAvailable, "\(family.rawValue) needs a 3D image; leave it out for a picture")
    }
    let values = try computedValues(of: family)
    return family.features.map { Self.value($0, suffix: nil, values.value(of: $0.tag)) }
  }

  /// Values of all `families`, one after the other.
  /// - Throws: as `values(of:)`.
  public func allValues() throws(RadiomicsError) -> [IBSIValue] {
    var values: [IBSIValue] = []
    for family in families { values += try self.values(of: family) }
    return values
  }

  private static func value(_ feature: IBSIFeature, suffix: String?, _ value: Double) -> IBSIValue {
    IBSIValue(
      tag: suffix.map { "\(feature.tag)_\($0)" } ?? feature.tag, code: feature.code,
      value: value.isFinite ? value : .nan)
  }

  private func computedValues(of family: IBSIFamily) throws(RadiomicsError) -> [NamedValue] {
    switch family {
    case .morphology:
      return MorphologicalFeatures(morphology, intensityRegion: region, intensities: intensities)
        .taggedValues()
    case .localIntensity: return try localIntensityValues()
    case .intensityStatistics:
      let oneLevel = DiscretisedRegion(assigned: [Int32](repeating: 1, count: intensities.count))
      return IntensityStatistics(intensities, oneLevel).namedValues().prefixed("stat_")
    case .intensityHistogram: return try histogramValues()
    case .intensityVolumeHistogram:
      return try IntensityVolumeHistogram(intensities, range: range, settings: settings)
        .namedValues().prefixed("ivh_")
    case .cooccurrence, .runLength, .sizeZone, .distanceZone, .toneDifference, .dependence:
      preconditionFailure("texture families have values by aggregation")
    }
  }

  private func localIntensityValues() throws(RadiomicsError) -> [NamedValue] {
    guard image.geometry.size == region.gridSize else {
      throw RadiomicsError(
        .sizeMismatch,
        "local intensity looks beyond the region: it needs the image of \(region.gridSize.text) voxels, "
          + "not one cropped to \(image.geometry.size.text)")
    }
    let peak = LocalIntensityPeak(image: image, region: region, intensities: intensities)
    return [NamedValue("loc_peak_loc", peak.local), NamedValue("loc_peak_glob", peak.global)]
  }

  private func histogramValues() throws(RadiomicsError) -> [NamedValue] {
    let discretised = try discretised()
    let levels = discretised.ranks.map { Double(discretised.levels[Int($0)]) }
    let statistics = IntensityStatistics(levels, discretised).namedValues()
    let histogram = IntensityHistogram(discretised).namedValues(mean: statistics.value(of: "mean"))
    return (statistics + histogram).prefixed("ih_")
  }

  private func textureValues(of family: IBSIFamily) throws(RadiomicsError) -> [IBSIValue] {
    let methods = settings.aggregations.filter { region.dimension == 3 || $0.isPlanar }
    guard !methods.isEmpty else {
      throw RadiomicsError(
        .classNotAvailable, "a picture has planar aggregations only; add 2D_avg or another of them")
    }
    var values: [IBSIValue] = []
    var done: Set<String> = []
    for isPlanar in [true, false] {
      let wanted = methods.filter { $0.isPlanar == isPlanar && done.insert($0.suffix(of: family)).inserted }
      if wanted.isEmpty { continue }
      let matrices = try matrices(of: family, isPlanar: isPlanar)
      for method in wanted {
        let mean = matrices.values(method)
        values += family.features.map { feature in
          Self.value(feature, suffix: method.suffix(of: family), mean?.value(of: feature.tag) ?? .nan)
        }
      }
    }
    return values
  }

  private func matrices(of family: IBSIFamily, isPlanar: Bool) throws(RadiomicsError) -> FamilyMatrices {
    let blocks = try blocks(isPlanar: isPlanar)
    let content: FamilyMatrices.Content =
      switch family {
      case .cooccurrence: .directional(blocks.cooccurrence())
      case .runLength: .directional(blocks.runLengths())
      case .sizeZone: .whole(blocks.sizeZones())
      case .distanceZone:
        .whole(blocks.distanceZones(EdgeDistance(morphology, isPlanar: isPlanar).values(of: region)))
      case .toneDifference: .neighbourhoods(try neighbourhoods(isPlanar: isPlanar))
      default: .whole(try neighbourhoods(isPlanar: isPlanar).map(\.dependence))
      }
    return FamilyMatrices(family: family, blocks: blocks.blocks, content: content)
  }

  private var keptLevels: DiscretisedRegion?

  private func discretised() throws(RadiomicsError) -> DiscretisedRegion {
    if let keptLevels { return keptLevels }
    let levels = try DiscretisedRegion(intensities, range: range, settings: settings)
    if levels.maximumLevel > Self.manyLevels {
      warnings.append(
        "\(levels.maximumLevel) grey levels; texture features are meant for far fewer: "
          + "choose a larger binWidth, or binCount")
    }
    keptLevels = levels
    return levels
  }

  private var keptBlocks: [Bool: TextureBlocks] = [:]

  private func blocks(isPlanar: Bool) throws(RadiomicsError) -> TextureBlocks {
    if let kept = keptBlocks[isPlanar] { return kept }
    let blocks = TextureBlocks(region, try discretised(), isPlanar: isPlanar)
    keptBlocks[isPlanar] = blocks
    return blocks
  }

  private var keptNeighbourhoods: [Bool: [NeighbourhoodMatrices]] = [:]

  private func neighbourhoods(isPlanar: Bool) throws(RadiomicsError) -> [NeighbourhoodMatrices] {
    if let kept = keptNeighbourhoods[isPlanar] { return kept }
    let matrices = try blocks(isPlanar: isPlanar).neighbourhoods(coarseness: settings.dependenceCoarseness)
    keptNeighbourhoods[isPlanar] = matrices
    return matrices
  }
}

extension [NamedValue] {
  fileprivate func prefixed(_ prefix: String) -> [NamedValue] {
    map { NamedValue(prefix + $0.name, $0.value) }
  }
}
