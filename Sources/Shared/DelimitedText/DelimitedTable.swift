/// A delimited text with a header, as rows of strings with the lines they came from.
package struct DelimitedTable: Equatable, Sendable {
  package let label: String
  package let delimiter: Delimiter
  package let header: [String]
  /// Every row has as many fields as the header.
  package let rows: [DelimitedRecord]

  /// Reads a whole table; the grammar is `DelimitedReader`'s.
  ///
  /// A column without a name is allowed (tables written with a row index have one); two columns of one name
  /// are not, nor is a row with fewer or more fields than the header.
  package init(
    parsing bytes: [UInt8], label: String, delimiter: Delimiter? = nil
  ) throws(DelimitedTextError) {
    var reader = try DelimitedReader(bytes, label: label, delimiter: delimiter)
    guard let header = try reader.next() else {
      throw DelimitedTextError(
        code: .noHeader, label: label, line: 1, column: 1,
        reason: "the table is empty; its first line must name the columns")
    }
    try Self.checkNames(of: header, label: label)
    var rows: [DelimitedRecord] = []
    while let row = try reader.next() {
      try Self.checkWidth(of: row, against: header, label: label)
      rows.append(row)
    }
    self.label = label
    self.delimiter = reader.delimiter
    self.header = header.fields
    self.rows = rows
  }

  package init(
    parsing text: String, label: String, delimiter: Delimiter? = nil
  ) throws(DelimitedTextError) {
    try self.init(parsing: Array(text.utf8), label: label, delimiter: delimiter)
  }

  /// Position of a column by its exact name; `nil` where the table has none.
  package func index(of column: String) -> Int? { header.firstIndex(of: column) }

  /// Where a field stands, for a message: `manifest.csv, line 7, column Outcome`.
  package func place(of row: DelimitedRecord, column: Int) -> String {
    "\(label), line \(row.line), column \(header[column])"
  }

  private static func checkNames(of header: DelimitedRecord, label: String) throws(DelimitedTextError) {
    var first: [String: Int] = [:]
    for (index, name) in header.fields.enumerated() where !name.isEmpty {
      if let earlier = first.updateValue(index, forKey: name) {
        throw DelimitedTextError(
          code: .repeatedColumn, label: label, line: header.line, column: index + 1,
          reason: "columns \(earlier + 1) and \(index + 1) are both named “\(name)”; rename or remove one")
      }
    }
  }

  private static func checkWidth(
    of row: DelimitedRecord, against header: DelimitedRecord, label: String
  ) throws(DelimitedTextError) {
    let found = row.fields.count
    let expected = header.fields.count
    guard found != expected else { return }
    let advice =
      found < expected
      ? "the header has \(expected); the row ends before column “\(header.fields[found])”"
      : "the header has \(expected); quote a field that contains the delimiter"
    throw DelimitedTextError(
      code: .wrongFieldCount, label: label, line: row.line, column: min(found, expected) + 1,
      reason: "the row has \(found) field\(found == 1 ? "" : "s"), \(advice)")
  }
}
