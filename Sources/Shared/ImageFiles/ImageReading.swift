import Foundation
import Volumes

/// Reads an image from a file: NIfTI-1 and -2 (`.nii`, `.nii.gz`, `.hdr` with `.img`), NRRD (`.nrrd`, `.nhdr`), MetaImage
/// (`.mha`, `.mhd`), PNG.
///
/// The format is told by the content. Geometry is in millimetres in DICOM's LPS coordinates and voxel values
/// are those SimpleITK reports, with its sample type. A colour PNG becomes luminance (`luminance(of:)`).
/// - Throws: `ImageFileError`, naming the last path component.
public func readVolume(
  at url: URL, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> Volume {
  try readVolume(ImageFileContents(at: url, limits: limits), limits: limits)
}

/// Reads an image from the bytes of its file. One of several files needs `ImageFileContents`.
/// - Parameters:
///   - bytes: the whole file.
///   - name: what messages call the image.
///   - limits: how large an image may be.
/// - Throws: `ImageFileError`, naming the image.
public func readVolume(
  bytes: [UInt8], name: String, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> Volume {
  try readVolume(ImageFileContents(name: name, bytes: bytes), limits: limits)
}

/// Reads an image from contents that are already in memory.
/// - Throws: `ImageFileError`, naming the image.
public func readVolume(
  _ contents: ImageFileContents, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> Volume {
  do throws(ImageFileError) {
    switch try ImageFormat(of: contents.bytes) {
    case .png: return try PNGRaster(contents.bytes, limits: limits).luminanceVolume()
    case .nrrd: return try readNRRD(contents, limits: limits).volume()
    case .metaImage: return try readMetaImage(contents, limits: limits).volume()
    case .nifti: return try readNIfTI(contents, limits: limits).volume()
    }
  } catch {
    throw error.naming(contents.name)
  }
}

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
