import Modelling
import StudyPlan

// MARK: Times to an event

extension ResultsText {
  /// How long patients were observed.
  func observed(_ survival: StudyReport.Survival) -> Sentence? {
    let parts = survival.parts.compactMap { part in
      part.medianFollowUp.map {
        "\(PageNumber.short($0)) \(survival.unit) \(StudyReport.Primary.place(part.cohort)) (\(PageNumber.count(part.events, "event")))"
      }
    }
    return parts.isEmpty ? nil : "Median follow-up was \(Sentence.list(parts))."
  }

  var correctedConcordance: Sentence? {
    let rows = report.models.compactMap { model in
      model.survival?.bootstrap?.point632Plus.map { "\(PageNumber.fixed($0)) for \(model.name)" }
    }
    return rows.isEmpty ? nil : "C by the .632+ bootstrap was \(Sentence.list(rows))."
  }

  /// Of the part that the study is judged by.
  var hazardRatios: [Sentence] {
    report.models.compactMap { model in
      guard let curves = model.survival?.curves.first(where: { $0.cohort == report.primary?.cohort }),
        let ratio = told(curves.hazardRatio)
      else { return nil }
      return """
        \(StudyReport.Primary.place(curves.cohort).capitalisedFirst), the group of higher risk by \(model.name) had \(ratio) times the \
        hazard of the other group, log-rank p \(PageNumber.equality(curves.logRankP)).
        """
    }
  }

  func atLastHorizon(_ survival: StudyReport.Survival) -> Sentence? {
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

  var hazardSlope: Sentence? {
    guard let (model, cohort) = judged, let slope = told(model.metric(.hazardSlope, in: cohort)?.interval)
    else { return nil }
    return "The calibration slope of \(model.name) was \(slope)."
  }

  var pooledConcordance: Sentence? {
    guard let (model, cohort) = judged, cohort == .leftOut,
      let sites = model.survival?.leaveOneSiteOut, let pooled = told(sites.pooled)
    else { return nil }
    return """
      Pooled over \(PageNumber.count(sites.sites.count, "site")), Harrell’s C of \(model.name) was \(pooled).
      """
  }
}
