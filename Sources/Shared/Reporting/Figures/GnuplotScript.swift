/// What gnuplot makes of a figure.
enum FigureFormat: String, Sendable, CaseIterable {
  case svg, png, pdf
}

/// A figure as gnuplot commands with the data inside them, so that one pipe carries everything.
///
/// All text of the report stands in single quotes, in which gnuplot substitutes nothing.
struct GnuplotScript {
  /// Size of a panel in pixels of the SVG, and points of the PDF.
  static let panelWidth = 440
  static let panelHeight = 460

  let figure: Figure
  let format: FigureFormat

  var text: String {
    var lines = [terminal, "set encoding utf8"]
    if figure.panels.count > 1 { lines.append("set multiplot layout 1,\(figure.panels.count)") }
    for (index, panel) in figure.panels.enumerated() { lines += commands(for: panel, at: index) }
    if figure.panels.count > 1 { lines.append("unset multiplot") }
    return lines.joined(separator: "\n") + "\n"
  }

  private var terminal: String {
    let width = Self.panelWidth * figure.panels.count
    let height = Self.panelHeight
    switch format {
    case .svg:
      return "set terminal svg size \(width),\(height) dynamic noenhanced font '\(Self.fonts),13' "
        + "background '#ffffff'"
    case .png:
      return "set terminal pngcairo size \(2 * width),\(2 * height) noenhanced font 'Helvetica,\(size(13))' "
        + "fontscale 2 pointscale 2 linewidth 2 dashlength 2 background '#ffffff'"
    case .pdf:
      return "set terminal pdfcairo size \(Double(width) / 72)in,\(Double(height) / 72)in noenhanced "
        + "font 'Helvetica,\(size(13))' fontscale 1 pointscale 1 linewidth 2 dashlength 2 background '#ffffff'"
    }
  }

  private static let fonts = "Helvetica,Arial,sans-serif"

  /// Size of a font for the terminal, from pixels of the SVG: the cairo terminals count points, 72 to 96
  /// pixels.
  private func size(_ pixels: Double) -> Double { format == .svg ? pixels : 0.75 * pixels }

  private func commands(for panel: FigurePanel, at index: Int) -> [String] {
    let axes =
      [
        "reset", "unset key",
        "set border 3 lc rgb '#555555'", "set tics out nomirror tc rgb '#333333'",
        "set title \(quoted(panel.title)) font ',\(size(14))'",
        "set xlabel \(quoted(panel.xLabel))", "set ylabel \(quoted(panel.yLabel))",
        "set xrange [\(panel.x.lowerBound):\(panel.x.upperBound)]",
        "set yrange [\(panel.y.lowerBound):\(panel.y.upperBound)]", "set format '%g'",
        panel.isSquare ? "set size square" : "set size nosquare",
      ] + ticks(of: panel) + labels(of: panel)
    switch panel.content {
    case .lines(let lines):
      return axes + ["set grid lc rgb '#e6e8eb' lt 1 lw 0.6"] + legend(panel.legend) + plot(lines, index)
    case .bars(let bars):
      return axes + plot(bars)
    }
  }

  private func ticks(of panel: FigurePanel) -> [String] {
    func list(_ axis: String, _ ticks: [FigureTick]?) -> [String] {
      ticks.map { ticks in
        guard !ticks.isEmpty else { return ["unset \(axis)tics"] }
        let places = ticks.map { "\(quoted($0.text)) \($0.place)" }.joined(separator: ", ")
        return ["set \(axis)tics (\(places)) out nomirror tc rgb '#333333'"]
      } ?? []
    }
    return (panel.hasLogarithmicX ? ["set logscale x"] : []) + list("x", panel.xTicks)
      + list("y", panel.yTicks)
  }

  /// Numbered above the labels of bars.
  private func labels(of panel: FigurePanel) -> [String] {
    panel.labels.enumerated().map { index, label in
      "set label \(1000 + index) \(quoted(label.text)) at \(label.x),\(label.y) center "
        + "font ',\(size(11))' tc rgb '#222222' front"
    }
  }

