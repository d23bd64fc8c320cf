import Cancellation
import DICOMFiles
import Extraction
import FileSources
import Foundation
import ImageFiles
import StudyPlan

/// SHA-256 of the files of a manifest, as far as this machine can read them. Each is read once; a folder with several series of
/// DICOM once for each series that its masks mean.
struct ManifestDigests {
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
    let ofImages = images.flatMap { name, image in image.findings.compactMap(\.fault).map { (name.path, $0) } }
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
