import CommandSupport
import Foundation
import Postgres
import StudyExports
import StudyStore

/// Where a job failed, or is held, and has no report: says on standard error how many cases are lost to which cause, and writes the page
/// that says who, and the table. Does nothing for a job in another state.
/// - Parameter next: the command that takes the job up when the cause is mended.
/// - Throws: `CommandFailure` (65) where the job failed, or is held (75); of 73 where page or table cannot be written.
func tellFailed(_ job: Int64, in folder: URL, _ connection: PostgresConnection, next: String) async throws {
  guard let failed = try await givingOut({ try await StudyStore(connection).failedJob(job) }) else { return }
  try await givingOut { try failed.write(to: folder) }
  let page = folder.appendingPathComponent(FailedJob.pageName).path
  let advice =
    failed.causes.isEmpty
    ? "There is no report; \(page) tells what is known. No case is lost. Mend the cause, and \(next): what is done is kept."
    : "There is no report. Who failed, and why: \(page) and failures.csv beside it. Mend the causes, most frequent first, and \(next): what "
      + "is done is kept."
  let budget = failed.fate == "failed" ? "" : " failure_budget in the study file says how much may fail."
  throw CommandFailure(
    failed.fate == "failed" ? ExitStatus.badData : ExitStatus.tryAgain, "\(failed.text)\n\(advice)\(budget)")
}
