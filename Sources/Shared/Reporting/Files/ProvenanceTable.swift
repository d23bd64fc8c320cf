import Foundation

/// Who wrote the features of one case from one source, when, and of which files.
package struct ProvenanceRow: Equatable, Sendable {
  package var caseID: String
  package var site: String
  package var source: String
  package var login: String
  /// Number of the worker; empty for features of a table.
  package var worker: String
  package var host: String
  /// ISO 8601, UTC.
  package var writtenAt: String
  /// Hexadecimal.
  package var imageSHA256: String
  package var maskSHA256: String
  /// Which of the two were others when the study was submitted: nothing, `image`, `mask`, or `image mask`.
  package var changedFiles: String

  package init(
    caseID: String, site: String, source: String, login: String, worker: String, host: String,
    writtenAt: String,
    imageSHA256: String, maskSHA256: String, changedFiles: String
  ) {
    (self.caseID, self.site, self.source, self.login) = (caseID, site, source, login)
    (self.worker, self.host, self.writtenAt) = (worker, host, writtenAt)
    (self.imageSHA256, self.maskSHA256, self.changedFiles) = (imageSHA256, maskSHA256, changedFiles)
  }
}

/// Columns and rows of `provenance.csv`.
package enum ProvenanceTable {
  package static let columns = [
    "ID", "Site", "Source", "Login", "Worker", "Host", "Written", "ImageSHA256", "MaskSHA256",
    "ChangedSinceSubmission",
  ]

  static func fields(_ row: ProvenanceRow) -> [String] {
    [
      row.caseID, row.site, row.source, row.login, row.worker, row.host, row.writtenAt, row.imageSHA256,
      row.maskSHA256, row.changedFiles,
    ]
  }
}

/// Writes `provenance.csv` beside a report. The page does not list it: who computed a study, when, and what its submitter saw of
/// the files, may differ between two runs that give the same report.
/// - Throws: `ReportError`.
package func writeProvenance(_ rows: some Sequence<ProvenanceRow>, to folder: URL) throws {
  try TableFile.write(
    rows.lazy.map(ProvenanceTable.fields), under: ProvenanceTable.columns,
    to: folder.appendingPathComponent("provenance.csv"))
}
