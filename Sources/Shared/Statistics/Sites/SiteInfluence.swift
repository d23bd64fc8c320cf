/// How much of a model's AUC one site makes: the model is made again without the site, selection and fit and all, and
/// both are evaluated on the cases of the other sites. For a meta-analysis this is the influence of a study (Viechtbauer
/// and Cheung 2010, doi:10.1002/jrsm.11); here it is of patients, so that the pipeline runs again.
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
    let probabilities = model.probabilities(of: table, rows: evaluated)
    auc = areaUnderCurve(probabilities, positives: evaluated.map { table.positives[$0] })
    sites = table.siteNames.indices.map { site in
      let places = evaluated.indices.filter { table.sites[evaluated[$0]] != site }
      let rows = places.map { evaluated[$0] }
      let positives = rows.map { table.positives[$0] }
      let remaining = training.filter { table.sites[$0] != site }
      do throws(StatisticsError) {
        let without =
          remaining.count == training.count
          ? model : try fitModel(table, rows: remaining, plan: plan, address: .finalFit(seed: seed))
        try without.requireKnownSites(of: table, rows: rows)
        return Site(
          site: site, cases: rows.count,
          aucOfOthers: areaUnderCurve(places.map { probabilities[$0] }, positives: positives),
          aucWithout: areaUnderCurve(without.probabilities(of: table, rows: rows), positives: positives),
          features: without.featureNames, reason: nil)
      } catch {
        return Site(
          site: site, cases: rows.count,
          aucOfOthers: areaUnderCurve(places.map { probabilities[$0] }, positives: positives),
          aucWithout: nil, features: nil, reason: error.message)
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
    var predicted = [Double](repeating: 0, count: table.rowCount)
    let parts = table.siteNames.indices.map { Split(leavingOut: $0, of: table).test }
    for (fold, rows) in zip(leftOut.folds, parts) {
      for (row, probability) in zip(rows, fold.model.probabilities(of: table, rows: rows)) {
        predicted[row] = probability
      }
    }
    auc = areaUnderCurve(predicted, positives: table.positives)
    let pairs = PairsLeftOut(table, parts: parts, plan: plan, seed: seed)
    sites = parts.indices.map { site in
      let rows = (0..<table.rowCount).filter { table.sites[$0] != site }
      let positives = rows.map { table.positives[$0] }
      let without = pairs.predictions(without: site)
      return Site(
        site: site, cases: rows.count,
        aucOfOthers: areaUnderCurve(rows.map { predicted[$0] }, positives: positives),
        aucWithout: without.flatMap { all in areaUnderCurve(rows.map { all[$0] }, positives: positives) },
        features: nil, reason: without == nil ? pairs.reason(without: site) : nil)
    }
  }
}

/// Models without two sites each: the one without sites a and b predicts b for the influence of a, and a for that of b.
private struct PairsLeftOut {
  private let table: CohortTable
  /// Predictions of all rows by the model without two sites, by the smaller and the larger of them.
  private var predictions: [[Int]: [Double]] = [:]
  private var reasons: [[Int]: String] = [:]
  private let siteCount: Int

  init(_ table: CohortTable, parts: [[Int]], plan: ModelPlan, seed: UInt64) {
    self.table = table
    siteCount = parts.count
    guard (3...SiteInfluence.mostSitesInPairs).contains(siteCount) else { return }
    for first in 0..<siteCount {
      for second in first + 1..<siteCount {
        let remaining = (0..<table.rowCount).filter { table.sites[$0] != first && table.sites[$0] != second }
        let rows = (parts[first] + parts[second]).sorted()
        do throws(StatisticsError) {
          let model = try fitModel(table, rows: remaining, plan: plan, address: .finalFit(seed: seed))
          try model.requireKnownSites(of: table, rows: rows)
          var all = [Double](repeating: 0, count: table.rowCount)
          for (row, value) in zip(rows, model.probabilities(of: table, rows: rows)) { all[row] = value }
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
