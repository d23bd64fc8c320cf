/// Why a synthetic cohort could not be written.
package struct SynthesisError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// An option is outside its range.
    case badOptions
    /// The folder holds a manifest that is not of a synthetic cohort.
    case folderInUse
    /// The system does not let a folder or file be written.
    case unwritable
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
