import Foundation
import Volumes

/// Writes an image in the format that the file name's extension says: `.nii`, `.nii.gz`, `.nrrd` or `.png`.
///
/// The file appears whole or not at all: it is written beside its place and renamed.
/// - Throws: `ImageFileError`: `unsupported` for another extension, `valueOutOfRange`, `unwritable`.
public func writeVolume(
  _ volume: Volume, to url: URL, packing: GzipPacking = .deflated(level: 6)
) throws(ImageFileError) {
  let name = url.lastPathComponent
  do throws(ImageFileError) {
    try write(encode(volume, named: name, packing: packing), to: url)
  } catch {
    throw error.naming(name)
  }
}

/// Writes a mask, in the smallest unsigned type that holds its labels.
/// - Throws: as `writeVolume(_:to:packing:)`.
public func writeLabelMap(
  _ labelMap: LabelMap, to url: URL, packing: GzipPacking = .deflated(level: 6)
) throws(ImageFileError) {
  try writeVolume(labelMap.volume, to: url, packing: packing)
}

extension LabelMap {
  /// The labels as an image, in the smallest unsigned type that holds them.
  public var volume: Volume {
    let largest = labels.max() ?? 0
    let type: SampleType = largest <= 255 ? .uint8 : largest <= 65_535 ? .uint16 : .uint32
    return Volume(geometry: geometry, sampleType: type, voxels: labels.map(Double.init))
  }
}

private func encode(
  _ volume: Volume, named name: String, packing: GzipPacking
) throws(ImageFileError) -> [UInt8] {
  let lowercase = name.lowercased()
  if lowercase.hasSuffix(".nii.gz") { return try encodeNIfTI(volume, packing: packing) }
  if lowercase.hasSuffix(".nii") { return try encodeNIfTI(volume) }
  if lowercase.hasSuffix(".nrrd") { return try encodeNRRD(volume, packing: packing) }
  if lowercase.hasSuffix(".png") { return try encodePNG(volume) }
  throw ImageFileError(.unsupported, "images are written as .nii.gz, .nii, .nrrd or .png; change the name")
}

private func write(_ bytes: [UInt8], to url: URL) throws(ImageFileError) {
  do {
    try Data(bytes).write(to: url, options: .atomic)
  } catch {
    throw ImageFileError(
      .unwritable, "the file cannot be written; check that the folder exists, its permissions and the disk")
  }
}
