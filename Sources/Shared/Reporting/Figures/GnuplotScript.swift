/// What gnuplot makes of a figure.
enum FigureFormat: String, Sendable, CaseIterable {
  case svg, png, pdf
}

/// A figure as gnuplot commands with the data inside them, so that one pipe carries everything.
///
/// All text of the report stands in single quotes, in which gnuplot substitutes nothing.
struct GnuplotScript {
  let figure: Figure
  let format: FigureFormat
  let layout: FigureLayout
  /// Of a PNG file.
  let dotsPerInch: Int

  /// File that gnuplot writes.
  let output: String

  /// - Parameter output: a name without quotes, in the folder where gnuplot runs.
  init(drawing: Drawing, dotsPerInch: Int, output: String) {
    (figure, format, self.dotsPerInch, self.output) = (drawing.figure, drawing.format, dotsPerInch, output)
    layout = FigureLayout(drawing.figure, drawing.width)
  }

  var text: String {
    var lines = [terminal, "set output '\(output)'", "set encoding utf8"]
    if figure.panels.count > 1 { lines.append("set multiplot layout \(layout.rows),\(layout.columns)") }
    for (index, panel) in figure.panels.enumerated() { lines += commands(for: panel, at: index) }
    if figure.panels.count > 1 { lines.append("unset multiplot") }
    return (lines + ["unset output"]).joined(separator: "\n") + "\n"
  }

  /// Text of journals: 7 points, titles 8.
  private static let (textSize, titleSize) = (7.0, 8.0)
  /// Lines are as thin as suits that text.
  private static let lineScale = 0.6

  private var terminal: String {
    let (width, height) = (layout.width.points, layout.height)
    switch format {
    case .svg:
      return
        "set terminal svg size \(width),\(height) fixed noenhanced font '\(Self.fonts),\(size(Self.textSize))' "
        + "linewidth \(Self.lineScale) background '#ffffff'"
    case .png:
      let scale = Double(dotsPerInch) / 72
      return
        "set terminal pngcairo size \(Int(scale * Double(width))),\(Int(scale * Double(height))) noenhanced "
        + "font 'Helvetica,\(size(Self.textSize))' fontscale \(scale) pointscale \(scale * Self.lineScale) "
        + "linewidth \(scale * Self.lineScale) dashlength \(0.4 * scale * Self.lineScale) background '#ffffff'"
    case .pdf:
      return "set terminal pdfcairo size \(Double(width) / 72)in,\(Double(height) / 72)in noenhanced "
        + "font 'Helvetica,\(size(Self.textSize))' fontscale 1 pointscale \(Self.lineScale) "
        + "linewidth \(2 * Self.lineScale) dashlength \(2 * Self.lineScale) background '#ffffff'"
    }
  }

  private static let fonts = "Helvetica,Arial,sans-serif"

  /// Size of a font for the terminal: an SVG has units of points, the cairo terminals count 96 of theirs for 72.
  private func size(_ points: Double) -> Double { format == .svg ? points : 0.75 * points }

  private func commands(for panel: FigurePanel, at index: Int) -> [String] {
    let axes =
      [
        "reset", "unset key",
        "set border 3 lc rgb '#555555'", "set tics out nomirror tc rgb '#333333'",
        "set title \(quoted(panel.title)) font ',\(size(Self.titleSize))'",
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
    case .cells(let cells):
      return axes + plot(cells)
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
        + "font ',\(size(Self.textSize))' tc rgb '#222222' front"
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
      let style = "font ',\(size(Self.textSize))' front"
      commands += [
        "set object \(index + 1) rectangle from 0,\(top - 0.38) to \(bar.value),\(top) "
          + "fc rgb '\(bar.colour)' fillstyle solid \(bar.isEmphasised ? "1.0" : "0.35") noborder front",
        "set label \(2 * index + 1) \(quoted(bar.label)) at 0,\(top + 0.3) left \(style)",
        "set label \(2 * index + 2) \(quoted(bar.valueText)) at 1,\(top + 0.3) right \(style)",
      ]
    }
    return commands + ["plot NaN notitle"]
  }

  private func plot(_ cells: [FigureCell]) -> [String] {
    cells.enumerated().flatMap { index, cell in
      [
        "set object \(index + 1) rectangle from \(cell.x),\(cell.y) to \(cell.x + 1),\(cell.y + 1) "
          + "fc rgb '\(cell.colour)' fillstyle solid \(0.06 + 0.34 * cell.share) border lc rgb '#ffffff' behind",
        "set label \(index + 1) \(quoted(cell.text)) at \(cell.x + 0.5),\(cell.y + 0.5) center front",
      ]
    } + ["plot NaN notitle"]
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
