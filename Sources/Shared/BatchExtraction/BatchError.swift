/// Why the files that a batch writes cannot be written or read back.
package struct BatchError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable, CaseIterable {
    /// The system does not let the file be read or written, or the disk is full.
    case unwritable
    /// Another process writes the same journal.
    case inUse
    /// The file is there, but is no journal of this program.
    case notAJournal
  }

  package let code: Code
  /// What was tried, what was found and what to do.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
