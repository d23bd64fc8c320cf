import Foundation

/// Writes a study's report into a folder, which is created if need be.
///
/// The folder then holds `report.json`, `index.html`, `metrics.csv`, `predictions.csv`, of a study `failures.csv`, and
/// each figure as SVG, PNG and PDF. Every file appears whole or not at all, and replaces one of its name; it is
/// readable for owner and group alone.
/// Numbers come first: if drawing fails, the JSON and the tables are there. Without gnuplot there are no figures, and the page says so;
/// those of an earlier report are removed. Apart from `times`, equal reports give equal files.
/// - Parameters:
///   - predictions: rows of `predictions.csv`, in the order in which they are to stand.
///   - pictures: where the pictures of the regions are.
///   - otherFiles: files that the caller puts beside the page, to be listed on it: name and content.
///   - searchPath: where to look for gnuplot; `nil` for `PATH`.
/// - Throws: `ReportError`.
package func writeReport(
  _ report: StudyReport, predictions: some Sequence<PredictionRow>, to folder: URL,
  pictures: PicturesOfReport = .none, otherFiles: [(name: String, content: String)] = [],
  searchPath: String? = nil
) async throws {
  try createPrivateFolder(at: folder)
  try AtomicFile.write(try report.json(), to: folder.appendingPathComponent("report.json"))
  try writeTable("metrics.csv", MetricTable.columns, MetricTable.rows(of: report), in: folder)
  if report.scope == .study {
    try writeTable(
      "failures.csv", FailureTable.columns, report.exclusions.lazy.map(FailureTable.fields), in: folder)
  }
  try writeTable(
    "predictions.csv", PredictionTable.columns, predictions.lazy.map(PredictionTable.fields), in: folder)
  for page in try RiskPage.all(of: report) {
    try AtomicFile.write(Data(page.html.utf8), to: folder.appendingPathComponent(page.name))
  }
  try await writeFigures(of: report, to: folder, with: Gnuplot(searchPath: searchPath))
  let page = try await reportPage(
    report, pictures: pictures, otherFiles: otherFiles, searchPath: searchPath)
  try AtomicFile.write(Data(page.utf8), to: folder.appendingPathComponent("index.html"))
}

private func writeFigures(of report: StudyReport, to folder: URL, with gnuplot: Gnuplot) async throws {
  let canDraw = gnuplot.isInstalled
  for figure in Figure.all(of: report) {
    for format in FigureFormat.allCases {
      let file = folder.appendingPathComponent("\(figure.name).\(format)")
      if canDraw {
        try AtomicFile.write(try await gnuplot.draw(figure, as: format), to: file)
      } else if FileManager.default.fileExists(atPath: file.path) {
        do {
          try FileManager.default.removeItem(at: file)
        } catch {
          throw ReportError.notWritten(file, error)
        }
      }
    }
  }
}

/// The report as one HTML document that needs nothing beside it: style and drawings are inside, and only its
/// list of files points to what `writeReport` puts next to it.
/// - Throws: `ReportError` where gnuplot fails; without it the page has no figures, and says so.
package func reportPage(
  _ report: StudyReport, pictures: PicturesOfReport = .none,
  otherFiles: [(name: String, content: String)] = [], searchPath: String? = nil
) async throws -> String {
  let gnuplot = Gnuplot(searchPath: searchPath)
  let figures = gnuplot.isInstalled ? try await Page.FigureSection.draw(report, with: gnuplot) : []
  let failures =
    report.scope == .study
    ? [Page.FileRow(name: "failures.csv", content: "cases not used, why, and what to do")] : []
  let files = [
    Page.FileRow(name: "report.json", content: "everything on this page, for programs"),
    Page.FileRow(name: "metrics.csv", content: "every estimate, one a row"),
    Page.FileRow(name: "predictions.csv", content: "the probability of each case under each model"),
  ]
  let risk = try RiskPage.all(of: report).map {
    Page.FileRow(name: $0.name, content: "the risk of a patient under \($0.model), with its interval")
  }
  let others = risk + otherFiles.map { Page.FileRow(name: $0.name, content: $0.content) }
  var page = Page(report, figures: figures, files: files + failures + pictures.files + others)
  page.figuresMissing = missingGnuplot(searchPath: searchPath).map { [$0] } ?? []
  return try PageTemplates.render(page)
}

private func writeTable(
  _ name: String, _ columns: [String], _ rows: some Sequence<[String]>, in folder: URL
) throws {
  try TableFile.write(rows, under: columns, to: folder.appendingPathComponent(name))
}
