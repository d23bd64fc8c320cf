/// Why a delimited text could not be read, and where.
package struct DelimitedTextError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable, CaseIterable {
    case notUTF8, controlCharacter, unclosedQuote, strayQuote, noHeader, repeatedColumn, wrongFieldCount
  }

  package let code: Code
  /// What the caller calls the text, a file name as a rule.
  package let label: String
  /// Line, from 1, as a text editor counts it.
  package let line: Int
  /// Place on that line: character, or field of a row that does not fit the header; from 1.
  package let column: Int
  /// What was found and what to do, without the place.
  package let reason: String

  package init(code: Code, label: String, line: Int, column: Int, reason: String) {
    self.code = code
    self.label = label
    self.line = line
    self.column = column
    self.reason = reason
  }

  package var description: String { "\(label), line \(line), column \(column): \(reason)" }
}
