import ArgumentParser
import CommandSupport
import Foundation
import StudyPlan
import StudyStore

/// `coordinator ingest`: makes the sites, subjects and cases of a manifest known.
struct IngestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Record the sites, subjects and cases of a manifest.",
    discussion: """
      Columns ID,Site,Image,Mask,Outcome and optionally Label,Split,Group; further columns pass through. Images that \
      this machine can read are hashed. Ingesting twice changes nothing; submit does it by itself.
      """)

  @OptionGroup var database: DatabaseOptions
  @Argument(help: "The manifest (CSV; ';' and tabs are understood).") var manifest: String
  @Option(help: "Name under which the subjects are kept; the manifest's folder by default.") var cohort:
    String?
  @Option(help: "Label of the region where the manifest has no column Label.") var label: UInt32 = 1
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var cohort: String
    var cases: Int
    var hashed: Int
  }

  func run() async throws {
    let list: Manifest
    do {
      list = try Manifest(at: URL(fileURLWithPath: manifest))
    } catch {
      throw CommandFailure(ExitStatus.badData, error.message)
    }
    let cases = submittedCases(of: list, label: label)
    let name = cohort ?? list.root.lastPathComponent
    let count = try await withDatabase(database) { try await StudyStore($0).ingest(cases, cohort: name) }
    let hashed = cases.count { $0.imageSHA256 != nil && $0.maskSHA256 != nil }
    if json { return try StandardStreams.printJSON(Result(cohort: name, cases: count, hashed: hashed)) }
    StandardStreams.print("Cohort \(name): \(count) cases, \(hashed) of them hashed here.")
  }
}
