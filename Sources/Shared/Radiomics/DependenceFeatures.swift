/// Voxels by the number of neighbours of nearly the same grey level.
public struct DependenceClass: FeatureClassDefinition {
  public static let name = "gldm"
  public static let isStandard = true
  public static let usesGreyLevels = true
  public static let standardFeatures = [
    "DependenceEntropy", "DependenceNonUniformity", "DependenceNonUniformityNormalized", "DependenceVariance",
    "GrayLevelNonUniformity", "GrayLevelVariance", "HighGrayLevelEmphasis", "LargeDependenceEmphasis",
    "LargeDependenceHighGrayLevelEmphasis", "LargeDependenceLowGrayLevelEmphasis", "LowGrayLevelEmphasis",
    "SmallDependenceEmphasis", "SmallDependenceHighGrayLevelEmphasis", "SmallDependenceLowGrayLevelEmphasis",
  ]
  public static let removedFeatures = [
    (name: "DependencePercentage", equalTo: "the constant 1"),
    (name: "GrayLevelNonUniformityNormalized", equalTo: "firstorder Uniformity"),
  ]
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Largest difference of grey levels at which a neighbour is dependent.
  public var alpha = 0

  /// Neighbours of the same grey level.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case alpha = "gldm_a" }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: CodingKeys.self).read(.alpha, into: &alpha)
  }

  public func validate() throws(RadiomicsError) {
    try require(alpha >= 0, "gldm_a is \(alpha); expected 0 or more")
  }

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    let matrices = try region.neighbourhood()
    return SizeMatrixFeatures(matrices.dependence, levels: region.discretised.levels).dependenceValues()
  }
}

extension FeatureClass {
  /// Voxels by the number of neighbours of nearly the same grey level.
  public static let gldm = FeatureClass(DependenceClass.self)
}

extension SizeMatrixFeatures {
  /// Features of a dependence matrix (IBSI REK0).
  func dependenceValues() -> [NamedValue] {
    [
      NamedValue("SmallDependenceEmphasis", smallSizeEmphasis),
      NamedValue("LargeDependenceEmphasis", largeSizeEmphasis),
      NamedValue("LowGrayLevelEmphasis", lowLevelEmphasis),
      NamedValue("HighGrayLevelEmphasis", highLevelEmphasis),
      NamedValue("SmallDependenceLowGrayLevelEmphasis", jointEmphasis { 1 / ($0 * $1) }),
      NamedValue("SmallDependenceHighGrayLevelEmphasis", jointEmphasis { $0 / $1 }),
      NamedValue("LargeDependenceLowGrayLevelEmphasis", jointEmphasis { $1 / $0 }),
      NamedValue("LargeDependenceHighGrayLevelEmphasis", jointEmphasis { $0 * $1 }),
      NamedValue("GrayLevelNonUniformity", levelNonUniformity),
      NamedValue("DependenceNonUniformity", sizeNonUniformity),
      NamedValue("DependenceNonUniformityNormalized", sizeNonUniformity / total),
      NamedValue("GrayLevelVariance", levelVariance),
      NamedValue("DependenceVariance", sizeVariance),
      NamedValue("DependenceEntropy", entropy),
    ]
  }
}
