import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// Difference between two models on the same cases, `first - second`.
  package struct Comparison: Codable, Equatable, Sendable {
    package var first: String
    package var second: String
    package var metric: Measure = .auc
    package var cohort: EvaluationCohort
    @FiniteOrNull package var difference: Double?
    @FiniteOrNull package var lower: Double? = nil
    @FiniteOrNull package var upper: Double? = nil
    @FiniteOrNull package var pValue: Double? = nil
    /// After correction for the number of comparisons; `nil` where none was made.
    @FiniteOrNull package var adjustedPValue: Double? = nil
    /// `paired DeLong`.
    package var method: String
    package var count: Int

    private enum CodingKeys: String, CodingKey {
      case first, second, metric, cohort, difference, lower, upper
      case pValue = "p_value"
      case adjustedPValue = "p_adjusted"
      case method
      case count = "n"
    }
  }
}

extension StudyReport.Comparison {
  /// One model's predictions for the cases that all models of the list share, in one order.
  typealias Rival = (name: String, probabilities: [Double])

  /// All pairs of models on the same cases: AUC by DeLong's paired test and by the paired bootstrap, each
  /// corrected after Holm over the pairs; net reclassification and integrated discrimination of the first over
  /// the second. None with fewer than two models, cases or controls.
  /// - Parameter part: outcomes and subjects of the cases.
  static func paired(_ models: [Rival], of part: PartPredictions, seed: UInt64) -> [Self] {
    let (positives, clusters) = (part.positives, part.clusters)
    let pairs = ModelComparison.all(models, positives: positives, clusters: clusters)
    guard !pairs.isEmpty else { return [] }
    let bootstraps = models.map {
      StratifiedBootstrap($0.probabilities, positives: positives, clusters: clusters, seed: seed)
    }
    let rows = Pairs(models: models, positives: positives, clusters: clusters, cohort: part.cohort)
    let resampled: [PairedBootstrap] = rows.indices.compactMap { first, second in
      guard let first = bootstraps[first], let second = bootstraps[second] else { return nil }
      return PairedBootstrap(first, minus: second)
    }
    return rows.deLong(pairs) + rows.bootstrap(resampled) + rows.reclassification()
  }

  /// Two models on different cases, by DeLong's variances and Welch's degrees of freedom; `nil` where either
  /// has fewer than two cases or controls.
  static func unpaired(
    _ first: (name: String, part: PartPredictions), _ second: (name: String, part: PartPredictions)
  ) -> Self? {
    let parts = [first.part, second.part]
    let areas = parts.map { DeLong($0.probabilities, positives: $0.positives, clusters: $0.clusters) }
    guard let one = areas[0], let two = areas[1] else { return nil }
    let isClustered = parts.contains { $0.clusters != nil }
    let comparison = one.unpaired(with: two)
    return Self(
      first: first.name, second: second.name, cohort: first.part.cohort, difference: comparison.difference,
      lower: comparison.interval.lower, upper: comparison.interval.upper, pValue: comparison.p,
      method: "unpaired DeLong (other cases)" + (isClustered ? ", \(IntervalMethod.obuchowski)" : ""),
      count: first.part.positives.count + second.part.positives.count
    )
  }
}

/// All pairs of some models, in order.
private struct Pairs {
  let models: [StudyReport.Comparison.Rival]
  let positives: [Bool]
  let clusters: Clusters?
  let cohort: EvaluationCohort

  private var suffix: String { clusters == nil ? "" : ", \(IntervalMethod.obuchowski)" }

  var indices: [(Int, Int)] {
    models.indices.flatMap { first in models.indices.filter { $0 > first }.map { (first, $0) } }
  }

  private func row(
    _ pair: (Int, Int), _ metric: Measure, _ difference: Double, _ interval: Interval,
    p: Double, adjusted: Double?, method: String
  ) -> StudyReport.Comparison {
    StudyReport.Comparison(
      first: models[pair.0].name, second: models[pair.1].name, metric: metric, cohort: cohort,
      difference: difference, lower: interval.lower, upper: interval.upper, pValue: p,
      adjustedPValue: adjusted, method: method, count: positives.count)
  }

  func deLong(_ comparisons: [ModelComparison]) -> [StudyReport.Comparison] {
    zip(indices, comparisons).map { pair, found in
      row(
        pair, .auc, found.comparison.difference, found.comparison.interval, p: found.comparison.p,
        adjusted: found.adjustedP, method: "paired DeLong\(suffix), Holm")
    }
  }

  func bootstrap(_ resampled: [PairedBootstrap]) -> [StudyReport.Comparison] {
    let adjusted = MultipleTesting.holm(resampled.map(\.p))
    return zip(indices, resampled.indices).map { pair, index in
      let found = resampled[index]
      return row(
        pair, .auc, found.difference, found.interval, p: found.p, adjusted: adjusted[index],
        method: "paired \(clusters == nil ? "" : "cluster ")bootstrap, percentile, Holm")
    }
  }

  func reclassification() -> [StudyReport.Comparison] {
    indices.flatMap { pair -> [StudyReport.Comparison] in
      guard
        let found = Reclassification(
          from: models[pair.1].probabilities, to: models[pair.0].probabilities, positives: positives,
          clusters: clusters)
      else { return [] }
      return [
        row(
          pair, .netReclassification, found.continuous.value, found.continuous.interval,
          p: found.continuous.p, adjusted: nil,
          method: IntervalMethod.sandwich("continuous, normal", clusters)),
        row(
          pair, .integratedDiscrimination, found.discrimination.value, found.discrimination.interval,
          p: found.discrimination.p, adjusted: nil,
          method: IntervalMethod.sandwich("normal", clusters)),
      ]
    }
  }
}

extension ReportAssembly {
  /// Models against each other on each part, which they all share.
  func comparisons() -> [StudyReport.Comparison] {
    guard let first = models.first else { return [] }
    return first.evaluations.indices.flatMap { part in
      StudyReport.Comparison.paired(
        models.map { ($0.name, $0.evaluations[part].predictions.probabilities) },
        of: first.evaluations[part].predictions, seed: plan.seed)
    }
  }
}
