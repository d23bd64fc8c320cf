/// Encodes records as RFC 4180 does: a field is quoted where it must be, and a quote inside it is doubled.
///
/// Lines end in LF, which RFC 4180 readers accept and Unix tools expect; `crlf` gives the letter of the RFC.
/// A field that begins or ends with a space is quoted too, because readers (ours among them) drop bare
/// spaces, and so is a record of one empty field, which would otherwise be a blank line. A text that a spreadsheet would
/// calculate gets an apostrophe before it (`FormulaGuard`), which our reader takes away.
package struct DelimitedWriter: Sendable {
  package enum LineEnding: String, Sendable {
    case lf = "\n"
    case crlf = "\r\n"
  }

  package let delimiter: Delimiter
  package let lineEnding: LineEnding

  package init(delimiter: Delimiter = .comma, lineEnding: LineEnding = .lf) {
    self.delimiter = delimiter
    self.lineEnding = lineEnding
  }

  /// One record with its line end.
  package func line(_ fields: [String]) -> String {
    var line = ""
    for (index, field) in fields.lazy.map(FormulaGuard.guarded).enumerated() {
      if index > 0 { line.unicodeScalars.append(Unicode.Scalar(delimiter.rawValue)) }
      line += needsQuotes(field) || (fields.count == 1 && field.isEmpty) ? quoted(field) : field
    }
    return line + lineEnding.rawValue
  }

  /// A number that reads back as the same `Double`, in the fewest digits; a whole number has no fraction.
  ///
  /// An undefined value is an empty field (what R and pandas read as missing); infinities are `inf` and
  /// `-inf`.
  package static func field(_ value: Double?) -> String {
    guard let value, !value.isNaN else { return "" }
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private func needsQuotes(_ field: String) -> Bool {
    let bytes = field.utf8
    if bytes.first == Byte.space || bytes.last == Byte.space { return true }
    if bytes.first == Byte.tab || bytes.last == Byte.tab { return true }
    return bytes.contains {
      $0 == delimiter.rawValue || $0 == Byte.quote || $0 == Byte.lineFeed || $0 == Byte.carriageReturn
    }
  }

  private func quoted(_ field: String) -> String {
    var text = "\""
    for scalar in field.unicodeScalars {
      text.unicodeScalars.append(scalar)
      if scalar == "\"" { text.unicodeScalars.append(scalar) }
    }
    return text + "\""
  }
}
