/// The settings that only IBSI's features have, as a parameter file gives them; what is `nil` keeps its default.
///
/// What they share with PyRadiomics' (`binWidth`, `binCount`, `gldm_a`, `force2D`) is in `RadiomicsSettings`, and `resegmentRange` belongs
/// to the preparation of the image.
public struct IBSIChoices: Codable, Equatable, Sendable {
  /// Where the first level of fixed bin size begins.
  public var binOrigin: Double?
  /// How values are made of several texture matrices.
  public var aggregations: [IBSIAggregation]?
  /// What intensities mean.
  public var intensityUnits: IntensityUnits?
  /// Width of a step of the intensity-volume histogram in calibrated continuous units.
  public var ivhBinWidth: Double?
  /// Number of levels of the intensity-volume histogram in arbitrary units.
  public var ivhBinCount: Int?

  /// All defaults.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case binOrigin, aggregations, intensityUnits, ivhBinWidth, ivhBinCount
  }

  /// Names of the settings in a parameter file.
  public static let names = CodingKeys.allCases.map(\.rawValue)

  /// Whether everything keeps its default.
  public var isEmpty: Bool { self == IBSIChoices() }
}

extension IBSISettings {
  /// The settings that IBSI and PyRadiomics share, and those that only IBSI's features have.
  ///
  /// - Throws: `invalidSetting` for a setting out of range, or without effect beside the others.
  public init(sharedBy settings: RadiomicsSettings, _ choices: IBSIChoices) throws(RadiomicsError) {
    try self.init(sharedBy: settings)
    binOrigin = choices.binOrigin
    if let aggregations = choices.aggregations { self.aggregations = aggregations }
    if settings.force2D {
      aggregations = aggregations.filter(\.isPlanar)
      try require(
        !aggregations.isEmpty, "force2D leaves none of the aggregations; name a planar one, or remove force2D"
      )
    }
    if let units = choices.intensityUnits { intensityUnits = units }
    ivhBinWidth = choices.ivhBinWidth
    if let count = choices.ivhBinCount { ivhBinCount = count }
    try validate()
    try require(
      binOrigin == nil || binCount == nil,
      "binOrigin is where levels of binWidth begin, and binCount counts from the smallest intensity; remove one"
    )
    try require(
      choices.ivhBinWidth == nil || intensityUnits == .calibratedContinuous,
      "ivhBinWidth is the step of intensityUnits: calibrated_continuous, but they are \(intensityUnits.rawValue)"
    )
    try require(
      choices.ivhBinCount == nil || intensityUnits == .arbitrary,
      "ivhBinCount belongs to intensityUnits: arbitrary, but they are \(intensityUnits.rawValue)")
  }
}
