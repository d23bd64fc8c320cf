import Modelling

/// What a run found, in sentences in the past tense; what is not defined has none.
struct ResultsText {
  let report: StudyReport

  var sentences: [Sentence] {
    let described = [cases, losses, external, undefinedValues, selection].compactMap(\.self)
    guard let survival = report.survival else {
      return described + [primary].compactMap(\.self) + parts + [atCutoff, corrected].compactMap(\.self)
        + comparisons + controls + [calibration, sites].compactMap(\.self) + alarms
    }
    return described + [observed(survival), primary].compactMap(\.self) + parts
      + [correctedConcordance].compactMap(\.self) + hazardRatios + comparisons + controls
      + [atLastHorizon(survival), hazardSlope, pooledConcordance].compactMap(\.self) + alarms
  }

  /// `outcome` or `event`.
  private var had: String { report.survival == nil ? "outcome" : "event" }

  /// `45 (30 %)`
  private func share(_ part: Int, of whole: Int) -> String {
    "\(PageNumber.count(part)) (\(PageNumber.percent(Double(part) / Double(max(1, whole)))))"
  }

  /// `0.81 (95 % CI 0.70 to 0.89)`; `nil` without an estimate.
  func told(_ interval: StudyReport.Interval?) -> String? {
    interval?.estimate == nil ? nil : PageNumber.interval(interval)
  }
}

// MARK: Cases

extension ResultsText {
  private var cases: Sentence? {
    let cohort = report.cohort
    let sites = PageNumber.count(cohort.perSite.count, "site")
    guard report.scope == .study else {
      return
        "There were predictions of \(PageNumber.count(cohort.images, "case")), \(share(cohort.positives, of: cohort.images)) with the outcome, from \(sites)."
    }
    let parts =
      cohort.test > 0
      ? "; \(PageNumber.count(cohort.training)) were in the training part and \(PageNumber.count(cohort.test)) in the test part"
      : ""
    return """
      Of \(PageNumber.count(cohort.cases.submitted, "case")) from \(sites), \(cohort.cases.done) were used; of the \
      \(PageNumber.count(cohort.subjects, "subject")) whom models were fitted to or tested on, \
      \(share(cohort.positives, of: cohort.subjects)) had the \(had)\(parts).
      """
  }

  /// What kept cases out, commonest first.
  private var losses: Sentence? {
    guard !report.exclusions.isEmpty else { return nil }
    let counts = report.exclusions.reduce(into: [String: Int]()) { $0[$1.code, default: 0] += 1 }
    let reasons = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
      .map { "\($0.key.replacing("_", with: " ")) (\(PageNumber.count($0.value)))" }
    let cases = report.cohort.cases
    let kinds = [(cases.failed, "failed"), (cases.excluded, "were excluded")].filter { $0.0 > 0 }
      .map { "\(PageNumber.count($0.0)) \($0.1)" }
    return "\(Sentence.list(kinds)): \(reasons.joined(separator: ", "))."
  }

  private var external: Sentence? {
    report.cohort.external.map { external in
      """
      Of the external cohort, \(PageNumber.count(external.subjects, "subject")) from \(Sentence.list(external.sites)) were \
      evaluated, \(share(external.positives, of: external.subjects)) with the \(had).
      """
    }
  }

  private var undefinedValues: Sentence? {
    guard let missing = report.missing, missing.values > 0 else { return nil }
    return """
      \(PageNumber.count(missing.values, "value")) of \(PageNumber.count(missing.features, "feature")) in \
      \(PageNumber.count(missing.cases, "case")) \(missing.values == 1 ? "was" : "were") undefined.
      """
  }

  private var selection: Sentence? {
    let kept = report.models.compactMap { model -> String? in
      guard let first = model.selection.first, first.kept > model.features.count else { return nil }
      return "\(PageNumber.count(model.features.count)) of \(PageNumber.count(first.kept)) for \(model.name)"
    }
    return kept.isEmpty ? nil : "Of the candidate features, selection kept \(Sentence.list(kept))."
  }
}

// MARK: Performance

extension ResultsText {
  /// The measure by which models rank cases, as sentences call it.
  private struct Discrimination {
    let measure: Measure
    let name: String
    /// Where it was named in full before.
    let short: String
    /// On the part that models were fitted to.
    let apparent: String
    /// What methods of comparisons that are told have in their names.
    let test: String

    static let area = Discrimination(
      measure: .auc, name: "the AUC", short: "the AUC", apparent: "the apparent AUC", test: "DeLong")
    static let concordance = Discrimination(
      measure: .harrellC, name: "Harrell’s C", short: "C", apparent: "the apparent C", test: "jackknife")
  }

