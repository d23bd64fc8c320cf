/// Widths of figures in a journal: one column of text, or the page.
enum FigureWidth: Sendable, CaseIterable {
  case column, page

  var millimetres: Int { self == .column ? 85 : 180 }

  /// Points of 1/72 inch.
  var points: Int { self == .column ? 241 : 510 }
}

/// Where the panels of a figure stand, in points.
struct FigureLayout: Equatable, Sendable {
  let width: FigureWidth
  let columns: Int
  let rows: Int
  let panelHeight: Int

  /// Height of print on a page.
  private static let mostHeight = 666
  private static let lineHeight = 10

  var height: Int { rows * panelHeight }

  /// One panel below the other in a column; beside each other on a page.
  init(_ figure: Figure, _ width: FigureWidth) {
    self.width = width
    let count = max(1, figure.panels.count)
    let isSquare = figure.panels.allSatisfy(\.isSquare)
    columns = width == .column ? 1 : figure.columns ?? (isSquare && count == 3 ? 3 : min(2, count))
    rows = (count + columns - 1) / columns
    let legend = figure.panels.map(\.extraLines).max() ?? 0
    let body = columns > 2 ? 600 / columns - 10 : columns == 1 && width == .page ? 280 : 248
    let height = body + Self.lineHeight * legend
    panelHeight = max(120, min(height, Self.mostHeight / rows))
  }
}

extension FigurePanel {
  /// Lines of text beyond what a panel of the usual height has room for.
  fileprivate var extraLines: Int {
    if case .bars = content { return 4 }
    guard case .lines(let lines) = content else { return 0 }
    let entries: Int
    if case .list = legend { entries = lines.count { $0.label != nil } } else { entries = 0 }
    return max(0, entries - 3) + max(0, (yTicks?.count ?? 0) - 14)
  }
}
