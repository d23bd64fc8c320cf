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

  /// Whose rules the names of columns obey.
  enum ColumnNames: String, ExpressibleByArgument, CaseIterable {
    case pyradiomics, stata
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
  @Option(
    help: ArgumentHelp(
      "Names of the features: pyradiomics, or stata, which cuts them to its 32 letters.",
      discussion: "For Stata a table of the names is written beside the file, as FILE.names.csv."))
  var names: ColumnNames?
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
    if names != nil, table != .features { throw ValidationError("--names belongs to 'export features'.") }
    if names == .stata, output == "-" { throw ValidationError("--names stata needs -o FILE.") }
  }

  func run() async throws {
    try requireWritableOutput(output)
    guard let exported = ExportedTable(rawValue: table.rawValue) else { return try await writeModel() }
    var (columns, rows) = try await withDatabase(database, writes: false) { connection in
      try await givingOut { try await StudyStore(connection).contents(of: exported, job: job) }
    }
    if names == .stata { columns = try stataNames(of: columns) }
    try write(columns, rows)
    if json { try StandardStreams.printJSON(Result(file: output, rows: rows.count)) }
  }

  /// Writes the table of names, and gives those that Stata takes.
  private func stataNames(of columns: [String]) throws -> [String] {
    guard columns.count <= StataNames.mostVariables else {
      throw CommandFailure(
        ExitStatus.badData,
        "The table has \(columns.count) columns, and Stata/SE takes \(StataNames.mostVariables) variables. Extract fewer image types, or "
          + "leave --names out and choose columns first.")
    }
    let names = StataNames(columns).names
    let place = URL(fileURLWithPath: output)
    let beside = place.deletingPathExtension().appendingPathExtension("names.csv")
    do {
      try TableFile.write(zip(names, columns).map { [$0, $1] }, under: ["Variable", "Name"], to: beside)
    } catch let error as ReportError {
      throw CommandFailure(error)
    }
    return names
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
