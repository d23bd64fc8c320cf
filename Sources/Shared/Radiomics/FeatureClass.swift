/// A family of features, under PyRadiomics' name.
package enum FeatureClass: String, CaseIterable, Codable, Sendable {
  case firstorder, glcm, gldm, glrlm, glszm, ngtdm, shape, shape2D

  /// Whether values depend on the region's form alone, so that they need computing once for all image types.
  package var isShape: Bool { self == .shape || self == .shape2D }

  /// The features that are computed unless others are asked for, in alphabetical order.
  package var standardFeatures: [String] {
    switch self {
    case .firstorder: FeatureNames.firstorder
    case .glcm: FeatureNames.glcm
    case .gldm: FeatureNames.gldm
    case .glrlm: FeatureNames.glrlm
    case .glszm: FeatureNames.glszm
    case .ngtdm: FeatureNames.ngtdm
    case .shape: FeatureNames.shape
    case .shape2D: FeatureNames.shape2D
    }
  }

  /// Features that PyRadiomics calls deprecated: computed only when named.
  package var deprecatedFeatures: [String] {
    switch self {
    case .firstorder: ["StandardDeviation"]
    case .shape: ["Compactness1", "Compactness2", "SphericalDisproportion"]
    case .shape2D: ["SphericalDisproportion"]
    case .glcm, .gldm, .glrlm, .glszm, .ngtdm: []
    }
  }

  /// Names that PyRadiomics still accepts but no longer computes, and the feature that holds the same value.
  package var removedFeatures: [(name: String, equalTo: String)] {
    switch self {
    case .glcm:
      [
        ("Dissimilarity", "DifferenceAverage"), ("Homogeneity1", "Id"), ("Homogeneity2", "Idm"),
        ("SumVariance", "ClusterTendency"),
      ]
    case .gldm:
      [
        ("DependencePercentage", "the constant 1"),
        ("GrayLevelNonUniformityNormalized", "firstorder Uniformity"),
      ]
    case .firstorder, .glrlm, .glszm, .ngtdm, .shape, .shape2D: []
    }
  }
}

/// The value of one feature; the name is the feature's alone, without image type and class.
package struct NamedValue: Equatable, Sendable {
  package let name: String
  package let value: Double

  package init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
