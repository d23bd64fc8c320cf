import ArgumentParser
import CommandSupport
import FileSources
import Foundation
import StudyPlan
import StudyStore

/// `coordinator ingest`: makes the sites, subjects and cases of a manifest known.
struct IngestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Record the sites, subjects and cases of a manifest, or of a study file.",
    discussion: """
      Columns ID,Site,Image,Mask,Outcome and optionally Label,Segment,Split,Group; further columns pass through. Images that \
      this machine can read are hashed. Ingesting twice changes nothing; submit does it by itself. Cases are kept under \
      the cohort of the study: of the study file that is given, or that lies beside the manifest and names it.
      """)

  @OptionGroup var database: DatabaseOptions
  @Argument(help: "The manifest (CSV; ';' and tabs are understood), or a study file (.yaml).") var manifest:
    String
  @Option(help: "Name under which the subjects are kept, instead of the study's.") var cohort: String?
  @OptionGroup var images: RootOptions
  @Option(help: "Label of the region where neither the manifest nor the study has one.") var label: UInt32?
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var cohort: String
    var cases: Int
    var hashed: Int
  }

  func validate() throws {
    guard label != 0 else { throw ValidationError("--label must be at least 1.") }
  }

  func run() async throws {
    let (cases, name) = try await input()
    let line = TerminalLine()
    let count = try await withDatabase(database) { connection in
      try await hintAtSpellings(of: cases, connection)
      defer { line.clear() }
      return try await StudyStore(connection).ingest(cases, cohort: name) { line.show($0.text) }
    }
    let hashed = cases.count { $0.imageSHA256 != nil && $0.maskSHA256 != nil }
    if json { return try StandardStreams.printJSON(Result(cohort: name, cases: count, hashed: hashed)) }
    try StandardStreams.print("Cohort \(name): \(counted(count, "case")), \(hashed) of them hashed here.")
  }

  /// The cases, and the name of their cohort.
  private func input() async throws -> ([SubmittedCase], String) {
    let url = URL(fileURLWithPath: manifest).standardizedFileURL
    let source = try await images.source()
    if StudyFile.extensions.contains(url.pathExtension.lowercased()) {
      let input = try await StudyInput(study: manifest, source: source)
      return (input.cases, cohort ?? input.file.cohort)
    }
    do {
      let study = try cohort == nil ? StudyFile.naming(manifest: url) : nil
      let list = try Manifest(at: url, root: source?.folder, outcome: study?.outcomeCoding ?? .numbers)
      let cases = try await submittedCases(
        of: list, in: source ?? FolderSource(list.root), label: label ?? study?.study.extraction.label ?? 1)
      try requireDistinctRegions(cases)
      let name = cohort ?? study?.cohort ?? url.deletingLastPathComponent().lastPathComponent
      if cohort == nil, study == nil {
        StandardStreams.note(
          "Note: no study file beside the manifest names it; a study uses these cases where it says cohort: \(name)."
        )
      }
      return (cases, name)
    } catch let error as StudyError {
      throw CommandFailure(ExitStatus.badData, error.message)
    } catch let error as FileSourceError {
      throw CommandFailure(error)
    }
  }
}

extension StudyFile {
  /// Of names of study files.
  static let extensions = ["yaml", "yml"]

  /// The study beside a manifest, or in the folder above, that names it; nil where there is none.
  /// - Throws: `StudyError` where several name it and keep their subjects in different cohorts.
  static func naming(manifest: URL) throws(StudyError) -> StudyFile? {
    let folder = manifest.deletingLastPathComponent()
    var found: [StudyFile] = []
    for place in [folder, folder.deletingLastPathComponent()] {
      for name in try names(in: place)
      where extensions.contains((name as NSString).pathExtension.lowercased()) {
        guard let study = try read(place.appendingPathComponent(name), ifItNames: manifest),
          study.manifest == manifest
        else { continue }
        found.append(study)
      }
    }
    let cohorts = Set(found.map(\.cohort)).sorted()
    guard cohorts.count <= 1 else {
      throw StudyError(
        .badValue,
        "Several studies name this manifest, and keep their subjects in different cohorts (\(cohorts.joined(separator: ", "))):"
          + " give --cohort, or one of the study files.")
    }
    return found.first
  }
  private static func names(in folder: URL) throws(StudyError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    } catch {
      throw StudyError(
        .badValue,
        "Cannot look for the study of the manifest in its folder or the one above: \(error.localizedDescription)"
          + " Give the study file instead of the manifest, or --cohort.")
    }
  }

  /// Other files of YAML lie beside manifests, too, parameters for one: only of a file whose text has the manifest's name
  /// is it an error that it cannot be read as a study.
  private static func read(_ file: URL, ifItNames manifest: URL) throws(StudyError) -> StudyFile? {
    do {
      return try StudyFile(at: file)
    } catch {
      let text: String
      do { text = try String(contentsOf: file, encoding: .utf8) } catch {
        throw StudyError(
          .badValue,
          "\(file.lastPathComponent) beside the manifest cannot be read, and may be its study:"
            + " \(error.localizedDescription) Give the study file instead of the manifest, or --cohort.")
      }
      guard text.contains(manifest.lastPathComponent) else { return nil }
      throw error
    }
  }
}
