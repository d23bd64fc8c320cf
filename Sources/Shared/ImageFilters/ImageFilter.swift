import Volumes

/// A type of image that features are computed of, with its settings: a value is a filter as it will run.
///
/// The file of a filter holds everything about it: its name and settings in a parameter file, their defaults and
/// ranges, which voxels must be finite, and the computation. To be known in parameter files it needs one line more,
/// in the list of `ImageType`.
///
/// Settings are read and written under their names in a parameter file (`Codable`); those that are absent keep their
/// defaults.
public protocol ImageFilter: Codable, Equatable, Sendable {
  /// The key under `imageType` of a parameter file, as `Wavelet`.
  static var name: String { get }

  /// Names of all settings in a parameter file, as `start_level`.
  static var settingNames: [String] { get }

  /// Those of the settings that are lists, for which a parameter file may give a single value.
  static var listSettings: [String] { get }

  /// Whether the result depends on all voxels, so that each must be a finite number, not only those of the region.
  static var dependsOnWholeImage: Bool { get }

  /// What a parameter file that names this filter must also say, as "needs sigma, …"; `nil` where nothing is missing.
  var missingSetting: String? { get }

  /// The filter with the defaults of all settings.
  init()

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`, or another code of `ImageFilterError` that says more.
  func validate() throws(ImageFilterError)

  /// Calls `body` with every image that the filter makes, one at a time, in a fixed order.
  ///
  /// Settings have been validated. The filter may read all of `prepared.image`; its results cover `prepared.box`.
  /// Where it does not apply to an image, it passes on the names that it would have made, as skipped, with the reason.
  /// - Parameters:
  ///   - prepared: the image and its region.
  ///   - planes: what filters that work in planes need to know.
  ///   - body: takes the images.
  /// - Throws: `ImageFilterError`; whatever `body` throws.
  func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws
}

extension ImageFilter {
  /// No settings.
  public static var settingNames: [String] { [] }
  /// No lists.
  public static var listSettings: [String] { [] }
  /// Voxels far from the region do not matter.
  public static var dependsOnWholeImage: Bool { false }
  /// Nothing is missing.
  public var missingSetting: String? { nil }
  /// Accepts what there is.
  public func validate() throws(ImageFilterError) {}

  func isEqual(to other: any ImageFilter) -> Bool { other as? Self == self }
  var hasDefaults: Bool { self == Self() }
}

/// In which planes filters work that are two-dimensional, under PyRadiomics' names.
public struct FilterPlanes: Codable, Equatable, Sendable {
  /// Whether wavelets leave out one axis.
  public var force2D = false
  /// That axis, in PyRadiomics' order: 0 is z, 1 is y, 2 is x (in a 2D image 0 is y, 1 is x). Local binary
  /// patterns in 2D lie across it in any case.
  public var force2Ddimension = 0

  static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Three dimensions; planes, where a filter has them, lie across z.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case force2D, force2Ddimension }

  /// Reads the settings that are present; the others keep their defaults.
  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.force2D, into: &force2D)
    try values.read(.force2Ddimension, into: &force2Ddimension)
  }

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`.
  public func validate() throws(ImageFilterError) {
    try require(
      (0...2).contains(force2Ddimension), "force2Ddimension is \(force2Ddimension); expected 0, 1 or 2")
  }

  /// The axis (0 is x) across planes of 2D filters.
  /// - Throws: `invalidSetting` for an axis that an image of `dimension` axes lacks.
  func normal(dimension: Int) throws(ImageFilterError) -> Int {
    try require(
      force2Ddimension < dimension,
      "force2Ddimension is \(force2Ddimension), but the image has \(dimension) dimensions; expected 0 or 1")
    return dimension - 1 - force2Ddimension
  }
}

extension KeyedDecodingContainer {
  /// Replaces a setting's default by the value of its key, where there is one.
  /// - Throws: `DecodingError` for a value of another type.
  func read<Value: Decodable>(_ key: Key, into setting: inout Value) throws {
    setting = try decodeIfPresent(Value.self, forKey: key) ?? setting
  }
}
