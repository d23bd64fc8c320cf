import ArgumentParser
import Cancellation
import CommandSupport
import DICOMFiles
import Extraction
import FileSources
import Foundation
import ImageFiles
import StudyPlan
import StudyStore
import StudyTasks

/// The study file of a command, and what may be said otherwise on the command line.
struct StudyOptions: ParsableArguments, Sendable {
  @Argument(help: "The study file.")
  var study: String

  @Option(help: "Manifest to use instead of the one that the study file names.")
  var manifest: String?

  @Option(help: "Clinical table to use instead of the one that the study file names.")
  var clinical: String?

  @OptionGroup var images: RootOptions

  @Option(help: "Weights of the deep features, where they do not lie where the images are.")
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Cases that are not to be used: a table with ID, Site, Image and Reason, as the page of pictures saves it.",
      discussion: "Instead of the one that the study file names.", valueName: "marks.csv"))
  var marks: String?

  @Flag(help: "Start a new job even if the same study was submitted before; files are looked at again.")
  var again = false
}

/// A study with its cases, as found on this machine.
struct StudyInput: Sendable {
  let file: StudyFile
  let cases: [SubmittedCase]
  /// Names of the cases' features, where the study begins from a table of them.
  let featureNames: [String]
  /// What image paths count from.
  let source: any FileSource
  /// Weights that do not lie below the root.
  let weights: URL?
  /// Whether marks were given, however many they are: cases that were marked before and are not now count again.
  let hasMarks: Bool
  /// Whether the study file leaves `orientation` to the default, which depends on the number of sites.
  let hasDefaultOrientation: Bool

  /// Reads study file and manifest, and hashes the weights, and the images that this machine can read.
  init(_ options: StudyOptions) async throws {
    try await self.init(
      study: options.study, manifest: options.manifest, weights: options.weights,
      source: options.images.source(), marks: options.marks, clinical: options.clinical)
  }

  /// - Parameters:
  ///   - source: where the images are; nil: in the manifest's folder.
  ///   - marks: cases that are not to be used.
  init(
    study: String, manifest: String? = nil, weights: String? = nil, source: (any FileSource)? = nil,
    marks: String? = nil, clinical: String? = nil
  ) async throws {
    self.weights = weights.map { URL(fileURLWithPath: $0).standardizedFileURL }
    do {
      var file = try StudyFile(at: URL(fileURLWithPath: study))
      if let manifest {
        file.manifest = URL(fileURLWithPath: manifest).standardizedFileURL
      }
      if let clinical { try file.useClinicalTable(at: URL(fileURLWithPath: clinical).standardizedFileURL) }
      let found = try await Self.cases(of: &file, source)
      if let marks { file.marks = URL(fileURLWithPath: marks).standardizedFileURL }
      hasMarks = file.marks != nil
      (cases, featureNames, self.source) = (
        try Self.marked(found.cases, by: file.marks), found.featureNames, found.source
      )
      hasDefaultOrientation = !file.study.saysOrientation
      file.study.settleOrientation(ofImagesFrom: Set(found.cases.map(\.row.site)))
      if let named = file.study.deep?.weights {
        let weights = try await Self.submitted(named, given: self.weights, found.source)
        file.study.deep?.weights = weights
        try file.study.deep?.checkSettings(for: weights.architecture)
      }
      self.file = file
      try requireBothOutcomes(file.study, cases)
      try requireDistinctRegions(cases)
      try requireGroupsOfOneSite(file.study, cases)
    } catch let error as StudyError {
      throw CommandFailure(ExitStatus.badData, error.message)
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "deep.weights: \(error)")
    } catch let error as FileSourceError {
      throw CommandFailure(error)
    }
  }

  /// Reads the weights where the images are, or the file that was given instead.
  private static func submitted(_ weights: DeepWeights, given: URL?, _ source: any FileSource) async throws
    -> DeepWeights
  {
    let paths = given == nil && weights.randomSeed == nil ? [weights.name] : []
    return try await source.withFiles(paths, on: .unlimited, companion: { _ in nil }) { root in
      try weights.submitted(below: root, given: given)
    }
  }

  private static func cases(of file: inout StudyFile, _ source: (any FileSource)?) async throws -> (
    cases: [SubmittedCase], featureNames: [String], source: any FileSource
  ) {
    guard let layout = file.table else {
      var manifest = try Manifest(
        at: file.manifest, root: source?.folder, outcome: file.outcomeCoding,
        covariates: file.study.covariates + file.ownTimeColumns)
      if let external = file.external {
        manifest.rows = try manifest.joined(
          by: Manifest(
            external: external, root: source.map { $0.folder ?? manifest.root }, outcome: file.outcomeCoding,
            besides: manifest))
      }
      manifest.rows = try file.study.withRings(manifest.rows)
      try Self.joinClinical(of: file, to: &manifest.rows, outcome: "Outcome")
      try Self.joinSurvival(of: file, to: &manifest.rows)
      try file.study.requireCovariates(
        in: Set(manifest.rows.flatMap(\.extra.keys)).sorted(),
        design: Manifest.designColumns(outcome: file.outcomeCoding.column ?? "Outcome"))
      try file.study.refuseDecimalCommas(in: manifest.rows)
      let source = source ?? FolderSource(manifest.root)
      return (
        try await submittedCases(of: manifest, in: source, label: file.study.extraction.label), [], source
      )
    }
    return try tableCases(of: &file, layout, source)
  }

  static func joinClinical(of file: StudyFile, to rows: inout [Manifest.Row], outcome: String)
    throws(StudyError)
  {
    let absent = try file.joinClinical(to: &rows, outcome: outcome)
    guard absent > 0 else { return }
    StandardStreams.note(
      "The clinical table does not list \(absent) of \(counted(rows.count, "case")): \(absent == 1 ? "its" : "their") clinical values are missing."
    )
  }

  static func joinSurvival(of file: StudyFile, to rows: inout [Manifest.Row]) throws(StudyError) {
    let unknown = try file.joinSurvival(to: &rows)
    guard unknown > 0, let survival = file.study.survival else { return }
    StandardStreams.note(
      "\(unknown) of \(counted(rows.count, "case")) \(unknown == 1 ? "has" : "have") no \(survival.time): \(unknown == 1 ? "its" : "their") outcome is unknown, and no model uses \(unknown == 1 ? "it" : "them")."
    )
  }

  /// The cases with what a reader of their pictures said.
  private static func marked(_ cases: [SubmittedCase], by marks: URL?) throws(StudyError) -> [SubmittedCase] {
    guard let marks else { return cases }
    var cases = cases
    for (place, reason) in try ReaderMarks(at: marks).reasons(for: cases.map(\.row)) {
      cases[place].mark = reason
    }
    return cases
  }
}

