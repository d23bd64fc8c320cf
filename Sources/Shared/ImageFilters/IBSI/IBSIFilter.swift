import Volumes

/// A filter of the IBSI reference manual, part 2. All of them read one set of settings.
public protocol IBSIFilter: ImageFilter {
  /// What it is told.
  var settings: IBSIFilterSettings { get set }
}

extension IBSIFilter {
  /// Those of all filters of the manual.
  public static var settingNames: [String] { IBSIFilterSettings.CodingKeys.allCases.map(\.rawValue) }
  /// Several images may be asked of one filter.
  public static var listSettings: [String] {
    typealias Keys = IBSIFilterSettings.CodingKeys
    return [Keys.sigma, .lawsKernels, .waveletBands, .levels].map(\.rawValue)
  }
  /// What lies beyond the region counts, and nothing that is not a number.
  public static var dependsOnWholeImage: Bool { true }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    self.init()
    settings = try IBSIFilterSettings(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws { try settings.encode(to: encoder) }

  /// - Throws: `invalidSetting`, `unknownWavelet`.
  public func validate() throws(ImageFilterError) { try settings.validate() }
}

extension PreparedImage {
  /// Refuses an image with voxels that are not numbers.
  /// - Throws: `nonFiniteVoxel`.
  func checkFinite(for filter: any ImageFilter.Type) throws(ImageFilterError) {
    try checkFinite(for: filter.name)
  }
}

extension FilterScale {
  /// The width in names of images, as `1-5`.
  var name: String { String(literal.map { $0 == "." ? "-" : $0 }) }
}
