import Modelling

extension Figure {
  /// Precision over recall of all models, one panel a cohort; `nil` where no model has one.
  static func precisionRecall(of report: StudyReport) -> Figure? {
    let panels = EvaluationOrder.cohorts.compactMap { FigurePanel.precisionRecall(of: report, in: $0) }
    return panels.isEmpty ? nil : Figure(name: "precision-recall", panels: panels)
  }

  /// Observed over predicted outcome of all models, one panel a cohort; `nil` where no model has a curve.
  static func calibration(of report: StudyReport) -> Figure? {
    let panels = EvaluationOrder.cohorts.compactMap { FigurePanel.calibration(of: report, in: $0) }
    return panels.isEmpty ? nil : Figure(name: "calibration", panels: panels)
  }
}

extension FigurePanel {
  static func precisionRecall(
    of report: StudyReport, in cohort: EvaluationCohort
  ) -> FigurePanel? {
    var lines: [FigureLine] = []
    var share: Double?
    for (index, model) in report.models.enumerated() {
      guard let curve = model.precisionRecall.first(where: { $0.cohort == cohort }) else { continue }
      let precision = model.metric(.averagePrecision, in: cohort)
      share = precision.map { Double($0.positives) / Double(max(1, $0.count)) } ?? share
      lines.append(
        FigureLine(
          label: "\(model.name)  \(PageNumber.compactInterval(precision?.interval))", stroke: .model(index),
          points: steps(curve.points)))
    }
    guard !lines.isEmpty else { return nil }
    let chance = share.map { share in
      FigureLine(label: nil, stroke: .reference, points: [.init(x: 0, y: share), .init(x: 1, y: share)])
    }
    let heading = PageText.heading(of: cohort)
    return FigurePanel(
      name: "precision-recall-\(cohort.rawValue)", title: heading, xLabel: "Sensitivity (recall)",
      yLabel: "Positive predictive value (precision)", x: 0...1, y: 0...1.02, isSquare: true,
      legend: .list(title: "Average precision (95 % CI)"),
      content: .lines((chance.map { [$0] } ?? []) + lines),
      alternative: "Precision-recall curves, \(heading). Average precision: "
        + "\(lines.compactMap(\.label).joined(separator: "; "))")
  }

  /// Precision does not lie on a line between two points: a case more is a step.
  private static func steps(_ points: [StudyReport.PrecisionRecallPoint]) -> [FigureLine.Point] {
    var path: [FigureLine.Point] = points.first.map { [.init(x: 0, y: $0.precision)] } ?? []
    for point in points {
      if let last = path.last, last.x != point.recall { path.append(.init(x: last.x, y: point.precision)) }
      path.append(.init(x: point.recall, y: point.precision))
    }
    return path
  }

  static func calibration(
    of report: StudyReport, in cohort: EvaluationCohort
  ) -> FigurePanel? {
    var lines: [FigureLine] = []
    var descriptions: [String] = []
    for (index, model) in report.models.enumerated() {
      let groups = model.calibration.first { $0.cohort == cohort }
      let curve = model.smoothCalibration.first { $0.cohort == cohort }
      guard groups != nil || curve != nil else { continue }
      let slope = model.metric(.calibrationSlope, in: cohort)?.interval
      let label = "\(model.name)  \(PageNumber.compactInterval(slope))"
      descriptions.append(label)
      if let curve {
        lines.append(
          FigureLine(
            label: label, stroke: .model(index),
            points: curve.points.map { .init(x: $0.predicted, y: min(1, max(0, $0.observed))) }))
      }
      if let groups {
        lines.append(
          FigureLine(
            label: curve == nil ? label : nil, stroke: .model(index),
            points: groups.points.map { .init(x: $0.predicted, y: $0.observed) }, shape: .marks(0.6)))
      }
    }
    guard !lines.isEmpty else { return nil }
    let ideal = FigureLine(label: nil, stroke: .reference, points: [.init(x: 0, y: 0), .init(x: 1, y: 1)])
    let heading = PageText.heading(of: cohort)
    return FigurePanel(
      name: "calibration-\(cohort.rawValue)", title: heading, xLabel: "Predicted probability",
      yLabel: "Observed share", x: -0.02...1.02, y: -0.02...1.02, isSquare: true,
      legend: .list(title: "Calibration slope (95 % CI)"), content: .lines([ideal] + lines),
      alternative: "Calibration curves, \(heading). Slope: \(descriptions.joined(separator: "; "))")
  }
}
