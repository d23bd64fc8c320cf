import CommandSupport
import Foundation
import Modelling
import Reporting
import StudyExports
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
    let document = try await givingOut { try await store.modelDocument(of: job, named: model) }
    do {
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
