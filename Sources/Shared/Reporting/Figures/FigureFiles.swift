import Foundation

/// The files of a report's figures: each figure as wide as a page, and each of its panels as wide as a column, but for
/// those that are read beside each other.
struct FigureFiles {
  /// Folder of the panels, inside the report's.
  static let columnFolder = "85mm"

  private let files: [(path: String, drawing: Drawing)]

  init(_ report: StudyReport) {
    let figures = Figure.all(of: report)
    files = FigureFormat.allCases.flatMap { format in
      figures.map { figure in
        ("\(figure.name).\(format)", Drawing(figure: figure, format: format, width: .page))
      }
        + figures.filter { $0.columns == nil }.flatMap(\.panels).map { panel in
          let figure = Figure(name: panel.name, panels: [panel])
          return (
            "\(Self.columnFolder)/\(panel.name).\(format)",
            Drawing(figure: figure, format: format, width: .column)
          )
        }
    }
  }

  /// Draws them and writes them into a folder; without gnuplot those of an earlier report are removed.
  /// - Throws: `ReportError` where gnuplot fails, or a file cannot be written or removed.
  func write(to folder: URL, with gnuplot: Gnuplot) async throws {
    guard !files.isEmpty else { return }
    guard gnuplot.isInstalled else { return try remove(from: folder) }
    try createPrivateFolder(at: folder.appendingPathComponent(Self.columnFolder))
    for (file, data) in zip(files, try await gnuplot.draw(files.map(\.drawing))) {
      try AtomicFile.write(data, to: folder.appendingPathComponent(file.path))
    }
  }

  private func remove(from folder: URL) throws {
    for file in files.map({ folder.appendingPathComponent($0.path) })
    where FileManager.default.fileExists(atPath: file.path) {
      do {
        try FileManager.default.removeItem(at: file)
      } catch {
        throw ReportError.notWritten(file, error)
      }
    }
  }
}
