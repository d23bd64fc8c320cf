/// A script of SQL, cut into statements as PostgreSQL's own lexer does (src/backend/parser/scan.l, and psql's rule for the
/// bodies of SQL functions), as far as finding the ends of statements and the names of what they create needs it.
package struct SQLScript {
  package struct Token: Equatable {
    package enum Kind { case word, quotedName, text, symbol }
    package let kind: Kind
    package let range: Range<Int>
  }

  package struct Statement {
    /// From its first token to its last, without the semicolon.
    package let range: Range<Int>
    package let tokens: ArraySlice<Token>
  }

  /// UTF-8; ranges count bytes.
  package let bytes: [UInt8]
  package let statements: [Statement]

  package init(_ text: String) {
    bytes = Array(text.utf8)
    var lexer = SQLLexer(bytes)
    var tokens: [Token] = []
    while let token = lexer.next() { tokens.append(token) }
    statements = SQLScript.statements(of: tokens, in: bytes)
  }

  private static func statements(of tokens: [Token], in bytes: [UInt8]) -> [Statement] {
    var statements: [Statement] = []
    var first = 0
    var depth = StatementDepth()
    for (index, token) in tokens.enumerated() {
      let isEnd = token.kind == .symbol && bytes[token.range.lowerBound] == UInt8(ascii: ";")
      if isEnd, depth.isZero {
        append(tokens[first..<index])
        first = index + 1
        depth = StatementDepth()
      } else {
        depth.take(token, in: bytes)
      }
    }
    append(tokens[first...])
    return statements

    func append(_ part: ArraySlice<Token>) {
      guard let start = part.first, let end = part.last else { return }
      statements.append(Statement(range: start.range.lowerBound..<end.range.upperBound, tokens: part))
    }
  }

  package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// Whether a semicolon ends the statement: not within brackets, nor in `BEGIN ATOMIC … END` of a function.
private struct StatementDepth {
  private var brackets = 0
  private var blocks = 0
  private var words = 0
  private var isFunction = false

  var isZero: Bool { brackets <= 0 && blocks <= 0 }

  mutating func take(_ token: SQLScript.Token, in bytes: [UInt8]) {
    if token.kind == .symbol {
      switch bytes[token.range.lowerBound] {
      case UInt8(ascii: "("): brackets += 1
      case UInt8(ascii: ")"): brackets -= 1
      default: break
      }
    }
    guard token.kind == .word else { return }
    words += 1
    switch String(decoding: bytes[token.range], as: UTF8.self).uppercased() {
    case "FUNCTION", "PROCEDURE": if words <= 4 { isFunction = true }
    case "BEGIN" where isFunction: blocks += 1
    case "CASE" where isFunction && blocks > 0: blocks += 1
    case "END" where isFunction: blocks -= 1
    default: break
    }
  }
}

/// Cuts SQL into tokens; comments and blank space are none.
struct SQLLexer {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> SQLScript.Token? {
    skipSpace()
    guard at < bytes.count else { return nil }
    let start = at
    let kind: SQLScript.Token.Kind
    switch bytes[at] {
    case UInt8(ascii: "'"):
      quoted(until: UInt8(ascii: "'"), escapes: false)
      kind = .text
    case UInt8(ascii: "\""):
      quoted(until: UInt8(ascii: "\""), escapes: false)
      kind = .quotedName
    case UInt8(ascii: "$") where dollarTag != nil:
      dollarQuoted()
      kind = .text
    case let byte where byte.beginsWord:
      kind = word()
    case let byte where byte.isDigit:
      while at < bytes.count, bytes[at].continuesWord || bytes[at] == UInt8(ascii: ".") { at += 1 }
      kind = .symbol
    default:
      at += 1
      kind = .symbol
    }
    return SQLScript.Token(kind: kind, range: start..<at)
  }

  private mutating func word() -> SQLScript.Token.Kind {
    let start = at
    while at < bytes.count, bytes[at].continuesWord { at += 1 }
    let isEscaped = at - start == 1 && bytes[start] | 0x20 == UInt8(ascii: "e")
    guard isEscaped, at < bytes.count, bytes[at] == UInt8(ascii: "'") else { return .word }
    quoted(until: UInt8(ascii: "'"), escapes: true)
    return .text
  }

  private mutating func skipSpace() {
    while at < bytes.count {
      if bytes[at].isSpace {
        at += 1
      } else if starts("--") {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
      } else if starts("/*") {
        skipComment()
      } else {
        return
      }
    }
  }

  /// Comments of this form nest.
  private mutating func skipComment() {
    var depth = 0
    repeat {
      if starts("/*") {
        depth += 1
        at += 2
      } else if starts("*/") {
        depth -= 1
        at += 2
      } else {
        at += 1
      }
    } while depth > 0 && at < bytes.count
  }

  /// A doubled quote stands for itself; so does, with escapes, any byte after a backslash.
  private mutating func quoted(until quote: UInt8, escapes: Bool) {
    at += 1
    while at < bytes.count {
      if escapes, bytes[at] == UInt8(ascii: "\\") {
        at += 2
      } else if bytes[at] != quote {
        at += 1
      } else if at + 1 < bytes.count, bytes[at + 1] == quote {
        at += 2
      } else {
        at += 1
        return
      }
    }
    at = min(at, bytes.count)
  }

  /// The tag that begins here, with both its dollar signs.
  private var dollarTag: ArraySlice<UInt8>? {
    var end = at + 1
    if end < bytes.count, bytes[end].isDigit { return nil }
    while end < bytes.count, bytes[end].continuesWord, bytes[end] != UInt8(ascii: "$") { end += 1 }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return nil }
    return bytes[at...end]
  }

  private mutating func dollarQuoted() {
    guard let tag = dollarTag else { return }
    at += tag.count
    while at < bytes.count, !bytes[at...].starts(with: tag) { at += 1 }
    at = min(at + tag.count, bytes.count)
  }

  private func starts(_ text: StaticString) -> Bool {
    bytes[at...].starts(with: text.description.utf8)
  }
}

extension UInt8 {
  fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var beginsWord: Bool {
    let lower = self | 0x20
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || self == UInt8(ascii: "_")
      || self >= 0x80
  }
  fileprivate var continuesWord: Bool { beginsWord || isDigit || self == UInt8(ascii: "$") }
}