/// Cases of a manifest with the digests of their files.
/// - Throws: `FileSourceError` where a remote cannot be asked for them.
func submittedCases(of manifest: Manifest, in source: any FileSource, label: UInt32) async throws
  -> [SubmittedCase]
{
  var digests = ManifestDigests()
  let line = TerminalLine()
  defer { line.clear() }
  let rows = manifest.rows
  for start in stride(from: 0, to: rows.count, by: ManifestDigests.rowsTogether) {
    line.show("looking at files: case \(start) of \(rows.count)")
    let some = rows[start..<min(start + ManifestDigests.rowsTogether, rows.count)]
    do {
      try await digests.look(at: some, in: source)
    } catch let error as FileSourceError where error.code == .cacheFull {
      // The cache may hold them one by one.
      for row in some { try await digests.look(at: [row], in: source) }
    }
  }
  line.clear()
  tell(of: digests.faults)
  return rows.map { row in
    let (image, mask) = digests.digests(of: row)
    return SubmittedCase(row: row, label: row.label ?? label, imageSHA256: image, maskSHA256: mask)
  }
}

/// SHA-256 of the files of a manifest, as far as this machine can read them. Each is read once; a folder with several series of
/// DICOM once for each series that its masks mean.
private struct ManifestDigests {
  /// What reading a file gave: neither where this machine does not have it.
  private struct Finding {
    var sha256: [UInt8]?
    /// Why a file that is here cannot be read.
    var fault: ImageFileError?
  }

  private enum Image {
    case file(Finding)
    case folder([SeriesChoice: Finding])

    var findings: [Finding] {
      switch self {
      case .file(let finding): [finding]
      case .folder(let series): Array(series.values)
      }
    }
  }

  /// An image of a manifest: a path, and which part of what is there.
  private struct Name: Hashable {
    var path: String
    var choice: ImageChoice?

    init(_ row: Manifest.Row) { (path, choice) = (row.image, row.choice) }
  }