  private var discrimination: Discrimination { report.survival == nil ? .area : .concordance }

  private var primary: Sentence? {
    guard let primary = report.primary, let value = told(primary.interval) else { return nil }
    return """
      The primary result, \(discrimination.name) of \(primary.model) \(StudyReport.Primary.place(primary.cohort)), was \(value), \
      from \(PageNumber.count(primary.count, "case")), \(primary.positives) with the \(had).
      """
  }

  /// All models on each part; the primary result stands already.
  private var parts: [Sentence] {
    EvaluationOrder.cohorts.compactMap { cohort in
      let rows = report.models.compactMap { model -> String? in
        guard !(model.name == report.primary?.model && cohort == report.primary?.cohort),
          let value = told(model.metric(discrimination.measure, in: cohort)?.interval)
        else { return nil }
        return "\(value) for \(model.name)"
      }
      guard !rows.isEmpty else { return nil }
      let place = StudyReport.Primary.place(cohort)
      let kind = cohort == .training ? discrimination.apparent : discrimination.name
      return "\(place.capitalisedFirst), \(kind) was \(Sentence.list(rows))."
    }
  }

  /// The model and the part that the rest is told of.
  var judged: (model: StudyReport.Model, cohort: EvaluationCohort)? {
    guard let primary = report.primary,
      let model = report.models.first(where: { $0.name == primary.model })
    else { return nil }
    return (model, primary.cohort)
  }

  private var atCutoff: Sentence? {
    guard let (model, cohort) = judged else { return nil }
    let measures: [Measure] = [
      .sensitivity, .specificity, .positivePredictiveValue, .negativePredictiveValue, .accuracy,
    ]
    let values = measures.compactMap { measure in
      told(model.metric(measure, in: cohort)?.interval).map { "\(measure.label.lowercased()) \($0)" }
    }
    guard !values.isEmpty else { return nil }
    let cutoff =
      cohort == .leftOut
      ? "the cut-offs of the models without the site"
      : "the cut-off of \(PageNumber.fixed(model.cutoff?.probability))"
    return "At \(cutoff), \(model.name) had \(Sentence.list(values))."
  }

  private var corrected: Sentence? {
    let rows = report.models.compactMap { model in
      told(model.bootstrap?.auc632Plus).map { "\($0) for \(model.name)" }
    }
    return rows.isEmpty ? nil : "The AUC by the .632+ bootstrap was \(Sentence.list(rows))."
  }

  /// Paired tests in the part that the study is judged by, or in any part but training without one.
  private var comparisons: [Sentence] {
    let rows = report.comparisons.filter {
      $0.metric == discrimination.measure
        && ($0.method.contains(discrimination.test) || $0.cohort == .crossValidated)
        && (report.primary.map { $0.cohort } ?? $0.cohort) == $0.cohort && $0.cohort != .training
    }
    return rows.compactMap { row in
      guard let difference = row.difference else { return nil }
      let interval = PageNumber.interval(.init(estimate: difference, lower: row.lower, upper: row.upper))
      let adjusted = row.adjustedPValue.map { ", adjusted p \(PageNumber.equality($0))" } ?? ""
      return """
        \(StudyReport.Primary.place(row.cohort).capitalisedFirst), \(discrimination.short) of \(row.first) minus that of \
        \(row.second) was \(interval), p \(PageNumber.equality(row.pValue))\(adjusted).
        """
    }
  }

  private var calibration: Sentence? {
    guard let (model, cohort) = judged,
      let slope = told(model.metric(.calibrationSlope, in: cohort)?.interval),
      let intercept = told(model.metric(.calibrationIntercept, in: cohort)?.interval)
    else { return nil }
    return "The calibration slope of \(model.name) was \(slope), its intercept \(intercept)."
  }

  private var sites: Sentence? {
    guard let (model, cohort) = judged,
      let found = model.pooling.first(where: { $0.cohort == cohort && $0.measure == .auc }),
      let pooled = found.pooled.first, let estimate = pooled.estimate, let i2 = pooled.i2
    else { return nil }
    let interval = StudyReport.Interval(estimate: estimate, lower: pooled.lower, upper: pooled.upper)
    let count = found.sites.count { $0.isPooled }
    return """
      Pooled over \(PageNumber.count(count, "site")), the AUC of \(model.name) was \(PageNumber.interval(interval)), with I² \
      \(PageNumber.fixed(i2, digits: 0)) %.
      """
  }

  /// What no number above stands before.
  private var alarms: [Sentence] {
    report.warnings.filter { ["too_good", "audit_failed", "random_weights"].contains($0.code) }
      .map { "\($0.message)" }
  }
}

extension String {
  var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
