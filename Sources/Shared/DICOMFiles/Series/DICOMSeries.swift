import Digests
import Foundation
import ImageFiles

/// The files of one DICOM series, read once, so that they can be hashed and decoded alike.
///
/// A folder is walked with the folders in it; what is no DICOM file, and what is no image (structure sets, segmentations,
/// reports), is passed over. A file that is there twice counts once.
public struct DICOMSeries: Sendable {
  /// What messages call the image.
  public let name: String
  /// Series Instance UID; empty where the files say none.
  public let uid: String
  /// SHA-256 of the sorted SHA-256 of the files, 32 bytes: it depends neither on names nor on order of files. Where an echo or a time
  /// point is chosen, of that too.
  public let sha256: [UInt8]
  /// The elements of each file, in no order.
  let files: [DICOMDataSet]
  var warnings: [String]
  let limits: ImageReadLimits
  /// Which of its images are meant.
  let frames: FrameChoice

  /// Reads the files of a series.
  /// - Parameters:
  ///   - url: a folder with one series or several, or one file.
  ///   - choice: which series is meant, where there are several.
  ///   - frames: which of its images are meant, where there are several at each place.
  ///   - name: what messages call the image; the last path component unless given.
  ///   - limits: how many bytes all files together, and how many voxels the image, may have.
  /// - Throws: `ImageFileError`: `notFound`, `notAnImage` where there is no DICOM image, `ambiguous` with the list of several
  ///   series, `unreadable`, `truncated`, `corrupt`, `badHeader`, `tooLarge`.
  public init(
    at url: URL, choosing choice: SeriesChoice = .only, frames: FrameChoice = .all, name: String? = nil,
    limits: ImageReadLimits = ImageReadLimits()
  ) throws(ImageFileError) {
    let name = name ?? url.lastPathComponent
    do throws(ImageFileError) {
      let scan = try SeriesScan(at: url, limits: limits)
      let scanned = try scan.files(of: choice)
      try self.init(reading: try Self.read(scanned, limits), frames: frames, name: name, limits: limits)
      if scan.emptyFiles > 0 {
        warnings.append(
          "\(counted(scan.emptyFiles, "file")) of 0 bytes passed over among those of the series; copy the series again if slices are missing"
        )
      }
    } catch {
      throw error.naming(name)
    }
  }

  /// A series whose files are in memory.
  /// - Parameters:
  ///   - files: all bytes of each file, in any order.
  ///   - frames: which of its images are meant, where there are several at each place.
  ///   - name: what messages call the image.
  ///   - limits: how many voxels the image may have.
  /// - Throws: `ImageFileError`: `notAnImage`, `truncated`, `corrupt`, `badHeader`; `ambiguous` where they are of several series.
  public init(
    files: [[UInt8]], frames: FrameChoice = .all, name: String, limits: ImageReadLimits = ImageReadLimits()
  ) throws(ImageFileError) {
    do throws(ImageFileError) {
      let digested = files.map { (bytes: $0, sha256: Digests.sha256(of: $0)) }
      try self.init(reading: digested, frames: frames, name: name, limits: limits)
    } catch {
      throw error.naming(name)
    }
  }

  /// All bytes of each file, and their digest, which is computed while the next file is read.
  private static func read(
    _ files: [ScannedFile], _ limits: ImageReadLimits
  ) throws(ImageFileError) -> [(bytes: [UInt8], sha256: [UInt8])] {
    let digests = DigestsBeside()
    var read: [[UInt8]] = []
    var left = limits.fileBytes
    do throws(ImageFileError) {
      for file in files {
        let bytes = try readFile(path: file.path, limit: left)
        left -= bytes.count
        digests.add(bytes)
        read.append(bytes)
      }
    } catch {
      digests.stop()
      throw error
    }
    return zip(read, digests.all()).map { (bytes: $0, sha256: $1) }
  }

  private init(
    reading read: [(bytes: [UInt8], sha256: [UInt8])], frames: FrameChoice, name: String,
    limits: ImageReadLimits
  ) throws(ImageFileError) {
    var seen: Set<[UInt8]> = []
    var files: [DICOMDataSet] = []
    for file in read where seen.insert(file.sha256).inserted {
      files.append(try DICOMDataSet(bytes: file.bytes, limits: limits))
    }
    guard let first = files.first else {
      throw ImageFileError(.notAnImage, "the series has no file")
    }
    uid = first.string(.seriesInstanceUID) ?? ""
    for file in files where (file.string(.seriesInstanceUID) ?? "") != uid {
      throw ImageFileError(.ambiguous, "the files are of several series; give those of one")
    }
    let copies = read.count - files.count
    warnings = copies == 0 ? [] : ["\(counted(copies, "file")) left out, as exact copies of others"]
    let whole = Digests.sha256(of: seen.sorted { $0.lexicographicallyPrecedes($1) }.joined())
    sha256 = frames.text.map { Digests.sha256([whole, Array($0.utf8)]) } ?? whole
    self.frames = frames
    self.files = files
    self.name = name
    self.limits = limits
  }

  /// The series under a folder, or of one file, those with most files first.
  /// - Throws: as `init(at:choosing:name:limits:)`.
  public static func summaries(
    at url: URL, limits: ImageReadLimits = ImageReadLimits()
  ) throws(ImageFileError) -> [DICOMSeriesSummary] {
    do throws(ImageFileError) {
      return try SeriesScan(at: url, limits: limits).summaries
    } catch {
      throw error.naming(url.lastPathComponent)
    }
  }
}
