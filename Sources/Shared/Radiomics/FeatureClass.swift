/// A class of features, by PyRadiomics' name: a definition without its settings.
public struct FeatureClass: RawRepresentable, Hashable, CaseIterable, Codable, Sendable {
  /// Every class that a parameter file may name, in PyRadiomics' order of computation, which is the order of
  /// columns. A new class is a line here; its settings come into canonical parameters only where they are not the
  /// defaults, so that keys of stored rows stay.
  private static let definitions: [any FeatureClassDefinition.Type] = [
    ShapeClass.self,
    FirstOrderClass.self,
    CooccurrenceClass.self,
    DependenceClass.self,
    RunLengthClass.self,
    SizeZoneClass.self,
    ToneDifferenceClass.self,
    PlanarShapeClass.self,
  ]

  /// Every class that a parameter file may name, in order of computation.
  public static let inOrderOfComputation = definitions.map { FeatureClass($0) }

  /// Every class that a parameter file may name, in alphabetical order.
  public static let allCases = inOrderOfComputation.sorted { $0.rawValue < $1.rawValue }

  /// The classes that are computed where a parameter file lists none, in order of computation.
  public static let standard = inOrderOfComputation.filter { $0.definition.isStandard }

  /// The key under `featureClass` of a parameter file.
  public let rawValue: String
  /// What the class computes.
  public let definition: any FeatureClassDefinition.Type

  /// The class of a definition, whether or not parameter files know it.
  public init(_ definition: any FeatureClassDefinition.Type) {
    rawValue = definition.name
    self.definition = definition
  }

  /// The class of a name in a parameter file; `nil` for an unknown one.
  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }

  /// Whether values depend on the region's form alone, so that they need computing once for all image types.
  public var isShape: Bool { definition.isShape }

  /// The features that are computed unless others are asked for, in alphabetical order.
  public var standardFeatures: [String] { definition.standardFeatures }

  public static func == (one: FeatureClass, other: FeatureClass) -> Bool { one.rawValue == other.rawValue }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// The value of one feature; the name is the feature's alone, without image type and class.
public struct NamedValue: Equatable, Sendable {
  /// The feature, as `Contrast`.
  public let name: String
  /// Its value; NaN where it is undefined.
  public let value: Double

  /// A feature and its value.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