  private func legend(_ legend: FigurePanel.Legend) -> [String] {
    // The SVG terminal knows no fonts and guesses text wider than it is.
    let excess = format == .svg ? 3 : 0
    let spacing = format == .svg ? 1 : 1.3
    let key =
      "set key tmargin center Left reverse samplen 2.5 width -\(excess) spacing \(spacing) tc rgb '#222222'"
    switch legend {
    case .none: return []
    case .above: return [key + " horizontal"]
    case .list(let title): return [key + " vertical maxcols 1 title \(quoted(title)) left"]
    }
  }

  private func plot(_ lines: [FigureLine], _ panel: Int) -> [String] {
    var blocks: [String] = []
    var curves: [String] = []
    for (index, line) in lines.enumerated() {
      let name = "$panel\(panel)line\(index)"
      blocks.append("\(name) << END")
      blocks += line.points.map { "\($0.x) \($0.y) \($0.low) \($0.high)" }
      blocks.append("END")
      let title = line.label.map { "title \(quoted($0))" } ?? "notitle"
      if let bars = bars(of: line) { curves.append("\(name) \(bars) notitle") }
      curves.append("\(name) \(style(of: line)) \(title)")
    }
    return blocks + ["plot " + curves.joined(separator: ", ")]
  }

  private func style(of line: FigureLine) -> String {
    let colour = "lc rgb '\(line.stroke.colour)'"
    switch line.shape {
    case .line: return "using 1:2 with lines \(stroke(line.stroke))"
    case .band: return "using 1:3:4 with filledcurves \(colour) fillstyle transparent solid 0.14 noborder"
    case .marks(let size): return "using 1:2 with points pt 7 ps \(size) \(colour)"
    case .barsAlongX: return "using 1:2 with points pt 7 ps 0.8 \(colour)"
    case .barsAlongY: return "using 1:2 with points pt 7 ps 0.4 \(colour)"
    }
  }

  /// The bars alone, as lines: gnuplot's own error bars leave a gap around each mark.
  private func bars(of line: FigureLine) -> String? {
    let style = "with vectors nohead lc rgb '\(line.stroke.colour)' lw \(line.stroke.width)"
    switch line.shape {
    case .barsAlongX: return "using 3:2:($4-$3):(0) \(style)"
    case .barsAlongY: return "using 1:3:(0):($4-$3) \(style)"
    default: return nil
    }
  }

  private func stroke(_ stroke: FigureStroke) -> String {
    let dashes = stroke.dashes.map(String.init).joined(separator: ",")
    return "lc rgb '\(stroke.colour)' lw \(stroke.width) dt \(dashes.isEmpty ? "1" : "(\(dashes))")"
  }

  /// Each bar is a rectangle with its label above and its value behind the label, both inside the axes.
  private func plot(_ bars: [FigureBar]) -> [String] {
    var commands = ["unset ytics", "set border 1 lc rgb '#555555'"]
    for (index, bar) in bars.enumerated() {
      let top = -Double(index) - 0.08
      let style = "font ',\(size(12))' front"
      commands += [
        "set object \(index + 1) rectangle from 0,\(top - 0.38) to \(bar.value),\(top) "
          + "fc rgb '\(bar.colour)' fillstyle solid \(bar.isEmphasised ? "1.0" : "0.35") noborder front",
        "set label \(2 * index + 1) \(quoted(bar.label)) at 0,\(top + 0.3) left \(style)",
        "set label \(2 * index + 2) \(quoted(bar.valueText)) at 1,\(top + 0.3) right \(style)",
      ]
    }
    return commands + ["plot NaN notitle"]
  }

  /// Text as gnuplot's single-quoted string: a quote is doubled, and a line break, which would end the
  /// command, is a space.
  private func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": result += "''"
      case _ where scalar.properties.generalCategory == .control: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }
}
