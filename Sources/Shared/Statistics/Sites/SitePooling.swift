import LinearAlgebra

/// A model's AUC at each site, and pooled over sites on the logit scale (Debray et al. 2017, doi:10.1136/bmj.i6460).
public struct SitePooling: Equatable, Sendable, Codable {
  /// The AUC at one site.
  public struct Site: Equatable, Sendable, Codable {
    /// The site's.
    public let name: String
    /// Number of rows.
    public let rows: Int
    /// How many of them are positive.
    public let cases: Int
    /// `nil` with fewer than two cases or controls.
    public let auc: Double?
    /// DeLong's on the logit scale, or on the AUC's where the logit is infinite.
    public let interval: Interval?
    /// False where the logit's variance is not defined: no AUC, or one of 0 or 1, or no variance.
    public let isPooled: Bool
  }

  /// Pooled AUC and limits, taken back from the logit.
  public struct Pooled: Equatable, Sendable, Codable {
    /// The mean, 0 to 1.
    public let auc: Double
    /// Of the mean.
    public let interval: Interval
    /// Where the AUC at another site is expected.
    public let predictionInterval: Interval
    /// On the logit scale.
    public let analysis: MetaAnalysis
  }

  /// In the order given.
  public let sites: [Site]
  /// `nil` with fewer than two sites to pool.
  public let pooled: Pooled?

  /// Computes the AUC at each site and pools those whose logit has a variance.
  /// - Parameters:
  ///   - sites: for each site its name, scores and outcomes.
  ///   - clusters: of each site's rows; empty where all rows are independent.
  ///   - method: how the variance between sites is estimated.
  ///   - test: what the pooled logit is compared with.
  /// - Throws: what `MetaAnalysis` throws.
  public init(
    _ sites: [(name: String, probabilities: [Double], positives: [Bool])], clusters: [Clusters?] = [],
    method: MetaAnalysis.Method = .restrictedLikelihood, test: MetaAnalysis.Test = .modifiedHartungKnapp
  ) throws(StatisticsError) {
    var (described, estimates, variances) = ([Site](), [Double](), [Double]())
    for (index, site) in sites.enumerated() {
      let deLong = DeLong(
        site.probabilities, positives: site.positives, clusters: clusters.isEmpty ? nil : clusters[index])
      let estimate = deLong?.logitEstimate.flatMap { $0.variance > 0 ? $0 : nil }
      described.append(
        Site(
          name: site.name, rows: site.positives.count, cases: site.positives.count { $0 }, auc: deLong?.auc,
          interval: deLong.flatMap { $0.logitInterval() ?? $0.interval() }, isPooled: estimate != nil))
      guard let estimate else { continue }
      estimates.append(estimate.value)
      variances.append(estimate.variance)
    }
    self.sites = described
    guard estimates.count > 1 else {
      pooled = nil
      return
    }
    let analysis = try MetaAnalysis(estimates, variances: variances, method: method, test: test)
    func back(_ interval: Interval) -> Interval {
      Interval(lower: logistic(interval.lower), upper: logistic(interval.upper))
    }
    pooled = Pooled(
      auc: logistic(analysis.mean), interval: back(analysis.interval),
      predictionInterval: back(analysis.predictionInterval), analysis: analysis)
  }
}
