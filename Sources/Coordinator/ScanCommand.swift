import ArgumentParser
import CohortScan
import CommandSupport
import Foundation
import Reporting
import struct StudyPlan.StudyError

/// `coordinator scan`: from the folders of hospitals to a manifest. Needs no database.
struct ScanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Find images and masks in folders of hospitals, pair them, and write the manifest of a study.",
    discussion: """
      DICOM series with RTSTRUCT or SEG are paired by what the masks reference; NIfTI, NRRD (3D Slicer's segmentations too), \
      MetaImage and PNG by names and folders, where the grids fit. Each folder is a site: FOLDER=SITE, or the folder's own \
      name. What could not be paired is listed with the reason, and nothing is guessed. Headers alone are read, and nothing is \
      changed. Documentation/scan.md has the rules. Exit codes: 0 all was paired; 1 something was left out; 64 usage; \
      65 bad data, or nothing to pair; 69 no program for .xlsx; 73 cannot write.
      """)

  @Argument(
    help: ArgumentHelp("Folders, one a site.", valueName: "folder[=site]"), completion: .directory)
  var folders: [String]
  @Option(
    name: [.customShort("o"), .long], help: "The manifest to write.", completion: .file(extensions: ["csv"]))
  var output: String
  @Option(
    help:
      "Folder that the manifest's paths are relative to, as later with --root; the manifest's own folder otherwise.",
    completion: .directory) var root: String?
  @Option(help: "Site of all folders.") var site: String?
  @Option(help: "Name or number of a segment that is wanted; may be repeated. All of them otherwise.")
  var segment: [String] = []
  @Option(help: "Label of the region in masks whose regions are numbers.") var label: UInt32?
  @Option(
    help: "Clinical table (.csv; ';' and tabs are understood; or .xlsx, its first sheet).",
    completion: .file(extensions: ["csv", "tsv", "xlsx"])) var table: String?
  @Option(help: "Column of the table with the patients' identifiers.") var id: String?
  @Option(help: "Column of the table that becomes Outcome.") var outcome: String?
  @Option(
    help:
      "Give each patient a random code, and keep which is whose in this file (0600). An existing one is extended.",
    completion: .file(extensions: ["csv"])) var pseudonyms: String?
  @Option(help: "File for what could not be paired, and why (CSV).", completion: .file(extensions: ["csv"]))
  var unpaired: String?
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard !folders.isEmpty else { throw ValidationError("Give at least one folder.") }
    guard (table == nil) == (id == nil) else {
      throw ValidationError("--table and --id belong together: the table, and its column of identifiers.")
    }
    guard table != nil || outcome == nil else {
      throw ValidationError("--outcome names a column of --table.")
    }
    guard label != 0 else { throw ValidationError("--label must be at least 1.") }
    let written = [output, pseudonyms, unpaired].compactMap { $0.map { Self.file($0).path } }
    guard Set(written).count == written.count else {
      throw ValidationError("-o, --pseudonyms and --unpaired must be different files.")
    }
  }

  func run() async throws {
    do {
      let manifest = Self.file(output)
      let root = root.map { Self.file($0) } ?? manifest.deletingLastPathComponent()
      let clinical = try await clinicalTable()
      let scan = try CohortScan(
        ScanOptions(folders: try scanFolders(), root: root, segments: segment, label: label))
      let table = clinical.map { ($0, TableJoin($0, to: scan.rows)) }
      let result = ScanResult(scan, table, manifest: output, hidesPlaces: pseudonyms != nil)
      try write(result, scan, table, to: manifest)
      if json { try StandardStreams.printJSON(result) } else { try StandardStreams.print(result.summary) }
      if result.leftOut + result.withoutValues > 0 { throw ExitStatus.someCasesFailed }
    } catch let error as ScanError {
      throw CommandFailure(error)
    } catch let error as ReportError {
      throw CommandFailure(ExitStatus.cannotWrite, error.message)
    }
  }

  /// The key file before the manifest: no code is given away whose patient nobody knows.
  private func write(
    _ result: ScanResult, _ scan: CohortScan, _ table: (ClinicalTable, TableJoin)?, to manifest: URL
  ) throws {
    StandardStreams.show(result.notes)
    if let unpaired {
      try writePrivateFile(Data(ScanFinding.table(of: result.findings).utf8), to: Self.file(unpaired))
    }
    guard !scan.rows.isEmpty else {
      throw CommandFailure(
        ExitStatus.badData,
        scan.findings.isEmpty
          ? "No image was found, and no manifest was written; check the paths of the folders."
          : "No image could be paired with a mask, and no manifest was written; the reasons stand above.")
    }
    let joined = table.map { (table: $0.0, join: $0.1) }
    guard let pseudonyms else {
      let text = ScanManifest(scan, table: joined) { $0.subject }.text
      return try writePrivateFile(Data(text.utf8), to: manifest)
    }
    var keys = try KeyFile(at: Self.file(pseudonyms))
    var generator = SystemRandomNumberGenerator()
    var codes: [[String]: String] = [:]
    for row in scan.rows {
      codes[[row.site, row.subject]] = keys.code(of: row.subject, at: row.site, using: &generator)
    }
    let text = ScanManifest(scan, table: joined) { codes[[$0.site, $0.subject]]! }.text
    try keys.save()
    try writePrivateFile(Data(text.utf8), to: manifest)
  }

  private func clinicalTable() async throws -> ClinicalTable? {
    guard let table, let id else { return nil }
    let file = Self.file(table)
    let isSpreadsheet = Spreadsheet.extensions.contains(file.pathExtension.lowercased())
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw ScanError(
        .unreadable,
        StudyError.notRead("the table \(file.path)", at: file, error).message)
    }
    let bytes = isSpreadsheet ? try await Spreadsheet.text(of: file) : [UInt8](data)
    return try ClinicalTable(
      parsing: bytes, label: file.lastPathComponent, id: id, outcome: outcome, isSpreadsheet: isSpreadsheet)
  }

  /// Folders with their sites; two of one name must be told apart by the person who knows.
  private func scanFolders() throws -> [ScanFolder] {
    var named: [String: URL] = [:]
    return try folders.map { argument in
      let split = Self.split(argument)
      let url = Self.file(split.path)
      let folder = ScanFolder(
        url: url, site: split.site ?? site ?? url.resolvingSymlinksInPath().lastPathComponent)
      if split.site == nil, site == nil, let other = named.updateValue(folder.url, forKey: folder.site),
        other != folder.url
      {
        throw ValidationError(
          "Two folders are called \(folder.site); say which site each is, as \(split.path)=NAME, or --site for all."
        )
      }
      return folder
    }
  }

  /// `FOLDER=SITE`, unless that is a folder by itself.
  private static func split(_ argument: String) -> (path: String, site: String?) {
    guard !FileManager.default.fileExists(atPath: argument), let sign = argument.lastIndex(of: "=") else {
      return (argument, nil)
    }
    let site = argument[argument.index(after: sign)...].trimmingCharacters(in: .whitespaces)
    return (String(argument[..<sign]), site.isEmpty ? nil : site)
  }

  private static func file(_ path: String) -> URL { URL(fileURLWithPath: path).standardizedFileURL }
}

extension CommandFailure {
  /// A scan that could not be made.
  fileprivate init(_ error: ScanError) {
    let status =
      switch error.code {
      case .badRequest: ExitStatus.usage
      case .unreadable, .badTable: ExitStatus.badData
      case .unwritable: ExitStatus.cannotWrite
      }
    // A sentence that begins with a file's name keeps its letters.
    let beginsWithName = error.message.prefix { $0 != " " }.contains(".")
    let message =
      beginsWithName ? error.message : error.message.prefix(1).uppercased() + error.message.dropFirst()
    self.init(status, message.hasSuffix(".") ? message : message + ".")
  }
}
