import Modelling
import Statistics
import StudyPlan

extension StudyReport.Comparison {
  /// All pairs of Cox models on the same cases of each part: Harrell's C by the paired infinitesimal jackknife, corrected after Holm over
  /// the pairs, and by percentiles of paired resamples; then over the folds of a cross-validation, where there is one.
  static func concordances(_ models: [ReportedSurvivalModel], seed: UInt64) -> [Self] {
    let parts = models.first?.evaluations.map(\.part) ?? []
    return parts.indices.flatMap { place in
      paired(models.map { ($0.name, $0.evaluations[place].part.scores) }, of: parts[place], seed: seed)
    } + crossValidated(models.compactMap(\.result.crossValidated), measure: .harrellC)
  }

  private static func paired(_ models: [Rival], of part: SurvivalPart, seed: UInt64) -> [Self] {
    let (survival, clusters) = (part.survival, part.clusters)
    let pairs = models.indices.flatMap { first in
      models.indices.filter { $0 > first }.compactMap { second in
        ConcordanceComparison(
          models[first].probabilities, minus: models[second].probabilities, survival, clusters: clusters
        ).map { (models[first], models[second], $0) }
      }
    }
    let adjusted = MultipleTesting.holm(pairs.map(\.2.p))
    func row(
      _ first: Rival, _ second: Rival, _ difference: Double, _ interval: Interval?, p: Double? = nil,
      adjusted: Double? = nil, by method: String
    ) -> Self {
      Self(
        first: first.name, second: second.name, metric: .harrellC, cohort: part.cohort,
        difference: difference, lower: interval?.lower, upper: interval?.upper, pValue: p,
        adjustedPValue: adjusted, method: method, count: survival.count)
    }
    let jackknifed = zip(pairs, adjusted).map { pair, adjusted in
      row(
        pair.0, pair.1, pair.2.difference, pair.2.interval, p: pair.2.p, adjusted: adjusted,
        by: "paired infinitesimal jackknife, Holm")
    }
    let resampled = pairs.map { first, second, found in
      let interval = Interval(
        resampling: survival, clusters: clusters, seed: seed, replicates: ReportedSurvivalModel.resamples
      ) { rows in
        let drawn = survival.selecting(rows)
        let values = [first, second].map { model in
          Concordance(rows.map { model.probabilities[$0] }, drawn)?.estimate
        }
        guard let one = values[0], let two = values[1] else { return nil }
        return one - two
      }
      return row(
        first, second, found.difference, interval,
        by: "paired \(clusters == nil ? "" : "cluster ")bootstrap, percentile")
    }
    return jackknifed + resampled
  }
}
