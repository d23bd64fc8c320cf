import Foundation
import ImageFiles

/// One DICOM file of a folder, as far as its header says what it belongs to.
struct ScannedFile {
  var path: String
  var seriesUID: String
  var studyUID: String
  var modality: String
  var sopClass: String
  /// Pixels of a row and rows of a picture; nil where it has none.
  var size: SIMD2<Int>?

  /// Modalities whose pixels are no image to compute features of.
  private static let derived: Set<String> = ["SEG", "RTDOSE", "PR", "KO", "SR", "REG", "RTSTRUCT", "RTPLAN"]

  /// Index of a medium (PS3.3, annex F).
  var isDirectory: Bool { sopClass == "1.2.840.10008.1.3.10" }
  var isImage: Bool { size != nil && !Self.derived.contains(modality) }
}

/// The DICOM files of a folder and the folders in it, or one file; everything else is passed over.
struct SeriesScan {
  /// Files that are looked at: more in one folder are a mistake in the path.
  private static let fileLimit = 200_000
  /// Folders within each other.
  private static let deepest = 64
  /// Bytes of a file in which its header is looked for first.
  private static let beginning = 1 << 14

  private(set) var files: [ScannedFile] = []
  /// Files without a byte, among them.
  private(set) var emptyFiles = 0
  private let limits: ImageReadLimits

  /// - Throws: `notFound`; `notAnImage` for a file that is not DICOM's; `truncated`, `corrupt`, `badHeader` for one that is;
  ///   `tooLarge`.
  init(at url: URL, limits: ImageReadLimits) throws(ImageFileError) {
    self.limits = limits
    guard let kind = fileKind(url.path) else {
      throw ImageFileError(.notFound, "there is no such file or folder; check the path and the data folder")
    }
    if kind == .folder {
      var paths: [String] = []
      try Self.add(filesIn: url.path, to: &paths, depth: 1)
      for path in paths.sorted() {
        if let file = try scanned(path, isAlone: false) { files.append(file) }
      }
    } else if let file = try scanned(url.path, isAlone: true) {
      files = [file]
    }
  }

  /// Links to files are followed, those to folders only where the folder itself was given by one.
  private static func add(
    filesIn folder: String, to paths: inout [String], depth: Int
  ) throws(ImageFileError) {
    guard let found = FolderNames(of: folder) else {
      throw ImageFileError(.unreadable, "a folder cannot be read; check its permissions")
    }
    guard found.unreadable == 0 else {
      throw ImageFileError(.unsupported, FolderNames.refusal(found.unreadable))
    }
    for name in found.names {
      let path = folder + "/" + name
      switch fileKind(path) {
      case .file: paths.append(path)
      case .folder where !isLink(path):
        guard depth < deepest else {
          throw ImageFileError(
            .tooLarge, "more than \(deepest) folders lie within each other; give the folder of one series")
        }
        try add(filesIn: path, to: &paths, depth: depth + 1)
      default: break
      }
      guard paths.count <= fileLimit else {
        throw ImageFileError(
          .tooLarge, "the folder holds more than \(fileLimit) files; give the folder of one series")
      }
    }
  }

  private mutating func scanned(_ path: String, isAlone: Bool) throws(ImageFileError) -> ScannedFile? {
    let start = try readFile(path: path, limit: limits.fileBytes, beginning: Self.beginning)
    guard isAlone || DICOMDataSet.begins(start) else {
      if start.isEmpty { emptyFiles += 1 }
      return nil
    }
    do throws(ImageFileError) {
      return file(path, try header(path, start))
    } catch  where !isAlone && !FileLayout.hasPreamble(start) {
      // Two bytes by chance are no DICOM file.
      return nil
    }
  }

