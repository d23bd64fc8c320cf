import Modelling
import StudyPlan

/// What a study of times to an event answers in another way than one of two outcomes; `nil` of the latter, and where there is nothing
/// to say.
extension ChecklistAnswers {
  /// The measure that models are told by.
  var discrimination: Measure { report.survival == nil ? .auc : .harrellC }

  /// What that is called in sentences.
  var discriminationName: String { report.survival == nil ? "AUC" : "Harrell’s C" }

  /// What patients have: the outcome, or the event.
  var outcomeName: String { report.survival == nil ? "outcome" : "event" }

  /// Median times of observation, by part.
  var followUp: String {
    guard let survival = report.survival else { return "" }
    let parts = survival.parts.map { part in
      "\(PageText.heading(of: part.cohort).lowercased()) "
        + (part.medianFollowUp.map { "\(PageNumber.short($0)) \(survival.unit)" } ?? "not reached")
    }
    return parts.isEmpty ? "" : " Median follow-up: \(parts.joined(separator: ", "))."
  }

  private var bootstraps: [StudyReport.SurvivalBootstrapReport] {
    report.models.compactMap { $0.survival?.bootstrap }
  }

  var survivalValidation: Answer? {
    guard report.survival != nil, let bootstrap = bootstraps.first else { return nil }
    let parts = [
      "Bootstrap of the whole pipeline, \(bootstrap.replicates) replicates by subject: .632+, out of bag, corrected for optimism",
      report.models.contains { $0.survival?.leaveOneSiteOut != nil } ? "each site held out in turn" : nil,
      report.cohort.external == nil ? nil : "an external cohort that nothing was fitted to",
      report.cohort.test > 0 ? "a test part kept apart" : nil,
    ]
    return (parts.compactMap(\.self).joined(separator: "; ") + ".", "performance")
  }

  var survivalCalibration: Answer? {
    guard let survival = report.survival,
      report.models.contains(where: { $0.survival?.calibration.isEmpty == false })
    else { return nil }
    let horizons = survival.horizons.map(SurvivalOutcome.text).joined(separator: ", ")
    return (
      "Predicted risk against Kaplan and Meier’s in groups of risk, and observed over expected events, at \(horizons) "
        + "\(survival.unit); slope of the hazard; Brier score.", "performance"
    )
  }

  var survivalHeterogeneity: Answer? {
    let pooled = report.models.compactMap { model in
      model.survival?.leaveOneSiteOut?.pooled.map { "\(model.name) \(PageNumber.interval($0))" }
    }
    guard pooled.isEmpty else {
      return (
        "Each site predicted by models fitted to the others; C pooled by random effects: \(pooled.joined(separator: "; ")), with "
          + "prediction interval.", "performance"
      )
    }
    return report.survival != nil && report.models.contains { !$0.perSite.isEmpty }
      ? ("Harrell’s C of each site, and of models made again without each.", "sites") : nil
  }

  var censoring: Answer? {
    guard let survival = report.survival else { return nil }
    let parts = survival.parts.map {
      "\(PageText.heading(of: $0.cohort).lowercased()) \($0.events) of \($0.cases) cases"
    }
    return (
      "Cases with the event (\(survival.event)): \(parts.joined(separator: ", ")). The others count until their observation ended; no "
        + "resampling of classes.", "participants"
    )
  }

  var hazardEquation: Answer? {
    report.survival != nil && !report.models.isEmpty
      ? (
        "Baseline survival at each horizon, coefficients, scaling and the cut between groups of risk of every model, as text and in "
          + "report.json.", "models"
      ) : nil
  }

  var survivalFeatureStatistics: Answer? {
    bootstraps.isEmpty ? nil : ("How often each feature was selected over the replicates.", "models")
  }

  var risks: Answer? {
    guard let survival = report.survival, !report.models.isEmpty else { return nil }
    let horizons = survival.horizons.map(SurvivalOutcome.text).joined(separator: ", ")
    return (
      "Probability of the event by \(horizons) \(survival.unit); two groups of risk, cut at the median of the training part.",
      "models"
    )
  }
}
