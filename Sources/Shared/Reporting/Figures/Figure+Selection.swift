extension Figure {
  /// How often each model's replicates chose a feature, one panel a model; `nil` without a bootstrap.
  static func selection(of report: StudyReport) -> Figure? {
    let panels = report.models.enumerated().compactMap {
      FigurePanel.selection(of: $0.element, at: $0.offset)
    }
    return panels.isEmpty ? nil : Figure(name: "selection", panels: panels)
  }
}

extension FigurePanel {
  /// Bars that a panel holds before they become too thin to label.
  static let mostBars = 12

  /// Characters of a name that fit above a bar.
  private static let longestLabel = 60

  /// A name with its middle left out where it is too long; both ends tell features apart.
  static func shortened(_ name: String) -> String {
    guard name.count > longestLabel else { return name }
    return "\(name.prefix(longestLabel / 2 - 1))…\(name.suffix(longestLabel / 2))"
  }

  static func selection(of model: StudyReport.Model, at index: Int) -> FigurePanel? {
    guard let bootstrap = model.bootstrap else { return nil }
    let shown = bootstrap.selectionFrequencies.prefix(mostBars)
    guard !shown.isEmpty else { return nil }
    let chosen = Set(model.features.map(\.name))
    let bars = shown.map { item in
      FigureBar(
        label: shortened(item.feature), value: item.frequency, valueText: PageNumber.percent(item.frequency),
        isEmphasised: chosen.contains(item.feature), colour: FigureStroke.model(index).colour)
    }
    let first = bars.prefix(3).map { "\($0.label) \($0.valueText)" }.joined(separator: ", ")
    return FigurePanel(
      name: "selection-\(index)", title: model.name, xLabel: "Share of replicates that chose the feature",
      yLabel: "", x: 0...1, y: (0.2 - Double(mostBars))...0.5, content: .bars(bars),
      alternative:
        "Selection frequencies of \(model.name) over \(bootstrap.replicates) replicates, highest first: "
        + first)
  }
}
