import Modelling
import StudyPlan

extension Figure {
  /// Kaplan-Meier curves by group of risk with numbers at risk, a figure a model and a panel a part.
  static func kaplanMeier(of report: StudyReport) -> [Figure] {
    guard let survival = report.survival else { return [] }
    return report.models.enumerated().compactMap { index, model in
      let name = "kaplan-meier-\(index + 1)"
      let panels = EvaluationOrder.cohorts.compactMap { cohort in
        model.survival?.curves.first { $0.cohort == cohort }.flatMap {
          FigurePanel.kaplanMeier($0, of: model.name, survival, name: "\(name)-\(cohort.rawValue)")
        }
      }
      return panels.isEmpty ? nil : Figure(name: name, panels: panels)
    }
  }

  /// ROC curves of who has had the event by the last horizon, one panel a part; `nil` where no model has one.
  static func rocAtTime(of report: StudyReport) -> Figure? {
    guard let survival = report.survival, let horizon = survival.horizons.last else { return nil }
    let panels = EvaluationOrder.cohorts.compactMap { cohort in
      FigurePanel.rocAtTime(of: report, in: cohort, survival, horizon)
    }
    return panels.isEmpty ? nil : Figure(name: "roc-at-time", panels: panels)
  }

  /// Observed over predicted risk by the last horizon, one panel a part; `nil` where no model has one.
  static func calibrationAtTime(of report: StudyReport) -> Figure? {
    guard let survival = report.survival, let horizon = survival.horizons.last else { return nil }
    let panels = EvaluationOrder.cohorts.compactMap { cohort in
      FigurePanel.calibrationAtTime(of: report, in: cohort, survival, horizon)
    }
    return panels.isEmpty ? nil : Figure(name: "calibration-at-time", panels: panels)
  }
}

extension FigurePanel {
  /// Height of a row of numbers at risk, in survival.
  private static let rowHeight = 0.09

  fileprivate static func kaplanMeier(
    _ curves: StudyReport.RiskCurves, of model: String, _ survival: StudyReport.Survival, name: String
  ) -> FigurePanel? {
    let last = max(
      curves.times.last ?? 0, curves.groups.flatMap(\.points).map(\.time).max() ?? 0)
    guard last > 0, !curves.groups.isEmpty else { return nil }
    let below = Double(curves.groups.count + 1) * rowHeight
    var (lines, bands, labels) = ([FigureLine](), [FigureLine](), [FigureLabel]())
    for (place, group) in curves.groups.enumerated() {
      let stroke = FigureStroke.model(place)
      bands.append(FigureLine(label: nil, stroke: stroke, points: steps(group.points), shape: .band))
      lines.append(
        FigureLine(
          label: "\(group.name) risk: \(group.events) of \(group.cases) with the event", stroke: stroke,
          points: steps(group.points)))
      let censored = group.points.filter { $0.censored > 0 }.map {
        FigureLine.Point(x: $0.time, y: $0.survival)
      }
      lines.append(FigureLine(label: nil, stroke: stroke, points: censored, shape: .marks(0.35)))
      for (time, count) in zip(curves.times, group.atRisk) {
        labels.append(
          FigureLabel(x: time, y: -(Double(place) + 1.1) * rowHeight, text: PageNumber.count(count)))
      }
    }
    let rows = curves.groups.enumerated().map { place, group in
      FigureTick(place: -(Double(place) + 1.1) * rowHeight, text: "\(group.name), at risk")
    }
    let heading = PageText.heading(of: curves.cohort)
    let p = "log-rank p \(PageNumber.equality(curves.logRankP))"
    return FigurePanel(
      name: name, title: "\(model), \(heading.lowercased()): \(p)",
      xLabel: "\(survival.time) (\(survival.unit))",
      yLabel: "Survival", x: (-0.03 * last)...(1.03 * last), y: (-below - 0.02)...1.02,
      xTicks: curves.times.map { FigureTick(place: $0, text: SurvivalOutcome.text($0)) },
      yTicks: [0, 0.25, 0.5, 0.75, 1].map { FigureTick(place: $0, text: "\($0)") } + rows,
      legend: .list(title: ""), content: .lines(bands + lines),
      alternative: "Kaplan-Meier curves of \(model), \(heading): "
        + curves.groups.map { "\($0.name) risk \($0.events) events in \($0.cases) cases" }.joined(
          separator: ", ") + "; \(p)",
      labels: labels)
  }

