/// A paired comparison of two of several models on the same rows, by DeLong's test (1988, doi:10.2307/2531595).
public struct ModelComparison: Equatable, Sendable, Codable {
  /// Name of the model whose AUC is taken first.
  public let first: String
  /// Name of the model whose AUC is taken from it.
  public let second: String
  /// The test of this pair by itself.
  public let comparison: DeLong.Comparison
  /// Holm's (1979, Scand J Stat 6:65), over all pairs.
  public let adjustedP: Double

  /// All pairs in order; none with fewer than two cases or controls.
  public static func all(
    _ models: [(name: String, probabilities: [Double])], positives: [Bool], clusters: Clusters? = nil
  ) -> [ModelComparison] {
    let areas = models.compactMap { DeLong($0.probabilities, positives: positives, clusters: clusters) }
    guard areas.count == models.count else { return [] }
    let pairs = models.indices.flatMap { first in
      models.indices.filter { $0 > first }.map { (first, $0) }
    }
    let comparisons = pairs.map { areas[$0].paired(with: areas[$1]) }
    let adjusted = MultipleTesting.holm(comparisons.map(\.p))
    return pairs.indices.map { index in
      ModelComparison(
        first: models[pairs[index].0].name, second: models[pairs[index].1].name,
        comparison: comparisons[index], adjustedP: adjusted[index])
    }
  }
}
