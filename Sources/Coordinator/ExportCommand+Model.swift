import CommandSupport
import Foundation
import Postgres
import Reporting
import StudyPlan
import StudyStore

extension ExportCommand {
  /// A fitted model as a file that other programs can score with.
  func writeModel() async throws {
    let data = try await withDatabase(database, writes: false) { connection in
      try await modelFile(StudyStore(connection))
    }
    guard output != "-" else { return try StandardStreams.write(data) }
    do {
      try writePrivateFile(data, to: URL(fileURLWithPath: output))
    } catch let error as ReportError {
      throw CommandFailure(error)
    }
    if json { try StandardStreams.printJSON(Result(file: output, rows: 1)) }
  }

  private func modelFile(_ store: StudyStore) async throws -> Data {
    try await requireJob(store)
    try await requireStandingReport(of: job, store)
    let models = try await store.models(of: job)
    guard let body = try await store.report(of: job) else {
      throw CommandFailure(ExitStatus.tryAgain, "Job \(job) has no models yet; try again when it has ended.")
    }
    let names = models.map(\.name).joined(separator: ", ")
    guard let chosen = models.first(where: { $0.name == model ?? models[0].name }),
      model != nil || models.count == 1
    else {
      throw CommandFailure(
        ExitStatus.usage,
        models.isEmpty
          ? "Job \(job) has no models: the study only extracts."
          : "Name one of the models of job \(job) with --model: \(names).")
    }
    do {
      let document = try ModelDocument(
        storedModel: chosen.body, of: StudyReport(json: Data(body.utf8)))
      return isPMML ? try document.pmml() : try document.json()
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "\(error)")
    }
  }

  private var isPMML: Bool {
    format.map { $0 == .pmml }
      ?? ["pmml", "xml"].contains(URL(fileURLWithPath: output).pathExtension.lowercased())
  }
}
