import Modelling
import Statistics
import StudyPlan

extension PreparedStudy {
  /// Fits the final Cox models, evaluates them and tells everything in a report.
  /// - Throws: as `aggregate(replicates:jobKey:)`.
  func aggregate(_ survival: SurvivalStudy, replicates bodies: [[UInt8]], jobKey: [UInt8])
    throws(StudyTaskError) -> AggregateResult
  {
    let replicates = try survivalReplicates(bodies)
    do {
      let models = try plans.indices.map {
        try ReportedSurvivalModel(
          FinalSurvivalModel($0, of: self, survival, replicates: replicates.models), of: self, survival)
      }
      let (found, search) = duplicates()
      let assembly = ReportAssembly(study: self, models: [], jobKey: jobKey)
      var report = try assembly.report(duplicates: found)
      report.models = try models.map { try $0.reported(self) }
      report.comparisons = StudyReport.Comparison.concordances(models, seed: cohort.study.seed)
      report.siteInfluence = assembly.siteInfluence(models, survival)
      report.survival = reported(survival)
      report.clinical = try assembly.clinical(models, survival)
      report.primary = StudyReport.Primary(
        survival: report.models, part: primaryPart, choice: cohort.study.primary)
      report.missing?.treatment = models.map { "\($0.name): \($0.result.plan.missing.sentence)" }
      report.audit = try SurvivalAudit(
        study: self, survival, models: models.map(\.result), duplicates: report.duplicates, search: search
      ).lines().explained(by: cohort.study.explained ?? [])
      try report.addControls(
        controlResults(models.map(\.result), survival, replicates: replicates))
      report.addRobustness(perturbationAgreement(), models: cohort.study.models)
      report.warnings =
        report.audit.warnings + report.audit.inVain(cohort.study.explained ?? []) + report.warnings
        + assembly.survivalFeaturesLost(models)
        + assembly.eventsOfStudy(survival.outcome) + assembly.lateHorizons(survival)
      report.checklists = StudyReport.Checklist.all(of: report)
      return AggregateResult(
        report: String(decoding: try report.reproducibleJSON(), as: UTF8.self),
        models: String(
          decoding: try CanonicalJSON.encode(
            models.map { StoredSurvivalModel($0.result, parts: $0.evaluations.map(\.part)) }), as: UTF8.self),
        metrics: String(decoding: try CanonicalJSON.encode(models.flatMap(\.metricRows)), as: UTF8.self),
        predictions: try models.flatMap { model in
          try StoredSurvivalModel(model.result, parts: model.evaluations.map(\.part)).predictions.map {
            AggregateResult.Prediction(
              caseID: $0.caseID, model: model.name, part: $0.part,
              probability: try riskByLastHorizon($0.risks))
          }
        })
    } catch {
      throw StudyTaskError(ofReporting: error)
    }
  }

  private func reported(_ study: SurvivalStudy) -> StudyReport.Survival {
    let (outcome, times) = (study.outcome, study.cohort.survival)
    let parts: [(EvaluationCohort, SurvivalTimes?)] = [
      (.training, times.selecting(split.training)), (.test, times.selecting(split.test)),
      (.external, external?.survival),
    ]
    return StudyReport.Survival(
      event: outcome.event, time: outcome.time, unit: outcome.unit, horizons: outcome.horizons,
      parts: parts.compactMap { cohort, survival in
        guard let survival, survival.count > 0 else { return nil }
        return StudyReport.Survival.Part(
          cohort: cohort, cases: survival.count, events: survival.eventCount,
          medianFollowUp: KaplanMeier(survival.reversed).time(ofShare: 0.5),
          medianSurvival: KaplanMeier(survival).time(ofShare: 0.5))
      })
  }
}

extension StudyReport.Primary {
  /// By the rule of studies of two outcomes, with Harrell's C in place of the AUC.
  init?(survival models: [StudyReport.Model], part: PrimaryChoice.Part, choice: PrimaryChoice?) {
    self.init(models, part: part, choice: choice)
    guard let model = models.first(where: { $0.name == self.model }) else { return nil }
    measure = Measure.harrellC.key
    let metric = model.metric(.harrellC, in: cohort)
    (estimate, lower, upper) = (metric?.estimate, metric?.lower, metric?.upper)
    (method, count, positives) = (metric?.method ?? "", metric?.count ?? 0, metric?.positives ?? 0)
    if part == .leftOut, let pooled = model.survival?.leaveOneSiteOut?.pooled {
      (estimate, lower, upper) = (pooled.estimate, pooled.lower, pooled.upper)
      method = "pooled over the sites left out, REML, Hartung-Knapp"
    }
    undefinedReason =
      estimate == nil
      ? metric?.undefinedReason ?? "it could not be computed"
      : lower == nil ? "its interval is not defined" : nil
  }
}
