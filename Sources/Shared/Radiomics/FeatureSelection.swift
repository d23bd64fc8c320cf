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

  /// PyRadiomics sorts its methods, whose names go on after the feature's: `getMeanAbsoluteDeviationFeatureValue` comes before
  /// `getMeanFeatureValue`.
  private static func precedes(_ one: String, _ other: String) -> Bool {
    one + "FeatureValue" < other + "FeatureValue"
  }

  /// The names to compute, in PyRadiomics' order, and what the user should know about the others.
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
        let nearest = NearestName.of(name, among: computed)?.name ?? ""
        throw RadiomicsError(
          .unknownFeature,
          "\(featureClass.rawValue) has no feature \"\(name)\"; the nearest name is \"\(nearest)\"")
      }
    }
    return ResolvedSelection(names: names.sorted(by: Self.precedes), warnings: warnings)
  }
}

/// The outcome of reading a selection against its class.
public struct ResolvedSelection: Equatable, Sendable {
  /// The features to compute, in PyRadiomics' order: alphabetical, but for `MeanAbsoluteDeviation` before `Mean`.
  public let names: [String]
  /// What the user should know about names that are left out.
  public let warnings: [String]
}
