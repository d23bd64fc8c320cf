import ArgumentParser
import CommandSupport
import Foundation
import StudyExports

/// `coordinator report`: writes the report of a finished job.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write report.json, the page, figures and tables of a finished job.")

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Option(name: .customShort("o"), help: "Folder to write into.") var output: String
  @OptionGroup var figures: FigureOptions
  @Flag(help: "Print the report as JSON, too.") var json = false

  func run() async throws {
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    try requireWritableFolder(folder, option: "-o")
    noteMissingGnuplot()
    let (stored, rest) = try await withDatabase(database, writes: false) { connection in
      try await tellFailed(job, in: folder, connection, next: "coordinator retry \(job)")
      return try await givingOut {
        let stored = try await StoredReport.read(of: job, withPicturesIn: folder, connection)
        return (
          stored, try await RepeatFolder(of: job, report: stored.body, includingFeatures: false, connection)
        )
      }
    }
    try await givingOut {
      try await stored.write(to: folder, dotsPerInch: figures.dpi)
      try rest.write(to: folder)
    }
    stored.warnOfChangedFiles()
    if json { try StandardStreams.print(stored.body) }
    if !json { try StandardStreams.print(folder.appendingPathComponent("index.html").path) }
    stored.tellAlarms()
    if stored.lostCases > 0 { throw ExitStatus.someCasesFailed }
    if stored.failsAudit { throw ExitStatus.auditFailed }
  }
}

extension StoredReport {
  /// Tells people, on standard error, why no number of the report stands.
  func tellAlarms() {
    for alarm in alarms { StandardStreams.note("Warning: \(alarm)") }
  }

  /// Tells people of files that are others than were submitted. The report cannot: it depends on no submitter.
  func warnOfChangedFiles() {
    for changed in changedSites {
      StandardStreams.note(
        "Warning: \(changed.sentence). Column ChangedSinceSubmission of provenance.csv says which. Ask the site what was changed,"
          + " when and why; if without reason, restore the files and submit the study again.")
    }
  }
}
