/// Rows that let a reader check the study: leakage audit, guidelines, sites pooled, further intervals.
extension Page {
  struct AuditRow {
    var rule: String
    var status: String
    var evidence: String
    /// `pass`, `fail` or `none`, for the style.
    var kind: String
  }

  struct ChecklistSection {
    var name: String
    var source: String
    var count: String
    var answered: [ChecklistRow]
    /// Items without an answer, in one line.
    var open: String
  }

  struct ChecklistRow {
    var number: String
    var title: String
    var answer: String
    /// Identifier and name of the section that shows it.
    var section: String
    var sectionName: String
  }

  struct PoolingRow {
    var measure: String
    var model: String
    var method: String
    var sites: String
    var estimate: EstimateCell
    var prediction: String
    var tau2: String
    var i2: String
    var pValue: String
  }

  struct PoolingGroup {
    var heading: String
    var rows: [PoolingRow]
  }

  struct IntervalRow {
    var cohort: String
    var measure: String
    var method: String
    var cells: [EstimateCell]
  }
}

extension Page.AuditRow {
  init(_ line: StudyReport.AuditLine) {
    rule = line.rule
    evidence = line.evidence
    switch line.status {
    case .pass: (status, kind) = ("Passed", "pass")
    case .fail: (status, kind) = ("FAILED", "fail")
    case .notApplicable: (status, kind) = ("Not applicable", "none")
    }
  }

  /// `18 lines: 15 passed, 1 failed, 2 not applicable`
  static func summary(of report: StudyReport) -> String {
    let counts = StudyReport.AuditLine.Status.allCases.map { status in
      report.audit.count { $0.status == status }
    }
    return "\(PageNumber.count(report.audit.count, "line")): \(counts[0]) passed, \(counts[1]) failed, "
      + "\(counts[2]) not applicable."
  }
}

extension Page.ChecklistSection {
  init(_ checklist: StudyReport.Checklist) {
    name = checklist.name
    source = checklist.source
    count = "\(checklist.answered) of \(PageNumber.count(checklist.items.count, "item")) answered here"
    answered = checklist.items.compactMap { item in
      guard let answer = item.answer else { return nil }
      let section = item.section ?? "summary"
      return Page.ChecklistRow(
        number: item.number, title: item.title, answer: answer, section: section,
        sectionName: PageText.sectionNames[section] ?? section)
    }
    open = checklist.items.filter { $0.answer == nil }.map { "\($0.number) \($0.title)" }
      .joined(separator: "; ")
  }
}

extension Page.PoolingGroup {
  /// One group a cohort: each measure of each model by the first method, or by the others.
  static func all(of report: StudyReport, byFirstMethod: Bool) -> [Self] {
    EvaluationOrder.cohorts.compactMap { cohort in
      let rows = report.models.flatMap { model in
        model.pooling.filter { $0.cohort == cohort }.flatMap { pooling in
          (byFirstMethod ? pooling.pooled.prefix(1) : pooling.pooled.dropFirst()).map {
            Page.PoolingRow($0, of: pooling, model: model.name)
          }
        }
      }
      return rows.isEmpty ? nil : Self(heading: PageText.heading(of: cohort), rows: rows)
    }
  }
}

extension Page.PoolingRow {
  init(
    _ estimate: StudyReport.SitePooling.Estimate, of pooling: StudyReport.SitePooling, model: String
  ) {
    let pooled = pooling.sites.count { $0.isPooled }
    self.init(
      measure: PageText.label(of: pooling.measure), model: model, method: estimate.method,
      sites: "\(pooled) of \(pooling.sites.count)" + (pooling.hasFewSites ? " (few)" : ""),
      estimate: Page.EstimateCell(
        StudyReport.Interval(estimate: estimate.estimate, lower: estimate.lower, upper: estimate.upper)),
      prediction: PageNumber.range(estimate.predictionLower, estimate.predictionUpper),
      tau2: PageNumber.fixed(estimate.tau2),
      i2: estimate.i2.map { PageNumber.percent($0 / 100) } ?? PageNumber.undefined,
      pValue: PageNumber.pValue(estimate.heterogeneityP))
  }
}

extension Page.IntervalRow {
  /// What the main table leaves out: second and further methods of a measure.
  static func all(of report: StudyReport) -> [Self] {
    EvaluationOrder.cohorts.flatMap { cohort in
      StudyReport.MetricName.allCases.flatMap { name -> [Self] in
        let rows = report.models.map { model in
          Array(model.metrics.filter { $0.name == name && $0.cohort == cohort }.dropFirst())
        }
        let longest = rows.max { $0.count < $1.count } ?? []
        return longest.map { example in
          Self(
            cohort: PageText.heading(of: cohort), measure: PageText.label(of: name), method: example.method,
            cells: rows.map { metrics in
              metrics.first { $0.method == example.method }.map { Page.EstimateCell($0) } ?? .absent
            })
        }
      }
    }
  }
}

extension StudyReport.MetricName {
  /// Printed as a p-value, `< 0.001` where it is small.
  var isPValue: Bool {
    switch self {
    case .noInformationP, .hosmerLemeshowP, .spiegelhalterP: true
    default: false
    }
  }
}
