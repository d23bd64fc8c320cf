import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Reporting
import StudyExports
import StudyStore

/// `coordinator export`: tables of a job as CSV, a fitted model as JSON or PMML.
struct ExportCommand: AsyncParsableCommand {
  enum Table: String, ExpressibleByArgument, CaseIterable {
    case features, failures, metrics, predictions, model
  }

  enum ModelFormat: String, ExpressibleByArgument, CaseIterable {
    case json, pmml
  }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a table of a job as CSV (RFC 4180), or a fitted model as JSON or PMML 4.4.")

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "features, failures, metrics, predictions or model.") var table: Table
  @Argument(help: "Number of the job.") var job: Int64
  @Option(name: .customShort("o"), help: "File to write; '-' for standard output.") var output = "-"
  @Option(help: "Name of the model to write; may be left out where there is one.") var model: String?
  @Option(help: "json or pmml; by default as the file's name ends (.pmml, .xml), else json.")
  var format: ModelFormat?
  @Flag(help: "Print what was written as JSON.") var json = false

  struct Result: Encodable {
    var file: String
    var rows: Int
  }

  func validate() throws {
    if json, output == "-" { throw ValidationError("--json needs -o FILE.") }
    if table != .model, model != nil || format != nil {
      throw ValidationError("--model and --format belong to 'export model'.")
    }
  }

  func run() async throws {
    guard let exported = ExportedTable(rawValue: table.rawValue) else { return try await writeModel() }
    let (columns, rows) = try await withDatabase(database, writes: false) { connection in
      try await givingOut { try await StudyStore(connection).contents(of: exported, job: job) }
    }
    try write(columns, rows)
    if json { try StandardStreams.printJSON(Result(file: output, rows: rows.count)) }
  }

  private func write(_ columns: [String], _ rows: [[String]]) throws {
    if output == "-" {
      let writer = DelimitedWriter()
      let text = ([columns] + rows).map { writer.line($0) }.joined()
      return try StandardStreams.write(Data(text.utf8))
    }
    do {
      try TableFile.write(rows, under: columns, to: URL(fileURLWithPath: output))
    } catch let error as ReportError {
      throw CommandFailure(error)
    }
  }
}
