/// Which features of a class are wanted.
public enum FeatureSelection: Equatable, Sendable {
  /// All standard features.
  case all
  /// These features, which may include deprecated ones.
  case named([String])

  /// As in a parameter file, where no list and an empty list both mean all.
  public init(names: [String]?) {
    if let names, !names.isEmpty { self = .named(names) } else { self = .all }
  }

  /// The names to compute, in alphabetical order, and what the user should know about the others.
  /// - Throws: `unknownFeature`, offering the nearest known name.
  public func resolved(in featureClass: FeatureClass) throws(RadiomicsError) -> ResolvedSelection {
    guard case .named(let wanted) = self else {
      return ResolvedSelection(names: featureClass.standardFeatures, warnings: [])
    }
    let computed = featureClass.standardFeatures + featureClass.definition.deprecatedFeatures
    var names: Set<String> = []
    var warnings: [String] = []
    for name in wanted {
      if computed.contains(name) {
        names.insert(name)
      } else if let removed = featureClass.definition.removedFeatures.first(where: { $0.name == name }) {
        warnings.append("\(featureClass.rawValue) \(name) is left out: it equals \(removed.equalTo)")
      } else {
        let nearest = NearestName.of(name, among: computed)
        throw RadiomicsError(
          .unknownFeature,
          "\(featureClass.rawValue) has no feature \"\(name)\"; the nearest name is \"\(nearest)\"")
      }
    }
    return ResolvedSelection(names: names.sorted(), warnings: warnings)
  }
}

/// The outcome of reading a selection against its class.
public struct ResolvedSelection: Equatable, Sendable {
  /// The features to compute, in alphabetical order.
  public let names: [String]
  /// What the user should know about names that are left out.
  public let warnings: [String]
}

/// Finds the known name that an unknown one was probably meant to be.
enum NearestName {
  /// The candidate with the smallest edit distance, upper and lower case alike; the first of equals.
  static func of(_ name: String, among candidates: [String]) -> String {
    guard name.utf8.count <= 200 else { return candidates.first ?? "" }
    let distances = candidates.map { editDistance(Array(name.lowercased()), Array($0.lowercased())) }
    guard let nearest = candidates.indices.min(by: { distances[$0] < distances[$1] }) else { return "" }
    return candidates[nearest]
  }

  /// Levenshtein's distance: the fewest insertions, deletions and replacements that turn `a` into `b`.
  private static func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
