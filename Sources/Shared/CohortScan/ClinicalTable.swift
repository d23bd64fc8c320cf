import DelimitedText
import Foundation

/// A table of clinicians: one row a patient, known by an identifier.
package struct ClinicalTable: Sendable {
  package struct Row: Equatable, Sendable {
    package let line: Int
    fileprivate(set) var fields: [String]
  }

  /// What messages call it.
  package let label: String
  let header: [String]
  package private(set) var rows: [Row]
  /// Columns whose decimal commas became points: a study would take them for words.
  package private(set) var columnsWithCommas: [String] = []
  let idColumn: Int
  let outcomeColumn: Int?
  /// A column called Site, by which rows of several hospitals are told apart.
  let siteColumn: Int?

  /// - Parameters:
  ///   - bytes: CSV; `;` and tabs are understood.
  ///   - label: what messages call it.
  ///   - id: the column with the patients' identifiers.
  ///   - outcome: the column that becomes Outcome; nil: the one that is called so.
  ///   - isSpreadsheet: whether a program made the text of a spreadsheet: blank cells and rows at the ends count for nothing.
  /// - Throws: `badTable`.
  package init(
    parsing bytes: [UInt8], label: String, id: String, outcome: String? = nil, isSpreadsheet: Bool = false
  ) throws(ScanError) {
    self.label = label
    var delimiter = Delimiter.comma
    do throws(DelimitedTextError) {
      if isSpreadsheet {
        (header, rows) = try Self.spreadsheet(bytes, label: label)
      } else {
        let table = try DelimitedTable(parsing: bytes, label: label)
        header = table.header
        delimiter = table.delimiter
        rows = table.rows.map { Row(line: $0.line, fields: $0.fields) }
      }
    } catch {
      throw ScanError(.badTable, error.description)
    }
    guard let idColumn = try Self.column(id, of: header, label) else {
      throw Self.absent(id, of: header, label)
    }
    self.idColumn = idColumn
    siteColumn = try Self.column("Site", of: header, label)
    outcomeColumn = try Self.column(outcome ?? "Outcome", of: header, label)
    if let outcome, outcomeColumn == nil { throw Self.absent(outcome, of: header, label) }
    if delimiter != .comma { replaceDecimalCommas() }
  }

  /// Columns of whole and decimal numbers alone, where commas separate no fields.
  private mutating func replaceDecimalCommas() {
    for column in header.indices where column != idColumn && column != siteColumn {
      let values = rows.map { $0.fields[column] }.filter { !$0.isEmpty }
      guard values.contains(where: { $0.contains(",") }), values.allSatisfy(Self.isNumberWithComma) else {
        continue
      }
      for row in rows.indices {
        rows[row].fields[column] = rows[row].fields[column].replacingOccurrences(of: ",", with: ".")
      }
      columnsWithCommas.append(header[column])
    }
  }

  /// A sign, digits and, perhaps, a comma with digits behind it.
  private static func isNumberWithComma(_ text: String) -> Bool {
    let digits = text.drop { "+-".contains($0) }
    let parts = digits.split(separator: ",", omittingEmptySubsequences: false)
    return text.count - digits.count <= 1 && (1...2).contains(parts.count)
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }

  private static func spreadsheet(
    _ bytes: [UInt8], label: String
  ) throws(DelimitedTextError) -> ([String], [Row]) {
    var reader = try DelimitedReader(bytes, label: label, delimiter: .comma)
    var header: [String]?
    var rows: [Row] = []
    while let record = try reader.next() {
      let used = record.fields.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
      if used == 0 { continue }
      guard let width = header?.count else {
        header = Array(record.fields.prefix(used))
        continue
      }
      guard used <= width else {
        throw DelimitedTextError(
          code: .wrongFieldCount, label: label, line: record.line, column: used,
          reason: "a cell stands beyond the last named column; name the column in the first row")
      }
      let fields = record.fields.prefix(width)
      rows.append(
        Row(line: record.line, fields: fields + Array(repeating: "", count: width - fields.count)))
    }
    return (header ?? [], rows)
  }

  /// By its exact name, else without regard to letter case.
  private static func column(_ name: String, of header: [String], _ label: String) throws(ScanError) -> Int? {
    if let exact = header.firstIndex(of: name) { return exact }
    let found = header.indices.filter { header[$0].lowercased() == name.lowercased() }
    guard found.count <= 1 else {
      throw ScanError(
        .badTable, "\(label): \(found.count) columns are called \(name) in other letters; rename all but one")
    }
    return found.first
  }

  private static func absent(_ name: String, of header: [String], _ label: String) -> ScanError {
    ScanError(
      .badTable,
      "\(label) has no column \(name); it has \(header.filter { !$0.isEmpty }.joined(separator: ", "))")
  }

  func identifier(of row: Row) -> String { row.fields[idColumn].trimmingCharacters(in: .whitespaces) }

  /// Columns that go to the manifest, with the names that they have there. One that has a meaning in manifests is renamed.
  package var passedColumns: [(name: String, position: Int)] {
    let taken: Set<String> = [
      "id", "site", "image", "mask", "outcome", "label", "segment", "series", "participant_id", "patient_id",
      "subject_id", "subject", "image_path", "mask_path", "segment_name", "roi_name",
    ]
    let used = [idColumn, outcomeColumn, siteColumn]
    return header.indices.filter { !used.contains($0) && !header[$0].isEmpty }.map {
      (taken.contains(header[$0].lowercased()) ? "clinical_" + header[$0] : header[$0], $0)
    }
  }
}
