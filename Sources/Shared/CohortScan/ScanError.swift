/// Why folders could not be scanned, or a table or key file not be used.
package struct ScanError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable, CaseIterable {
    /// A folder, table or key file that is not there or cannot be read.
    case unreadable
    /// A table or key file whose content is wrong.
    case badTable
    /// What was asked for contradicts itself.
    case badRequest
    /// The key file cannot be written.
    case unwritable
  }

  package let code: Code
  /// What was tried, what was found, and what to do; names no patient.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
