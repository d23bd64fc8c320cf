import Modelling
import Statistics
import StudyPlan

extension PreparedStudy {
  /// Fits the final Cox models, evaluates them and tells everything in a report.
  /// - Throws: as `aggregate(replicates:jobKey:)`.
  func aggregateSurvival(_ cohort: SurvivalCohort, _ bodies: [[UInt8]], jobKey: [UInt8])
    throws(StudyTaskError) -> AggregateResult
  {
    let replicates = try survivalReplicates(bodies)
    do {
      guard let outcome = self.cohort.study.survival else {
        preconditionFailure("a survival cohort has its outcome")
      }
      let models = try plans.indices.map {
        ReportedSurvivalModel(
          try FinalSurvivalModel($0, of: self, cohort: cohort, replicates: replicates), of: self,
          outcome: outcome)
      }
      let (found, search) = duplicates()
      let assembly = ReportAssembly(study: self, models: [], jobKey: jobKey)
      var report = try assembly.report(duplicates: found)
      report.models = models.map { $0.reported(self) }
      report.survival = survivalOutcome(outcome)
      report.primary = StudyReport.Primary(
        survival: report.models, part: primaryPart, choice: self.cohort.study.primary)
      report.missing?.treatment = models.map { "\($0.name): \($0.result.plan.missing.sentence)" }
      report.audit = try SurvivalAudit(
        study: self, cohort: cohort, outcome: outcome, models: models.map(\.result),
        duplicates: report.duplicates, search: search
      ).lines().explained(by: self.cohort.study.explained ?? [])
      report.warnings =
        report.audit.warnings + report.audit.inVain(self.cohort.study.explained ?? []) + report.warnings
        + assembly.survivalFeaturesLost(models)
        + assembly.eventsOfStudy() + assembly.lateHorizons()
      return AggregateResult(
        report: String(decoding: try report.reproducibleJSON(), as: UTF8.self),
        models: String(
          decoding: try CanonicalJSON.encode(
            models.map { StoredSurvivalModel($0.result, parts: $0.evaluations.map(\.part)) }), as: UTF8.self),
        metrics: String(decoding: try CanonicalJSON.encode(models.flatMap(\.metricRows)), as: UTF8.self),
        predictions: models.flatMap { model in
          StoredSurvivalModel(model.result, parts: model.evaluations.map(\.part)).predictions.map {
            AggregateResult.Prediction(
              caseID: $0.caseID, model: model.name, part: $0.part, probability: $0.risks.last ?? 0)
          }
        })
    } catch {
      throw StudyTaskError(ofReporting: error)
    }
  }

  private func survivalOutcome(_ outcome: SurvivalOutcome) -> StudyReport.Survival {
    let parts: [(EvaluationCohort, SurvivalTimes?)] = [
      (.training, survival?.selecting(split.training)), (.test, survival?.selecting(split.test)),
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