  private struct Mask {
    var finding = Finding()
    /// Which series of a folder it was made on.
    var choice = SeriesChoice.only
  }

  private var images: [Name: Image] = [:]
  private var masks: [String: Mask] = [:]

  /// Rows whose files are fetched by one call of rclone.
  static let rowsTogether = 8

  /// Those of both files of a row that were looked at; nil for what cannot be read.
  func digests(of row: Manifest.Row) -> (image: [UInt8]?, mask: [UInt8]?) {
    let mask = masks[row.mask] ?? Mask()
    let image: Finding? =
      switch images[Name(row)] {
      case .file(let finding)?: finding
      case .folder(let series)?: series[mask.choice]
      case nil: nil
      }
    return (image?.sha256, mask.finding.sha256)
  }

  /// Files that are here and cannot be read, by their paths, and why. Their cases will fail wherever the files are the same.
  var faults: [(path: String, error: ImageFileError)] {
    let ofImages = images.flatMap { name, image in image.findings.compactMap(\.fault).map { (name.path, $0) }
    }
    let ofMasks = masks.compactMap { path, mask in mask.finding.fault.map { (path, $0) } }
    return (ofImages + ofMasks).sorted { ($0.0, $0.1.message) < ($1.0, $1.1.message) }
  }

  private func isKnown(_ row: Manifest.Row) -> Bool {
    guard let mask = masks[row.mask], let image = images[Name(row)] else { return false }
    guard case .folder(let series) = image else { return true }
    return series[mask.choice] != nil
  }

  /// Looks at the files of some rows.
  /// - Throws: `FileSourceError` where a remote cannot be asked for them.
  mutating func look(at rows: some Sequence<Manifest.Row>, in source: any FileSource) async throws {
    let unknown = rows.filter { !isKnown($0) }
    guard !unknown.isEmpty else { return }
    var begun = ManifestDigests()
    for row in unknown {
      begun.masks[row.mask] = masks[row.mask]
      begun.images[Name(row)] = images[Name(row)]
    }
    let (known, paths) = (begun, Set(unknown.flatMap { [$0.image, $0.mask] }).sorted())
    let found = try await source.withFiles(
      paths, on: .unlimited, companion: ImageFileContents.dataFile(namedBy:)
    ) { root in
      var found = known
      for row in unknown { found.read(row, below: root) }
      return found
    }
    masks.merge(found.masks) { $1 }
    images.merge(found.images) { $1 }
  }

  private mutating func read(_ row: Manifest.Row, below root: URL) {
    if masks[row.mask] == nil { masks[row.mask] = Self.mask(at: root, row.mask) }
    let choice = masks[row.mask]?.choice ?? .only
    switch images[Name(row)] {
    case .file?: return
    case .folder(var series)?:
      if series[choice] == nil { series[choice] = Self.image(at: root, row, choice) }
      images[Name(row)] = .folder(series)
    case nil:
      let image = Self.image(at: root, row, choice)
      var isFolder: ObjCBool = false
      let isThere = unsafe FileManager.default.fileExists(
        atPath: root.path + "/" + row.image, isDirectory: &isFolder)
      images[Name(row)] = isThere && isFolder.boolValue ? .folder([choice: image]) : .file(image)
    }
  }

  private static func image(at root: URL, _ row: Manifest.Row, _ choice: SeriesChoice) -> Finding {
    guard canRead(root, row.image) else { return Finding() }
    do throws(ImageFileError) {
      let url = root.appendingPathComponent(row.image)
      let contents = try ImageContents(at: url, choosing: choice, part: row.choice, name: "image")
      return Finding(sha256: contents.sha256)
    } catch {
      return Finding(fault: error)
    }
  }

  private static func mask(at root: URL, _ path: String) -> Mask {
    guard canRead(root, path) else { return Mask() }
    do throws(ImageFileError) {
      let contents = try MaskContents(at: root.appendingPathComponent(path), name: "mask")
      return Mask(finding: Finding(sha256: contents.sha256), choice: contents.image)
    } catch {
      return Mask(finding: Finding(fault: error))
    }
  }

  /// A file that is not here is a worker's business; the submission goes on without its digest. Asked first, because
  /// an error costs much more than an answer where a whole cohort is elsewhere.
  private static func canRead(_ root: URL, _ path: String) -> Bool {
    FileManager.default.isReadableFile(atPath: root.path + "/" + path)
  }
}
