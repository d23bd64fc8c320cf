/// One record: its fields and the line on which it begins.
package struct DelimitedRecord: Equatable, Sendable {
  /// Line, from 1, as a text editor counts it; quoted fields may hold line breaks.
  package let line: Int
  package let fields: [String]

  package init(line: Int, fields: [String]) {
    self.line = line
    self.fields = fields
  }
}

/// Reads delimited text record by record, so that a large table need not be held as strings.
///
/// The grammar is RFC 4180 (quoted fields, `""` for a quote, line breaks inside quotes), made tolerant where
/// files from spreadsheets differ: a UTF-8 byte order mark is skipped, the delimiter may be `,` `;` or tab,
/// lines may end in CRLF, LF or CR, blank lines are skipped, and spaces around a field are dropped unless
/// they are inside its quotes. Text that is not UTF-8, a quote that is never closed or that stands inside an
/// unquoted field, and control characters are errors. An apostrophe that only keeps spreadsheets from calculating the
/// field (`FormulaGuard`) is taken away.
package struct DelimitedReader: Sendable {
  package let label: String
  package let delimiter: Delimiter

  private let bytes: [UInt8]
  private var position: Int
  private var line = 1
  private var lineStart: Int

  /// - Parameters:
  ///   - bytes: the whole text, UTF-8.
  ///   - label: what errors call it, a file name as a rule.
  ///   - delimiter: `nil` to detect it from the first record.
  package init(_ bytes: [UInt8], label: String, delimiter: Delimiter? = nil) throws(DelimitedTextError) {
    let wide: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
    if wide.contains(where: { bytes.starts(with: $0) }) {
      throw DelimitedTextError(
        code: .notUTF8, label: label, line: 1, column: 1,
        reason: "the text is UTF-16; save it as CSV UTF-8")
    }
    self.bytes = bytes
    self.label = label
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    lineStart = position
    self.delimiter = delimiter ?? .detected(in: bytes[position...])
  }

  /// The next record that is not blank; `nil` at the end.
  package mutating func next() throws(DelimitedTextError) -> DelimitedRecord? {
    while position < bytes.count {
      let first = line
      var fields: [String] = []
      var isQuoted = false
      repeat {
        let field = try field()
        fields.append(field.text)
        isQuoted = isQuoted || field.isQuoted
      } while skipDelimiter()
      endLine()
      if fields.count > 1 || isQuoted || !fields[0].isEmpty {
        return DelimitedRecord(line: first, fields: fields)
      }
    }
    return nil
  }
}

extension DelimitedReader {
  private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var isAtEndOfField: Bool {
    guard let byte else { return true }
    return byte == delimiter.rawValue || byte == Byte.lineFeed || byte == Byte.carriageReturn
  }

  private mutating func skipDelimiter() -> Bool {
    guard byte == delimiter.rawValue else { return false }
    position += 1
    return true
  }

  /// Steps over one line end, whichever of CRLF, LF and CR it is.
  private mutating func endLine() {
    guard let byte else { return }
    position += 1
    if byte == Byte.carriageReturn && self.byte == Byte.lineFeed { position += 1 }
    line += 1
    lineStart = position
  }

  private mutating func skipSpaces() {
    while let byte, byte == Byte.space || (byte == Byte.tab && delimiter != .tab) { position += 1 }
  }

  private mutating func field() throws(DelimitedTextError) -> (text: String, isQuoted: Bool) {
    skipSpaces()
    return byte == Byte.quote ? (try quotedField(), true) : (try plainField(), false)
  }

  private mutating func plainField() throws(DelimitedTextError) -> String {
    let start = position
    while !isAtEndOfField {
      let byte = bytes[position]
      if byte == Byte.quote {
        throw error(
          .strayQuote, "a quote inside an unquoted field; quote the whole field and double the quote")
      }
      if byte < Byte.space && byte != Byte.tab { throw controlCharacter(byte) }
      position += 1
    }
    var end = position
    while end > start, bytes[end - 1] == Byte.space || bytes[end - 1] == Byte.tab { end -= 1 }
    return try text(of: bytes[start..<end])
  }

  private mutating func quotedField() throws(DelimitedTextError) -> String {
    let opening = place
    position += 1
    var content: [UInt8] = []
    while let byte {
      switch byte {
      case Byte.quote:
        position += 1
        guard self.byte == Byte.quote else { return try closed(content) }
        content.append(Byte.quote)
        position += 1
      case Byte.lineFeed, Byte.carriageReturn:
        let start = position
        endLine()
        content.append(contentsOf: bytes[start..<position])
      case 0..<Byte.space where byte != Byte.tab:
        throw controlCharacter(byte)
      default:
        content.append(byte)
        position += 1
      }
    }
    throw error(
      .unclosedQuote, "a quote opens here and is never closed; add the closing quote", at: opening)
  }

  /// What stands after a closing quote must be the end of the field.
  private mutating func closed(_ content: [UInt8]) throws(DelimitedTextError) -> String {
    skipSpaces()
    guard isAtEndOfField else {
      throw error(.strayQuote, "text follows a closing quote; double a quote that belongs to the field")
    }
    return try text(of: content[...])
  }

  private func text(of slice: ArraySlice<UInt8>) throws(DelimitedTextError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw error(.notUTF8, "the field that ends here is not UTF-8; save the file as CSV UTF-8")
    }
    return FormulaGuard.unguarded(text)
  }

  private func controlCharacter(_ byte: UInt8) -> DelimitedTextError {
    error(
      .controlCharacter, "control character 0x\(String(byte, radix: 16)); the file is damaged or not text")
  }

  /// A place in the text, from which lines and columns are counted only where there is an error to tell.
  private struct Place {
    var line: Int
    var lineStart: Int
    var position: Int
  }

  private var place: Place { Place(line: line, lineStart: lineStart, position: position) }

  private func error(
    _ code: DelimitedTextError.Code, _ reason: String, at other: Place? = nil
  ) -> DelimitedTextError {
    let place = other ?? self.place
    let before = String(decoding: bytes[place.lineStart..<place.position], as: UTF8.self)
    return DelimitedTextError(
      code: code, label: label, line: place.line, column: before.count + 1, reason: reason)
  }
}
