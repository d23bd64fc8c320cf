import Digests
import Foundation
import Postgres
import Reporting
import StudyPlan
import StudyStore
import StudyTasks

/// Everything that a database holds of a job's report. Read first, so that no session waits while figures are drawn, which the
/// server may end (`idle_session_timeout`).
package struct StoredReport: Sendable {
  /// As JSON.
  package let body: String
  /// How many cases failed, with those whose features are not those that most have.
  package let lostCases: Int
  /// Sites of which no case is left.
  package let lostSites: [String]
  /// Sites of which files were others when they were extracted than when the study was submitted.
  package let changedSites: [ChangedSite]
  /// Warnings that no number of the report stands before: something is too good, or the leakage audit fails. Each a sentence or
  /// more.
  package var alarms: [String] {
    report.warnings.filter { ["too_good", "audit_failed"].contains($0.code) && $0.explained == nil }
      .map(\.message)
  }
  /// Whether a line of the leakage audit fails.
  package var failsAudit: Bool { report.failsAudit }
  private let report: StudyReport
  private let predictions: [PredictionRow]
  private let provenance: [ProvenanceRow]
  private let hasCases: Bool
  private var pictures = PicturesOfReport.none

  /// - Parameter includingCases: false for logins that may read the report, and no cases: predictions and provenance are left out.
  /// - Throws: `StudyExportError` where the job has no report, or a superseded one.
  package init(of job: Int64, _ connection: PostgresConnection, includingCases: Bool = true) async throws {
    let store = StudyStore(connection)
    try await store.requireStandingReport(of: job)
    guard let body = try await store.report(of: job) else {
      let record = try await store.job(job)
      let state = record.map { "is \($0.state.rawValue)" } ?? "is not known"
      throw StudyExportError(
        .notThere,
        "Job \(job) has no report: it \(state). \(record?.failure ?? "Try again when it has ended.")")
    }
    var report = try StudyReport(json: Data(body.utf8))
    let seconds = try await store.taskSeconds(of: job)
    report.stamp(
      at: Date().ISO8601Format(), extractionSeconds: seconds[Extract.name],
      bootstrapSeconds: seconds[Bootstrap.name])
    self.body = body
    self.report = report
    lostCases = report.exclusions.count { $0.kind == .failed }
    hasCases = includingCases
    guard includingCases else {
      (predictions, provenance, changedSites, lostSites) = ([], [], [], [])
      return
    }
    predictions = try await store.predictionRows(of: job)
    let cohort = try await store.namedCases(of: job)
    provenance = provenanceRows(try await store.provenance(of: job), in: cohort)
    changedSites = try await store.changedSites(of: job)
    lostSites = cohort.lostSites
  }

  /// Reads a report, and writes the pictures of its cases into a folder, a few at a time.
  /// - Throws: as `init`; `ReportError` where a picture cannot be written.
  package static func read(of job: Int64, withPicturesIn folder: URL, _ connection: PostgresConnection)
    async throws -> StoredReport
  {
    var report = try await StoredReport(of: job, connection)
    let store = StudyStore(connection)
    report.pictures = try await StoredPictures(of: job, store).write(
      of: try await store.namedCases(of: job), to: folder)
    return report
  }

  /// Writes page, tables and figures into a folder.
  /// - Parameter dotsPerInch: of PNG figures.
  /// - Throws: `ReportError`.
  package func write(to folder: URL, dotsPerInch: Int = 150) async throws {
    try await Reporting.writeReport(
      report, predictions: predictions, to: folder, pictures: pictures, dotsPerInch: dotsPerInch)
    try FailedJob.removePage(in: folder)
    if hasCases { return try writeProvenance(provenance, to: folder) }
    try FileManager.default.removeItem(at: folder.appendingPathComponent("predictions.csv"))
  }
}

/// Who wrote the features of each case, under the names that the report gives to cases.
private func provenanceRows(_ records: [ProvenanceRecord], in cohort: StudyCohort) -> [ProvenanceRow] {
  let names = cohort.caseNames
  let sites = Dictionary(uniqueKeysWithValues: cohort.cases.map { ($0.id, $0.site) })
  return records.compactMap { record in
    guard let name = names[record.caseID], let site = sites[record.caseID] else { return nil }
    return ProvenanceRow(
      caseID: name, site: site, source: record.source, login: record.login,
      worker: record.worker.map(String.init) ?? "", host: record.host ?? "", writtenAt: record.writtenAt,
      imageSHA256: record.imageSHA256.hexadecimal, maskSHA256: record.maskSHA256.hexadecimal,
      changedFiles: record.changedFiles)
  }
}
