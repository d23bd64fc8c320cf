extension Page.FigureSection {
  /// Draws every panel of a report for the page, in the order of the page.
  static func draw(_ report: StudyReport, with gnuplot: Gnuplot) async throws -> [Self] {
    var sections: [Self] = []
    for figure in Figure.all(of: report) {
      var images: [Page.FigureImage] = []
      for panel in figure.panels {
        let svg = try await gnuplot.draw(Figure(name: panel.name, panels: [panel]), as: .svg)
        images.append(
          .init(alternative: panel.alternative, svg: try InlineSVG(svg, name: panel.name).markup))
      }
      sections.append(
        Self(
          name: figure.name, heading: heading(of: figure), caption: caption(of: figure), panels: images))
    }
    return sections
  }

  private static func heading(of figure: Figure) -> String {
    switch figure.name {
    case "roc": "ROC curves"
    case "decision": "Decision curves"
    default: "Selection frequencies"
    }
  }

  private static func caption(of figure: Figure) -> String {
    switch figure.name {
    case "roc":
      "Receiver operating characteristic of each model, with the AUC and its 95 % confidence interval. The "
        + "dashed diagonal is chance."
    case "decision":
      "Net benefit of treating the cases that a model calls positive, beside treating all and treating "
        + "none. A model helps at the threshold probabilities at which its curve is the highest."
    default:
      "Share of bootstrap replicates that chose a feature, the twelve chosen most often. Full colour marks "
        + "the features of the final equation."
    }
  }
}

extension Figure {
  /// The figures that the report has data for.
  static func all(of report: StudyReport) -> [Figure] {
    [roc(of: report), decision(of: report), selection(of: report)].compactMap(\.self)
  }
}
