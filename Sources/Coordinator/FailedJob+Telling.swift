import CommandSupport
import Foundation
import Postgres
import StudyExports
import StudyStore

/// Where a job failed and has no report: says on standard error how many cases are lost to which cause, and writes the page that says
/// who, and the table. Does nothing for a job in another state.
/// - Parameter next: the command that takes the job up when the cause is mended.
/// - Throws: `CommandFailure` (65) where the job failed; of 73 where page or table cannot be written.
func tellFailed(_ job: Int64, in folder: URL, _ connection: PostgresConnection, next: String) async throws {
  guard let failed = try await givingOut({ try await StudyStore(connection).failedJob(job) }) else { return }
  try await givingOut { try failed.write(to: folder) }
  throw CommandFailure(
    ExitStatus.badData,
    "\(failed.text)\nThere is no report. Who failed, and why: \(folder.appendingPathComponent(FailedJob.pageName).path) and failures.csv "
      + "beside it. Mend the causes, most frequent first, and \(next): what is done is kept.")
}
