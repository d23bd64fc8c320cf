/// A family of features of the Image Biomarker Standardisation Initiative (Zwanenburg et al., Radiology
/// 295(2), 2020; reference manual arXiv:1612.07003).
public enum IBSIFamily: String, CaseIterable, Codable, Sendable {
  /// Form of the region (HCUG).
  case morphology
  /// Peaks of mean intensity (9ST6).
  case localIntensity = "local_intensity"
  /// Statistics of intensities (UHIW).
  case intensityStatistics = "intensity_statistics"
  /// Statistics of grey levels (ZVCW).
  case intensityHistogram = "intensity_histogram"
  /// Share of the region above an intensity (P88C).
  case intensityVolumeHistogram = "intensity_volume_histogram"
  /// Pairs of neighbouring voxels (LFYI).
  case cooccurrence = "glcm"
  /// Runs of one grey level (TP0I).
  case runLength = "glrlm"
  /// Zones of one grey level by size (9SAK).
  case sizeZone = "glszm"
  /// Zones of one grey level by distance to the border (VMDZ).
  case distanceZone = "gldzm"
  /// Differences to the mean of the neighbourhood (IPET).
  case toneDifference = "ngtdm"
  /// Neighbours of nearly the same grey level (REK0).
  case dependence = "ngldm"

  /// Whether values depend on the region's form or on distances in millimetres, so that a picture without a
  /// third axis has none.
  public var needsThreeDimensions: Bool { self == .morphology || self == .localIntensity }

  /// Whether values are aggregated from matrices of several slices or directions.
  public var isTexture: Bool {
    switch self {
    case .cooccurrence, .runLength, .sizeZone, .distanceZone, .toneDifference, .dependence: true
    case .morphology, .localIntensity, .intensityStatistics, .intensityHistogram, .intensityVolumeHistogram:
      false
    }
  }

  /// Whether there is a matrix for each direction.
  var isDirectional: Bool { self == .cooccurrence || self == .runLength }

  /// The family's features in the order of the reference manual.
  public var features: [IBSIFeature] {
    switch self {
    case .morphology: IBSICatalogue.morphology
    case .localIntensity: IBSICatalogue.localIntensity
    case .intensityStatistics: IBSICatalogue.intensityStatistics
    case .intensityHistogram: IBSICatalogue.intensityHistogram
    case .intensityVolumeHistogram: IBSICatalogue.intensityVolumeHistogram
    case .cooccurrence: IBSICatalogue.cooccurrence
    case .runLength: IBSICatalogue.runLength
    case .sizeZone: IBSICatalogue.sizeZone
    case .distanceZone: IBSICatalogue.distanceZone
    case .toneDifference: IBSICatalogue.toneDifference
    case .dependence: IBSICatalogue.dependence
    }
  }
}

/// A feature as the initiative names it.
public struct IBSIFeature: Equatable, Sendable {
  /// Name in the tables of reference values, without the aggregation: `cm_joint_entr`.
  public let tag: String
  /// Permanent identifier in the reference manual: `TU9B`.
  public let code: String

  init(_ tag: String, _ code: String) {
    self.tag = tag
    self.code = code
  }
}

/// The value of one feature.
public struct IBSIValue: Equatable, Sendable {
  /// Name in the tables of reference values, with the aggregation: `cm_joint_entr_3D_avg`.
  public let tag: String
  /// Permanent identifier of the feature in the reference manual.
  public let code: String
  /// NaN where the feature is not defined: a ratio to nothing, a texture without neighbours.
  public let value: Double

  /// A value under its tag and code.
  public init(tag: String, code: String, value: Double) {
    self.tag = tag
    self.code = code
    self.value = value
  }
}

/// How one value is made of the texture matrices of several slices or directions.
public enum IBSIAggregation: String, CaseIterable, Codable, Sendable {
  /// Features of each direction of each slice, averaged.
  case averaged2D = "2D_avg"
  /// Directions of a slice merged into one matrix, features averaged over slices.
  case merged2D = "2D_comb"
  /// Slices merged into one matrix for each direction, features averaged over directions.
  case averaged25D = "2_5D_avg"
  /// Directions in a slice and slices merged into one matrix.
  case merged25D = "2_5D_comb"
  /// Features of each direction in space, averaged.
  case averaged3D = "3D_avg"
  /// Directions in space merged into one matrix.
  case merged3D = "3D_comb"

  /// Whether neighbours are looked for within slices (across z) only.
  public var isPlanar: Bool { self != .averaged3D && self != .merged3D }

  /// Of families without directions there are three methods only: 2D, 2.5D and 3D.
  func suffix(of family: IBSIFamily) -> String {
    if family.isDirectional { return rawValue }
    return switch self {
    case .averaged2D, .merged2D: "2D"
    case .averaged25D, .merged25D: "2_5D"
    case .averaged3D, .merged3D: "3D"
    }
  }
}
