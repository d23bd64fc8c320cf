/// A class of features with the settings that only it has: a value is a class as it will be computed.
///
/// The file of a class holds everything about it: its name, the names of its features, settings of its own with their
/// ranges, which regions it applies to, and the computation. To be known in parameter files it needs one line more, in
/// the list of `FeatureClass`.
///
/// Settings are read and written under their names in a parameter file (`Codable`); those that are absent keep their
/// defaults. Settings that several classes share are those of `RadiomicsSettings`.
public protocol FeatureClassDefinition: Codable, Equatable, Sendable {
  /// The key under `featureClass` of a parameter file, and the middle part of its features' names, as `glcm`.
  static var name: String { get }

  /// The features that are computed unless others are asked for, in alphabetical order.
  static var standardFeatures: [String] { get }

  /// Features that are computed only when named; PyRadiomics calls them deprecated.
  static var deprecatedFeatures: [String] { get }

  /// Names that PyRadiomics still accepts but no longer computes, and the feature that holds the same value.
  static var removedFeatures: [(name: String, equalTo: String)] { get }

  /// Whether the class is computed where a parameter file lists no classes.
  static var isStandard: Bool { get }

  /// Whether values depend on the region's form alone, so that they need computing once for all image types.
  static var isShape: Bool { get }

  /// Whether the class tabulates grey levels, of which there may then be a million at most.
  static var usesGreyLevels: Bool { get }

  /// Names of the settings that only this class has, in a parameter file, as `gldm_a`.
  static var settingNames: [String] { get }

  /// The class with the defaults of its settings.
  init()

  /// Checks every setting of the class against its range.
  /// - Throws: `invalidSetting`.
  func validate() throws(RadiomicsError)

  /// Why the class does not apply to a region; `nil` when it does.
  func unavailability(in region: RegionOfInterest, _ settings: RadiomicsSettings) -> String?

  /// All features of the class, in any order.
  ///
  /// - Parameters:
  ///   - region: the region in one image, with what classes share.
  ///   - names: the features that are wanted; others may be left out, or be NaN, where that saves time.
  /// - Throws: `noNeighbours`, `tooManyLevels`, or another code of `RadiomicsError`.
  func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue]
}

extension FeatureClassDefinition {
  /// None.
  public static var deprecatedFeatures: [String] { [] }
  /// None.
  public static var removedFeatures: [(name: String, equalTo: String)] { [] }
  /// Only where asked for: so a new class changes no study that there is.
  public static var isStandard: Bool { false }
  /// Values depend on intensities.
  public static var isShape: Bool { false }
  /// Grey levels are not tabulated.
  public static var usesGreyLevels: Bool { false }
  /// No settings of its own.
  public static var settingNames: [String] { [] }
  /// Accepts what there is.
  public func validate() throws(RadiomicsError) {}
  /// Applies to every region.
  public func unavailability(in region: RegionOfInterest, _ settings: RadiomicsSettings) -> String? { nil }

  func isEqual(to other: any FeatureClassDefinition) -> Bool { other as? Self == self }
  var hasDefaults: Bool { self == Self() }
}

extension KeyedDecodingContainer {
  /// Replaces a setting's default by the value of its key, where there is one.
  /// - Throws: `DecodingError` for a value of another type.
  func read<Value: Decodable>(_ key: Key, into setting: inout Value) throws {
    setting = try decodeIfPresent(Value.self, forKey: key) ?? setting
  }
}
