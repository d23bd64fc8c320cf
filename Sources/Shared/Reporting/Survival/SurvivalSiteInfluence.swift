import Modelling
import Statistics
import StudyPlan

extension ReportAssembly {
  /// How much each site makes of the Cox models, by Harrell's C; `nil` with one site, or without models.
  ///
  /// Whether single features differ at a site is asked of two outcomes, and not of times.
  func siteInfluence(_ models: [ReportedSurvivalModel], _ survival: SurvivalStudy)
    -> StudyReport.SiteInfluence?
  {
    guard !models.isEmpty, study.table.siteNames.count > 1 else { return nil }
    return StudyReport.SiteInfluence(
      models: models.map { influence($0.result, survival) }, testedSites: [], selectedTests: 0, otherTests: 0,
      features: [], otherFeatures: 0)
  }

  private func influence(_ model: FinalSurvivalModel, _ survival: SurvivalStudy)
    -> StudyReport.SiteInfluence.Model
  {
    let isTested = !study.split.test.isEmpty
    let found =
      model.leaveOneSiteOut.map {
        SiteInfluence(
          of: $0, cohort: survival.cohort, plan: model.plan, horizon: survival.outcome.mainHorizon,
          seed: plan.seed)
      }
      ?? SiteInfluence(
        of: model.fitted, cohort: survival.cohort, training: study.split.training,
        evaluated: isTested ? study.split.test : study.split.training, plan: model.plan, seed: plan.seed)
    return reported(
      found, of: model.fitted.name,
      in: model.leaveOneSiteOut != nil ? .leftOut : isTested ? .test : .training, measure: .harrellC)
  }
}
