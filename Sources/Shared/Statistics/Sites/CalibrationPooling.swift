import ElementaryFunctions

/// Calibration of one model at several sites, pooled by a random-effects model (Debray et al. 2017,
/// doi:10.1136/bmj.i6460).
public struct CalibrationPooling: Equatable, Sendable, Codable {
  /// What is pooled.
  public enum Measure: String, Sendable, Codable, CaseIterable {
    /// Slope of the logistic recalibration, pooled as it is.
    case slope = "calibration_slope"
    /// Observed over expected cases, pooled as its logarithm with variance `(1 - O/n)/O` (Debray et al. 2017), or
    /// that of the clusters' cases over `O²`.
    case observedOverExpected = "observed_over_expected"
  }

  /// The measure at one site.
  public struct Site: Equatable, Sendable, Codable {
    /// The site's.
    public let name: String
    /// Number of rows.
    public let rows: Int
    /// How many of them are positive.
    public let cases: Int
    /// `nil` where the measure is not defined at the site, which then is not pooled.
    public let estimate: Double?
    /// 95 %, normal on the scale of pooling.
    public let interval: Interval?
  }

  /// What was pooled.
  public let measure: Measure
  /// In the order given.
  public let sites: [Site]
  /// On the scale of pooling; `nil` with fewer than two sites to pool.
  public let analysis: MetaAnalysis?

  /// Computes the measure at each site and pools those that have one.
  /// - Parameters:
  ///   - measure: what is pooled.
  ///   - sites: for each site its name, predicted probabilities and outcomes.
  ///   - clusters: of each site's rows; empty where all rows are independent.
  ///   - method: how the variance between sites is estimated.
  ///   - test: what the pooled measure is compared with.
  /// - Throws: what `MetaAnalysis` throws.
  public init(
    _ measure: Measure, of sites: [(name: String, probabilities: [Double], positives: [Bool])],
    clusters: [Clusters?] = [],
    method: MetaAnalysis.Method = .restrictedLikelihood, test: MetaAnalysis.Test = .modifiedHartungKnapp
  ) throws(StatisticsError) {
    self.measure = measure
    var (described, estimates, variances) = ([Site](), [Double](), [Double]())
    for (index, site) in sites.enumerated() {
      let own = clusters.isEmpty ? nil : clusters[index]
      described.append(
        measure.site(site.name, site.probabilities, positives: site.positives, clusters: own))
      guard let value = measure.value(site.probabilities, positives: site.positives, clusters: own) else {
        continue
      }
      estimates.append(value.estimate)
      variances.append(value.variance)
    }
    self.sites = described
    analysis =
      estimates.count > 1
      ? try MetaAnalysis(estimates, variances: variances, method: method, test: test) : nil
  }
}

extension CalibrationPooling.Measure {
  /// On the scale of pooling; `nil` where there is no estimate or no variance.
  fileprivate func value(
    _ probabilities: [Double], positives: [Bool], clusters: Clusters?
  ) -> (estimate: Double, variance: Double)? {
    switch self {
    case .slope:
      guard let fit = Calibration(probabilities, positives: positives, clusters: clusters),
        fit.slopeStandardError > 0
      else { return nil }
      return (fit.slope, fit.slopeStandardError * fit.slopeStandardError)
    case .observedOverExpected:
      let (observed, rows) = (Double(positives.count { $0 }), Double(positives.count))
      let expected = probabilities.reduce(0, +)
      guard observed > 0, observed < rows, expected > 0 else { return nil }
      let total = clusters?.variance(ofTotal: positives.map { ($0 ? 1 : 0) - observed / rows })
      return (
        Elementary.log(observed / expected),
        total.map { $0 / (observed * observed) } ?? (1 - observed / rows) / observed
      )
    }
  }

  /// The measure of one site, with a normal 95 % interval on the scale of pooling.
  public func site(
    _ name: String, _ probabilities: [Double], positives: [Bool], clusters: Clusters? = nil
  ) -> CalibrationPooling.Site {
    let value = value(probabilities, positives: positives, clusters: clusters)
    let half = NormalDistribution.quantile(0.975) * (value?.variance ?? 0).squareRoot()
    return CalibrationPooling.Site(
      name: name, rows: positives.count, cases: positives.count { $0 },
      estimate: value.map { back($0.estimate) },
      interval: value.map { Interval(lower: back($0.estimate - half), upper: back($0.estimate + half)) })
  }

  /// From the scale of pooling to the measure's own.
  public func back(_ value: Double) -> Double { self == .slope ? value : Elementary.exp(value) }
}
