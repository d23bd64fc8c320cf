import DelimitedText
import Foundation
import StudyPlan

/// Writes what a batch left in its journal, in the order of its rows.
package struct ExtractionReport {
  /// Where the features go.
  package enum Output {
    case none, standardOutput
    case file(URL)
  }

  /// Failures that are named on standard error when they stand in a file too.
  private static let shown = 10

  private let run: ExtractionRun

  package init(_ run: ExtractionRun) { self.run = run }

  /// - Parameter failures: a table of the cases that failed, too.
  /// - Throws: `BatchError`.
  package func write(output: Output, format: FeatureFormat, failures: URL?) throws {
    try noteFailures(inFile: failures != nil)
    if let failures { try writeFailures(to: failures) }
    let batch = run.batch
    switch output {
    case .none:
      note("\(batch.count - run.failures.count) of \(batch.count) cases are valid.")
    case .standardOutput:
      let output = OutputFile.standardOutput
      try writeFeatures(format) { try output.write($0) }
    case .file(let url):
      let file = try OutputFile(url)
      try writeFeatures(format) { try file.write($0) }
      try file.finish()
    }
    if run.known > 0 {
      note("\(run.known) of \(batch.count) cases were in the journal and not computed again.")
    }
  }

  /// What was found of one image and mask that were given by themselves; nil where it failed.
  package func singleFeatures() throws -> ExtractedFeatures? {
    var rows = run.batch.rows()
    guard run.batch.isSingle, run.failures.isEmpty, let row = try rows.next() else { return nil }
    return try features(of: row)
  }

  private func note(_ text: String) {
    tell(text + "\n")
  }

  private func writeFeatures(_ format: FeatureFormat, _ write: (String) throws -> Void) throws {
    let names = run.journal.names(at: run.places)
    var writer = FeatureWriter(format, columns: run.batch.columns, names: names)
    try write(writer.header)
    var rows = run.batch.rows()
    while let row = try rows.next() {
      if let error = run.failures[row.number - 1] {
        try write(writer.text(row, .failure(error)))
      } else if let found = try features(of: row) {
        try write(writer.text(row, .success(found)))
      }
    }
    try write(writer.footer)
  }

  /// What was found of a row, source after source.
  private func features(of row: ExtractionBatch.Row) throws(BatchError) -> ExtractedFeatures? {
    var joined: ExtractedFeatures?
    for place in run.places[row.number - 1] {
      let found = try run.journal.features(at: place)
      joined?.append(found)
      if joined == nil { joined = found }
    }
    return joined
  }

  private func noteFailures(inFile: Bool) throws {
    var noted = 0
    try run.forEachFailure { row, error in
      noted += 1
      if inFile && noted > Self.shown { return }
      note("\(row.name): \(error.code): \(error)")
    }
    if inFile && noted > Self.shown { note("… and \(noted - Self.shown) more.") }
  }

  private func writeFailures(to url: URL) throws {
    let file = try OutputFile(url)
    let table = FailedRows(columns: run.batch.columns)
    try file.write(table.header)
    try run.forEachFailure { row, error in try file.write(table.line(row, error)) }
    try file.finish()
  }
}

extension ExtractedFeatures {
  /// Adds the features of another source of the same region.
  fileprivate mutating func append(_ other: ExtractedFeatures) {
    names += other.names
    values += other.values
    // What is said of the files stands with each source.
    let told = diagnostics.warnings
    diagnostics.warnings += other.diagnostics.warnings.filter { !told.contains($0) }
    let entries = Set(diagnostics.entries.map(\.name))
    diagnostics.entries += other.diagnostics.entries.filter { !entries.contains($0.name) }
  }
}

/// The rows that failed, as a table: which one, why, and what to do; then the row as it was given.
package struct FailedRows {
  private let columns: [String]

  package init(columns: [String]) { self.columns = columns }

  package var header: String {
    DelimitedWriter().line(["Row", "Code", "Sentence", "Remedy"] + columns)
  }

  package func line(_ row: ExtractionBatch.Row, _ error: StudyTaskError) -> String {
    DelimitedWriter().line(["\(row.number)", error.code, error.sentence, error.remedy] + row.fields)
  }
}
