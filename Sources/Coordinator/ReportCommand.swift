import ArgumentParser
import CommandSupport
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

  @OptionGroup var database: DatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Option(name: .customShort("o"), help: "Folder to write into.") var output: String
  @Flag(help: "Print the report as JSON, too.") var json = false

  func run() async throws {
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    let lost = try await withDatabase(database) { connection in
      try await writeReport(of: job, to: folder, connection)
      if json, let body = try await StudyStore(connection).report(of: job) { StandardStreams.print(body) }
      return try await lostCases(of: job, connection)
    }
    if !json { StandardStreams.print(folder.appendingPathComponent("index.html").path) }
    if lost > 0 { throw ExitStatus.someCasesFailed }
  }
}

/// Writes the report of a finished job into a folder.
func writeReport(of job: Int64, to folder: URL, _ connection: PostgresConnection) async throws {
  let store = StudyStore(connection)
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
  do {
    try await Reporting.writeReport(report, predictions: try await predictionRows(of: job, store), to: folder)
  } catch let error as ReportError {
    throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
  }
}

/// Predictions with what is known of their cases, in the order of models and cases.
func predictionRows(of job: Int64, _ store: StudyStore) async throws -> [PredictionRow] {
  let cohort = StudyCohort(
    study: try await store.study(of: job), cases: try await store.cases(of: job), features: [])
  return PredictionRow.rows(of: try await store.predictions(of: job), in: cohort)
}

/// How many cases of a job failed.
func lostCases(of job: Int64, _ connection: PostgresConnection) async throws -> Int {
  try await StudyStore(connection).cases(of: job).count { $0.state == .failed }
}
