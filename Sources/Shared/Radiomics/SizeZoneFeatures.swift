/// Zones of touching voxels of one grey level.
public struct SizeZoneClass: FeatureClassDefinition {
  public static let name = "glszm"
  public static let isStandard = true
  public static let usesGreyLevels = true
  public static let standardFeatures = [
    "GrayLevelNonUniformity", "GrayLevelNonUniformityNormalized", "GrayLevelVariance",
    "HighGrayLevelZoneEmphasis", "LargeAreaEmphasis", "LargeAreaHighGrayLevelEmphasis",
    "LargeAreaLowGrayLevelEmphasis", "LowGrayLevelZoneEmphasis", "SizeZoneNonUniformity",
    "SizeZoneNonUniformityNormalized", "SmallAreaEmphasis", "SmallAreaHighGrayLevelEmphasis",
    "SmallAreaLowGrayLevelEmphasis", "ZoneEntropy", "ZonePercentage", "ZoneVariance",
  ]

  /// The class, which has no settings of its own.
  public init() {}

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    SizeMatrixFeatures(
      SizeZones(volume: try region.volume(), neighbours: try region.neighbours(at: [1]).all).matrix(),
      levels: region.discretised.levels
    ).sizeZoneValues()
  }
}

extension FeatureClass {
  /// Zones of touching voxels of one grey level.
  public static let glszm = FeatureClass(SizeZoneClass.self)
}

extension SizeMatrixFeatures {
  /// Features of a size zone matrix (IBSI 9SAK ff.).
  func sizeZoneValues() -> [NamedValue] {
    [
      NamedValue("SmallAreaEmphasis", smallSizeEmphasis),
      NamedValue("LargeAreaEmphasis", largeSizeEmphasis),
      NamedValue("LowGrayLevelZoneEmphasis", lowLevelEmphasis),
      NamedValue("HighGrayLevelZoneEmphasis", highLevelEmphasis),
      NamedValue("SmallAreaLowGrayLevelEmphasis", jointEmphasis { 1 / ($0 * $1) }),
      NamedValue("SmallAreaHighGrayLevelEmphasis", jointEmphasis { $0 / $1 }),
      NamedValue("LargeAreaLowGrayLevelEmphasis", jointEmphasis { $1 / $0 }),
      NamedValue("LargeAreaHighGrayLevelEmphasis", jointEmphasis { $0 * $1 }),
      NamedValue("GrayLevelNonUniformity", levelNonUniformity),
      NamedValue("GrayLevelNonUniformityNormalized", levelNonUniformity / total),
      NamedValue("SizeZoneNonUniformity", sizeNonUniformity),
      NamedValue("SizeZoneNonUniformityNormalized", sizeNonUniformity / total),
      NamedValue("ZonePercentage", total / voxelCount),
      NamedValue("GrayLevelVariance", levelVariance),
      NamedValue("ZoneVariance", sizeVariance),
      NamedValue("ZoneEntropy", entropy),
    ]
  }
}
