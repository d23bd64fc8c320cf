/// Pairs of neighbouring voxels by their grey levels.
public struct CooccurrenceClass: FeatureClassDefinition {
  public static let name = "glcm"
  public static let isStandard = true
  public static let usesGreyLevels = true
  public static let standardFeatures = [
    "Autocorrelation", "ClusterProminence", "ClusterShade", "ClusterTendency", "Contrast", "Correlation",
    "DifferenceAverage", "DifferenceEntropy", "DifferenceVariance", "Id", "Idm", "Idmn", "Idn", "Imc1",
    "Imc2",
    "InverseVariance", "JointAverage", "JointEnergy", "JointEntropy", "MCC", "MaximumProbability",
    "SumAverage", "SumEntropy", "SumSquares",
  ]
  public static let removedFeatures = [
    (name: "Dissimilarity", equalTo: "DifferenceAverage"), (name: "Homogeneity1", equalTo: "Id"),
    (name: "Homogeneity2", equalTo: "Idm"), (name: "SumVariance", equalTo: "ClusterTendency"),
  ]
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Whether a pair of voxels counts in both orders.
  public var isSymmetrical = true

  /// Symmetrical matrices.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case isSymmetrical = "symmetricalGLCM" }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: CodingKeys.self).read(.isSymmetrical, into: &isSymmetrical)
  }

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    try region.directional(region.settings.distances).cooccurrenceValues(
      presentLevelCount: region.discretised.presentLevelCount, isSymmetrical: isSymmetrical,
      withMCC: names.contains("MCC"))
  }
}

extension FeatureClass {
  /// Pairs of neighbouring voxels by their grey levels.
  public static let glcm = FeatureClass(CooccurrenceClass.self)
}
