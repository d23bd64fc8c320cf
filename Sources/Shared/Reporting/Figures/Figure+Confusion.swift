import Modelling

extension Figure {
  /// Calls at the cut-off against the outcome, one panel a model and part; `nil` without calls.
  static func confusion(of report: StudyReport) -> Figure? {
    let matrices = StudyReport.ConfusionMatrix.all(of: report)
    guard !matrices.isEmpty else { return nil }
    let panels = matrices.map { matrix in
      let place = report.models.firstIndex { $0.name == matrix.model } ?? 0
      return FigurePanel.confusion(matrix, at: place)
    }
    return Figure(name: "confusion", panels: panels, columns: min(4, max(1, report.models.count)))
  }
}

extension FigurePanel {
  /// Rows are what is true, the positive one on top; columns are the calls, the positive one on the left.
  fileprivate static func confusion(_ matrix: StudyReport.ConfusionMatrix, at index: Int) -> FigurePanel {
    let cases = matrix.truePositives + matrix.falseNegatives
    let controls = matrix.falsePositives + matrix.trueNegatives
    func cell(_ count: Int, of all: Int, _ x: Double, _ y: Double) -> FigureCell {
      let share = Double(count) / Double(max(1, all))
      return FigureCell(
        x: x, y: y, text: "\(PageNumber.count(count)) (\(PageNumber.percent(share)))", share: share,
        colour: FigureStroke.model(index).colour)
    }
    let heading = PageText.heading(of: matrix.cohort)
    return FigurePanel(
      name: "confusion-\(matrix.cohort.rawValue)-\(index)", title: "\(matrix.model), \(heading.lowercased())",
      xLabel: "Called", yLabel: "Outcome", x: 0...2, y: 0...2, isSquare: true,
      xTicks: [FigureTick(place: 0.5, text: "positive"), FigureTick(place: 1.5, text: "negative")],
      yTicks: [FigureTick(place: 1.5, text: "yes"), FigureTick(place: 0.5, text: "no")],
      content: .cells([
        cell(matrix.truePositives, of: cases, 0, 1), cell(matrix.falseNegatives, of: cases, 1, 1),
        cell(matrix.falsePositives, of: controls, 0, 0), cell(matrix.trueNegatives, of: controls, 1, 0),
      ]),
      alternative:
        "Confusion matrix of \(matrix.model), \(heading.lowercased()): \(matrix.truePositives) true "
        + "positives, \(matrix.falseNegatives) false negatives, \(matrix.falsePositives) false positives, "
        + "\(matrix.trueNegatives) true negatives")
  }
}
