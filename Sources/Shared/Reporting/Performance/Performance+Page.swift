import Modelling

extension Page {
  /// Rows of the performance table that share a cohort; one cell a model.
  struct PerformanceGroup {
    var heading: String
    var rows: [PerformanceRow]
    var columns: String
  }

  struct PerformanceRow {
    var label: String
    var cells: [EstimateCell]
    var isHeadline: Bool
  }

  struct EstimateCell {
    var estimate: String
    /// The interval in parentheses; may be empty.
    var interval = ""
    /// Why there is no estimate, or what it counts; may be empty.
    var reason = ""
  }

  struct ComparisonRow {
    var models: String
    var cohort: String
    var difference: EstimateCell
    var pValue: String
    var adjusted: String
    var method: String
  }

  struct SitePerformanceGroup {
    var heading: String
    var rows: [SitePerformanceRow]
  }

  struct SitePerformanceRow {
    var site: String
    var model: String
    var count: String
    var auc: EstimateCell
    var sensitivity: EstimateCell
    var specificity: EstimateCell
  }
}

extension Page.EstimateCell {
  static let absent = Self(estimate: PageNumber.undefined)

  init(_ interval: StudyReport.Interval) {
    self.init(
      estimate: PageNumber.fixed(interval.estimate),
      interval: PageNumber.range(interval.lower, interval.upper))
  }

  init(_ metric: StudyReport.Metric?) {
    guard let metric else {
      self = .absent
      return
    }
    if metric.name.isPValue {
      self.init(text: PageNumber.pValue(metric.estimate))
    } else {
      self.init(metric.interval)
    }
    if metric.estimate == nil { reason = metric.undefinedReason ?? "not defined" }
  }

  init(text: String) { self.init(estimate: text) }
}

extension Page.PerformanceGroup {
  static func all(of report: StudyReport) -> [Self] {
    let groups = [bootstrap(of: report)] + EvaluationOrder.cohorts.map { cohort(of: report, $0) }
    return groups.compactMap(\.self)
  }

  /// Whole-pipeline estimates, the headline first.
  private static func bootstrap(of report: StudyReport) -> Self? {
    let summaries = report.models.map(\.bootstrap)
    guard summaries.contains(where: { $0 != nil }) else { return nil }
    func row(
      _ label: String, isHeadline: Bool = false, _ cell: (StudyReport.Bootstrap) -> Page.EstimateCell
    ) -> Page.PerformanceRow {
      Page.PerformanceRow(
        label: label, cells: summaries.map { $0.map(cell) ?? .absent }, isHeadline: isHeadline)
    }
    let hasPercentile = summaries.contains { $0?.auc632PlusPercentile != nil }
    return Self(
      heading: "Whole pipeline, bootstrap",
      rows: [
        row("AUC, .632+") { .init($0.auc632Plus) }
      ]
        + (hasPercentile
          ? [
            row("AUC, .632+, percentiles not recentred") {
              $0.auc632PlusPercentile.map { .init($0) } ?? .absent
            }
          ]
          : []) + [
          row("AUC, out of bag, with the spread of the replicates") { .init($0.outOfBag) },
          row("AUC, .632") { .init($0.auc632) },
          row(
            "AUC, Harrell’s correction" + harrellCaution(in: report) + "; its interval covers less than 95 %"
          ) {
            .init($0.harrell)
          },
          row("AUC, apparent") { .init($0.apparent) },
          row("Stability of selection") { .init(text: PageNumber.fixed($0.selectionStability)) },
          row("Replicates") { .init(text: PageNumber.count($0.replicates)) },
          row("Replicates undefined") { undefined(in: $0) },
          row("Replicates without a feature") { .init(text: PageNumber.count($0.emptySelections)) },
        ], columns: columns(of: report))
  }

