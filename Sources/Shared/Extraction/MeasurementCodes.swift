import DICOMFiles

/// What features are called and measured in, where a report of DICOM tells them.
///
/// Identifiers are those of the IBSI reference manual (Zwanenburg et al., arXiv:1612.07003, version 11; Radiology 2020,
/// 10.1148/radiol.2020191145), for the features of PyRadiomics that are defined as there. Left out are features that the manual does
/// not have (TotalEnergy, StandardDeviation, MCC, 2D diameters) and those whose values differ by definition: Kurtosis, which is 3 higher.
enum MeasurementCodes {
  /// By the class and the name of a feature.
  static let identifiers: [String: [String: String]] = [
    "shape": [
      "MeshVolume": "RNU0", "VoxelVolume": "YEKZ", "SurfaceArea": "C0JK", "SurfaceVolumeRatio": "2PR5",
      "Compactness1": "SKGS", "Compactness2": "BQWJ", "SphericalDisproportion": "KRCK", "Sphericity": "QCFX",
      "Maximum3DDiameter": "L0JK", "MajorAxisLength": "TDIC", "MinorAxisLength": "P9VJ",
      "LeastAxisLength": "7J51", "Elongation": "Q3CK", "Flatness": "N17B",
    ],
    "firstorder": [
      "Energy": "N8CA", "Entropy": "TLU2", "Minimum": "1GSF", "10Percentile": "QG58", "90Percentile": "8DWT",
      "Maximum": "84IY", "Mean": "Q4LE", "Median": "Y12H", "InterquartileRange": "SALO", "Range": "2OJQ",
      "MeanAbsoluteDeviation": "4FUA", "RobustMeanAbsoluteDeviation": "1128", "RootMeanSquared": "5ZWQ",
      "Skewness": "KE2A", "Variance": "ECT3", "Uniformity": "BJ5W",
    ],
    "glcm": [
      "Autocorrelation": "QWB0", "JointAverage": "60VM", "ClusterProminence": "AE86", "ClusterShade": "7NFM",
      "ClusterTendency": "DG8W", "Contrast": "ACUI", "Correlation": "NI2N", "DifferenceAverage": "TF7R",
      "DifferenceEntropy": "NTRS", "DifferenceVariance": "D3YU", "Id": "IB1Z", "Idm": "WF0Z", "Idmn": "1QCO",
      "Idn": "NDRX", "Imc1": "R8DG", "Imc2": "JN9H", "InverseVariance": "E8JP", "JointEnergy": "8ZQL",
      "JointEntropy": "TU9B", "MaximumProbability": "GYBY", "SumAverage": "ZGXS", "SumEntropy": "P6QZ",
      "SumSquares": "UR99",
    ],
    "glrlm": [
      "ShortRunEmphasis": "22OV", "LongRunEmphasis": "W4KF", "LowGrayLevelRunEmphasis": "V3SW",
      "HighGrayLevelRunEmphasis": "G3QZ", "ShortRunLowGrayLevelEmphasis": "HTZT",
      "ShortRunHighGrayLevelEmphasis": "GD3A", "LongRunLowGrayLevelEmphasis": "IVPO",
      "LongRunHighGrayLevelEmphasis": "3KUM", "GrayLevelNonUniformity": "R5YN",
      "GrayLevelNonUniformityNormalized": "OVBL", "RunLengthNonUniformity": "W92Y",
      "RunLengthNonUniformityNormalized": "IC23", "RunPercentage": "9ZK5", "GrayLevelVariance": "8CE5",
      "RunVariance": "SXLW", "RunEntropy": "HJ9O",
    ],
    "glszm": [
      "SmallAreaEmphasis": "5QRC", "LargeAreaEmphasis": "48P8", "LowGrayLevelZoneEmphasis": "XMSY",
      "HighGrayLevelZoneEmphasis": "5GN9", "SmallAreaLowGrayLevelEmphasis": "5RAI",
      "SmallAreaHighGrayLevelEmphasis": "HW1V", "LargeAreaLowGrayLevelEmphasis": "YH51",
      "LargeAreaHighGrayLevelEmphasis": "J17V", "GrayLevelNonUniformity": "JNSA",
      "GrayLevelNonUniformityNormalized": "Y1RO", "SizeZoneNonUniformity": "4JP3",
      "SizeZoneNonUniformityNormalized": "VB3A", "ZonePercentage": "P30P", "GrayLevelVariance": "BYLV",
      "ZoneVariance": "3NSA", "ZoneEntropy": "GU8N",
    ],
    "gldm": [
      "SmallDependenceEmphasis": "SODN", "LargeDependenceEmphasis": "IMOQ", "LowGrayLevelEmphasis": "TL9H",
      "HighGrayLevelEmphasis": "OAE7", "SmallDependenceLowGrayLevelEmphasis": "EQ3F",
      "SmallDependenceHighGrayLevelEmphasis": "JA6D", "LargeDependenceLowGrayLevelEmphasis": "NBZI",
      "LargeDependenceHighGrayLevelEmphasis": "9QMG", "GrayLevelNonUniformity": "FP8K",
      "DependenceNonUniformity": "Z87G", "DependenceNonUniformityNormalized": "OKJI",
      "GrayLevelVariance": "1PFV", "DependenceVariance": "DNX2", "DependenceEntropy": "FCBV",
    ],
    "ngtdm": [
      "Coarseness": "QCDE", "Contrast": "65HE", "Busyness": "NQ30", "Complexity": "HDEZ", "Strength": "1X9X",
    ],
  ]

