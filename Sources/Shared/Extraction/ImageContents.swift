import DICOMFiles
import Foundation
import ImageFiles
import Volumes

/// An image as it lies on disk, read once, so that it can be hashed and decoded alike.
package enum ImageContents: Sendable {
  case file(ImageFileContents)
  /// Files of DICOM, or one: a folder of them is known by what is in it, whatever the files are called.
  case series(DICOMSeries)

  /// Reads a file, or the series of a folder.
  /// - Parameters:
  ///   - choice: which series of a folder is meant, where it has several.
  ///   - name: what messages call it.
  /// - Throws: `ImageFileError`; `notFound` for an empty folder too.
  package init(
    at url: URL, choosing choice: SeriesChoice = .only, name: String
  ) throws(ImageFileError) {
    guard url.isFolder else {
      let contents = try ImageFileContents(at: url, name: name)
      self =
        contents.isDICOM
        ? .series(try DICOMSeries(files: [contents.bytes], name: name)) : .file(contents)
      return
    }
    guard !url.files(atMost: 1).isEmpty else {
      throw ImageFileError(.notFound, "the folder is empty; check the path and the data folder", file: name)
    }
    self = .series(try DICOMSeries(at: url, choosing: choice, name: name))
  }

  /// 32 bytes.
  package var sha256: [UInt8] {
    switch self {
    case .file(let contents): contents.sha256
    case .series(let series): series.sha256
    }
  }

  /// The voxels, and what the files say of them.
  func decoded() throws(ImageFileError) -> DecodedImage {
    switch self {
    case .file(let contents): DecodedImage(volume: try readVolume(contents), facts: nil, warnings: [])
    case .series(let series): DecodedImage(try series.image())
    }
  }
}

/// The voxels of an image, and what should be known of them.
struct DecodedImage {
  let volume: Volume
  /// Of DICOM: how the image was made.
  let facts: DICOMFacts?
  let warnings: [String]

  init(volume: Volume, facts: DICOMFacts?, warnings: [String]) {
    (self.volume, self.facts, self.warnings) = (volume, facts, warnings)
  }

  init(_ image: DICOMImage) {
    self.init(volume: image.volume, facts: image.facts, warnings: image.warnings)
  }
}

/// A mask as it lies on disk, likewise.
package enum MaskContents: Sendable {
  case file(ImageFileContents)
  /// A structure set or a segmentation.
  case regions(DICOMMask, sha256: [UInt8])

  /// Reads a file, or the only file of a folder: that is how archives hand out structure sets and segmentations.
  /// - Throws: `ImageFileError`; `notFound` for an empty folder too.
  package init(at url: URL, name: String) throws(ImageFileError) {
    let contents = try ImageFileContents(at: try Self.file(at: url, name: name), name: name)
    self =
      contents.isDICOM
      ? .regions(try DICOMMask(contents), sha256: contents.sha256) : .file(contents)
  }

  private static func file(at url: URL, name: String) throws(ImageFileError) -> URL {
    guard url.isFolder else { return url }
    let files = url.files(atMost: 2)
    guard let file = files.first else {
      throw ImageFileError(.notFound, "the folder is empty; check the path and the data folder", file: name)
    }
    guard files.count == 1 else {
      throw ImageFileError(
        .ambiguous, "this is a folder of several files; give the file of the mask", file: name)
    }
    return file
  }

  /// 32 bytes.
  package var sha256: [UInt8] {
    switch self {
    case .file(let contents): contents.sha256
    case .regions(_, let digest): digest
    }
  }

  /// Which series of a folder it was made on.
  package var image: SeriesChoice {
    guard case .regions(let mask, _) = self, !mask.referencedSeries.isEmpty else { return .only }
    return .referenced(by: mask.referencedSeries)
  }

  /// The labels, on the grid of the image where they have none of their own.
  func reading(
    of segment: String?, label: UInt32, channel: Int, on image: DecodedImage
  ) throws(ImageFileError) -> MaskReading {
    switch self {
    case .file(let contents):
      return try readMask(contents, segment: segment, label: label, channel: channel)
    case .regions(let mask, _):
      let frame = image.facts.map(\.frameOfReferenceUID)
      return try mask.reading(
        of: segment, label: label, on: image.volume.geometry,
        frameOfReference: frame?.isEmpty == true ? nil : frame)
    }
  }
}

extension ImageFileContents {
  /// Whether this is a file of DICOM: known by its mark, or, where that is missing, by how it begins.
  fileprivate var isDICOM: Bool { !hasImageFormat && DICOMDataSet.begins(bytes) }
}

extension URL {
  fileprivate var isFolder: Bool {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Some of the files of a folder and of the folders in it, but for hidden ones.
  fileprivate func files(atMost most: Int) -> [URL] {
    let walk = FileManager.default.enumerator(
      at: self, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    var files: [URL] = []
    while files.count < most, let file = walk?.nextObject() as? URL {
      if !file.isFolder { files.append(file) }
    }
    return files
  }
}
