import StudyPlan

extension Figure {
  /// Coefficients over the penalty, one panel a model; `nil` where no model has a path.
  static func lassoPath(of report: StudyReport) -> Figure? {
    let panels = report.models.enumerated().compactMap {
      FigurePanel.lassoPath(of: $0.element, at: $0.offset)
    }
    return panels.isEmpty ? nil : Figure(name: "lasso-path", panels: panels)
  }

  /// Cross-validated deviance over the penalty, one panel a model; `nil` where no model has a path.
  static func lassoDeviance(of report: StudyReport) -> Figure? {
    let panels = report.models.enumerated().compactMap {
      FigurePanel.lassoDeviance(of: $0.element, at: $0.offset)
    }
    return panels.isEmpty ? nil : Figure(name: "lasso-cv", panels: panels)
  }
}

extension FigurePanel {
  /// Curves whose names fit above the axes.
  private static let mostNames = 6

  /// Margin beyond the first and last λ, which lie on a logarithmic axis.
  private static func range(of path: StudyReport.LassoPath) -> ClosedRange<Double>? {
    guard let first = path.points.first?.lambda, let last = path.points.last?.lambda, last > 0, first > last
    else { return nil }
    return (last / 1.2)...(first * 1.2)
  }

  private static func upright(
    at lambda: Double, _ y: ClosedRange<Double>, _ stroke: FigureStroke, _ label: String
  ) -> FigureLine {
    FigureLine(
      label: label, stroke: stroke,
      points: [.init(x: lambda, y: y.lowerBound), .init(x: lambda, y: y.upperBound)])
  }

  static func lassoPath(of model: StudyReport.Model, at index: Int) -> FigurePanel? {
    guard let path = model.lassoPath, !path.traces.isEmpty, let x = range(of: path) else { return nil }
    let values = path.traces.flatMap(\.coefficients)
    let (low, high) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
    let margin = max(0.05 * (high - low), 1e-6)
    let y = (low - margin)...(high + margin)
    let curves = curves(of: path)
    let lambda = path.points[path.chosen].lambda
    return FigurePanel(
      name: "lasso-path-\(index)", title: model.name, xLabel: "Penalty λ",
      yLabel: "Coefficient for one standard deviation", x: x, y: y, hasLogarithmicX: true,
      legend: .list(title: ""),
      content: .lines(
        [upright(at: lambda, y, .treatNone, "λ used, \(PageNumber.significant(lambda))")] + curves),
      alternative:
        "LASSO coefficients of \(model.name) over the penalty: \(counted(path.traces.count, "feature")) kept "
        + "at λ = \(PageNumber.significant(lambda))")
  }

  /// The largest coefficients at the penalty used, by name, on top of the thin lines of the others.
  private static func curves(of path: StudyReport.LassoPath) -> [FigureLine] {
    func size(_ trace: StudyReport.LassoPath.Trace) -> Double {
      path.chosen < trace.coefficients.count ? trace.coefficients[path.chosen].magnitude : 0
    }
    func points(_ trace: StudyReport.LassoPath.Trace) -> [FigureLine.Point] {
      zip(path.points, trace.coefficients).map { .init(x: $0.lambda, y: $1) }
    }
    let traces = path.traces.enumerated().sorted {
      let (first, second) = (size($0.element), size($1.element))
      return first == second ? $0.offset < $1.offset : first > second
    }.map(\.element)
    let others = traces.dropFirst(mostNames).enumerated().map { place, trace in
      FigureLine(
        label: place == 0 ? PageNumber.count(traces.count - mostNames, "other feature") : nil, stroke: .thin,
        points: points(trace))
    }
    return others
      + traces.prefix(mostNames).enumerated().map { place, trace in
        FigureLine(label: shortened(trace.feature), stroke: .model(place), points: points(trace))
      }
  }

  static func lassoDeviance(of model: StudyReport.Model, at index: Int) -> FigurePanel? {
    guard let path = model.lassoPath, let x = range(of: path) else { return nil }
    let points = path.points.map { point in
      let error = point.standardError ?? 0
      return FigureLine.Point(
        x: point.lambda, y: point.deviance, low: point.deviance - error, high: point.deviance + error)
    }
    guard let low = points.map(\.low).min(), let high = points.map(\.high).max(), low < high else {
      return nil
    }
    let y = (low - 0.05 * (high - low))...(high + 0.05 * (high - low))
    func rule(_ place: Int, _ name: String, _ stroke: FigureStroke) -> FigureLine {
      let point = path.points[place]
      return upright(at: point.lambda, y, stroke, "\(name), \(counted(point.features, "feature"))")
    }
    return FigurePanel(
      name: "lasso-cv-\(index)", title: model.name, xLabel: "Penalty λ",
      yLabel: "Cross-validated deviance", x: x, y: y, hasLogarithmicX: true, legend: .above,
      content: .lines([
        rule(path.minimum, "lambda.min", .treatNone), rule(path.oneStandardError, "lambda.1se", .reference),
        FigureLine(label: nil, stroke: .muted, points: points, shape: .barsAlongY),
        FigureLine(label: nil, stroke: .model(index), points: points, shape: .marks(0.45)),
      ]),
      alternative:
        "Cross-validated deviance of \(model.name) over the penalty, with standard errors; smallest "
        + "at λ = \(PageNumber.significant(path.points[path.minimum].lambda))")
  }
}
