import Statistics
import StudyPlan

extension Figure {
  /// One panel for each model that has a nomogram; `nil` without any.
  static func nomogram(of report: StudyReport) -> Figure? {
    let logistic = (report.clinical?.equations ?? []).enumerated().compactMap { index, equation in
      equation.nomogram.map { FigurePanel.nomogram($0, of: equation.model, at: index) }
    }
    let hazards = (report.clinical?.hazardEquations ?? []).enumerated().compactMap { index, equation in
      equation.risk.map {
        FigurePanel.nomogram($0.nomogram, of: equation.model, at: index, unit: report.survival?.unit ?? "")
      }
    }
    let panels = logistic + hazards
    return panels.isEmpty ? nil : Figure(name: "nomogram", panels: panels)
  }
}

/// A mark of a scale of the figure, 0 to 100 over its width.
private struct ScaleMark {
  var text: String
  var place: Double
}

extension FigurePanel {
  static func nomogram(_ nomogram: Nomogram, of model: String, at index: Int) -> FigurePanel {
    nomograms(
      nomogram.scales, total: nomogram.totalPoints,
      [("Log-odds", nomogram.logOdds), ("Probability", nomogram.probabilities)], of: model, at: index)
  }

  /// - Parameter unit: of times, for people.
  static func nomogram(
    _ nomogram: HazardNomogram, of model: String, at index: Int, unit: String
  ) -> FigurePanel {
    nomograms(
      nomogram.scales, total: nomogram.totalPoints,
      [("Log hazard ratio", nomogram.logHazardRatios)]
        + nomogram.risks.map {
          (shortened("Risk by \(SurvivalOutcome.text($0.time)) \(unit)"), $0.marks)
        }, of: model, at: index)
  }

  /// Scales one below the other, the ruler of points on top.
  /// - Parameter below: scales under the total points, in these.
  private static func nomograms(
    _ predictorScales: [Nomogram.Scale], total totalPoints: [Double],
    _ below: [(name: String, marks: [Nomogram.Mark])], of model: String, at index: Int
  ) -> FigurePanel {
    let ruler = (0...10).map { ScaleMark(text: "\(10 * $0)", place: Double(10 * $0)) }
    let total = totalPoints.last ?? 100
    func onTotal(_ marks: [Nomogram.Mark]) -> [ScaleMark] {
      marks.map { ScaleMark(text: $0.text, place: 100 * $0.points / total) }
    }
    let totals = totalPoints.map {
      ScaleMark(text: "\(Int(min($0, 1e9).rounded()))", place: 100 * $0 / total)
    }
    let predictors = predictorScales.map { scale in
      (shortened(scale.name), scale.marks.map { ScaleMark(text: $0.text, place: $0.points) })
    }
    let scales =
      [("Points", ruler)] + predictors + [("Total points", totals)]
      + below.map { ($0.name, onTotal($0.marks)) }
    var (lines, labels) = ([FigureLine](), [FigureLabel]())
    for (row, (_, marks)) in scales.enumerated() {
      let y = -Double(row)
      lines.append(
        FigureLine(
          stroke: .ink,
          points: marks.map { .init(x: $0.place, y: y, low: y, high: y + 0.14) }, shape: .barsAlongY))
      let ends = marks.map(\.place)
      if let least = ends.min(), let most = ends.max() {
        lines.append(FigureLine(stroke: .ink, points: [.init(x: least, y: y), .init(x: most, y: y)]))
      }
      labels += texts(of: marks, at: y)
    }
    return FigurePanel(
      name: "nomogram-\(index)", title: model, xLabel: "", yLabel: "", x: -9...109,
      y: (-Double(scales.count) + 0.4)...0.6, xTicks: [],
      yTicks: scales.enumerated().map { FigureTick(place: -Double($0.offset), text: $0.element.0) },
      content: .lines(lines), alternative: alternative(predictorScales, of: model), labels: labels)
  }

  /// Texts above their marks; one that would run into the text before it stands below, and is left out where that is taken, too.
  private static func texts(of marks: [ScaleMark], at y: Double) -> [FigureLabel] {
    var ends = (above: -Double.infinity, below: -Double.infinity)
    return marks.sorted { $0.place < $1.place }.compactMap { mark in
      let half = 1.2 * Double(mark.text.count) + 0.8
      if mark.place - half > ends.above {
        ends.above = mark.place + half
        return FigureLabel(x: mark.place, y: y + 0.34, text: mark.text)
      }
      guard mark.place - half > ends.below else { return nil }
      ends.below = mark.place + half
      return FigureLabel(x: mark.place, y: y - 0.26, text: mark.text)
    }
  }

  private static func alternative(_ scales: [Nomogram.Scale], of model: String) -> String {
    let widest = scales.map { "\($0.name) 0 to \(PageNumber.short($0.marks.map(\.points).max()))" }
    return "Nomogram of \(model). Points: \(widest.joined(separator: ", "))."
  }
}
