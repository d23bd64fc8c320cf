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

  /// Draws them, a few at a time, and writes them into a folder; without gnuplot those of an earlier report are removed.
  /// - Throws: `ReportError` where gnuplot fails, or a file cannot be written or removed.
  func write(to folder: URL, with gnuplot: Gnuplot) async throws {
    guard !drawings.isEmpty else { return }
    guard gnuplot.isInstalled else { return try remove(from: folder) }
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

  private func remove(from folder: URL) throws {
    for file in drawings.map({ folder.appendingPathComponent($0.path) })
    where FileManager.default.fileExists(atPath: file.path) {
      do {
        try FileManager.default.removeItem(at: file)
      } catch {
        throw ReportError.notWritten(file, error)
      }
    }
  }

  private static let atOnce = 3
}