  /// A curve with its steps, from survival of 1 at time 0.
  private static func steps(_ points: [StudyReport.RiskCurves.Point]) -> [FigureLine.Point] {
    var path = [FigureLine.Point(x: 0, y: 1, low: 1, high: 1)]
    for point in points {
      if let last = path.last {
        path.append(.init(x: point.time, y: last.y, low: last.low, high: last.high))
      }
      path.append(
        .init(
          x: point.time, y: point.survival, low: point.lower ?? point.survival,
          high: point.upper ?? point.survival))
    }
    return path
  }

  fileprivate static func rocAtTime(
    of report: StudyReport, in cohort: EvaluationCohort, _ survival: StudyReport.Survival, _ horizon: Double
  ) -> FigurePanel? {
    var lines: [FigureLine] = []
    for (index, model) in report.models.enumerated() {
      guard
        let curve = model.survival?.roc.first(where: { $0.cohort == cohort && $0.horizon == horizon })
      else { continue }
      let area = model.metrics.first {
        $0.cohort == cohort && $0.name == .areaAtTime && $0.horizon == horizon
      }
      lines.append(
        FigureLine(
          label: "\(model.name)  \(PageNumber.compactInterval(area?.interval))", stroke: .model(index),
          points: curve.points.map { .init(x: $0.falsePositiveRate, y: $0.truePositiveRate) }))
    }
    guard !lines.isEmpty else { return nil }
    let diagonal = FigureLine(
      label: nil, stroke: .reference, points: [.init(x: 0, y: 0), .init(x: 1, y: 1)])
    let heading = "\(PageText.heading(of: cohort)), \(survival.place(horizon))"
    return FigurePanel(
      name: "roc-at-time-\(cohort.rawValue)", title: heading, xLabel: "1 − specificity",
      yLabel: "Sensitivity", x: 0...1, y: 0...1, isSquare: true, legend: .list(title: "AUC (95 % CI)"),
      content: .lines([diagonal] + lines),
      alternative: "ROC curves, \(heading). AUC: \(lines.compactMap(\.label).joined(separator: "; "))")
  }

  fileprivate static func calibrationAtTime(
    of report: StudyReport, in cohort: EvaluationCohort, _ survival: StudyReport.Survival, _ horizon: Double
  ) -> FigurePanel? {
    var lines: [FigureLine] = []
    for (index, model) in report.models.enumerated() {
      guard
        let curve = model.survival?.calibration.first(where: {
          $0.cohort == cohort && $0.horizon == horizon
        })
      else { continue }
      let points = curve.groups.map {
        FigureLine.Point(
          x: $0.predicted, y: $0.observed, low: $0.lower ?? $0.observed, high: $0.upper ?? $0.observed)
      }
      lines.append(FigureLine(label: nil, stroke: .model(index), points: points, shape: .barsAlongY))
      let ratio = model.metrics.first {
        $0.cohort == cohort && $0.name == .observedOverExpectedAtTime && $0.horizon == horizon
      }
      lines.append(
        FigureLine(
          label: "\(model.name)  \(PageNumber.fixed(ratio?.estimate))", stroke: .model(index), points: points)
      )
    }
    guard !lines.isEmpty else { return nil }
    let ideal = FigureLine(label: nil, stroke: .reference, points: [.init(x: 0, y: 0), .init(x: 1, y: 1)])
    let heading = "\(PageText.heading(of: cohort)), \(survival.place(horizon))"
    return FigurePanel(
      name: "calibration-at-time-\(cohort.rawValue)", title: heading, xLabel: "Predicted risk",
      yLabel: "Observed risk (Kaplan-Meier)", x: -0.02...1.02, y: -0.02...1.02, isSquare: true,
      legend: .list(title: "Observed over expected"), content: .lines([ideal] + lines),
      alternative: "Calibration, \(heading). Observed over expected: "
        + lines.compactMap(\.label).joined(separator: "; "))
  }
}
