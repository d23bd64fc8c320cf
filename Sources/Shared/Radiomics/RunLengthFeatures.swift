/// Runs of voxels of one grey level.
public struct RunLengthClass: FeatureClassDefinition {
  public static let name = "glrlm"
  public static let isStandard = true
  public static let usesGreyLevels = true
  public static let standardFeatures = [
    "GrayLevelNonUniformity", "GrayLevelNonUniformityNormalized", "GrayLevelVariance",
    "HighGrayLevelRunEmphasis", "LongRunEmphasis", "LongRunHighGrayLevelEmphasis",
    "LongRunLowGrayLevelEmphasis", "LowGrayLevelRunEmphasis", "RunEntropy", "RunLengthNonUniformity",
    "RunLengthNonUniformityNormalized", "RunPercentage", "RunVariance", "ShortRunEmphasis",
    "ShortRunHighGrayLevelEmphasis", "ShortRunLowGrayLevelEmphasis",
  ]

  /// The class, which has no settings of its own.
  public init() {}

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    try region.directional([1]).runLengthValues()
  }
}

extension FeatureClass {
  /// Runs of voxels of one grey level.
  public static let glrlm = FeatureClass(RunLengthClass.self)
}

extension SizeMatrixFeatures {
  /// Features of a run length matrix (IBSI TP0I).
  func runLengthValues() -> [NamedValue] {
    [
      NamedValue("ShortRunEmphasis", smallSizeEmphasis),
      NamedValue("LongRunEmphasis", largeSizeEmphasis),
      NamedValue("LowGrayLevelRunEmphasis", lowLevelEmphasis),
      NamedValue("HighGrayLevelRunEmphasis", highLevelEmphasis),
      NamedValue("ShortRunLowGrayLevelEmphasis", jointEmphasis { 1 / ($0 * $1) }),
      NamedValue("ShortRunHighGrayLevelEmphasis", jointEmphasis { $0 / $1 }),
      NamedValue("LongRunLowGrayLevelEmphasis", jointEmphasis { $1 / $0 }),
      NamedValue("LongRunHighGrayLevelEmphasis", jointEmphasis { $0 * $1 }),
      NamedValue("GrayLevelNonUniformity", levelNonUniformity),
      NamedValue("GrayLevelNonUniformityNormalized", levelNonUniformity / total),
      NamedValue("RunLengthNonUniformity", sizeNonUniformity),
      NamedValue("RunLengthNonUniformityNormalized", sizeNonUniformity / total),
      NamedValue("RunPercentage", total / voxelCount),
      NamedValue("GrayLevelVariance", levelVariance),
      NamedValue("RunVariance", sizeVariance),
      NamedValue("RunEntropy", entropy),
    ]
  }
}
