/// How much of a model's AUC (of a Cox model Harrell's C) one site makes: the model is made again without the site,
/// selection and fit and all, and both are evaluated on the cases of the other sites. For a meta-analysis this is the
/// influence of a study (Viechtbauer and Cheung 2010, doi:10.1002/jrsm.11); here it is of patients, so that the pipeline
/// runs again.
///
/// `LeaveOneSiteOut` asks the converse: what the model without a site says of that site.
public struct SiteInfluence: Equatable, Sendable {
  /// One site.
  public struct Site: Equatable, Sendable {
    /// Index into the table's sites.
    public let site: Int
    /// Evaluated cases of the other sites.
    public let cases: Int
    /// AUC of the study's model over the evaluated cases of the other sites; `nil` where they lack an outcome.
    public let aucOfOthers: Double?
    /// AUC, over the same cases, of the model that was made without the site; `nil` where there is none.
    public let aucWithout: Double?
    /// What the model without the site selected; `nil` where there is none, or one for each further site.
    public let features: [String]?
    /// Why no model could be made without the site.
    public let reason: String?
  }

  /// AUC over all evaluated cases.
  public let auc: Double?
  /// In the table's order.
  public let sites: [Site]

  /// Makes the model again without each site of the table.
  /// - Parameters:
  ///   - model: fitted to the training rows with `plan` at the address of the final fit.
  ///   - table: the cohort.
  ///   - training: rows that the model was fitted to.
  ///   - evaluated: rows whose AUC the study reports.
  ///   - plan: of the model.
  ///   - seed: of the study.
  public init(
    of model: FittedModel, table: CohortTable, training: [Int], evaluated: [Int], plan: ModelPlan,
    seed: UInt64
  ) {
    let pipeline = InfluencePipeline(table, plan: plan, seed: seed)
    self.init(InfluencePipeline.Fit(model, table), pipeline, training: training, evaluated: evaluated)
  }

  /// The same of a Cox model, with Harrell's C in the place of the AUC.
  public init(
    of model: FittedSurvivalModel, cohort: SurvivalCohort, training: [Int], evaluated: [Int],
    plan: SurvivalPlan, seed: UInt64
  ) {
    let pipeline = InfluencePipeline(cohort, plan: plan, horizon: nil, seed: seed)
    self.init(
      InfluencePipeline.Fit(model, cohort.table, horizon: nil), pipeline, training: training,
      evaluated: evaluated)
  }

  private init(
    _ model: InfluencePipeline.Fit, _ pipeline: InfluencePipeline, training: [Int], evaluated: [Int]
  ) {
    let table = pipeline.table
    let scores = model.scores(evaluated)
    auc = pipeline.measure(scores, evaluated)
    sites = table.siteNames.indices.map { site in
      let places = evaluated.indices.filter { table.sites[evaluated[$0]] != site }
      let rows = places.map { evaluated[$0] }
      let remaining = training.filter { table.sites[$0] != site }
      let others = pipeline.measure(places.map { scores[$0] }, rows)
      do throws(StatisticsError) {
        let without = remaining.count == training.count ? model : try pipeline.fit(remaining)
        try without.requireKnown(rows)
        return Site(
          site: site, cases: rows.count, aucOfOthers: others,
          aucWithout: pipeline.measure(without.scores(rows), rows), features: without.features, reason: nil)
      } catch {
        return Site(
          site: site, cases: rows.count, aucOfOthers: others, aucWithout: nil, features: nil,
          reason: error.message)
      }
    }
  }
}

extension SiteInfluence {
  /// Above this number of sites, models are not made again without pairs of sites: their number grows with its square.
  public static let mostSitesInPairs = 12

  /// The same where every site is left out in turn: each case of another site is predicted by the model without both
  /// its own site and this one. With more than `mostSitesInPairs` sites, or two, `aucWithout` stays undefined.
  public init(of leftOut: LeaveOneSiteOut, table: CohortTable, plan: ModelPlan, seed: UInt64) {
    self.init(
      leftOut.folds.map { InfluencePipeline.Fit($0.model, table) },
      InfluencePipeline(table, plan: plan, seed: seed))
  }

  /// The same of Cox models, with Harrell's C of all cases, ranked by their risk by one time, which models of other sites share.
  /// - Parameter horizon: that time.
  public init(
    of leftOut: SurvivalLeaveOneSiteOut, cohort: SurvivalCohort, plan: SurvivalPlan, horizon: Double,
    seed: UInt64
  ) {
    self.init(
      leftOut.folds.map { InfluencePipeline.Fit($0.model, cohort.table, horizon: horizon) },
      InfluencePipeline(cohort, plan: plan, horizon: horizon, seed: seed))
  }

