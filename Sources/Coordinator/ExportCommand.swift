import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Postgres
import Reporting
import StudyPlan
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
    if table == .model { return try await writeModel() }
    let (columns, rows) = try await withDatabase(database, writes: false) { connection in
      let store = StudyStore(connection)
      try await requireJob(store)
      if table == .metrics || table == .predictions { try await requireStandingReport(of: job, store) }
      return try await contents(store)
    }
    try write(columns, rows)
    if json { try StandardStreams.printJSON(Result(file: output, rows: rows.count)) }
  }

  func requireJob(_ store: StudyStore) async throws {
    guard try await store.job(job) != nil else {
      throw CommandFailure(ExitStatus.usage, "There is no job \(job); `coordinator status` lists them.")
    }
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

  private func contents(_ store: StudyStore) async throws -> ([String], [[String]]) {
    switch table {
    case .model: preconditionFailure("a model is no table")
    case .features: return featureRows(try await store.cohort(of: job))
    case .failures:
      let cohort = StudyCohort(
        study: try await store.study(of: job), cases: try await store.cases(of: job), features: [])
      return (FailureTable.columns, failureRows(cohort))
    case .metrics:
      guard let body = try await store.report(of: job) else {
        throw CommandFailure(
          ExitStatus.tryAgain, "Job \(job) has no metrics yet; try again when it has ended.")
      }
      return (MetricTable.columns, MetricTable.rows(of: try StudyReport(json: Data(body.utf8))))
    case .predictions:
      return (PredictionTable.columns, try await predictionRows(of: job, store).map(PredictionTable.fields))
    }
  }

  private func failureRows(_ cohort: StudyCohort) -> [[String]] {
    let names = cohort.caseNames
    return cohort.cases.compactMap { item in
      guard let loss = item.loss, let name = names[item.id] else { return nil }
      let kind = item.state == .failed ? "failed" : "excluded"
      return [name, item.subject, item.site, kind, loss.code, loss.sentence, loss.remedy]
    }
  }

  /// Cases that have features of every source, sources side by side.
  private func featureRows(_ cohort: StudyCohort) -> ([String], [[String]]) {
    let extra = Set(cohort.cases.flatMap(\.extra.keys)).sorted()
    let table = FeatureTable(features: cohort.features.flatMap(\.names), extraColumns: extra)
    let names = cohort.caseNames
    let rows = cohort.cases.compactMap { item -> [String]? in
      let values = cohort.features.compactMap { $0.values[item.id] }
      guard !values.isEmpty, values.count == cohort.features.count, let name = names[item.id] else {
        return nil
      }
      return table.fields(
        caseID: name, site: item.site, outcome: item.outcome.map(String.init) ?? "",
        split: item.split?.rawValue ?? "", extra: extra.map { item.extra[$0] ?? "" },
        values: values.flatMap(\.self))
    }
    return (table.columns, rows)
  }
}
