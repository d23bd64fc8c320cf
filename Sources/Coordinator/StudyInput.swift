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

  /// Reads study file and manifest, and hashes the weights, and the images that this machine can read.
  init(_ options: StudyOptions) async throws {
    try await self.init(
      study: options.study, manifest: options.manifest, weights: options.weights,
      source: options.images.source(), marks: options.marks)
  }

  /// - Parameters:
  ///   - source: where the images are; nil: in the manifest's folder.
  ///   - marks: cases that are not to be used.
  init(
    study: String, manifest: String? = nil, weights: String? = nil, source: (any FileSource)? = nil,
    marks: String? = nil
  ) async throws {
    self.weights = weights.map { URL(fileURLWithPath: $0).standardizedFileURL }
    do {
      var file = try StudyFile(at: URL(fileURLWithPath: study))
      if let manifest {
        file.manifest = URL(fileURLWithPath: manifest).standardizedFileURL
      }
      let found = try await Self.cases(of: &file, source)
      if let marks { file.marks = URL(fileURLWithPath: marks).standardizedFileURL }
      hasMarks = file.marks != nil
      (cases, featureNames, self.source) = (
        try Self.marked(found.cases, by: file.marks), found.featureNames, found.source
      )
      file.study.settleOrientation(ofImagesFrom: Set(found.cases.map(\.row.site)))
      if let named = file.study.deep?.weights {
        file.study.deep?.weights = try await Self.submitted(named, given: self.weights, found.source)
      }
      self.file = file
      try requireBothOutcomes(file.study, cases)
      try requireDistinctRegions(cases)
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
      var manifest = try Manifest(at: file.manifest, root: source?.folder, outcome: file.outcomeCoding)
      manifest.rows = try file.study.withRings(manifest.rows)
      try file.study.requireCovariates(
        in: Set(manifest.rows.flatMap(\.extra.keys)).sorted(),
        design: Manifest.designColumns(outcome: "Outcome"))
      let source = source ?? FolderSource(manifest.root)
      return (
        try await submittedCases(of: manifest, in: source, label: file.study.extraction.label), [], source
      )
    }
    let design = Manifest.designColumns(outcome: layout.outcomeHeader)
    let table = try FeatureTableFile(
      at: file.manifest, layout: layout, outcome: file.outcomeCoding, covariates: file.study.covariates)
    try file.study.requireCovariates(in: table.source.otherColumns, design: design)
    file.study.table = table.source
    StandardStreams.note(
      "\(table.source.name): \(table.featureNames.count) features; no features: "
        + "\(table.source.otherColumns.isEmpty ? "none of the other columns" : table.source.otherColumns.joined(separator: ", "))"
    )
    let cases = zip(table.manifest.rows, table.values).map { row, values in
      let digest = featureDigest(of: values)
      return SubmittedCase(
        row: row, label: row.label ?? 1, imageSHA256: digest, maskSHA256: digest, values: values)
    }
    return (cases, table.featureNames, source ?? FolderSource(table.manifest.root))
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
  return rows.map { row in
    let (image, mask) = digests.digests(of: row)
    return SubmittedCase(row: row, label: row.label ?? label, imageSHA256: image, maskSHA256: mask)
  }
}

/// SHA-256 of the files of a manifest, as far as this machine can read them. Each is read once; a folder with several series of
/// DICOM once for each series that its masks mean.
private struct ManifestDigests {
  private enum Image {
    case file([UInt8]?)
    case folder([SeriesChoice: [UInt8]?])
  }

  private struct Mask {
    var sha256: [UInt8]?
    /// Which series of a folder it was made on.
    var choice = SeriesChoice.only
  }

  private var images: [String: Image] = [:]
  private var masks: [String: Mask] = [:]

  /// Rows whose files are fetched by one call of rclone.
  static let rowsTogether = 8

  /// Those of both files of a row that were looked at; nil for what cannot be read.
  func digests(of row: Manifest.Row) -> (image: [UInt8]?, mask: [UInt8]?) {
    let mask = masks[row.mask] ?? Mask()
    let image: [UInt8]? =
      switch images[row.image] {
      case .file(let digest)?: digest
      case .folder(let series)?: series[mask.choice] ?? nil
      case nil: nil
      }
    return (image, mask.sha256)
  }

  private func isKnown(_ row: Manifest.Row) -> Bool {
    guard let mask = masks[row.mask], let image = images[row.image] else { return false }
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
      begun.images[row.image] = images[row.image]
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
    func image() -> [UInt8]? {
      Self.canRead(root, row.image)
        ? (try? ImageContents(
          at: root.appendingPathComponent(row.image), choosing: choice, name: "image"))?.sha256 : nil
    }
    switch images[row.image] {
    case .file?: return
    case .folder(var series)?:
      if series[choice] == nil { series[choice] = .some(image()) }
      images[row.image] = .folder(series)
    case nil:
      var isFolder: ObjCBool = false
      let isThere = unsafe FileManager.default.fileExists(
        atPath: root.path + "/" + row.image, isDirectory: &isFolder)
      images[row.image] = isThere && isFolder.boolValue ? .folder([choice: image()]) : .file(image())
    }
  }

  private static func mask(at root: URL, _ path: String) -> Mask {
    guard canRead(root, path),
      let contents = try? MaskContents(at: root.appendingPathComponent(path), name: "mask")
    else { return Mask() }
    return Mask(sha256: contents.sha256, choice: contents.image)
  }

  /// A file that cannot be read here is the worker's business; the submission goes on without its digest. Asked first, because
  /// an error costs much more than an answer where a whole cohort is elsewhere.
  private static func canRead(_ root: URL, _ path: String) -> Bool {
    FileManager.default.isReadableFile(atPath: root.path + "/" + path)
  }
}
