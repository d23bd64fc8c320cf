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
  private enum Image {
    case file([UInt8]?)
    case folder([SeriesChoice: [UInt8]?])
  }

  /// An image of a manifest: a path, and which part of what is there.
  private struct Name: Hashable {
    var path: String
    var choice: ImageChoice?

    init(_ row: Manifest.Row) { (path, choice) = (row.image, row.choice) }
  }

  private struct Mask {
    var sha256: [UInt8]?
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
    let image: [UInt8]? =
      switch images[Name(row)] {
      case .file(let digest)?: digest
      case .folder(let series)?: series[mask.choice] ?? nil
      case nil: nil
      }
    return (image, mask.sha256)
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
    func image() -> [UInt8]? {
      Self.canRead(root, row.image)
        ? (try? ImageContents(
          at: root.appendingPathComponent(row.image), choosing: choice, part: row.choice, name: "image"))?
          .sha256
        : nil
    }
    switch images[Name(row)] {
    case .file?: return
    case .folder(var series)?:
      if series[choice] == nil { series[choice] = .some(image()) }
      images[Name(row)] = .folder(series)
    case nil:
      var isFolder: ObjCBool = false
      let isThere = unsafe FileManager.default.fileExists(
        atPath: root.path + "/" + row.image, isDirectory: &isFolder)
      images[Name(row)] = isThere && isFolder.boolValue ? .folder([choice: image()]) : .file(image())
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
