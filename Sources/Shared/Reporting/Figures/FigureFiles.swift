import Foundation

/// The files of a report's figures: each figure as wide as a page, and each of its panels as wide as a column, but for
/// those that are read beside each other.
struct FigureFiles {
  /// Folder of the panels, inside the report's.
  static let columnFolder = "85mm"

  private struct Drawing: Sendable {
    var path: String
    var figure: Figure
    var format: FigureFormat
    var width: FigureWidth
  }

  private let drawings: [Drawing]

  init(_ report: StudyReport) {
    let figures = Figure.all(of: report)
    drawings = FigureFormat.allCases.flatMap { format in
      figures.map { Drawing(path: "\($0.name).\(format)", figure: $0, format: format, width: .page) }
        + figures.filter { $0.columns == nil }.flatMap(\.panels).map {
          Drawing(
            path: "\(Self.columnFolder)/\($0.name).\(format)", figure: Figure(name: $0.name, panels: [$0]),
            format: format, width: .column)
        }
    }
  }

  /// Draws them, a few at a time, and writes them into a folder.
  /// - Throws: `ReportError` where gnuplot is missing or fails, or a file cannot be written.
  func write(to folder: URL, with gnuplot: Gnuplot) async throws {
    guard !drawings.isEmpty else { return }
    try createPrivateFolder(at: folder.appendingPathComponent(Self.columnFolder))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, drawing) in drawings.enumerated() {
        if index >= Self.atOnce { try await group.next() }
        group.addTask {
          let data = try await gnuplot.draw(drawing.figure, as: drawing.format, drawing.width)
          try AtomicFile.write(data, to: folder.appendingPathComponent(drawing.path))
        }
      }
      try await group.waitForAll()
    }
  }

  private static let atOnce = 3
}
