import Foundation

/// Why a report could not be written or read.
package struct ReportError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable, CaseIterable {
    /// A number that must be finite is not.
    case notFinite
    /// The JSON is not a report, or not one of this schema version.
    case notAReport
    /// gnuplot is not installed.
    case gnuplotMissing
    /// gnuplot ran and reported an error.
    case gnuplotFailed
    /// A row does not fit the columns of its table.
    case wrongFieldCount
    /// A table of predictions cannot be evaluated.
    case badPredictions
    /// A file could not be created, written or renamed.
    case fileNotWritten
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

extension ReportError {
  static func notWritten(_ destination: URL, _ error: any Error) -> ReportError {
    ReportError(
      .fileNotWritten,
      "\(destination.path): could not be written (\(error.localizedDescription)); check that the folder "
        + "exists, may be written to and has space")
  }
}
