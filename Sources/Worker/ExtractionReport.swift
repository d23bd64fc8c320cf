import BatchExtraction
import CommandSupport
import Foundation
import StudyPlan
import StudyTasks

/// Writes what a batch left in its journal, in the order of its rows.
struct ExtractionReport {
  enum Output {
    case none, standardOutput
    case file(URL)
  }

  /// Failures that are named on standard error when they stand in a file too.
  private static let shown = 10

  private let run: ExtractionRun

  init(_ run: ExtractionRun) { self.run = run }

  func write(output: Output, format: FeatureFormat, failures: URL?) throws {
    try noteFailures(inFile: failures != nil)
    if let failures { try writeFailures(to: failures) }
    let batch = run.batch
    switch output {
    case .none:
      StandardStreams.note("\(batch.count - run.failures.count) of \(batch.count) cases are valid.")
    case .standardOutput:
      try writeFeatures(format) { FileHandle.standardOutput.write(Data($0.utf8)) }
    case .file(let url):
      let file = try OutputFile(url)
      try writeFeatures(format) { try file.write($0) }
      try file.finish()
    }
    if run.known > 0 {
      StandardStreams.note("\(run.known) of \(batch.count) cases were in the journal and not computed again.")
    }
  }

  private func writeFeatures(_ format: FeatureFormat, _ write: (String) throws -> Void) throws {
    let names = run.journal.names(at: run.places)
    var writer = FeatureWriter(format, columns: run.batch.columns, names: names)
    try write(writer.header)
    var rows = run.batch.rows()
    while let row = try rows.next() {
      if let place = run.places[row.number - 1] {
        try write(writer.text(row, .success(try run.journal.features(at: place))))
      } else if let error = run.failures[row.number - 1] {
        try write(writer.text(row, .failure(error)))
      }
    }
    try write(writer.footer)
  }

  private func forEachFailure(_ body: (ExtractionBatch.Row, StudyTaskError) throws -> Void) throws {
    guard !run.failures.isEmpty else { return }
    var rows = run.batch.rows()
    while let row = try rows.next() {
      if let error = run.failures[row.number - 1] { try body(row, error) }
    }
  }

  private func noteFailures(inFile: Bool) throws {
    var noted = 0
    try forEachFailure { row, error in
      noted += 1
      if inFile && noted > Self.shown { return }
      StandardStreams.note("\(row.name): \(error.code): \(error)")
    }
    if inFile && noted > Self.shown { StandardStreams.note("… and \(noted - Self.shown) more.") }
  }

  private func writeFailures(to url: URL) throws {
    let file = try OutputFile(url)
    let table = FailureTable(columns: run.batch.columns)
    try file.write(table.header)
    try forEachFailure { row, error in try file.write(table.line(row, error)) }
    try file.finish()
  }
}
