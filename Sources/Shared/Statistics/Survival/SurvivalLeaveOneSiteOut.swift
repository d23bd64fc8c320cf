/// Each site in turn as the test part of a survival model fitted to all others (Steyerberg and Harrell 2016,
/// doi:10.1016/j.jclinepi.2015.04.005), Harrell's C pooled over sites on the logit scale (Debray et al. 2017,
/// doi:10.1136/bmj.i6460).
public struct SurvivalLeaveOneSiteOut: Equatable, Sendable {
  /// One site left out.
  public struct Fold: Equatable, Sendable {
    /// Its name.
    public let site: String
    /// Fitted to all other sites.
    public let model: FittedSurvivalModel
    /// On the site left out; `nil` where no pair can be compared.
    public let concordance: Concordance?
  }

  /// C over sites, and its limits, taken back from the logit.
  public struct Pooled: Equatable, Sendable {
    /// The mean, 0 to 1.
    public let concordance: Double
    /// Of the mean.
    public let interval: Interval
    /// Where C at another site is expected.
    public let predictionInterval: Interval
    /// On the logit scale.
    public let analysis: MetaAnalysis
  }

  /// In the order of the table's sites.
  public let folds: [Fold]
  /// Of sites whose C has a variance and is neither 0 nor 1; `nil` with fewer than two of them.
  public let pooled: Pooled?

  /// Fits and evaluates one model a site.
  /// - Throws: what `fitSurvivalModel` and `MetaAnalysis` throw; `tooFewSubjects` for a single site; `unseenSite` where the
  ///   plan harmonises and does not let unseen sites pass.
  public init(_ cohort: SurvivalCohort, plan: SurvivalPlan, seed: UInt64) throws(StatisticsError) {
    let table = cohort.table
    guard table.siteNames.count > 1 else {
      throw StatisticsError(
        .tooFewSubjects, "leave one site out: all rows are of one site; choose another split or add a site")
    }
    folds = try table.siteNames.enumerated().map { (site, name) throws(StatisticsError) in
      let split = Split(leavingOut: site, of: table)
      let model: FittedSurvivalModel
      do throws(StatisticsError) {
        model = try fitSurvivalModel(
          cohort, rows: split.training, plan: plan, address: .finalFit(seed: seed))
      } catch {
        throw StatisticsError(error.code, "leave one site out, fit without site \(name): \(error.message)")
      }
      try model.requireKnownSites(of: table, rows: split.test)
      return Fold(
        site: name, model: model,
        concordance: Concordance(
          model.linearPredictor(of: table, rows: split.test), cohort.survival.selecting(split.test),
          clusters: table.clusters(split.test)))
    }
    pooled = try Self.pooled(folds.compactMap(\.concordance))
  }

  private static func pooled(_ sites: [Concordance]) throws(StatisticsError) -> Pooled? {
    let usable = sites.filter { $0.estimate > 0 && $0.estimate < 1 && $0.standardError > 0 }
    guard usable.count > 1 else { return nil }
    let errors = usable.map { $0.standardError / ($0.estimate * (1 - $0.estimate)) }
    let analysis = try MetaAnalysis(
      usable.map { logit($0.estimate) }, variances: errors.map { $0 * $0 }, method: .restrictedLikelihood,
      test: .modifiedHartungKnapp)
    func back(_ interval: Interval) -> Interval {
      Interval(lower: logistic(interval.lower), upper: logistic(interval.upper))
    }
    return Pooled(
      concordance: logistic(analysis.mean), interval: back(analysis.interval),
      predictionInterval: back(analysis.predictionInterval), analysis: analysis)
  }
}
