import DelimitedText

/// Predictions that were made elsewhere, read from a table.
///
/// Columns `Outcome` (0 or 1) and `Probability` (0 to 1) are needed, `Site`, `Split`, `ID` and `Model` may be there;
/// names are matched without regard to case, other columns are passed over. `predictions.csv` of a report is such
/// a table.
package struct PredictionReader {
  /// What `split` of a row is without a column `Split`.
  package static let undivided = "all"

  private static let parts = [
    "training": "training", "train": "training", "development": "training", "test": "test",
    "testing": "test", "validation": "test", "holdout": "test", "external": "external", "all": undivided,
  ]

  private enum Column: String, CaseIterable {
    case outcome = "Outcome"
    case probability = "Probability"
    case site = "Site"
    case split = "Split"
    case id = "ID"
    case subject = "Subject"
    case model = "Model"
  }

  private let table: DelimitedTable
  private let columns: [Column: Int]

  /// - Throws: `ReportError` with code `badPredictions` where a column is missing.
  package init(_ table: DelimitedTable) throws {
    self.table = table
    var columns: [Column: Int] = [:]
    for column in Column.allCases {
      columns[column] = table.header.firstIndex { $0.lowercased() == column.rawValue.lowercased() }
    }
    self.columns = columns
    let missing = [Column.outcome, .probability].filter { columns[$0] == nil }.map(\.rawValue)
    guard missing.isEmpty else {
      throw Self.bad(
        "\(table.label), line 1: no column \(missing.joined(separator: " and no column ")); the columns are "
          + "\(table.header.joined(separator: ", ")). Needed are Outcome and Probability; Site, Split, ID and "
          + "Model may be there."
          + (table.header.contains("LinearPredictor")
            ? " These are predictions of Cox models: evaluate knows no times, and their own report evaluates them."
            : ""))
    }
    guard !table.rows.isEmpty else {
      throw Self.bad("\(table.label): no rows below the header; give one row a case and model.")
    }
  }

  /// One row a case and model, in the order of the table. Cases without an ID are numbered within their model.
  /// - Throws: `ReportError` with code `badPredictions`, naming line and column.
  package func rows() throws -> [PredictionRow] {
    var seen: [String: Int] = [:]
    var counts: [String: Int] = [:]
    return try table.rows.map { record in
      let model = try text(.model, record) ?? "Predictions"
      counts[model, default: 0] += 1
      let id = try text(.id, record) ?? "row \(counts[model, default: 0])"
      if let earlier = seen.updateValue(record.line, forKey: "\(model)\u{0}\(id)") {
        throw Self.bad(
          "\(table.label), line \(record.line): ID \(id) of line \(earlier) again for model \(model); give each "
            + "case one row a model.")
      }
      return PredictionRow(
        caseID: id, subject: try text(.subject, record) ?? id, site: try text(.site, record) ?? "All",
        split: try part(record), outcome: try outcome(record), model: model,
        probability: try probability(record))
    }
  }
}

extension PredictionReader {
  static func bad(_ message: String) -> ReportError { ReportError(.badPredictions, message) }

  private func fault(_ column: Column, _ record: DelimitedRecord, _ what: String) -> ReportError {
    Self.bad("\(table.place(of: record, column: columns[column] ?? 0)): \(what)")
  }

  /// The text of a column that may be absent, but not empty.
  private func text(_ column: Column, _ record: DelimitedRecord) throws -> String? {
    guard let index = columns[column] else { return nil }
    guard !record.fields[index].isEmpty else {
      throw fault(column, record, "is empty; fill it in every row, or leave the column out.")
    }
    return record.fields[index]
  }

  private func part(_ record: DelimitedRecord) throws -> String {
    guard let text = try text(.split, record) else { return Self.undivided }
    guard let part = Self.parts[text.lowercased()] else {
      throw fault(.split, record, "'\(text)' is neither 'training', 'test' nor 'external'.")
    }
    return part
  }

  private func outcome(_ record: DelimitedRecord) throws -> Int {
    let text = try text(.outcome, record) ?? ""
    guard let value = Double(text), value == 0 || value == 1 else {
      throw fault(.outcome, record, "'\(text)' is neither 0 (without the outcome) nor 1 (with it).")
    }
    return Int(value)
  }

  private func probability(_ record: DelimitedRecord) throws -> Double {
    let text = try text(.probability, record) ?? ""
    guard let value = Double(text), value.isFinite else {
      throw fault(
        .probability, record,
        "'\(text)' is not a finite number; write decimals with a point, and leave out cases without "
          + "a prediction.")
    }
    guard (0...1).contains(value) else {
      throw fault(
        .probability, record,
        "\(text) is not between 0 and 1; scores of another scale must be turned into probabilities first.")
    }
    return value
  }
}
