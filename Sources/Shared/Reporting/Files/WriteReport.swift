import Foundation

/// Writes a study's report into a folder, which is created if need be.
///
/// The folder then holds `report.json`, `index.html`, `metrics.csv`, `performance.csv`, `confusion.csv` (not of times to an event),
/// `predictions.csv`, `paper.txt`, of a study `failures.csv`, and each figure as SVG, PNG and PDF, as wide as a page, its panels as
/// wide as a column in the folder `85mm`. Every file appears whole or not at all, and replaces one of its name; it is
/// readable for owner and group alone.
/// Numbers come first: if drawing fails, the JSON and the tables are there. Without gnuplot there are no figures, and the page says so;
/// those of an earlier report are removed. Apart from `times`, equal reports give equal files.
/// - Parameters:
///   - predictions: rows of `predictions.csv`, in the order in which they are to stand.
///   - pictures: where the pictures of the regions are.
///   - otherFiles: files that the caller puts beside the page, to be listed on it: name and content.
///   - dotsPerInch: of PNG figures.
///   - searchPath: where to look for gnuplot; `nil` for `PATH`.
/// - Throws: `ReportError`.
package func writeReport(
  _ report: StudyReport, predictions: some Sequence<PredictionRow>, to folder: URL,
  pictures: PicturesOfReport = .none, otherFiles: [(name: String, content: String)] = [],
  dotsPerInch: Int = 150, searchPath: String? = nil
) async throws {
  try createPrivateFolder(at: folder)
  try AtomicFile.write(try report.json(), to: folder.appendingPathComponent("report.json"))
  try writeTable("metrics.csv", MetricTable.columns, MetricTable.rows(of: report), in: folder)
  if report.scope == .study {
    try writeTable(
      "failures.csv", FailureTable.columns, report.exclusions.lazy.map(FailureTable.fields), in: folder)
  }
  if let survival = report.survival {
    try writeTable(
      "predictions.csv", SurvivalTable.columns(survival), predictions.lazy.map(SurvivalTable.fields),
      in: folder)
  } else {
    try writeTable(
      "predictions.csv", PredictionTable.columns, predictions.lazy.map(PredictionTable.fields), in: folder)
    try writeTable("confusion.csv", ConfusionTable.columns, ConfusionTable.rows(of: report), in: folder)
  }
  let table = PaperTable(report)
  try writeTable("performance.csv", table.columns, table.fields, in: folder)
  try AtomicFile.write(Data(Manuscript(report).text.utf8), to: folder.appendingPathComponent("paper.txt"))
  if let robustness = report.robustness {
    try writeTable(
      "robustness.csv", RobustnessTable.columns, robustness.features.lazy.map(RobustnessTable.fields),
      in: folder)
  }
  for page in try RiskPage.all(of: report) {
    try AtomicFile.write(Data(page.html.utf8), to: folder.appendingPathComponent(page.name))
  }
  let gnuplot = Gnuplot(searchPath: searchPath, dotsPerInch: dotsPerInch)
  let figures = try await FigureFiles(report).write(to: folder, with: gnuplot)
  let page = try reportPage(
    report, figures: figures, missing: missingGnuplot(searchPath: searchPath), pictures: pictures,
    otherFiles: otherFiles)
  try AtomicFile.write(Data(page.utf8), to: folder.appendingPathComponent("index.html"))
}

/// The report as one HTML document that needs nothing beside it: style and drawings are inside, and only its
/// list of files points to what `writeReport` puts next to it.
/// - Throws: `ReportError` where gnuplot fails; without it the page has no figures, and says so.
package func reportPage(
  _ report: StudyReport, pictures: PicturesOfReport = .none,
  otherFiles: [(name: String, content: String)] = [], searchPath: String? = nil
) async throws -> String {
  let gnuplot = Gnuplot(searchPath: searchPath)
  return try reportPage(
    report, figures: gnuplot.isInstalled ? await FigureFiles(report).page(with: gnuplot) : [],
    missing: missingGnuplot(searchPath: searchPath), pictures: pictures, otherFiles: otherFiles)
}

/// - Parameter missing: why there are no figures.
private func reportPage(
  _ report: StudyReport, figures: [Page.FigureSection], missing: String?, pictures: PicturesOfReport,
  otherFiles: [(name: String, content: String)]
) throws -> String {
  let failures =
    report.scope == .study
    ? [Page.FileRow(name: "failures.csv", content: "cases not used, why, and what to do")] : []
  let files = [
    Page.FileRow(name: "report.json", content: "everything on this page, for programs"),
    Page.FileRow(name: "metrics.csv", content: "every estimate, one a row"),
    Page.FileRow(
      name: "predictions.csv",
      content: report.survival == nil
        ? "the probability of each case under each model"
        : "linear predictor and risks of each case under each model"),
  ]
  let confusion =
    report.survival == nil
    ? [Page.FileRow(name: "confusion.csv", content: "calls at the cut-off against the outcome, by part")] : []
  let paper =
    [Page.FileRow(name: "performance.csv", content: "the models by part, as a paper prints them")] + confusion
    + [Page.FileRow(name: "paper.txt", content: "methods, results and references as text for a paper")]
  let risk = try RiskPage.all(of: report).map {
    Page.FileRow(name: $0.name, content: "the risk of a patient under \($0.model), with its interval")
  }
  let robust =
    report.robustness == nil
    ? [] : [Page.FileRow(name: "robustness.csv", content: "agreement of each feature over perturbed regions")]
  let others = paper + robust + risk + otherFiles.map { Page.FileRow(name: $0.name, content: $0.content) }
  var page = Page(report, figures: figures, files: files + failures + pictures.files + others)
  page.figuresMissing = missing.map { [$0] } ?? []
  return try PageTemplates.render(page)
}

private func writeTable(
  _ name: String, _ columns: [String], _ rows: some Sequence<[String]>, in folder: URL
) throws {
  try TableFile.write(rows, under: columns, to: folder.appendingPathComponent(name))
}
