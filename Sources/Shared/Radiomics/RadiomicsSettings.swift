/// How the distance to a neighbour weighs in co-occurrence and run length matrices.
public enum WeightingNorm: String, Codable, Sendable, CaseIterable {
  /// Sum of the distances along the axes.
  case manhattan
  /// Straight distance.
  case euclidean
  /// The longest of the distances along the axes.
  case infinity
  /// Directions are summed into one matrix with equal weight.
  case noWeighting = "no_weighting"
}

/// What determines feature values, under PyRadiomics' names and with its defaults.
public struct RadiomicsSettings: Codable, Equatable, Sendable {
  /// Width of a grey level, in units of intensity; not used where `binCount` is set.
  public var binWidth: Double = 25
  /// Number of grey levels between the smallest and largest intensity of the region.
  public var binCount: Int?
  /// Chebyshev distances, in voxels, at which two voxels are neighbours.
  public var distances: [Int] = [1]
  /// `nil`: features are computed per direction and averaged; else: directions are weighted and summed first.
  public var weightingNorm: WeightingNorm?
  /// Whether neighbours in a 3D image lie in one plane only.
  public var force2D = false
  /// Axis across that plane, in PyRadiomics' order: 0 is z, 1 is y, 2 is x.
  public var force2Ddimension = 0
  /// Number of axes along which a region must be longer than one voxel.
  public var minimumROIDimensions = 2
  /// A region must have more voxels than this.
  public var minimumROISize: Int?
  /// The classes that have settings of their own.
  private var classes = ClassSettings()

  /// PyRadiomics' defaults.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case binWidth, binCount, distances, weightingNorm
    case force2D, force2Ddimension, minimumROIDimensions, minimumROISize
  }

  /// Reads the settings that are present; the others keep their defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.binWidth, into: &binWidth)
    binCount = try values.decodeIfPresent(Int.self, forKey: .binCount)
    try values.read(.distances, into: &distances)
    weightingNorm = try values.decodeIfPresent(WeightingNorm.self, forKey: .weightingNorm)
    try values.read(.force2D, into: &force2D)
    try values.read(.force2Ddimension, into: &force2Ddimension)
    try values.read(.minimumROIDimensions, into: &minimumROIDimensions)
    minimumROISize = try values.decodeIfPresent(Int.self, forKey: .minimumROISize)
    classes = try ClassSettings(from: decoder)
  }

  /// Checks every setting against its range.
  public func validate() throws(RadiomicsError) {
    try require(binWidth > 0 && binWidth.isFinite, "binWidth is \(binWidth); expected a number above 0")
    try require(
      binCount.map { (1...1_000_000).contains($0) } ?? true,
      "binCount is \(binCount ?? 0); expected 1 to 1000000")
    try require(
      !distances.isEmpty && distances.allSatisfy { (1...1000).contains($0) }
        && Set(distances).count == distances.count,
      "distances is \(distances.prefix(10)); expected different whole numbers from 1 to 1000")
    try require(
      (0...2).contains(force2Ddimension), "force2Ddimension is \(force2Ddimension); expected 0, 1 or 2")
    try require(
      (1...3).contains(minimumROIDimensions),
      "minimumROIDimensions is \(minimumROIDimensions); expected 1, 2 or 3")
    try classes.validate()
  }
}

/// Throws `invalidSetting` with the message unless the condition holds.
func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(RadiomicsError) {
  if !holds { throw RadiomicsError(.invalidSetting, message()) }
}

extension RadiomicsSettings {
  /// Names of all settings in a parameter file.
  public static let names =
    CodingKeys.allCases.map(\.rawValue) + FeatureClass.allCases.flatMap { $0.definition.settingNames }

  /// A class with the settings that only it has: `settings[DependenceClass.self].alpha = 1`.
  public subscript<Definition: FeatureClassDefinition>(_ type: Definition.Type) -> Definition {
    get { definition(of: FeatureClass(type)) as? Definition ?? Definition() }
    set { classes.set(newValue) }
  }

  /// A class with the settings that only it has.
  public func definition(of featureClass: FeatureClass) -> any FeatureClassDefinition {
    classes.definition(of: featureClass)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(binWidth, forKey: .binWidth)
    try values.encodeIfPresent(binCount, forKey: .binCount)
    try values.encode(distances, forKey: .distances)
    try values.encodeIfPresent(weightingNorm, forKey: .weightingNorm)
    try values.encode(force2D, forKey: .force2D)
    try values.encode(force2Ddimension, forKey: .force2Ddimension)
    try values.encode(minimumROIDimensions, forKey: .minimumROIDimensions)
    try values.encodeIfPresent(minimumROISize, forKey: .minimumROISize)
    try classes.encode(to: encoder)
  }
}
