import Foundation
import Volumes

/// A mask that was read, and what should be known of it.
public struct MaskReading: Sendable {
  /// The labels.
  public var labels: LabelMap
  /// What was not taken as it stands in the file: values below 0, fractions. A sentence each, without names of files.
  public var warnings: [String]

  /// Labels, and what should be known of them.
  public init(labels: LabelMap, warnings: [String] = []) {
    self.labels = labels
    self.warnings = warnings
  }
}

/// Reads a mask from contents that are already in memory.
///
/// Values are PyRadiomics': fractions are cut toward zero and what is below 0 is background, both with a warning that counts
/// them. A one-bit PNG has labels 0 and 255, as SimpleITK and Pillow read it.
/// - Parameters:
///   - contents: the file.
///   - segment: the region's name, identifier or number in a `.seg.nrrd` of 3D Slicer; it comes back under `label`, alone.
///   - label: the label that a named segment gets.
///   - channel: which channel of a colour PNG, or which layer of an NRRD, holds the labels (PyRadiomics' `label_channel`).
///   - limits: how large a mask may be.
/// - Throws: `ImageFileError`, naming the image; `badLabel` for a value that is not finite or above `UInt32.max`;
///   `segmentAbsent` and `segmentNotNamed` for a segment that is not there, or is not the only one of its name.
public func readMask(
  _ contents: ImageFileContents, segment: String? = nil, label: UInt32 = 1, channel: Int = 0,
  limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> MaskReading {
  do throws(ImageFileError) {
    let format = try ImageFormat(of: contents.bytes)
    guard let segment else { return try reading(of: contents, format, channel: channel, limits: limits) }
    guard format == .nrrd else { throw noSegments }
    return try readSegment(segment, of: contents, as: label, limits: limits)
  } catch {
    throw error.naming(contents.name)
  }
}

private func reading(
  of contents: ImageFileContents, _ format: ImageFormat, channel: Int, limits: ImageReadLimits
) throws(ImageFileError) -> MaskReading {
  switch format {
  case .png:
    MaskReading(labels: try PNGRaster(contents.bytes, limits: limits).labelMap(channel: channel))
  case .nrrd: try readNRRD(contents, component: channel, limits: limits).maskReading()
  case .metaImage: try readMetaImage(contents, limits: limits).maskReading()
  case .nifti: try readNIfTI(contents, limits: limits).maskReading()
  }
}

private func readSegment(
  _ wanted: String, of contents: ImageFileContents, as label: UInt32, limits: ImageReadLimits
) throws(ImageFileError) -> MaskReading {
  let segments = try SlicerSegment.all(in: NRRDHeader(contents.bytes))
  guard !segments.isEmpty else { throw noSegments }
  let named = segments.map { NamedSegment(number: $0.number, name: $0.name, identifier: $0.identifier) }
  let segment = segments[try index(of: wanted, among: named)]
  var reading = try readNRRD(contents, component: segment.layer, limits: limits).maskReading()
  let voxels = reading.labels.mask(of: segment.label).voxels
  reading.labels = LabelMap(geometry: reading.labels.geometry, labels: voxels.map { $0 == 0 ? 0 : label })
  return reading
}

/// Why a segment that was named cannot be in a mask of labels.
package let noSegments = ImageFileError(
  .segmentAbsent,
  "a segment was named, but this mask has labels alone and no names; give the label of the region in place of the "
    + "segment")

/// Reads a mask from a file of any format that `readVolume(at:limits:)` reads.
///
/// As `readMask(_:segment:label:channel:limits:)`, without what that says of the mask's values.
/// - Parameters:
///   - url: the file.
///   - channel: which channel of a colour PNG, or layer of an NRRD, holds the labels (PyRadiomics' `label_channel`).
///   - limits: how large a mask may be.
/// - Throws: `ImageFileError`; `badLabel` for a value that is not finite or above `UInt32.max`.
public func readLabelMap(
  at url: URL, channel: Int = 0, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> LabelMap {
  try readLabelMap(ImageFileContents(at: url, limits: limits), channel: channel, limits: limits)
}

/// Reads a mask from the bytes of its file. One of several files needs `ImageFileContents`.
/// - Throws: as `readLabelMap(at:channel:limits:)`, naming the image.
public func readLabelMap(
  bytes: [UInt8], name: String, channel: Int = 0, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> LabelMap {
  try readLabelMap(ImageFileContents(name: name, bytes: bytes), channel: channel, limits: limits)
}

/// Reads a mask from contents that are already in memory.
/// - Throws: as `readLabelMap(at:channel:limits:)`, naming the image.
public func readLabelMap(
  _ contents: ImageFileContents, channel: Int = 0, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> LabelMap {
  try readMask(contents, channel: channel, limits: limits).labels
}
