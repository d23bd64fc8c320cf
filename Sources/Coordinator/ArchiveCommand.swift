import ArgumentParser
import CommandSupport
import Digests
import Foundation
import Postgres
import Reporting
import StudyExports
import StudyPlan
import StudyStore

/// `coordinator archive`: everything of a job in one file.
struct ArchiveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract: "Write everything of a job that has ended into one tar file, to keep or to give away.",
    discussion: """
      One folder, job-N, with the report as `coordinator report` writes it, the study, models, and tables as CSV: cases, \
      feature sets and rows with who computed them, predictions, metrics, replicates, tasks, failures, audit. A name that \
      ends in .gz or .tgz is compressed. SHA256SUMS has the digest of every file (`sha256sum --check SHA256SUMS`); the \
      archive is read back by it before it appears. It holds subject codes and paths of files, and only you may read it. \
      Needs a login of all sites; the audit keeps the archive's digest.
      """)

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Option(name: .customShort("o"), help: "File to write.") var output: String
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var job: Int64
    var file: String
    var files: Int
    var sha256: String
  }

  /// What is read first, so that no session waits while figures are drawn and the archive is packed.
  private struct Copied: Sendable {
    /// By which it is seen at the end whether somebody took the job up meanwhile.
    var revision: Int32
    var report: StoredReport?
  }

  func run() async throws {
    let result: Result
    do {
      result = try await ArchiveFile.with(at: URL(fileURLWithPath: output), name: "job-\(job)", write)
    } catch let error as ReportError where error.code == .fileNotWritten {
      throw ArchiveFile.notWritten(error.description)
    }
    if json { return try StandardStreams.printJSON(result) }
    try StandardStreams.print(
      "Job \(job) is archived: \(output), \(result.files) files, read back. SHA-256 \(result.sha256)")
  }

  private func write(_ archive: ArchiveFile) async throws -> Result {
    let folder = archive.folder
    let copied = try await withDatabase(database) { connection in try await copy(into: folder, connection) }
    try await givingOut { try await copied.report?.write(to: folder.appendingPathComponent("report")) }
    let files = try await archive.pack()
    let digest = try archive.digest()
    try await withDatabase(database) { connection in
      do {
        try await StudyStore(connection).noteArchive(of: job, digest: digest, revision: copied.revision)
      } catch let error as PostgresError where error.sqlState == .objectNotInPrerequisiteState {
        throw CommandFailure(ExitStatus.tryAgain, error.inSentences)
      }
    }
    try archive.publish()
    return Result(job: job, file: output, files: files, sha256: digest.hexadecimal)
  }

  private func copy(into folder: URL, _ connection: PostgresConnection) async throws -> Copied {
    let store = StudyStore(connection)
    try await requireWholeJob(store)
    let revision = try await store.revision(of: job)
    let report: StoredReport? =
      try await store.report(of: job) == nil
      ? nil : givingOut { try await StoredReport(of: self.job, connection) }
    try AtomicFile.write(
      Data(try await store.study(of: job).canonicalJSON.utf8), to: folder.appendingPathComponent("study.json")
    )
    for model in try await store.models(of: job) {
      try AtomicFile.write(
        Data(model.body.utf8), to: folder.appendingPathComponent("model-\(fileName(model.name)).json"))
    }
    let job = job
    try await connection.transaction(isolation: .repeatableRead, readOnly: true) { session in
      for table in ArchiveTable.all { try table.copy(of: job, into: folder, session) }
    }
    return Copied(revision: revision, report: report)
  }

  private func requireWholeJob(_ store: StudyStore) async throws {
    guard let record = try await store.job(job) else {
      throw CommandFailure(ExitStatus.usage, "There is no job \(job); `coordinator status` lists them.")
    }
    guard record.state != .running else {
      throw CommandFailure(ExitStatus.tryAgain, "Job \(job) is running; archive it when it has ended.")
    }
    guard try await store.seesAllSites() else {
      throw CommandFailure(
        ExitStatus.badData,
        "This login sees some sites only, and the archive would lack the others; a coordinator runs: coordinator "
          + "grant-site LOGIN --all.")
    }
    try await givingOut { try await store.requireStandingReport(of: job) }
  }

  /// A name of a model that is one of a file everywhere.
  private func fileName(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }
}
