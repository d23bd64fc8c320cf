/// The settings that single classes have, one definition of each class.
struct ClassSettings: Codable, Equatable, Sendable {
  private var definitions: [any FeatureClassDefinition] = FeatureClass.allCases.map { $0.definition.init() }

  /// Classes of the first release. Canonical parameters, by which stored rows are found again, hold their settings
  /// even where these are the defaults; those of later classes are there only where they differ.
  private static let writtenWithDefaults: Set<FeatureClass> = [.firstorder, .glcm, .gldm]

  /// The defaults.
  init() {}

  /// Reads the settings that are present; the others keep their defaults.
  /// - Throws: `DecodingError` for a value of another type.
  init(from decoder: any Decoder) throws {
    definitions = try FeatureClass.allCases.map { try $0.definition.init(from: decoder) }
  }

  func encode(to encoder: any Encoder) throws {
    for definition in definitions where Self.isWritten(definition) { try definition.encode(to: encoder) }
  }

  private static func isWritten(_ definition: any FeatureClassDefinition) -> Bool {
    writtenWithDefaults.contains(FeatureClass(type(of: definition))) || !definition.hasDefaults
  }

  func definition(of featureClass: FeatureClass) -> any FeatureClassDefinition {
    definitions.first { FeatureClass(type(of: $0)) == featureClass } ?? featureClass.definition.init()
  }

  mutating func set(_ definition: some FeatureClassDefinition) {
    definitions.removeAll { FeatureClass(type(of: $0)) == FeatureClass(type(of: definition)) }
    definitions.append(definition)
  }

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`.
  func validate() throws(RadiomicsError) {
    for featureClass in FeatureClass.allCases { try definition(of: featureClass).validate() }
  }

  static func == (one: ClassSettings, other: ClassSettings) -> Bool {
    (one.definitions + other.definitions).allSatisfy { definition in
      let featureClass = FeatureClass(type(of: definition))
      return one.definition(of: featureClass).isEqual(to: other.definition(of: featureClass))
    }
  }
}
