import Postgres
import Reporting
import StudyExports
import StudyPlan

extension PageRefusal {
  /// What went wrong, for somebody who is signed in.
  init(_ error: any Error, login: String) {
    switch error {
    case let error as PostgresError: self.init(error, login)
    case let error as StudyExportError where error.code == .unnamedModel:
      self.init(
        status: 404, title: "Not to be had",
        sentence: error.description + " The page of the study has a link to each.")
    case let error as StudyExportError:
      self.init(
        status: error.code == .unknown ? 404 : 409, title: "Not to be had", sentence: error.description)
    case let error as ReportFileError:
      self.init(
        status: 500, title: "The file could not be read",
        sentence:
          "\(error) Look again; if that does not help, the log of coordinator serve says where it lay.")
    case let error as ReportError:
      self.init(status: 500, title: "The report could not be drawn", sentence: error.message)
    case let error as StudyTaskError: self.init(status: 409, title: "Not to be had", sentence: "\(error)")
    default:
      self.init(
        status: 500, title: "Something went wrong",
        sentence: "The log of coordinator serve says what; nothing is known to have changed.")
    }
  }

  private init(_ error: PostgresError, _ login: String) {
    let words = [error.message, error.hint].compactMap { $0.map { $0.hasSuffix(".") ? $0 : $0 + "." } }
      .joined(separator: " ")
    switch (error.code, error.sqlState) {
    case (_, .insufficientPrivilege?):
      self.init(
        status: 403, title: "Not allowed",
        sentence: "PostgreSQL does not let login \(login) do that: \(words) Nothing was changed.")
    case (_, .invalidParameterValue?), (_, .objectNotInPrerequisiteState?), (_, .checkViolation?):
      self.init(status: 409, title: "That cannot be done", sentence: "\(words) Nothing was changed.")
    case (_, .serializationFailure?), (_, .deadlockDetected?), (_, .lockNotAvailable?):
      self.init(
        status: 503, title: "Try again",
        sentence: "Somebody else did something at the same time. Nothing was changed.")
    case (.timeout, _), (_, .queryCanceled?):
      self.init(
        status: 503, title: "It took too long",
        sentence:
          "The database did not answer in time, and the statement was stopped. Try again when it has less to do.",
        endsSession: error.closedConnection)
    case _ where error.needsReconnect:
      self.init(
        status: 503, title: "The database is away",
        sentence:
          "The connection of login \(login) has ended, so you are signed out. An act that was under way may or may not have "
          + "been done: look. Sign in again when the database is back.", endsSession: true)
    default: self.init(status: 500, title: "The database refused", sentence: words)
    }
  }
}
