/// Each site in turn as the test part of a model fitted to all others: internal-external validation (Steyerberg and
/// Harrell 2016, doi:10.1016/j.jclinepi.2015.04.005).
public struct LeaveOneSiteOut: Equatable, Sendable, Codable {
  /// One site left out.
  public struct Fold: Equatable, Sendable, Codable {
    /// Its name.
    public let site: String
    /// Fitted to all other sites.
    public let model: FittedModel
    /// On the site left out.
    public let evaluation: Evaluation
  }

  /// In the order of the table's sites.
  public let folds: [Fold]
  /// The AUCs at the sites left out, pooled.
  public let pooling: SitePooling

  /// Fits and evaluates one model a site.
  /// - Throws: what `fitModel` throws; `unseenSite` where the plan harmonises and does not let unseen sites
  ///   pass; `tooFewSubjects` for a single site.
  public init(
    _ table: CohortTable, plan: ModelPlan, seed: UInt64, replicates: Int = 2_000
  ) throws(StatisticsError) {
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
  ) throws(StatisticsError) -> FittedModel {
    do throws(StatisticsError) {
      return try fitModel(table, rows: rows, plan: plan, address: .finalFit(seed: seed))
    } catch {
      throw StatisticsError(error.code, "leave one site out, fit without site \(site): \(error.message)")
    }
  }
}
