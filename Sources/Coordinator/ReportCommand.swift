import ArgumentParser
import CommandSupport
import Digests
import Foundation
import Postgres
import Reporting
import StudyPlan
import StudyStore
import StudyTasks

/// `coordinator report`: writes the report of a finished job.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write report.json, the page, figures and tables of a finished job.")

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Option(name: .customShort("o"), help: "Folder to write into.") var output: String
  @Flag(help: "Print the report as JSON, too.") var json = false

  func run() async throws {
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    let stored = try await withDatabase(database, writes: false) { try await StoredReport(of: job, $0) }
    try await stored.write(to: folder)
    stored.warnOfChangedFiles()
    if json { try StandardStreams.print(stored.body) }
    if !json { try StandardStreams.print(folder.appendingPathComponent("index.html").path) }
    if stored.lostCases > 0 { throw ExitStatus.someCasesFailed }
  }
}

/// Everything that a database holds of a job's report. Read first, so that no session waits while figures are drawn, which the
/// server may end (`idle_session_timeout`).
struct StoredReport: Sendable {
  /// As JSON.
  let body: String
  /// How many cases failed, with those whose features are not those that most have.
  let lostCases: Int
  /// Sites of which no case is left.
  let lostSites: [String]
  private let report: StudyReport
  private let predictions: [PredictionRow]
  private let provenance: [ProvenanceRow]
  private let changedSites: [ChangedSite]

  /// - Throws: `CommandFailure` where the job has no report, or a superseded one.
  init(of job: Int64, _ connection: PostgresConnection) async throws {
    let store = StudyStore(connection)
    try await requireStandingReport(of: job, store)
    guard let body = try await store.report(of: job) else {
      let record = try await store.job(job)
      let state = record.map { "is \($0.state.rawValue)" } ?? "is not known"
      throw CommandFailure(
        ExitStatus.tryAgain,
        "Job \(job) has no report: it \(state). \(record?.failure ?? "Try again when it has ended.")")
    }
    var report = try StudyReport(json: Data(body.utf8))
    let seconds = try await store.taskSeconds(of: job)
    report.stamp(
      at: Date().ISO8601Format(), extractionSeconds: seconds[Extract.name],
      bootstrapSeconds: seconds[Bootstrap.name])
    self.body = body
    self.report = report
    predictions = try await predictionRows(of: job, store)
    let cohort = StudyCohort(
      study: try await store.study(of: job), cases: try await store.cases(of: job), features: [])
    provenance = provenanceRows(try await store.provenance(of: job), in: cohort)
    changedSites = try await store.changedSites(of: job)
    lostCases = report.exclusions.count { $0.kind == .failed }
    lostSites = cohort.lostSites
  }

  /// Writes page, tables and figures into a folder.
  func write(to folder: URL) async throws {
    do {
      try await Reporting.writeReport(report, predictions: predictions, to: folder)
      try writeProvenance(provenance, to: folder)
    } catch let error as ReportError {
      throw CommandFailure(error)
    }
  }
}

extension StoredReport {
  /// Tells people of files that are others than were submitted. The report cannot: it depends on no submitter.
  func warnOfChangedFiles() {
    for changed in changedSites {
      StandardStreams.note(
        "Warning: \(changed.sentence). Column ChangedSinceSubmission of provenance.csv says which. Ask the site what was changed,"
          + " when and why; if without reason, restore the files and submit the study again.")
    }
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

/// Predictions with what is known of their cases, in the order of models and cases.
func predictionRows(of job: Int64, _ store: StudyStore) async throws -> [PredictionRow] {
  let cohort = StudyCohort(
    study: try await store.study(of: job), cases: try await store.cases(of: job), features: [])
  return PredictionRow.rows(of: try await store.predictions(of: job), in: cohort)
}
