import ImageFiles
import Volumes

/// A DICOM structure set (RTSTRUCT) or segmentation (SEG): regions that are known by name and number.
///
/// It has no voxels of an image by itself: `reading(of:label:on:frameOfReference:)` brings one of its regions to the grid
/// of an image.
public struct DICOMMask: Sendable {
  /// A region: a ROI of a structure set, a segment of a segmentation.
  public struct Segment: Sendable, Equatable {
    /// ROI Number, or Segment Number.
    public let number: Int
    /// ROI Name, or Segment Label.
    public let name: String
  }

  private enum Content: Sendable {
    case structureSet(StructureSet)
    case segmentation(Segmentation)
  }

  private let name: String
  private let content: Content

  /// Reads a mask from the bytes of its file.
  /// - Throws: `ImageFileError`, naming the mask: `notAnImage` where it is no DICOM file, `unsupported` where it is an image or
  ///   a mask of another kind (surfaces), `truncated`, `corrupt`, `badHeader`, `tooLarge`.
  public init(
    _ contents: ImageFileContents, limits: ImageReadLimits = ImageReadLimits()
  ) throws(ImageFileError) {
    name = contents.name
    do throws(ImageFileError) {
      let file = try DICOMDataSet(bytes: contents.bytes, limits: limits)
      content = try Self.content(of: file, limits: limits)
    } catch {
      throw error.naming(contents.name)
    }
  }

  private static func content(
    of file: DICOMDataSet, limits: ImageReadLimits
  ) throws(ImageFileError) -> Content {
    let kind = file.string(.sopClassUID) ?? ""
    let modality = file.string(.modality) ?? ""
    if kind == StructureSet.sopClass || kind.isEmpty && modality == "RTSTRUCT" {
      return .structureSet(try StructureSet(file))
    }
    if Segmentation.sopClasses.contains(kind) || kind.isEmpty && modality == "SEG" {
      return .segmentation(try Segmentation(file, limits: limits))
    }
    throw ImageFileError(
      .unsupported,
      "this DICOM file (modality \(quoted(modality))) is no mask; a structure set (RTSTRUCT) or a segmentation (SEG) is "
        + "needed, or a label map in another format")
  }

  /// Series Instance UIDs of the images that it was made on, as far as it says.
  public var referencedSeries: [String] {
    switch content {
    case .structureSet(let set): set.referencedSeries
    case .segmentation(let segmentation): segmentation.referencedSeries
    }
  }

  /// Its regions, in the order of the file.
  public var segments: [Segment] {
    switch content {
    case .structureSet(let set): set.regions.map { Segment(number: $0.number, name: $0.name) }
    case .segmentation(let segmentation):
      segmentation.segments.map { Segment(number: $0.number, name: $0.label) }
    }
  }

  /// Brings one region to the grid of an image.
  ///
  /// Of a structure set a voxel is inside where its centre is, or lies on a contour. Of a segmentation a voxel has the value of
  /// the segmentation's nearest.
  /// - Parameters:
  ///   - segment: name or number of the region; `nil`: the only one there is.
  ///   - label: the label that its voxels get; all others are 0.
  ///   - geometry: the image's grid.
  ///   - frameOfReference: Frame of Reference UID of the image; `nil` where it has none, and nothing can be compared.
  /// - Throws: `ImageFileError`, naming the mask: `segmentNotNamed`, `segmentAbsent`, both with the list of regions;
  ///   `segmentEmpty`; `otherFrameOfReference`; `truncated`, `corrupt`, `badHeader`, `unsupported`, `tooLarge`.
  public func reading(
    of segment: String?, label: UInt32 = 1, on geometry: GridGeometry, frameOfReference: String? = nil
  ) throws(ImageFileError) -> MaskReading {
    do throws(ImageFileError) {
      let named = segments.map { NamedSegment(number: $0.number, name: $0.name) }
      switch content {
      case .structureSet(let set):
        let region = set.regions[try index(of: segment, among: named, kind: "region")]
        try check(region.frameOfReference, of: region.name, against: frameOfReference)
        return try set.reading(of: region, label: label, on: geometry)
      case .segmentation(let segmentation):
        let chosen = segmentation.segments[try index(of: segment, among: named)]
        try check(segmentation.frameOfReference, of: chosen.label, against: frameOfReference)
        return try segmentation.reading(of: chosen, label: label, on: geometry)
      }
    } catch {
      throw error.naming(name)
    }
  }

  /// Brings one region to the grid of an image of DICOM, whose frame of reference is compared.
  /// - Throws: as `reading(of:label:on:frameOfReference:)`.
  public func reading(
    of segment: String?, label: UInt32 = 1, on image: DICOMImage
  ) throws(ImageFileError) -> MaskReading {
    try reading(
      of: segment, label: label, on: image.stored.geometry,
      frameOfReference: image.facts.frameOfReferenceUID)
  }

  private func check(
    _ own: String?, of region: String, against image: String?
  ) throws(ImageFileError) {
    guard let own, let image, !own.isEmpty, !image.isEmpty, own != image else { return }
    throw ImageFileError(
      .otherFrameOfReference,
      "the region \(quoted(region)) lies in another frame of reference than the image; give the image that it was "
        + "drawn on, or register them first")
  }
}
