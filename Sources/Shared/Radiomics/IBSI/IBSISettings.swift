/// What intensities mean, which decides how the intensity-volume histogram divides them.
public enum IntensityUnits: String, CaseIterable, Codable, Sendable {
  /// No unit, such as raw MRI: `ivhBinCount` levels between the smallest and the largest intensity.
  case arbitrary
  /// Whole calibrated numbers, such as CT: steps of 1, no discretisation.
  case calibratedDiscrete = "calibrated_discrete"
  /// Calibrated numbers with a fraction, such as PET: steps of `ivhBinWidth`, intensities at their middles.
  case calibratedContinuous = "calibrated_continuous"
}

/// What determines feature values in the definitions of the IBSI reference manual.
///
/// Neighbours are at Chebyshev distance 1, co-occurrence matrices symmetrical and distances not weighted: the
/// manual's standard configuration, and the one that has reference values.
public struct IBSISettings: Codable, Equatable, Sendable {
  /// Width of a grey level (fixed bin size, Q3RU); not used where `binCount` is set.
  public var binWidth: Double = 25
  /// Number of grey levels between the smallest and largest intensity of the region (fixed bin number, K15C).
  public var binCount: Int?
  /// Where the first level of fixed bin size begins. `nil`: at the lower bound of `resegmentRange`; where
  /// there is none, at the region's smallest intensity.
  public var binOrigin: Double?
  /// Lowest, or lowest and highest intensity that belongs to the intensity mask (USB3), both included. The
  /// morphological mask keeps all voxels.
  public var resegmentRange: [Double]?
  /// How values are made of several texture matrices.
  public var aggregations = IBSIAggregation.allCases
  /// What intensities mean.
  public var intensityUnits = IntensityUnits.arbitrary
  /// Width of a step of the intensity-volume histogram in calibrated continuous units; `nil`: `binWidth`.
  public var ivhBinWidth: Double?
  /// Number of levels of the intensity-volume histogram in arbitrary units.
  public var ivhBinCount = 1000
  /// Largest difference of grey levels at which a neighbour is dependent: the manual's coarseness α.
  public var dependenceCoarseness = 0

  /// Grey levels of width 25, all aggregations, intensities without a unit.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case binWidth, binCount, binOrigin, resegmentRange, aggregations, intensityUnits, ivhBinWidth, ivhBinCount
    case dependenceCoarseness = "gldm_a"
  }

  /// Reads the settings that are present; the others keep their defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.binWidth, into: &binWidth)
    binCount = try values.decodeIfPresent(Int.self, forKey: .binCount)
    binOrigin = try values.decodeIfPresent(Double.self, forKey: .binOrigin)
    resegmentRange = try values.decodeIfPresent([Double].self, forKey: .resegmentRange)
    try values.read(.aggregations, into: &aggregations)
    try values.read(.intensityUnits, into: &intensityUnits)
    ivhBinWidth = try values.decodeIfPresent(Double.self, forKey: .ivhBinWidth)
    try values.read(.ivhBinCount, into: &ivhBinCount)
    try values.read(.dependenceCoarseness, into: &dependenceCoarseness)
  }

  /// Lowest intensity of the intensity mask, where one is set.
  var lowestIntensity: Double? { resegmentRange?.first }
  /// Highest intensity of the intensity mask, where one is set.
  var highestIntensity: Double? { resegmentRange.flatMap { $0.count > 1 ? $0[1] : nil } }

  /// Checks every setting against its range.
  public func validate() throws(RadiomicsError) {
    func requireWidth(_ name: String, _ width: Double) throws(RadiomicsError) {
      try require(width > 0 && width.isFinite, "\(name) is \(width); expected a number above 0")
    }
    func requireCount(_ name: String, _ count: Int) throws(RadiomicsError) {
      try require((1...1_000_000).contains(count), "\(name) is \(count); expected 1 to 1000000")
    }
    try requireWidth("binWidth", binWidth)
    if let ivhBinWidth { try requireWidth("ivhBinWidth", ivhBinWidth) }
    if let binCount { try requireCount("binCount", binCount) }
    try requireCount("ivhBinCount", ivhBinCount)
    try require(binOrigin?.isFinite ?? true, "binOrigin is \(binOrigin ?? 0); expected a finite number")
    let range = resegmentRange ?? [0]
    try require(
      (1...2).contains(range.count) && range.allSatisfy(\.isFinite) && range.first ?? 0 <= range.last ?? 0,
      "resegmentRange is \(range); expected a lowest intensity, or a lowest and a highest")
    try require(
      !aggregations.isEmpty && Set(aggregations).count == aggregations.count,
      "aggregations is \(aggregations.map(\.rawValue)); expected one or more different methods")
    try require(dependenceCoarseness >= 0, "gldm_a is \(dependenceCoarseness); expected 0 or more")
  }
}

extension IBSISettings {
  /// The settings that IBSI and PyRadiomics share: binWidth, binCount, gldm_a, and force2D as planar
  /// aggregation.
  ///
  /// - Throws: `invalidSetting` for a setting that the reference manual's definitions have no place for.
  public init(sharedBy settings: RadiomicsSettings) throws(RadiomicsError) {
    try settings.validate()
    func refuse(_ name: String, if isSet: Bool, _ advice: String) throws(RadiomicsError) {
      if isSet { throw RadiomicsError(.invalidSetting, "\(name) has no meaning in IBSI mode; \(advice)") }
    }
    try refuse("weightingNorm", if: settings.weightingNorm != nil, "leave it out and choose aggregations")
    try refuse("distances \(settings.distances)", if: settings.distances != [1], "leave it at [1]")
    try refuse("symmetricalGLCM false", if: !settings[CooccurrenceClass.self].isSymmetrical, "leave it out")
    try refuse("voxelArrayShift", if: settings[FirstOrderClass.self].voxelArrayShift != 0, "leave it at 0")
    try refuse(
      "force2Ddimension \(settings.force2Ddimension)", if: settings.force2D && settings.force2Ddimension != 0,
      "slices lie across z")
    self.init()
    binWidth = settings.binWidth
    binCount = settings.binCount
    dependenceCoarseness = settings[DependenceClass.self].alpha
    if settings.force2D { aggregations = aggregations.filter(\.isPlanar) }
  }
}
