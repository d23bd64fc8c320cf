/// What the outer resamples say about one model: percentile intervals of its corrected AUC (Noma et
/// al. 2021, arXiv:2005.01457, algorithm 2).
public struct TwoStageSummary: Equatable, Sendable, Codable {
  /// Mean over outer resamples and percentile interval.
  public struct Estimate: Equatable, Sendable, Codable {
    /// Over outer resamples that have an estimate.
    public let mean: Double
    /// Type-7 percentiles over the same.
    public let interval: Interval

    /// The percentile interval shifted to the estimate from all subjects: both ends move by `estimate - mean`, and are
    /// cut at 0 and 1, beyond which no AUC lies.
    ///
    /// Outer samples hold fewer distinct subjects, so that their models are worse and the percentiles lie low.
    public func recentred(on estimate: Double) -> Interval {
      func moved(_ end: Double) -> Double { min(max(end + (estimate - mean), 0), 1) }
      return Interval(lower: moved(interval.lower), upper: moved(interval.upper))
    }
  }

  /// The model's.
  public let name: String
  /// Number of outer resamples.
  public let outer: Int
  /// Number of inner replicates of each.
  public let inner: Int
  /// Outer resamples without an estimate.
  public let undefined: Int
  /// Inner replicates, over all outer ones, whose rest lacked an outcome, and that selected nothing.
  public let undefinedInner: Int
  /// Inner replicates, over all outer ones, that selected nothing.
  public let emptyInner: Int
  /// Of the .632+ estimate of the AUC.
  public let point632Plus: Estimate?
  /// Of the same without its floor at 0.5.
  public let unbounded632Plus: Estimate?
  /// Of the mean out-of-bag AUC.
  public let outOfBag: Estimate?
  /// Of the AUC less its optimism.
  public let optimismCorrected: Estimate?

  /// Sums up the outer replicates for one of their models.
  /// - Parameters:
  ///   - replicates: in order of number, without gaps or repeats from the first on.
  ///   - index: the model's place among the plans.
  ///   - confidence: of the percentile intervals, between 0 and 1.
  /// - Throws: `incompleteReplicates` where numbers are missing or out of order, sizes differ, or there are
  ///   none.
  public init(of replicates: [OuterReplicate], model index: Int, confidence: Double = 0.95)
    throws(StatisticsError)
  {
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
    unbounded632Plus = estimate(estimates.map(\.unbounded632Plus))
    outOfBag = estimate(estimates.map(\.outOfBag))
    optimismCorrected = estimate(estimates.map(\.optimismCorrected))
  }

  /// The interval of .632+: percentiles of the outer estimates without their floor at 0.5, shifted to the estimate of all subjects
  /// without its own.
  ///
  /// Where there is no signal, half of the outer estimates would stand at the floor: their spread is too small, and their mean too
  /// high. The interval is extended to the estimate with the floor, which is what is printed.
  public func interval632Plus(of estimates: BootstrapSummary.Estimates) -> Interval? {
    guard let moved = unbounded632Plus?.recentred(on: estimates.unbounded632Plus) else { return nil }
    return Interval(
      lower: min(moved.lower, estimates.point632Plus), upper: max(moved.upper, estimates.point632Plus))
  }
}
