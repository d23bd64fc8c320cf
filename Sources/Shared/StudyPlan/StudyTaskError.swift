import Foundation

/// Why a task of a study cannot be done, as a researcher reads it in the report.
///
/// Holds no path and no identifier: the case it belongs to is known beside it.
package struct StudyTaskError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Short, stable name for tables and programs: `not-found`, `geometry-mismatch`, `segment-not-named`, `segment-absent`,
  /// `other-frame-of-reference`, …
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

  /// Of a computation that nobody waits for any more; nobody reads it.
  package static let cancelled = StudyTaskError(
    code: "cancelled", sentence: "The computation was cancelled.", remedy: "Nothing.", isTransient: true)

  /// An error that no part of the computation is known to throw; told as such, and tried again.
  package init(unexpected error: any Error) {
    self.init(
      code: "unexpected-error", sentence: "The attempt ended with an unexpected error (\(type(of: error))).",
      remedy: "Report this as a defect of the program.", isTransient: true)
  }

  package var description: String { "\(sentence) \(remedy)" }
}

extension String {
  /// A Swift case name as codes are written: `geometryMismatch` becomes `geometry-mismatch`.
  package var kebabCase: String {
    reduce(into: "") { text, letter in
      if letter.isUppercase { text += "-" }
      text += letter.lowercased()
    }
  }

  /// First letter large, a full stop at the end.
  package var sentence: String {
    let text = prefix(1).uppercased() + dropFirst()
    return text.hasSuffix(".") ? text : text + "."
  }
}
