/// Reads a delimited table row by row, so that a long one need not be held as strings.
///
/// A column without a name is allowed (tables written with a row index have one); two columns of one name
/// are not, nor is a row with fewer or more fields than the header.
package struct TableReader: Sendable {
  package let header: [String]
  package var label: String { reader.label }
  package var delimiter: Delimiter { reader.delimiter }
  private var reader: DelimitedReader
  private let headerRecord: DelimitedRecord

  package init(
    _ bytes: [UInt8], label: String, delimiter: Delimiter? = nil
  ) throws(DelimitedTextError) {
    var reader = try DelimitedReader(bytes, label: label, delimiter: delimiter)
    guard let header = try reader.next() else {
      throw DelimitedTextError(
        code: .noHeader, label: label, line: 1, column: 1,
        reason: "the table is empty; its first line must name the columns")
    }
    try Self.checkNames(of: header, label: label)
    self.header = header.fields
    headerRecord = header
    self.reader = reader
  }

  /// The next row, as wide as the header; `nil` at the end.
  package mutating func next() throws(DelimitedTextError) -> DelimitedRecord? {
    guard let row = try reader.next() else { return nil }
    try Self.checkWidth(of: row, against: headerRecord, label: label)
    return row
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
