import DICOMFiles
import Foundation
import ImageFiles
import StudyPlan
import Volumes

/// An image as it lies on disk, read once, so that it can be hashed and decoded alike.
package enum ImageContents: Sendable {
  case file(ImageFileContents)
  /// Files of DICOM, or one: a folder of them is known by what is in it, whatever the files are called.
  case series(DICOMSeries)

  /// Reads a file, or the series of a folder.
  /// - Parameters:
  ///   - choice: which series of a folder is meant, where it has several and `part` names none.
  ///   - part: which series, echo or time point is meant.
  ///   - name: what messages call it.
  /// - Throws: `ImageFileError`; `notFound` for an empty folder too.
  package init(
    at url: URL, choosing choice: SeriesChoice = .only, part: ImageChoice? = nil, name: String
  ) throws(ImageFileError) {
    let frames = FrameChoice(echo: part?.echo, timePoint: part?.timePoint)
    guard url.isFolder else {
      let contents = try ImageFileContents(at: url, name: name)
      if contents.isDICOM {
        if let mask = try MaskContents.kinds(at: url, name: name).first(where: {
          MaskContents.masks.contains($0.modality)
        }) {
          throw ImageFileError(
            .notAnImage,
            "this is a mask (\(mask.modality)) and no image; give the images that it was drawn on", file: name
          )
        }
        self = .series(try DICOMSeries(files: [contents.bytes], frames: frames, name: name))
        try checkSeries(is: part?.series, name: name)
      } else if part == nil {
        self = .file(contents)
      } else {
        throw ImageFileError(
          .unsupported,
          "a series, an echo or a time point was named, and the image is none of DICOM; leave them out",
          file: name)
      }
      return
    }
    guard !url.files(atMost: 1).isEmpty else {
      throw ImageFileError(.notFound, "the folder is empty; check the path and the data folder", file: name)
    }
    self = .series(
      try DICOMSeries(
        at: url, choosing: part?.series.map(SeriesChoice.uid) ?? choice, frames: frames, name: name))
  }

  /// - Throws: `notFound` where a file is of another series than the one that is meant.
  private func checkSeries(is uid: String?, name: String) throws(ImageFileError) {
    guard let uid, case .series(let series) = self, series.uid != uid else { return }
    throw ImageFileError(
      .notFound, "the file is of another series than the one that was named; name its own, or leave it out",
      file: name)
  }

  /// 32 bytes.
  package var sha256: [UInt8] {
    switch self {
    case .file(let contents): contents.sha256
    case .series(let series): series.sha256
    }
  }

  /// The voxels, and what the files say of them.
  /// - Throws: `ImageFileError`; `unsupported` where uptake values are asked for and there is no header to compute them by.
  func decoded(_ scale: DICOMValueScale) throws(ImageFileError) -> DecodedImage {
    switch self {
    case .file(let contents):
      guard scale == .stored else {
        throw ImageFileError(
          .unsupported,
          "suv asks for uptake values, and this is no series of DICOM, whose header has dose and weight; give the series, or "
            + "leave suv out where the values are uptake values already", file: contents.name)
      }
      let volume = try readStoredVolume(contents)
      let warnings =
        try contents.isColourPicture() ? ["the picture is in colour; its luminance is taken"] : []
      return DecodedImage(volume: volume, facts: nil, warnings: warnings)
    case .series(let series): return DecodedImage(try series.image(scale: scale))
    }
  }
}

/// The voxels of an image, and what should be known of them.
struct DecodedImage {
  let volume: StoredVolume
  /// Of DICOM: how the image was made.
  let facts: DICOMFacts?
  let warnings: [String]

  init(volume: StoredVolume, facts: DICOMFacts?, warnings: [String]) {
    (self.volume, self.facts, self.warnings) = (volume, facts, warnings)
  }

  init(_ image: DICOMImage) {
    self.init(volume: image.stored, facts: image.facts, warnings: image.warnings)
  }
}

/// A mask as it lies on disk, likewise.
package enum MaskContents: Sendable {
  case file(ImageFileContents)
  /// A structure set or a segmentation.
  case regions(DICOMMask, sha256: [UInt8])
  /// A label map that is stored as a series of images.
  case series(DICOMSeries)

  /// Reads a file, or the only file of a folder: that is how archives hand out structure sets and segmentations. A folder of
  /// several files may hold one series of images, whose values are labels.
  /// - Throws: `ImageFileError`; `notFound` for an empty folder too.
  package init(at url: URL, name: String) throws(ImageFileError) {
    guard let file = try Self.file(at: url, name: name) else {
      self = .series(try DICOMSeries(at: url, name: name))
      return
    }
    let contents = try ImageFileContents(at: file, name: name)
    if !contents.isDICOM {
      self = .file(contents)
    } else if try Self.kinds(at: file, name: name).contains(where: \.isImage) {
      self = .series(try DICOMSeries(files: [contents.bytes], name: name))
    } else {
      self = .regions(try DICOMMask(contents), sha256: contents.sha256)
    }
  }

  /// The one file that is meant; nil for a folder with one series of images.
  private static func file(at url: URL, name: String) throws(ImageFileError) -> URL? {
    guard url.isFolder else { return url }
    let files = url.files(atMost: 2)
    guard let file = files.first else {
      throw ImageFileError(.notFound, "the folder is empty; check the path and the data folder", file: name)
    }
    guard files.count > 1 else { return file }
    let series = try kinds(at: url, name: name)
    let images = series.filter(\.isImage)
    if images.count == 1, !series.contains(where: { masks.contains($0.modality) }) { return nil }
    throw ImageFileError(
      .ambiguous,
      "this is a folder of several files"
        + (images.isEmpty
          ? "" : " (\(images.count) series of images, \(series.count - images.count) other DICOM series)")
        + "; give the file of the mask, or a folder with nothing but the one series whose values are labels",
      file: name)
  }

  /// Modalities of masks that are no images.
  fileprivate static let masks: Set<String> = ["RTSTRUCT", "SEG"]

  fileprivate static func kinds(at url: URL, name: String) throws(ImageFileError) -> [DICOMSeriesSummary] {
    do throws(ImageFileError) {
      return try DICOMSeries.summaries(at: url)
    } catch {
      throw ImageFileError(error.code, error.message, file: name)
    }
  }

  /// 32 bytes.
  package var sha256: [UInt8] {
    switch self {
    case .file(let contents): contents.sha256
    case .regions(_, let digest): digest
    case .series(let series): series.sha256
    }
  }

  /// Which series of a folder it was made on.
  package var image: SeriesChoice {
    guard case .regions(let mask, _) = self, !mask.referencedSeries.isEmpty else { return .only }
    return .referenced(by: mask.referencedSeries)
  }

  /// The labels, on the grid of the image where they have none of their own.
  func reading(
    of segment: String?, label: UInt32, channel: Int, on grid: GridGeometry, facts: DICOMFacts?
  ) throws(ImageFileError) -> MaskReading {
    switch self {
    case .file(let contents):
      return try readMask(contents, segment: segment, label: label, channel: channel)
    case .series(let series):
      guard segment == nil else { throw noSegments.naming(series.name) }
      return try series.labels(frameOfReference: facts?.frameOfReferenceUID)
    case .regions(let mask, _):
      let frame = facts.map(\.frameOfReferenceUID)
      return try mask.reading(
        of: segment, label: label, on: grid,
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
      at: resolvingSymlinksInPath(), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    var files: [URL] = []
    while files.count < most, let file = walk?.nextObject() as? URL {
      if !file.isFolder { files.append(file) }
    }
    return files
  }
}
