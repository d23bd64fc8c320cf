import LinearAlgebra

/// One outer resample of the two-stage bootstrap (Noma et al. 2021, arXiv 2005.01457, algorithm 2): a sample
/// of the training part, and the optimism-corrected estimates of the whole pipeline on it.
///
/// Subjects are drawn twice within the same strata: outer replicate `o` from the training part, its inner
/// replicates from the subjects so drawn, copies and all. The rest of an inner replicate holds no copy of a
/// subject that it drew. Random addresses are `o · 2¹⁶ + i`: `i = 0` draws the outer sample, `i = 1, 2, …`
/// the inner ones. Outer replicates count from 1, so that none shares its numbers with a replicate of the
/// plain bootstrap.
package struct OuterReplicate: Equatable, Sendable, Codable {
  package let number: Int
  /// Inner replicates.
  package let inner: Int
  /// In the order of the plans.
  package let models: [Model]

  package struct Model: Equatable, Sendable, Codable {
    package let name: String
    /// `nil` where every inner replicate is undefined, or the outer sample itself cannot be fitted.
    package let auc: BootstrapSummary.Estimates?
    /// Inner replicates whose rest lacked an outcome.
    package let undefined: Int
    /// Inner replicates that selected nothing.
    package let empty: Int
  }

  /// So that addresses fit into the 31 bits of a database's `int`.
  package static let largestNumber = 0x7FFF
  package static let largestInner = 0xFFFF

  /// - Throws: `invalidArgument` for numbers outside `1...32767` and `1...65535`; what fitting throws.
  package init(
    _ table: CohortTable, training: [Int], plans: [ModelPlan], seed: UInt64, number: Int, inner: Int
  ) throws {
    guard (1...Self.largestNumber).contains(number), (1...Self.largestInner).contains(inner) else {
      throw StatisticsError(
        .invalidArgument,
        "two-stage bootstrap: outer replicate \(number) of \(inner) inner ones; expected "
          + "1...\(Self.largestNumber) and "
          + "1...\(Self.largestInner)")
    }
    self.number = number
    self.inner = inner
    func address(_ inner: Int) -> RandomAddress {
      RandomAddress(seed: seed, replicate: number << 16 + inner)
    }
    let rowsOfSubject = Dictionary(grouping: training.sorted()) { table.subjects[$0] }
    func rows(_ strata: [[Int]]) -> [Int] {
      strata.joined().flatMap { rowsOfSubject[$0, default: []] }.sorted()
    }
    let strata = SubjectStrata(of: table, rows: training).strata
    let outer = Self.drawn(from: strata, address: address(0))
    let outerRows = rows(outer)
    let apparent = try plans.map { plan -> Double? in
      do {
        let model = try fitModel(table, rows: outerRows, plan: plan, address: address(0))
        return areaUnderCurve(
          model.probabilities(of: table, rows: outerRows), positives: outerRows.map { table.positives[$0] })
      } catch let error as StatisticsError where error.code.isPoverty {
        return nil
      }
    }
    let replicates = try (1...inner).map { number in
      try BootstrapReplicate(
        table, training: outerRows, drawn: rows(Self.drawn(from: outer, address: address(number))),
        plans: plans, address: address(number))
    }
    models = plans.indices.map { index in
      let models = replicates.map { $0.models[index] }
      let defined = models.filter { $0.outOfBag?.auc != nil }
      return Model(
        name: plans[index].name,
        auc: BootstrapSummary.Estimates(aucOf: defined, apparent: apparent[index]),
        undefined: models.count - defined.count,
        empty: models.count { $0.features.isEmpty && $0.failure == nil })
    }
  }

  /// Draws as many members of each stratum as it has, with replacement.
  private static func drawn(from strata: [[Int]], address: RandomAddress) -> [[Int]] {
    strata.enumerated().map { stratum, subjects in
      var stream = RandomStream(
        seed: address.seed, purpose: .resample, replicate: address.replicate, stratum: stratum)
      return subjects.map { _ in subjects[stream.index(below: subjects.count)] }
    }
  }
}

/// What the outer resamples say about one model: percentile intervals of its corrected AUC.
package struct TwoStageSummary: Equatable, Sendable, Codable {
  /// Mean over outer resamples and percentile interval.
  package struct Estimate: Equatable, Sendable, Codable {
    package let mean: Double
    package let interval: Interval

    /// The percentile interval moved so that its middle is the estimate from all subjects:
    /// `[lower, upper] + estimate - mean`, cut at 0 and 1, beyond which no AUC lies.
    ///
    /// Outer samples hold fewer distinct subjects, so that their models are worse and the percentiles lie low.
    package func recentred(on estimate: Double) -> Interval {
      func moved(_ end: Double) -> Double { min(max(end + (estimate - mean), 0), 1) }
      return Interval(lower: moved(interval.lower), upper: moved(interval.upper))
    }
  }

  package let name: String
  package let outer: Int
  package let inner: Int
  /// Outer resamples without an estimate.
  package let undefined: Int
  /// Inner replicates, over all outer ones, whose rest lacked an outcome, and that selected nothing.
  package let undefinedInner: Int
  package let emptyInner: Int
  package let point632Plus: Estimate?
  package let outOfBag: Estimate?
  package let optimismCorrected: Estimate?

  /// - Parameter replicates: in order of number, without gaps or repeats from the first on.
  /// - Throws: `incompleteReplicates` where numbers are missing or out of order, sizes differ, or there are
  ///   none.
  package init(of replicates: [OuterReplicate], model index: Int, confidence: Double = 0.95) throws {
    guard let first = replicates.first else {
      throw StatisticsError(
        .incompleteReplicates, "two-stage summary: no outer replicate; run at least one")
    }
    for (place, replicate) in replicates.enumerated()
    where replicate.number != first.number + place || replicate.inner != first.inner {
      throw StatisticsError(
        .incompleteReplicates,
        "two-stage summary: outer replicate \(replicate.number) of \(replicate.inner) at place \(place); "
          + "expected "
          + "\(first.number + place) of \(first.inner). Give all replicates, each once, in order")
    }
    let models = replicates.map { $0.models[index] }
    let estimates = models.compactMap(\.auc)
    func estimate(_ values: [Double]) -> Estimate? {
      guard let mean = mean(values),
        let interval = Interval(percentilesOf: values, confidence: confidence)
      else { return nil }
      return Estimate(mean: mean, interval: interval)
    }
    name = models[0].name
    (outer, inner) = (replicates.count, first.inner)
    undefined = models.count - estimates.count
    undefinedInner = models.reduce(0) { $0 + $1.undefined }
    emptyInner = models.reduce(0) { $0 + $1.empty }
    point632Plus = estimate(estimates.map(\.point632Plus))
    outOfBag = estimate(estimates.map(\.outOfBag))
    optimismCorrected = estimate(estimates.map(\.optimismCorrected))
  }
}
