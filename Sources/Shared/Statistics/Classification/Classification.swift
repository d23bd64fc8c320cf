import LinearAlgebra

/// What calls at a cut-off are worth, with intervals from stratified resamples of the rows.
package struct Classification: Equatable, Sendable, Codable {
  package let f1: Double?
  package let f1Interval: Interval?
  /// Matthews' correlation.
  package let matthews: Double?
  package let matthewsInterval: Interval?
  /// Accuracy of always calling the commoner outcome; `nil` without rows.
  package let noInformationRate: Double?
  /// One-sided exact binomial test that accuracy is no better than that.
  package let noInformationP: Double?

  /// Resamples are those of `StratifiedBootstrap` with the same seed. Those where a measure is not defined
  /// are left out of its interval.
  package init(
    _ probabilities: [Double], positives: [Bool], cutoff: Double, seed: UInt64, replicates: Int = 2_000
  ) {
    self.init(
      calls: probabilities.map { $0 >= cutoff }, positives: positives, seed: seed, replicates: replicates)
  }

  /// - Parameters:
  ///   - calls: whether each row is called positive.
  ///   - clusters: of rows that are not independent: the binomial test is then of effective numbers
  ///     (`ClusteredProportion`). Resamples are of rows, whatever belongs together.
  package init(
    calls called: [Bool], positives: [Bool], clusters: Clusters? = nil, seed: UInt64, replicates: Int = 2_000
  ) {
    let confusion = ConfusionMatrix(calls: called, positives: positives)
    (f1, matthews) = (confusion.f1, confusion.matthews)
    let calls = [false, true].map { outcome in
      positives.indices.filter { positives[$0] == outcome }.map { called[$0] }
    }
    let resamples = (0..<replicates).map { replicate in
      let called = calls.enumerated().map { stratum, calls in
        var stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: stratum)
        return calls.reduce(0) { total, _ in total + (calls[stream.index(below: calls.count)] ? 1 : 0) }
      }
      var table = ConfusionMatrix(calls: [], positives: [])
      (table.falsePositives, table.trueNegatives) = (called[0], calls[0].count - called[0])
      (table.truePositives, table.falseNegatives) = (called[1], calls[1].count - called[1])
      return table
    }
    f1Interval = Interval(percentilesOf: resamples.compactMap(\.f1))
    matthewsInterval = Interval(percentilesOf: resamples.compactMap(\.matthews))
    let share = max(calls[0].count, calls[1].count)
    let rate = positives.isEmpty ? nil : Double(share) / Double(positives.count)
    noInformationRate = rate
    let right = ClusteredProportion(zip(called, positives).map { $0 == $1 }, clusters: clusters)?.effective
    let (successes, trials) =
      right ?? (Double(confusion.accuracy.successes), Double(confusion.accuracy.trials))
    noInformationP = rate.map { rate in
      successes == 0 ? 1 : IncompleteBeta.regularized(rate, a: successes, b: trials - successes + 1)
    }
  }
}

/// A paired DeLong comparison of two of several models on the same rows.
package struct ModelComparison: Equatable, Sendable, Codable {
  package let first: String
  package let second: String
  package let comparison: DeLong.Comparison
  /// Holm's, over all pairs.
  package let adjustedP: Double

  /// All pairs in order; none with fewer than two cases or controls.
  package static func all(
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
