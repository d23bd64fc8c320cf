import ArgumentParser
import Postgres

/// Exit codes of both programs: those of sysexits.h where one fits.
package enum ExitStatus {
  /// Finished, but some cases failed.
  package static let someCasesFailed = ExitCode(1)
  /// Finished, but the leakage audit fails.
  package static let auditFailed = ExitCode(1)
  /// The command line is wrong (EX_USAGE).
  package static let usage = ExitCode(64)
  /// An input is wrong: study, manifest, image, mask (EX_DATAERR).
  package static let badData = ExitCode(65)
  /// The database cannot be reached, or is of another version (EX_UNAVAILABLE).
  package static let databaseUnreachable = ExitCode(69)
  /// Files or weights that tasks need are nowhere (EX_UNAVAILABLE).
  package static let somethingMissing = ExitCode(69)
  /// A file or folder cannot be written (EX_CANTCREAT).
  package static let cannotWrite = ExitCode(73)
  /// A passing failure; try again (EX_TEMPFAIL).
  package static let tryAgain = ExitCode(75)
}

/// An error that ends the program with one of the exit codes and a message on standard error.
package struct CommandFailure: Error, CustomStringConvertible {
  package let status: ExitCode
  package let message: String

  package init(_ status: ExitCode, _ message: String) {
    self.status = status
    self.message = message
  }

  package var description: String { message }
}

extension CommandFailure {
  /// A database error that ends the program.
  package init(_ error: PostgresError) {
    let isAway = error.isTransient || error.needsReconnect || error.code == .connectionFailed
    let isOfAnotherVersion = error.code == .schema || error.sqlState == "TR001"
    let status = isAway || isOfAnotherVersion ? ExitStatus.databaseUnreachable : ExitStatus.badData
    guard error.sqlState == .insufficientPrivilege, error.hint == nil else {
      self.init(status, error.inSentences)
      return
    }
    self.init(
      status,
      "The database does not let this login do that: \(error.message). It needs the role of those who may: trabecula_coordinator "
        + "submits, reports and exports, trabecula_operator steers, trabecula_worker works (Documentation/operators.md)."
    )
  }
}

extension PostgresError {
  /// Message and hint, for people.
  package var inSentences: String {
    guard let hint else { return message }
    return (message.hasSuffix(".") ? message : message + ".") + " " + hint
  }
}
