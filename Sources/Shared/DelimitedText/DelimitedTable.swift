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
    var reader = try TableReader(bytes, label: label, delimiter: delimiter)
    var rows: [DelimitedRecord] = []
    while let row = try reader.next() { rows.append(row) }
    self.label = label
    self.delimiter = reader.delimiter
    header = reader.header
    self.rows = rows
  }

  package init(
    parsing text: String, label: String, delimiter: Delimiter? = nil
  ) throws(DelimitedTextError) {
    try self.init(parsing: Array(text.utf8), label: label, delimiter: delimiter)
  }

  /// The table without the columns of these names, in whatever letter case.
  package func without(_ names: [String]) -> DelimitedTable {
    let left = Set(names.map { $0.lowercased() })
    let kept = header.indices.filter { !left.contains(header[$0].lowercased()) }
    guard kept.count < header.count else { return self }
    return DelimitedTable(
      label: label, delimiter: delimiter, header: kept.map { header[$0] },
      rows: rows.map { row in DelimitedRecord(line: row.line, fields: kept.map { row.fields[$0] }) })
  }

  private init(label: String, delimiter: Delimiter, header: [String], rows: [DelimitedRecord]) {
    (self.label, self.delimiter, self.header, self.rows) = (label, delimiter, header, rows)
  }

  /// Position of a column by its exact name; `nil` where the table has none.
  package func index(of column: String) -> Int? { header.firstIndex(of: column) }

  /// Where a field stands, for a message: `manifest.csv, line 7, column Outcome`.
  package func place(of row: DelimitedRecord, column: Int) -> String {
    "\(label), line \(row.line), column \(header[column])"
  }
}