  /// The correction is printed everywhere and believed only where it can be.
  private static func harrellCaution(in report: StudyReport) -> String {
    let warnings = report.warnings + report.models.flatMap(\.warnings)
    let code = StudyReport.Warning.moreFeaturesThanSubjects(features: 0, subjects: 0).code
    return warnings.contains { $0.code == code } ? " (too high here)" : ""
  }

  private static func undefined(in bootstrap: StudyReport.Bootstrap) -> Page.EstimateCell {
    let reasons = bootstrap.undefinedReasons.map { "\($0.reason): \(PageNumber.count($0.count))" }
    return Page.EstimateCell(
      estimate: PageNumber.count(bootstrap.undefined), reason: reasons.joined(separator: "; "))
  }

  /// All metrics that any model has in a cohort, with the denominators first.
  private static func cohort(of report: StudyReport, _ cohort: EvaluationCohort) -> Self? {
    let names = report.measures.filter { name in
      report.models.contains { $0.metric(name, in: cohort) != nil }
    }
    guard let first = names.first else { return nil }
    let denominators = report.models.map { model in
      model.metric(first, in: cohort).map {
        Page.EstimateCell(text: "\(PageNumber.count($0.count)) (\(PageNumber.count($0.positives)))")
      } ?? .absent
    }
    let cutoffs = report.models.map { model in
      Page.EstimateCell(
        text: cohort == .leftOut ? "each site’s own" : PageNumber.fixed(model.cutoff?.probability))
    }
    let rows = names.map { name in
      Page.PerformanceRow(
        label: name.label,
        cells: report.models.map { Page.EstimateCell($0.metric(name, in: cohort)) }, isHeadline: name == .auc)
    }
    return Self(
      heading: PageText.heading(of: cohort),
      rows: [
        .init(label: "Cases (positive)", cells: denominators, isHeadline: false),
        .init(label: "Cut-off, probability", cells: cutoffs, isHeadline: false),
      ] + rows, columns: columns(of: report))
  }

  private static func columns(of report: StudyReport) -> String { String(report.models.count + 1) }
}

extension Page.ComparisonRow {
  init(_ comparison: StudyReport.Comparison) {
    models = "\(comparison.first) − \(comparison.second)"
    cohort =
      "\(comparison.metric.label), \(PageText.heading(of: comparison.cohort).lowercased())"
    difference = Page.EstimateCell(
      StudyReport.Interval(
        estimate: comparison.difference, lower: comparison.lower, upper: comparison.upper))
    pValue = PageNumber.pValue(comparison.pValue)
    adjusted = PageNumber.pValue(comparison.adjustedPValue)
    method = comparison.method
  }
}

extension Page.SitePerformanceGroup {
  /// One group a cohort; sites in the order of the first model that has them.
  static func all(of report: StudyReport) -> [Self] {
    EvaluationOrder.cohorts.compactMap { cohort in
      let rows = sites(of: report, cohort).flatMap { site in
        report.models.compactMap { Page.SitePerformanceRow($0, site: site, cohort: cohort) }
      }
      return rows.isEmpty ? nil : Self(heading: PageText.heading(of: cohort), rows: rows)
    }
  }

  private static func sites(of report: StudyReport, _ cohort: EvaluationCohort) -> [String] {
    var sites: [String] = []
    for metric in report.models.flatMap(\.perSite) where metric.cohort == cohort {
      if let site = metric.site, !sites.contains(site) { sites.append(site) }
    }
    return sites
  }
}

extension Page.SitePerformanceRow {
  init?(_ model: StudyReport.Model, site: String, cohort: EvaluationCohort) {
    let metrics = model.perSite.filter { $0.site == site && $0.cohort == cohort }
    guard let any = metrics.first else { return nil }
    func cell(_ name: Measure) -> Page.EstimateCell {
      Page.EstimateCell(metrics.first { $0.name == name })
    }
    self.init(
      site: site, model: model.name,
      count: "\(PageNumber.count(any.count)) (\(PageNumber.count(any.positives)))", auc: cell(.auc),
      sensitivity: cell(.sensitivity), specificity: cell(.specificity))
  }
}
