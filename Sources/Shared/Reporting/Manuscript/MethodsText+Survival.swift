import Modelling
import StudyPlan

// MARK: Times to an event

extension MethodsText {
  /// What was predicted, where it is a time.
  var predicted: Sentence? {
    report.survival.map { survival in
      """
      The outcome was the time until \(survival.event) (\(survival.time), in \(survival.unit)); observations that ended before it \
      were censored.
      """
    }
  }

  var hazardFits: [Sentence] {
    guard !report.models.isEmpty else { return [] }
    let fits = groups { $0.refit }.map { group -> Sentence in
      let lambda = group.key.lambda.map { ", λ = \(PageNumber.significant($0))" } ?? ""
      return "\(Sentence.list(group.names)) by \(Self.phrase(ofHazards: group.key))\(lambda)"
    }
    return [
      """
      Cox proportional hazards regressions\(cite: .proportionalHazards) were fitted to z-scores of the training part: \
      \(Sentence.list(fits)).
      """
    ] + scores(called: "log hazard ratio")
  }

  private static func phrase(ofHazards fit: StudyReport.Refit) -> Sentence {
    switch fit.method {
    case "ridge": "ridge regression\(cite: .ridgeOfHazards) with ties after Efron\(cite: .ties)"
    case "lasso": "the coefficients of the LASSO itself"
    default: "maximum partial likelihood with ties after Efron\(cite: .ties)"
    }
  }

  var riskGroups: [Sentence] {
    report.models.contains { $0.survival?.curves.isEmpty == false }
      ? [
        """
        Two groups of risk were cut at the median of the training part, shown by Kaplan and Meier’s curves\(cite: .kaplanMeier), \
        and compared by the log-rank test\(cite: .logRank).
        """
      ] : []
  }

  func survivalEvaluation(_ survival: StudyReport.Survival) -> [Sentence] {
    [
      followUp(survival), concordance(survival), atHorizons(survival), crossValidation(of: "C"),
      resampledPipeline, comparedConcordances, pooledConcordances,
    ].compactMap(\.self)
  }

  private var told: [StudyReport.Metric] { report.models.flatMap(\.metrics).filter { $0.estimate != nil } }

  private func followUp(_ survival: StudyReport.Survival) -> Sentence? {
    survival.parts.contains { $0.medianFollowUp != nil }
      ? "Median follow-up was taken from the reversed Kaplan-Meier curve\(cite: .followUp)." : nil
  }

  private func concordance(_ survival: StudyReport.Survival) -> Sentence? {
    guard let last = survival.horizons.last, told.contains(where: { $0.name == .harrellC }) else {
      return nil
    }
    let uno: Sentence =
      told.contains { $0.name == .unoC }
      ? " and Uno’s C\(cite: .uno) until \(SurvivalOutcome.text(last)) \(survival.unit)" : ""
    let resamples = PageNumber.count(ReportedSurvivalModel.resamples)
    let interval =
      told.contains { $0.lower != nil && $0.method.contains("percentile") }
      ? ", with 95 % confidence intervals by percentiles of \(resamples) resamples of patients" : ""
    return "Discrimination was measured by Harrell’s C\(cite: .harrell)\(uno)\(interval)."
  }

  private func atHorizons(_ survival: StudyReport.Survival) -> Sentence? {
    let horizons = Sentence.list(survival.horizons.map(SurvivalOutcome.text))
    var measures: [Sentence] = []
    if told.contains(where: { $0.name == .areaAtTime }) {
      measures.append(
        "the AUC of patients with the event by then against those observed for longer\(cite: .areaAtTime)")
    }
    if told.contains(where: { $0.name == .brierAtTime }) {
      measures.append("the Brier score\(cite: .brierAtTime)")
    }
    if told.contains(where: { $0.name == .observedOverExpectedAtTime }) {
      measures.append("observed over expected events")
    }
    guard !measures.isEmpty else { return nil }
    return """
      At \(horizons) \(survival.unit), \(Sentence.list(measures)) were computed, with weights for censoring of the training part.
      """
  }

  private var resampledPipeline: Sentence? {
    report.models.lazy.compactMap { $0.survival?.bootstrap }.first.map {
      optimism(replicates: $0.replicates, "C")
    }
  }

  private var comparedConcordances: Sentence? {
    report.comparisons.contains { $0.metric == .harrellC && $0.method.contains("jackknife") }
      ? """
      C of models was compared by the paired infinitesimal jackknife, corrected after Holm\(cite: .holm) over all pairs.
      """ : nil
  }

  private var pooledConcordances: Sentence? {
    report.models.contains { $0.survival?.leaveOneSiteOut?.pooled != nil }
      ? poolingOfSites("C of sites was") : nil
  }
}