  private init(_ folds: [InfluencePipeline.Fit], _ pipeline: InfluencePipeline) {
    let table = pipeline.table
    var predicted = [Double](repeating: 0, count: table.rowCount)
    let parts = table.siteNames.indices.map { Split(leavingOut: $0, of: table).test }
    for (fold, rows) in zip(folds, parts) {
      for (row, score) in zip(rows, fold.scores(rows)) { predicted[row] = score }
    }
    auc = pipeline.measure(predicted, Array(predicted.indices))
    let pairs = PairsLeftOut(pipeline, parts: parts)
    sites = parts.indices.map { site in
      let rows = (0..<table.rowCount).filter { table.sites[$0] != site }
      let without = pairs.predictions(without: site)
      return Site(
        site: site, cases: rows.count, aucOfOthers: pipeline.measure(rows.map { predicted[$0] }, rows),
        aucWithout: without.flatMap { all in pipeline.measure(rows.map { all[$0] }, rows) },
        features: nil, reason: without == nil ? pairs.reason(without: site) : nil)
    }
  }
}

/// What is made again without a site, and how it is judged.
private struct InfluencePipeline {
  /// A model with what is asked of it.
  struct Fit {
    let features: [String]
    /// Of rows of the table, higher for cases.
    let scores: ([Int]) -> [Double]
    /// - Throws: `unseenSite` where rows are of a site that the model was not fitted to, and it harmonises.
    let requireKnown: ([Int]) throws(StatisticsError) -> Void
  }

  let table: CohortTable
  let fit: ([Int]) throws(StatisticsError) -> Fit
  /// AUC or C of the scores of rows.
  let measure: ([Double], [Int]) -> Double?

  init(_ table: CohortTable, plan: ModelPlan, seed: UInt64) {
    self.table = table
    fit = { (rows) throws(StatisticsError) in
      Fit(try fitModel(table, rows: rows, plan: plan, address: .finalFit(seed: seed)), table)
    }
    measure = { scores, rows in areaUnderCurve(scores, positives: rows.map { table.positives[$0] }) }
  }

  init(_ cohort: SurvivalCohort, plan: SurvivalPlan, horizon: Double?, seed: UInt64) {
    table = cohort.table
    fit = { (rows) throws(StatisticsError) in
      Fit(
        try fitSurvivalModel(cohort, rows: rows, plan: plan, address: .finalFit(seed: seed)), cohort.table,
        horizon: horizon)
    }
    measure = { scores, rows in Concordance(scores, cohort.survival.selecting(rows))?.estimate }
  }
}

extension InfluencePipeline.Fit {
  init(_ model: FittedModel, _ table: CohortTable) {
    self.init(
      features: model.featureNames, scores: { model.probabilities(of: table, rows: $0) },
      requireKnown: { (rows) throws(StatisticsError) in try model.requireKnownSites(of: table, rows: rows) })
  }

  /// - Parameter horizon: by which the risk is the score; `nil` for the linear predictor.
  init(_ model: FittedSurvivalModel, _ table: CohortTable, horizon: Double?) {
    self.init(
      features: model.featureNames,
      scores: { rows in
        let predictors = model.linearPredictor(of: table, rows: rows)
        guard let horizon else { return predictors }
        return predictors.map { 1 - model.baseline.survival(at: horizon, linearPredictor: $0) }
      },
      requireKnown: { (rows) throws(StatisticsError) in
        try model.requireKnownSites(of: table, rows: rows)
      })
  }
}

/// Models without two sites each: the one without sites a and b predicts b for the influence of a, and a for that of b.
private struct PairsLeftOut {
  private let table: CohortTable
  /// Predictions of all rows by the model without two sites, by the smaller and the larger of them.
  private var predictions: [[Int]: [Double]] = [:]
  private var reasons: [[Int]: String] = [:]
  private let siteCount: Int

  init(_ pipeline: InfluencePipeline, parts: [[Int]]) {
    table = pipeline.table
    siteCount = parts.count
    guard (3...SiteInfluence.mostSitesInPairs).contains(siteCount) else { return }
    for first in 0..<siteCount {
      for second in first + 1..<siteCount {
        let remaining = (0..<table.rowCount).filter { table.sites[$0] != first && table.sites[$0] != second }
        let rows = (parts[first] + parts[second]).sorted()
        do throws(StatisticsError) {
          let model = try pipeline.fit(remaining)
          try model.requireKnown(rows)
          var all = [Double](repeating: 0, count: table.rowCount)
          for (row, value) in zip(rows, model.scores(rows)) { all[row] = value }
          predictions[[first, second]] = all
        } catch {
          reasons[[first, second]] = error.message
        }
      }
    }
  }

  /// Each case of another site as predicted without its site and this one; `nil` where a model is missing.
  func predictions(without site: Int) -> [Double]? {
    var all = [Double](repeating: 0, count: table.rowCount)
    for row in 0..<table.rowCount where table.sites[row] != site {
      let pair = [min(site, table.sites[row]), max(site, table.sites[row])]
      guard let predicted = predictions[pair] else { return nil }
      all[row] = predicted[row]
    }
    return all
  }

  func reason(without site: Int) -> String {
    if siteCount < 3 { return "with two sites, nothing is left to predict one without the other" }
    if siteCount > SiteInfluence.mostSitesInPairs {
      return "more than \(SiteInfluence.mostSitesInPairs) sites: models without pairs of sites are too many"
    }
    let failed = (0..<siteCount).filter { $0 != site }.compactMap { reasons[[min(site, $0), max(site, $0)]] }
    return failed.first ?? ""
  }
}
