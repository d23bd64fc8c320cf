import Volumes

/// A filter of the IBSI reference manual, part 2. All of them read one set of settings.
public protocol IBSIFilter: ImageFilter {
  /// What it is told.
  var settings: IBSIFilterSettings { get set }
}

extension IBSIFilter {
  /// Several images may be asked of one filter.
  public static var listSettings: [String] {
    typealias Keys = IBSIFilterSettings.CodingKeys
    return [Keys.sigma, .lawsKernels, .waveletBands, .levels].map(\.rawValue)
  }
  /// What lies beyond the region counts, and nothing that is not a number.
  public static var dependsOnWholeImage: Bool { true }

  /// Reads its own settings: one that stands there for another filter changes neither what it does nor what it is known by.
  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    self.init()
    settings = try IBSIFilterSettings(Self.settingNames, from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try settings.encode(Self.settingNames, to: encoder)
  }

  /// - Throws: `invalidSetting`, `unknownWavelet`.
  public func validate() throws(ImageFilterError) { try settings.validate() }

  /// What a filter works on.
  /// - Throws: `nonFiniteVoxel`, `invalidSetting`.
  func source(_ prepared: PreparedImage, _ planes: FilterPlanes) throws(ImageFilterError) -> FilteredSource {
    try prepared.checkFinite(for: Self.self)
    let axes = try settings.axes(of: prepared, planes)
    return FilteredSource(
      image: prepared.image, box: prepared.box.ranges, axes: axes, suffix: settings.suffix)
  }
}

/// An image, the box of it that is wanted, and the axes along which it is filtered.
struct FilteredSource {
  let image: Volume
  let box: [Range<Int>]
  let axes: [Int]
  let suffix: String

  /// A response under the middle of its name.
  func derived(_ name: String, _ response: ImageBlock) -> DerivedImage {
    DerivedImage("ibsi-\(name)-\(suffix)", response.volume(of: image))
  }
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
