import ImageFiles
import Volumes

/// Segments of a DICOM segmentation (SEG): pictures, each of one segment in one plane, in any order; planes that are not
/// there are empty.
struct Segmentation: Sendable {
  /// One segment, as the file names it.
  struct Segment: Sendable {
    let number: Int
    let label: String
  }

  /// How pixels say what is inside.
  enum Kind: Sendable, Equatable {
    /// One bit a pixel, packed.
    case binary
    /// A share of `maximum`, from 0: inside from half of it on.
    case fractional(maximum: Int)
    /// The number of the segment.
    case labels
  }

  static let sopClasses: Set<String> = [
    "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7",
  ]

  let segments: [Segment]
  let kind: Kind
  let frameOfReference: String?
  let referencedSeries: [String]
  /// The grid of all planes together.
  let geometry: GridGeometry
  let frames: [SegmentationFrame]
  let file: DICOMDataSet

  /// - Throws: `badHeader`, `unsupported` for pictures of tissue without a place in the patient, `irregularGrid` for planes that
  ///   make no grid, `segmentEmpty` for a file without frames, `tooLarge`, `truncated`.
  init(_ file: DICOMDataSet, limits: ImageReadLimits) throws(ImageFileError) {
    self.file = file
    frameOfReference = file.string(.frameOfReferenceUID)
    referencedSeries = try file.items(.referencedSeriesSequence).compactMap { $0.string(.seriesInstanceUID) }
    kind = try Self.kind(of: file)
    segments = try Self.segments(of: file)
    let described = try SegmentationFrame.all(of: file, kind: kind)
    let grid = try SegmentationGrid(described, file, limits: limits)
    (geometry, frames) = (grid.geometry, grid.frames)
  }

  private static func kind(of file: DICOMDataSet) throws(ImageFileError) -> Kind {
    switch file.string(.segmentationType) {
    case "BINARY": return .binary
    case "FRACTIONAL":
      guard let maximum = file.integer(.maximumFractionalValue), (1...255).contains(maximum) else {
        throw ImageFileError(
          .badHeader, "the segmentation has fractions, but no Maximum Fractional Value of 1 to 255")
      }
      return .fractional(maximum: maximum)
    case "LABELMAP": return .labels
    case let other:
      throw ImageFileError(
        .unsupported,
        "the Segmentation Type is \(other.map(quoted) ?? "missing"); BINARY, FRACTIONAL and LABELMAP are read"
      )
    }
  }

  private static func segments(of file: DICOMDataSet) throws(ImageFileError) -> [Segment] {
    var segments: [Segment] = []
    for item in try file.items(.segmentSequence) {
      guard let number = item.integer(.segmentNumber), !segments.contains(where: { $0.number == number })
      else {
        throw ImageFileError(
          .badHeader, "a segment of the segmentation has no number, or that of another; export it again")
      }
      segments.append(Segment(number: number, label: item.string(.segmentLabel) ?? ""))
    }
    return segments
  }

  /// The voxels of a segment on the grid of an image.
  /// - Throws: `segmentEmpty` where there are none, or none in the image; `truncated`, `corrupt`, `unsupported`.
  func reading(
    of segment: Segment, label: UInt32, on image: GridGeometry
  ) throws(ImageFileError) -> MaskReading {
    let voxels = try SegmentationVoxels(of: segment.number, in: self)
    guard voxels.count > 0 else {
      throw ImageFileError(
        .segmentEmpty, "the segment \(quoted(segment.label)) has no voxel; draw it, or name another segment")
    }
    var reading = try GridTransfer(from: geometry, to: image).reading(voxels, label: label)
    if case .fractional(let maximum) = kind {
      let kind = file.string(.segmentationFractionalType)?.lowercased() ?? "fraction"
      reading.warnings.insert(
        "the segment is a \(quoted(kind)) of 0 to \(maximum); voxels from \((maximum + 1) / 2) on are inside",
        at: 0)
    }
    return reading
  }
}
