import Modelling

extension Figure {
  /// ROC curves of all models, one panel a cohort; `nil` where no model has one.
  static func roc(of report: StudyReport) -> Figure? {
    let panels = EvaluationOrder.cohorts.compactMap { FigurePanel.roc(of: report, in: $0) }
    return panels.isEmpty ? nil : Figure(name: "roc", panels: panels)
  }

  /// Decision curves of all models, one panel a cohort; `nil` where no model has one.
  static func decision(of report: StudyReport) -> Figure? {
    let panels = EvaluationOrder.cohorts.compactMap { FigurePanel.decision(of: report, in: $0) }
    return panels.isEmpty ? nil : Figure(name: "decision", panels: panels)
  }
}

/// The order in which cohorts are shown.
enum EvaluationOrder {
  static let cohorts: [EvaluationCohort] = [
    .training, .crossValidated, .test, .leftOut, .external, .all, .bootstrap,
  ]
}

extension FigurePanel {
  static func roc(of report: StudyReport, in cohort: EvaluationCohort) -> FigurePanel? {
    var lines: [FigureLine] = []
    var descriptions: [String] = []
    for (index, model) in report.models.enumerated() {
      guard let curve = model.roc.first(where: { $0.cohort == cohort }) else { continue }
      let auc = model.metric(.auc, in: cohort)?.interval
      lines.append(
        FigureLine(
          label: "\(model.name)  \(PageNumber.compactInterval(auc))", stroke: .model(index),
          points: curve.points.map { .init(x: $0.falsePositiveRate, y: $0.truePositiveRate) }))
      descriptions.append("\(model.name) \(PageNumber.interval(auc))")
    }
    guard !lines.isEmpty else { return nil }
    let diagonal = FigureLine(
      label: nil, stroke: .reference, points: [.init(x: 0, y: 0), .init(x: 1, y: 1)])
    let heading = PageText.heading(of: cohort)
    return FigurePanel(
      name: "roc-\(cohort.rawValue)", title: heading, xLabel: "1 − specificity", yLabel: "Sensitivity",
      x: 0...1, y: 0...1, isSquare: true, legend: .list(title: "AUC (95 % CI)"),
      content: .lines([diagonal] + lines),
      alternative: "ROC curves, \(heading). AUC: \(descriptions.joined(separator: "; "))")
  }

  static func decision(of report: StudyReport, in cohort: EvaluationCohort) -> FigurePanel? {
    var lines: [FigureLine] = []
    var bands: [FigureLine] = []
    var treatAll: [FigureLine.Point] = []
    for (index, model) in report.models.enumerated() {
      guard let curve = model.decision.first(where: { $0.cohort == cohort }) else { continue }
      lines.append(
        FigureLine(
          label: model.name, stroke: .model(index),
          points: curve.points.map { .init(x: $0.threshold, y: $0.model) }))
      let ends = curve.points.compactMap { point -> FigureLine.Point? in
        guard let lower = point.lower, let upper = point.upper else { return nil }
        return .init(x: point.threshold, y: point.model, low: lower, high: upper)
      }
      if !ends.isEmpty {
        bands.append(FigureLine(label: nil, stroke: .model(index), points: ends, shape: .band))
      }
      if treatAll.isEmpty { treatAll = curve.points.map { .init(x: $0.threshold, y: $0.treatAll) } }
    }
    let highest = (lines.flatMap(\.points) + treatAll).map(\.y).max() ?? 0
    guard !lines.isEmpty, highest > 0 else { return nil }
    let references = [
      FigureLine(label: "Treat all", stroke: .treatAll, points: treatAll),
      FigureLine(label: "Treat none", stroke: .treatNone, points: [.init(x: 0, y: 0), .init(x: 1, y: 0)]),
    ]
    let heading = PageText.heading(of: cohort)
    return FigurePanel(
      name: "decision-\(cohort.rawValue)", title: heading, xLabel: "Threshold probability",
      yLabel: "Net benefit", x: 0...1, y: (-0.15 * highest)...(1.1 * highest), legend: .above,
      content: .lines(bands + references + lines),
      alternative: "Decision curves, \(heading): net benefit of "
        + "\(lines.compactMap(\.label).joined(separator: ", ")), of treating all and of treating none, over "
        + "the threshold probability")
  }
}
