import LinearAlgebra

extension Interval {
  /// Type-7 percentiles of any statistic over the resamples of `StratifiedBootstrap` and `ResampledMeasures` with the
  /// same seed: rows, or whole clusters, drawn with replacement within the outcome.
  ///
  /// - Parameters:
  ///   - positives: whether each row has the outcome.
  ///   - clusters: of rows that are drawn together; `nil` where each is drawn by itself.
  ///   - statistic: of the rows drawn, each as often as it was; `nil` leaves a resample out.
  /// - Returns: `nil` when cases or controls are missing, or no resample defines the statistic.
  package init?(
    resampling positives: [Bool], clusters: Clusters? = nil, seed: UInt64, replicates: Int = 2_000,
    confidence: Double = 0.95, _ statistic: ([Int]) -> Double?
  ) {
    guard positives.contains(true), positives.contains(false) else { return nil }
    let strata = ResamplingUnits(positives, clusters: clusters).strata
    var rows: [Int] = []
    rows.reserveCapacity(positives.count)
    let values = (0..<replicates).compactMap { replicate in
      rows.removeAll(keepingCapacity: true)
      for (stratum, units) in strata.enumerated() {
        var stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: stratum)
        for _ in units { rows += units[stream.index(below: units.count)] }
      }
      return statistic(rows)
    }
    self.init(percentilesOf: values, confidence: confidence)
  }
}
