/// Which features of a table a model may use.
public enum FeatureChoice: Equatable, Sendable, Codable {
  /// Every feature.
  case all
  /// Those that begin with one of these.
  case prefixed([String])
  /// Those that begin with none of these.
  case notPrefixed([String])
  /// These, whatever their order.
  case named([String])

  /// Whether a feature of this name may be used.
  public func includes(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .prefixed(let prefixes): prefixes.contains { name.hasPrefix($0) }
    case .notPrefixed(let prefixes): !prefixes.contains { name.hasPrefix($0) }
    case .named(let names): names.contains(name)
    }
  }
}
