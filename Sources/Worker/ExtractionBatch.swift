import DelimitedText
import Foundation
import NeuralNet
import StudyPlan
import StudyTasks

/// The cases of one `worker extract`.
struct ExtractionBatch: Sendable {
  struct Row: Sendable {
    /// What messages call the case.
    var name: String
    var image: URL
    var mask: URL
    var label: UInt32?
    /// The row of the batch as it was given, in the order of `columns`.
    var fields: [String]
  }

  typealias Outcome = Result<ExtractedFeatures, StudyTaskError>

  let columns: [String]
  let rows: [Row]
  /// True for one image and mask given by themselves.
  let isSingle: Bool

  init(image: String, mask: String) {
    columns = ["Image", "Mask"]
    rows = [
      Row(
        name: "case 1", image: URL(fileURLWithPath: image), mask: URL(fileURLWithPath: mask), label: nil,
        fields: [image, mask])
    ]
    isSingle = true
  }

  /// Reads a batch CSV as PyRadiomics has it: columns Image and Mask, optionally Label.
  init(table url: URL) throws {
    let table: DelimitedTable
    do {
      table = try DelimitedTable(parsing: Array(try Data(contentsOf: url)), label: url.lastPathComponent)
    } catch let error as DelimitedTextError {
      throw StudyError(.badManifest, error.description)
    } catch {
      throw StudyError(.unreadable, "The batch \(url.path) cannot be read: \(error.localizedDescription)")
    }
    func column(_ name: String) -> Int? { table.header.firstIndex { $0.lowercased() == name } }
    guard let image = column("image"), let mask = column("mask") else {
      throw StudyError(
        .badManifest,
        "\(table.label) needs columns Image and Mask; found: \(table.header.joined(separator: ", ")).")
    }
    let label = column("label")
    columns = table.header
    isSingle = false
    rows = try table.rows.map { record in
      let text = label.map { record.fields[$0] } ?? ""
      let number = UInt32(text)
      guard text.isEmpty || number != nil else {
        throw StudyError(
          .badManifest, "\(table.label), line \(record.line): Label '\(text)' is not a whole number.")
      }
      return Row(
        name: "line \(record.line)", image: URL(fileURLWithPath: record.fields[image], relativeTo: url),
        mask: URL(fileURLWithPath: record.fields[mask], relativeTo: url), label: number, fields: record.fields
      )
    }
  }

  /// Runs all cases, so many at a time; outcomes stand in the order of the rows.
  func run(_ job: ExtractionJob, atATime most: Int) async throws -> [Outcome] {
    try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      var outcomes = [Outcome?](repeating: nil, count: rows.count)
      var next = 0
      func start() {
        guard next < rows.count else { return }
        let (index, row) = (next, rows[next])
        next += 1
        group.addTask { (index, try await onOwnThread { job.outcome(of: row) }) }
      }
      for _ in 0..<most { start() }
      while let (index, outcome) = try await group.next() {
        outcomes[index] = outcome
        start()
      }
      return outcomes.compactMap(\.self)
    }
  }
}

/// What is done with each case.
struct ExtractionJob: Sendable {
  struct Deep: Sendable {
    var network: DeepExtractor
    var settings: DeepSettings
  }

  var parameters: ExtractionParameters
  /// Deep features too, after the hand-crafted ones.
  var deep: Deep?
  /// Reads and checks everything, computes nothing.
  var onlyValidates: Bool

  func outcome(of row: ExtractionBatch.Row) -> ExtractionBatch.Outcome {
    Result { () throws(StudyTaskError) in
      let region = try RegionFiles(image: row.image, mask: row.mask, label: row.label ?? parameters.label)
      if onlyValidates {
        try region.validate(parameters)
        return ExtractedFeatures(names: [], values: [], diagnostics: .init(voxels: 0, warnings: []))
      }
      var extracted = try region.extract(parameters)
      if let deep {
        let more = try region.deepFeatures(deep.network, deep.settings, reading: parameters)
        extracted.names += more.names
        extracted.values += more.values
        extracted.diagnostics.warnings += more.diagnostics.warnings
      }
      return extracted
    }
  }
}
