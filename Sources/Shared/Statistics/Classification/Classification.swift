import LinearAlgebra

/// What calls at a cut-off are worth, with intervals from stratified resamples of the rows.
///
/// The test of the accuracy is that of `confusionMatrix` in R's caret (Kuhn 2008, doi:10.18637/jss.v028.i05).
public struct Classification: Equatable, Sendable, Codable {
  /// Harmonic mean of sensitivity and positive predictive value; `nil` where nothing is, or is called,
  /// positive.
  public let f1: Double?
  /// Percentiles over resamples; `nil` where none defines it.
  public let f1Interval: Interval?
  /// Matthews' correlation (1975, doi:10.1016/0005-2795(75)90109-9), -1 to 1; `nil` where call or outcome is constant.
  public let matthews: Double?
  /// Percentiles over resamples; `nil` where none defines it.
  public let matthewsInterval: Interval?
  /// Accuracy of always calling the commoner outcome; `nil` without rows.
  public let noInformationRate: Double?
  /// One-sided exact binomial test that accuracy is no better than that.
  public let noInformationP: Double?

  /// Resamples are those of `StratifiedBootstrap` with the same seed. Those where a measure is not defined
  /// are left out of its interval.
  public init(
    _ probabilities: [Double], positives: [Bool], cutoff: Double, seed: UInt64, replicates: Int = 2_000
  ) {
    self.init(
      calls: probabilities.map { $0 >= cutoff }, positives: positives, seed: seed, replicates: replicates)
  }

  /// From calls made elsewhere, by several models perhaps.
  /// - Parameters:
  ///   - called: whether each row is called positive.
  ///   - positives: the outcome of each row.
  ///   - clusters: of rows that are not independent: the binomial test is then of effective numbers
  ///     (`ClusteredProportion`). Resamples are of rows, whatever belongs together.
  ///   - seed: of the resamples.
  ///   - replicates: number of resamples.
  public init(
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
