import Foundation
import Logging
import Postgres
import Reporting
import StudyExports

/// Why a file of a report that was drawn cannot be shown, in a sentence.
struct ReportFileError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The report that somebody looks at, with its figures and tables, in a folder of theirs that goes with their session.
actor ReportFolder {
  private let logger: Logger
  private var written: (job: Int64, body: String, folder: URL)?

  init(logger: Logger) { self.logger = logger }

  /// A file of a job's report, which is written where it is not the one that was looked at last.
  /// - Parameter name: of a file that `coordinator report` writes.
  /// - Returns: nil where the report has no such file.
  /// - Throws: `StudyExportError`, `ReportError`, `ReportFileError`, or what the database says. Whoever may not read the report gets
  ///   no file.
  func file(_ name: String, of job: Int64, _ connection: PostgresConnection, includingCases: Bool)
    async throws -> Data?
  {
    let report = try await StoredReport(of: job, connection, includingCases: includingCases)
    // Somebody may have cleaned the temporary directory.
    let isThere = written.map { FileManager.default.fileExists(atPath: $0.folder.path) } ?? false
    if !isThere || written?.job != job || written?.body != report.body {
      remove()
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("trabecula-page-\(UUID().uuidString)", isDirectory: true)
      do {
        try await report.write(to: folder)
      } catch {
        removeFolder(folder)
        throw error
      }
      // Somebody may have asked twice.
      remove()
      written = (job, report.body, folder)
    }
    guard let folder = written?.folder, Self.isName(name) else { return nil }
    let file = folder.appendingPathComponent(name)
    do {
      return try Data(contentsOf: file)
    } catch CocoaError.fileReadNoSuchFile {
      return nil
    } catch {
      logger.warning("\(file.path) cannot be read: \(error.localizedDescription)")
      throw ReportFileError("File \(name) of the report is there, but the page cannot read it.")
    }
  }

  func remove() {
    if let written { removeFolder(written.folder) }
    written = nil
  }

  /// A file that lies in the folder itself.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 > 32 && $0 < 127 }
  }

  private func removeFolder(_ folder: URL) {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    do {
      try FileManager.default.removeItem(at: folder)
    } catch {
      // It is readable for this account alone.
      logger.warning("\(folder.path) cannot be removed: \(error.localizedDescription)")
    }
  }
}