  /// A feature by its full name, as `original_glcm_Contrast`.
  ///
  /// Features of filtered images go by their names alone: the manual's identifier of the feature would say half of what they are.
  static func measurement(
    _ name: String, _ value: Double, of facts: DICOMFacts
  ) -> MeasurementReport.Measurement {
    let parts = name.split(separator: "_", maxSplits: 2).map(String.init)
    guard parts.count == 3 else { return .init(name: name, value: value) }
    let identifier = parts[0] == "original" ? identifiers[parts[1]]?[parts[2]] : nil
    return .init(
      name: name,
      concept: identifier.map { .init($0, scheme: "IBSI", meaning: "\(parts[1]) \(parts[2])") },
      value: value, unit: unit(of: parts[2], in: parts[1], isOriginal: parts[0] == "original", facts))
  }

  private static func unit(
    of feature: String, in family: String, isOriginal: Bool, _ facts: DICOMFacts
  ) -> MeasurementReport.Unit {
    switch (family, feature) {
    case ("shape", "MeshVolume"), ("shape", "VoxelVolume"): .cubicMillimetres
    case ("shape", "SurfaceArea"): .squareMillimetres
    case ("shape", "SurfaceVolumeRatio"): .perMillimetre
    case ("shape", _) where feature.hasSuffix("Length") || feature.hasSuffix("Diameter"): .millimetres
    case ("shape", _) where feature.hasPrefix("Maximum2DDiameter"): .millimetres
    case ("firstorder", _) where isOriginal && ofIntensity.contains(feature): intensity(facts)
    default: .none
    }
  }

  /// Features that are measured in what the image is measured in.
  private static let ofIntensity: Set<String> = [
    "Minimum", "10Percentile", "90Percentile", "Maximum", "Mean", "Median", "InterquartileRange", "Range",
    "MeanAbsoluteDeviation", "RobustMeanAbsoluteDeviation", "RootMeanSquared", "StandardDeviation",
  ]

  private static func intensity(_ facts: DICOMFacts) -> MeasurementReport.Unit {
    if facts.standardUptake != nil { return .bodyWeightUptake }
    switch (facts.modality, facts.units) {
    case ("CT", _), (_, "HU"): return .hounsfield
    case (_, "BQML"): return .becquerelsPerMillilitre
    case (_, "GML"): return .bodyWeightUptake
    default: return .arbitrary
    }
  }
}
