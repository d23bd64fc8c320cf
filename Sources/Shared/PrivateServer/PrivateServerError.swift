/// Why a private PostgreSQL could not be run.
package struct PrivateServerError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// PostgreSQL is not installed, or not in the version the data need.
    case notInstalled
    /// There is no unprivileged account to run it.
    case noAccount
    /// The data folder cannot be made, read or written.
    case folder
    /// A program of PostgreSQL failed.
    case program
    /// The server runs, but cannot be talked to.
    case unreachable
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
