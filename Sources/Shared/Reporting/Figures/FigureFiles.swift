import Foundation

/// The files of a report's figures: each figure as wide as a page, and each of its panels as wide as a column, but for
/// those that are read beside each other.
struct FigureFiles {
  /// Folder of the panels, inside the report's.
  static let columnFolder = "85mm"

  private let figures: [Figure]
  private let files: [(path: String, drawing: Drawing)]

  init(_ report: StudyReport) {
    let figures = Figure.all(of: report)
    self.figures = figures
    files = FigureFormat.allCases.flatMap { format in
      figures.map { figure in
        ("\(figure.name).\(format)", Drawing(figure: figure, format: format, width: .page))
      }
        + figures.filter { $0.columns == nil }.flatMap(\.panels).map { panel in
          ("\(Self.columnFolder)/\(panel.name).\(format)", Drawing(panel, format: format))
        }
    }
  }

  /// Draws them and writes them into a folder; without gnuplot those of an earlier report are removed.
  /// - Returns: the figures for the page; none without gnuplot.
  /// - Throws: `ReportError` where gnuplot fails, or a file cannot be written or removed.
  func write(to folder: URL, with gnuplot: Gnuplot) async throws -> [Page.FigureSection] {
    guard !files.isEmpty else { return [] }
    guard gnuplot.isInstalled else {
      try remove(from: folder)
      return []
    }
    try createPrivateFolder(at: folder.appendingPathComponent(Self.columnFolder))
    // The page has each panel as the folder of columns has it, and those that have no file there.
    let others = figures.filter { $0.columns != nil }.flatMap(\.panels).map { Drawing($0, format: .svg) }
    let drawings = files.map(\.drawing) + others
    let drawn = try await gnuplot.draw(drawings)
    for (file, data) in zip(files, drawn) {
      try AtomicFile.write(data, to: folder.appendingPathComponent(file.path))
    }
    let panels = zip(drawings, drawn).filter { $0.0.format == .svg && $0.0.width == .column }
    return try Page.FigureSection.all(
      figures, panels: Dictionary(uniqueKeysWithValues: panels.map { ($0.0.figure.name, $0.1) }))
  }

  /// Draws what the page needs of them, and writes nothing.
  /// - Throws: `ReportError` where gnuplot fails.
  func page(with gnuplot: Gnuplot) async throws -> [Page.FigureSection] {
    let panels = figures.flatMap(\.panels)
    let drawn = try await gnuplot.draw(panels.map { Drawing($0, format: .svg) })
    return try Page.FigureSection.all(
      figures, panels: Dictionary(uniqueKeysWithValues: zip(panels.map(\.name), drawn)))
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
