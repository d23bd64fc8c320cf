import Foundation

/// Why a task of a study cannot be done, as a researcher reads it in the report.
///
/// Holds no path and no identifier: the case it belongs to is known beside it.
package struct StudyTaskError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Short, stable name for tables and programs: `not-found`, `geometry-mismatch`, …
  package let code: String
  /// What was tried and what was found.
  package let sentence: String
  /// What to do.
  package let remedy: String
  /// True where another attempt, or another machine, may succeed.
  package let isTransient: Bool

  package init(code: String, sentence: String, remedy: String, isTransient: Bool = false) {
    self.code = code
    self.sentence = sentence
    self.remedy = remedy
    self.isTransient = isTransient
  }

  package var description: String { "\(sentence) \(remedy)" }
}

extension String {
  /// A Swift case name as codes are written: `geometryMismatch` becomes `geometry-mismatch`.
  var kebabCase: String {
    reduce(into: "") { text, letter in
      if letter.isUppercase { text += "-" }
      text += letter.lowercased()
    }
  }

  /// First letter large, a full stop at the end.
  var sentence: String {
    let text = prefix(1).uppercased() + dropFirst()
    return text.hasSuffix(".") ? text : text + "."
  }
}
