import StudyPlan

/// Where rows of features are found that need not be computed, and where those go that were.
package protocol FeatureCache: Sendable {
  /// How it refers to a row.
  associatedtype Entry: Sendable

  /// Those of the rows that it has.
  func entries(of keys: [FeatureKey]) async throws -> [FeatureKey: Entry]

  /// Takes new rows of one region.
  /// - Returns: an entry for each, in their order.
  func add(_ rows: [FeatureRow]) async throws -> [Entry]
}

/// The features of one region from one source, under the key by which they are found again.
package struct FeatureRow: Sendable {
  package let key: FeatureKey
  package let recipe: FeatureRecipe
  package let features: ExtractedFeatures
}
