/// What is wrong with a study file, a parameter file or a manifest.
package struct StudyError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case unreadable
    case syntax
    case unknownKey
    case missingKey
    case badValue
    case unsupported
    case badManifest
  }

  package let code: Code
  /// What was tried, what was found and what to do, in a sentence or two.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
