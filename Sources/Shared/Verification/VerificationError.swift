/// Why an installation cannot be looked at.
package struct VerificationError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable, CaseIterable {
    /// The folder of reference data is not there, or has nothing of what is looked for.
    case noData
    /// A table of reference values cannot be read.
    case badTable
    /// An image of the reference data is broken.
    case badImage
    /// There is no room for the images that the program makes.
    case unwritable
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
