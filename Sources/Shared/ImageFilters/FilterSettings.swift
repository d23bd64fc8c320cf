/// The settings of all filters, as one section of a parameter file has them, under PyRadiomics' names.
///
/// `settings[WaveletFilter.self].level = 2` sets one; a value that is not set has its default.
public struct FilterSettings: Codable, Equatable, Sendable {
  /// In which planes two-dimensional filters work.
  public var planes = FilterPlanes()
  /// One of each filter.
  private var filters: [any ImageFilter] = ImageType.allCases.map { $0.filter.init() }

  /// Filters of the first release. Canonical parameters, by which stored rows are found again, hold their settings
  /// even where these are the defaults; those of later filters are there only where they differ.
  private static let writtenWithDefaults: Set<ImageType> = [
    .wavelet, .laplacianOfGaussian, .gradient, .localBinaryPattern2D, .localBinaryPattern3D,
  ]

  /// Names of all settings in a parameter file.
  public static let names =
    unique(ImageType.allCases.flatMap { $0.filter.settingNames }) + FilterPlanes.settingNames

  /// Names of settings that only filters of the IBSI manual have. PyRadiomics passes over a setting of another filter; one of
  /// these may only be given to a filter that has it.
  public static let namesOfIBSI = IBSIFilterSettings.names

  /// The names of settings that are lists, for which a parameter file may give a single value.
  public static let listNames = unique(ImageType.allCases.flatMap { $0.filter.listSettings })

  /// Each name once: filters may share settings.
  private static func unique(_ names: [String]) -> [String] {
    names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The defaults of all filters.
  public init() {}

  /// Reads the settings that are present; the others keep their defaults.
  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    filters = try ImageType.allCases.map { try $0.filter.init(from: decoder) }
    planes = try FilterPlanes(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    for filter in filters where Self.isWritten(filter) { try filter.encode(to: encoder) }
    try planes.encode(to: encoder)
  }

  private static func isWritten(_ filter: any ImageFilter) -> Bool {
    writtenWithDefaults.contains(ImageType(type(of: filter))) || !filter.hasDefaults
  }

  /// The filter of a type with its settings.
  public subscript<Filter: ImageFilter>(_ type: Filter.Type) -> Filter {
    get { filter(of: ImageType(type)) as? Filter ?? Filter() }
    set {
      filters.removeAll { $0 is Filter }
      filters.append(newValue)
    }
  }

  /// The filter of an image type with its settings.
  public func filter(of type: ImageType) -> any ImageFilter {
    filters.first { ImageType(Swift.type(of: $0)) == type } ?? type.filter.init()
  }

  /// Checks every setting against its range.
  /// - Throws: `ImageFilterError`, as the filters' `validate`.
  public func validate() throws(ImageFilterError) {
    for type in ImageType.allCases { try filter(of: type).validate() }
    try planes.validate()
  }

  public static func == (one: FilterSettings, other: FilterSettings) -> Bool {
    one.planes == other.planes
      && (one.filters + other.filters).map { ImageType(type(of: $0)) }.allSatisfy { type in
        one.filter(of: type).isEqual(to: other.filter(of: type))
      }
  }
}