  /// The header up to the size of the picture, from the beginning of a file or, where it is long, from all of it.
  private func header(_ path: String, _ start: [UInt8]) throws(ImageFileError) -> DICOMDataSet {
    let stop = DICOMTag(0x0028, 0x0012)
    do throws(ImageFileError) {
      return try DICOMDataSet(bytes: start, before: stop, limits: limits)
    } catch  where error.code == .truncated && start.count == Self.beginning {
      return try DICOMDataSet(
        bytes: try readFile(path: path, limit: limits.fileBytes), before: stop, limits: limits)
    }
  }

  private func file(_ path: String, _ header: DICOMDataSet) -> ScannedFile {
    ScannedFile(
      path: path, seriesUID: header.string(.seriesInstanceUID) ?? "",
      studyUID: header.string(.studyInstanceUID) ?? "", modality: header.string(.modality) ?? "??",
      sopClass: header.string(.sopClassUID) ?? header.string(DICOMTag(0x0002, 0x0002)) ?? "",
      size: header.contains(.rows)
        ? SIMD2(header.integer(.columns) ?? 0, header.integer(.rows) ?? 0) : nil)
  }

  /// The series of the folder, those with most files first.
  var summaries: [DICOMSeriesSummary] {
    Dictionary(grouping: files.filter { !$0.isDirectory }, by: \.seriesUID)
      .map { uid, files in
        DICOMSeriesSummary(
          uid: uid, studyUID: files[0].studyUID, modality: files[0].modality, fileCount: files.count,
          isImage: files.contains(where: \.isImage), size: files.lazy.compactMap(\.size).first)
      }
      .sorted { ($1.fileCount, $0.uid) < ($0.fileCount, $1.uid) }
  }

  /// The files of the series that is meant.
  /// - Throws: `notAnImage` where there is none; `ambiguous` where several could be meant; `notFound` for one that is not there.
  func files(of choice: SeriesChoice) throws(ImageFileError) -> [ScannedFile] {
    let series = summaries.filter(\.isImage)
    guard !series.isEmpty else { throw absence }
    let chosen: [DICOMSeriesSummary]
    switch choice {
    case .only: chosen = series
    case .uid(let uid): chosen = series.filter { $0.uid == uid }
    case .referenced(let uids): chosen = series.count == 1 ? series : series.filter { uids.contains($0.uid) }
    }
    guard let one = chosen.first else {
      throw ImageFileError(
        .notFound,
        "the series that is asked for is not among those of the folder: \(list(of: series)); worker extract "
          + "--validate lists their UIDs where the files are")
    }
    guard chosen.count == 1 else {
      throw ImageFileError(
        .ambiguous,
        "\(chosen.count) series are here, and which is meant was not said: \(list(of: chosen)); give a folder with one of them, "
          + "a mask that names it, or its Series Instance UID (--series, column Series), which is listed by worker extract "
          + "--validate where the files are, and by coordinator scan")
    }
    return files.filter { $0.seriesUID == one.uid && $0.isImage }
  }

  private var absence: ImageFileError {
    if files.contains(where: \.isDirectory) && summaries.isEmpty {
      return ImageFileError(
        .notAnImage,
        "this is the index of a medium (DICOMDIR), not an image; give the folder that holds the images")
    }
    guard !files.isEmpty else {
      return ImageFileError(.notAnImage, "the folder holds no DICOM file; check the path")
    }
    return ImageFileError(
      .notAnImage, "no DICOM file here is an image: \(list(of: summaries)); give the folder of the image")
  }

  /// Without UIDs: the message may leave the place where the files are, and a UID tells whose they are.
  private func list(of series: [DICOMSeriesSummary]) -> String {
    let shown = series.prefix(10).map(\.description)
    return shown.joined(separator: "; ") + (series.count > 10 ? "; and \(series.count - 10) more" : "")
  }
}

private func isLink(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
}

private enum FileKind { case file, folder }

/// What a path leads to; `nil` where it leads nowhere, and for pipes and devices.
private func fileKind(_ path: String) -> FileKind? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return .file
  case S_IFDIR: return .folder
  default: return nil
  }
}
