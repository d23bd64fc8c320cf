import ImageFilters
import Yams

/// What a radiomics model is held against: the same pipeline on something that should tell less.
package enum ControlKind: String, Codable, Equatable, Sendable, CaseIterable {
  /// The region's volume alone.
  case volume
  /// The region's intensities in random order: shape and histogram without texture.
  case shuffled
  /// The region's shape at a place beside it.
  case beside
  /// Outcomes exchanged within each site.
  case permuted

  /// The region that is extracted for it; `nil` where the model's features serve.
  package var variant: RegionVariant? {
    switch self {
    case .shuffled: .shuffled
    case .beside: .beside
    case .volume, .permuted: nil
    }
  }

  /// As people read it.
  package var label: String {
    switch self {
    case .volume: "volume alone"
    case .shuffled: "shuffled voxels"
    case .beside: "region beside"
    case .permuted: "permuted outcomes"
    }
  }
}

extension ControlKind {
  /// The key `controls` of a study file: `true` for all that the study can have, or a list of them; `nil` without any.
  static func read(_ file: StrictMapping, isTable: Bool, bootstrap: BootstrapPlan) throws(StudyError)
    -> [ControlKind]?
  {
    guard let node = file.node("controls") else { return nil }
    let possible = allCases.filter { !isTable || $0.variant == nil }
    let kinds: [ControlKind]
    if let isWanted = node.bool {
      kinds = isWanted ? possible : []
    } else {
      let items = file.items("controls") ?? []
      var named: Set<ControlKind> = []
      for (index, item) in items.enumerated() {
        named.insert(try kind(item, at: "controls[\(index)]", among: possible))
      }
      kinds = allCases.filter(named.contains)
    }
    guard !kinds.isEmpty else { return nil }
    guard bootstrap.replicates >= leastReplicates else {
      throw StudyError(
        .badValue,
        "controls need replicates: bootstrap.replicates is \(bootstrap.replicates); give at least \(leastReplicates), or remove "
          + "controls.")
    }
    return kinds
  }

  /// Below, neither permutations nor differences between replicates give an interval of 95 %.
  package static let leastReplicates = 40

  private static func kind(_ node: Node, at place: String, among possible: [ControlKind]) throws(StudyError)
    -> ControlKind
  {
    let name = try node.text(at: place)
    if let kind = possible.first(where: { $0.rawValue == name }) { return kind }
    guard ControlKind(rawValue: name) == nil else {
      throw StudyError(
        .badValue,
        "\(place): a table of features has no voxels to make '\(name)' of; it can have "
          + "\(possible.map(\.rawValue).joined(separator: " and ")).")
    }
    let known = possible.map(\.rawValue)
    throw StudyError(
      .badValue,
      "\(place) must be one of \(known.joined(separator: ", ")), but is '\(name)'."
        + suggestion(for: name, among: known))
  }
}

extension Study {
  /// Whether a model is held against the study's controls: one of hand-crafted features, with or without clinical columns.
  /// A model of deep features, or of other models' scores, has none.
  package func hasControls(_ model: ModelDefinition) -> Bool {
    controls != nil && model.sources == [.handcrafted] && model.scores == nil
  }

  /// Regions that are extracted beside the drawn ones: for controls, and for robustness.
  package var variants: [RegionVariant] { controlVariants + perturbations.map(RegionVariant.perturbed) }

  /// What is computed of such a region: all sources of a perturbed one, hand-crafted features of another.
  package func sources(of variant: RegionVariant) -> [FeatureSource] {
    if case .perturbed = variant { sources } else { sources.filter { $0 == .handcrafted } }
  }

  /// Regions that are extracted for controls.
  package var controlVariants: [RegionVariant] {
    guard table == nil, models.contains(where: hasControls) else { return [] }
    return (controls ?? []).compactMap(\.variant)
  }
}
