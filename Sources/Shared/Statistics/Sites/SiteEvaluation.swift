import LinearAlgebra

/// A model's AUC at each site, and pooled over sites on the logit scale.
package struct SitePooling: Equatable, Sendable, Codable {
  package struct Site: Equatable, Sendable, Codable {
    package let name: String
    package let rows: Int
    package let cases: Int
    /// `nil` with fewer than two cases or controls.
    package let auc: Double?
    package let interval: Interval?
    /// False where the logit's variance is not defined: no AUC, or one of 0 or 1, or no variance.
    package let isPooled: Bool
  }

  /// Pooled AUC and limits, taken back from the logit.
  package struct Pooled: Equatable, Sendable, Codable {
    package let auc: Double
    package let interval: Interval
    package let predictionInterval: Interval
    package let analysis: MetaAnalysis
  }

  package let sites: [Site]
  /// `nil` with fewer than two sites to pool.
  package let pooled: Pooled?

  /// - Parameters:
  ///   - sites: for each site its name, scores and outcomes.
  ///   - clusters: of each site's rows; empty where all rows are independent.
  package init(
    _ sites: [(name: String, probabilities: [Double], positives: [Bool])], clusters: [Clusters?] = [],
    method: MetaAnalysis.Method = .restrictedLikelihood, test: MetaAnalysis.Test = .hartungKnapp
  ) throws {
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

/// Each site in turn as the test part of a model fitted to all others.
package struct LeaveOneSiteOut: Equatable, Sendable, Codable {
  package struct Fold: Equatable, Sendable, Codable {
    package let site: String
    package let model: FittedModel
    package let evaluation: Evaluation
  }

  /// In the order of the table's sites.
  package let folds: [Fold]
  package let pooling: SitePooling

  /// - Throws: what `fitModel` throws; `unseenSite` where the plan harmonises and does not let unseen sites
  ///   pass; `tooFewSubjects` for a single site.
  package init(
    _ table: CohortTable, plan: ModelPlan, seed: UInt64, replicates: Int = 2_000
  ) throws {
    guard table.siteNames.count > 1 else {
      throw StatisticsError(
        .tooFewSubjects, "leave one site out: all rows are of one site; choose another split or add a site")
    }
    var (folds, left) = ([Fold](), [(name: String, probabilities: [Double], positives: [Bool])]())
    var clusters: [Clusters?] = []
    for (site, name) in table.siteNames.enumerated() {
      let split = Split(leavingOut: site, of: table)
      let model = try Self.model(without: name, table, rows: split.training, plan: plan, seed: seed)
      try model.requireKnownSites(of: table, rows: split.test)
      folds.append(
        Fold(
          site: name, model: model,
          evaluation: Evaluation(model, table: table, rows: split.test, seed: seed, replicates: replicates)))
      left.append(
        (name, model.probabilities(of: table, rows: split.test), split.test.map { table.positives[$0] }))
      clusters.append(table.clusters(split.test))
    }
    self.folds = folds
    pooling = try SitePooling(left, clusters: clusters)
  }

  private static func model(
    without site: String, _ table: CohortTable, rows: [Int], plan: ModelPlan, seed: UInt64
  ) throws -> FittedModel {
    do {
      return try fitModel(table, rows: rows, plan: plan, address: .finalFit(seed: seed))
    } catch let error as StatisticsError {
      throw StatisticsError(error.code, "leave one site out, fit without site \(site): \(error.message)")
    }
  }
}
