/// Which features of a table a model may use.
public enum FeatureChoice: Equatable, Sendable, Codable {
  case all
  case prefixed([String])
  case notPrefixed([String])
  case named([String])

  public func includes(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .prefixed(let prefixes): prefixes.contains { name.hasPrefix($0) }
    case .notPrefixed(let prefixes): !prefixes.contains { name.hasPrefix($0) }
    case .named(let names): names.contains(name)
    }
  }
}
