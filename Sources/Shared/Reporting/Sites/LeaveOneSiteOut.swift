import Modelling
import Statistics

extension StudyReport {
  /// Every site predicted by a model that was fitted to all others.
  package struct LeaveOneSiteOut: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var cases: Int
      package var positives: Int
      /// Of the model that did not know the site.
      package var features: [String]
      package var cutoff: Double
      package var auc: Interval
      @FiniteOrNull package var sensitivity: Double?
      @FiniteOrNull package var specificity: Double?
      /// False where the site's AUC cannot be pooled: one outcome only, or an AUC of 0 or 1.
      package var isPooled: Bool

      private enum CodingKeys: String, CodingKey {
        case site, cases, positives, features, cutoff, auc, sensitivity, specificity
        case isPooled = "is_pooled"
      }
    }

    package var sites: [Site]
    /// Random-effects mean of the sites' logit AUC, taken back.
    package var pooled: Interval
    package var predictionInterval: Interval
    /// What harmonisation did with the site left out.
    package var unseenSite: String

    private enum CodingKeys: String, CodingKey {
      case sites, pooled
      case predictionInterval = "prediction_interval"
      case unseenSite = "unseen_site"
    }
  }
}

extension StudyReport.LeaveOneSiteOut {
  init(_ result: LeaveOneSiteOut, table: CohortTable, settings: CombatSettings?) {
    self.init(
      sites: zip(result.folds, result.pooling.sites).enumerated().map { index, pair in
        let (fold, site) = pair
        let clusters = table.clusters(Split(leavingOut: index, of: table).test)
        return Site(
          site: fold.site, cases: site.rows, positives: site.cases, features: fold.model.featureNames,
          cutoff: fold.model.cutoff,
          auc: StudyReport.Interval(
            estimate: site.auc, lower: site.isPooled ? site.interval?.lower : nil,
            upper: site.isPooled ? site.interval?.upper : nil,
            method: site.isPooled
              ? IntervalMethod.deLong(clusters, onLogit: true) : "DeLong (no variance)"),
          sensitivity: fold.evaluation.confusion.sensitivity.estimate,
          specificity: fold.evaluation.confusion.specificity.estimate, isPooled: site.isPooled)
      },
      pooled: StudyReport.Interval(
        estimate: result.pooling.pooled?.auc, lower: result.pooling.pooled?.interval.lower,
        upper: result.pooling.pooled?.interval.upper, method: "REML, modified Hartung-Knapp"),
      predictionInterval: StudyReport.Interval(
        estimate: result.pooling.pooled?.auc, lower: result.pooling.pooled?.predictionInterval.lower,
        upper: result.pooling.pooled?.predictionInterval.upper, method: "prediction interval for a new site"),
      unseenSite: settings == nil
        ? "no harmonisation" : "features of the site left out are used as they are, without harmonisation")
  }
}
