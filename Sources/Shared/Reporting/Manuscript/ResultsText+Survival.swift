import Modelling
import StudyPlan

// MARK: Times to an event

extension ResultsText {
  /// How long patients were observed, C, groups of risk, and what was found at the horizons.
  func concordances(_ survival: StudyReport.Survival) -> [Sentence] {
    [observed(survival), primaryConcordance].compactMap(\.self) + partConcordances
      + [correctedConcordance].compactMap(\.self) + hazardRatios + comparedConcordances
      + [atLastHorizon(survival), slope, pooledConcordance].compactMap(\.self)
  }

  private func observed(_ survival: StudyReport.Survival) -> Sentence? {
    let parts = survival.parts.compactMap { part in
      part.medianFollowUp.map {
        "\(PageNumber.short($0)) \(survival.unit) \(StudyReport.Primary.place(part.cohort)) (\(PageNumber.count(part.events, "event")))"
      }
    }
    return parts.isEmpty ? nil : "Median follow-up was \(Sentence.list(parts))."
  }

  private var primaryConcordance: Sentence? {
    guard let primary = report.primary, let c = told(primary.interval) else { return nil }
    return """
      The primary result, Harrell’s C of \(primary.model) \(StudyReport.Primary.place(primary.cohort)), was \(c), from \
      \(PageNumber.count(primary.count, "case")), \(primary.positives) with the event.
      """
  }

  /// All models on each part; the primary result stands already.
  private var partConcordances: [Sentence] {
    EvaluationOrder.cohorts.compactMap { cohort in
      let rows = report.models.compactMap { model -> String? in
        guard !(model.name == report.primary?.model && cohort == report.primary?.cohort),
          let c = told(model.metric(.harrellC, in: cohort)?.interval)
        else { return nil }
        return "\(c) for \(model.name)"
      }
      guard !rows.isEmpty else { return nil }
      let kind = cohort == .training ? "the apparent C" : "Harrell’s C"
      return "\(StudyReport.Primary.place(cohort).capitalisedFirst), \(kind) was \(Sentence.list(rows))."
    }
  }

  private var correctedConcordance: Sentence? {
    let rows = report.models.compactMap { model in
      model.survival?.bootstrap?.point632Plus.map { "\(PageNumber.fixed($0)) for \(model.name)" }
    }
    return rows.isEmpty ? nil : "C by the .632+ bootstrap was \(Sentence.list(rows))."
  }

  /// Of the part that the study is judged by.
  private var hazardRatios: [Sentence] {
    report.models.compactMap { model in
      guard let curves = model.survival?.curves.first(where: { $0.cohort == report.primary?.cohort }),
        let ratio = told(curves.hazardRatio)
      else { return nil }
      return """
        \(StudyReport.Primary.place(curves.cohort).capitalisedFirst), the hazard of patients whom \(model.name) gave the higher risk \
        over that of the others was \(ratio), log-rank p \(PageNumber.equality(curves.logRankP)).
        """
    }
  }

  /// In the part that the study is judged by, or in any part but training without one.
  private var comparedConcordances: [Sentence] {
    let rows = report.comparisons.filter {
      $0.metric == .harrellC && ($0.method.contains("jackknife") || $0.cohort == .crossValidated)
        && (report.primary.map { $0.cohort } ?? $0.cohort) == $0.cohort && $0.cohort != .training
    }
    return rows.compactMap { row in
      guard let difference = row.difference else { return nil }
      let interval = PageNumber.interval(.init(estimate: difference, lower: row.lower, upper: row.upper))
      let adjusted = row.adjustedPValue.map { ", adjusted p \(PageNumber.equality($0))" } ?? ""
      return """
        \(StudyReport.Primary.place(row.cohort).capitalisedFirst), C of \(row.first) less that of \(row.second) was \
        \(interval), p \(PageNumber.equality(row.pValue))\(adjusted).
        """
    }
  }

  private func atLastHorizon(_ survival: StudyReport.Survival) -> Sentence? {
    guard let (model, cohort) = judged, let last = survival.horizons.last else { return nil }
    let measures: [(Measure, String)] = [
      (.areaAtTime, "AUC"), (.brierAtTime, "Brier score"),
      (.observedOverExpectedAtTime, "ratio of observed to expected events"),
    ]
    let values = measures.compactMap { measure, name -> String? in
      let metric = model.metrics.first { $0.name == measure && $0.cohort == cohort && $0.horizon == last }
      guard let metric, metric.estimate != nil else { return nil }
      let text =
        metric.lower == nil ? PageNumber.fixed(metric.estimate) : PageNumber.interval(metric.interval)
      return "\(name) \(text)"
    }
    guard !values.isEmpty else { return nil }
    return "\(survival.place(last).capitalisedFirst), \(model.name) had \(Sentence.list(values))."
  }

  private var slope: Sentence? {
    guard let (model, cohort) = judged, let slope = told(model.metric(.hazardSlope, in: cohort)?.interval)
    else { return nil }
    return "The calibration slope of \(model.name) was \(slope)."
  }

  private var pooledConcordance: Sentence? {
    guard let (model, cohort) = judged, cohort == .leftOut,
      let sites = model.survival?.leaveOneSiteOut, let pooled = told(sites.pooled)
    else { return nil }
    return """
      Pooled over \(PageNumber.count(sites.sites.count, "site")), Harrell’s C of \(model.name) was \(pooled).
      """
  }
}
