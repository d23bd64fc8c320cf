import CPNG
import Volumes

/// The bytes of a grey PNG of 8 or 16 bits, for a 2D volume of `uint8` or `uint16`.
///
/// Spacing is not stored. 16-bit files carry libpng's mark of linear light.
/// - Throws: `unsupported` for another sample type or a volume, `valueOutOfRange`.
public func encodePNG(_ volume: Volume) throws(ImageFileError) -> [UInt8] {
  let size = volume.geometry.size
  guard size.z == 1 else {
    throw ImageFileError(
      .unsupported, "a PNG holds one slice, and the volume has \(size.z); write NIfTI or NRRD")
  }
  switch volume.sampleType {
  case .uint8: return try encode(wholeNumbers(volume.voxels, UInt8.self), size, format: 0)
  case .uint16:
    return try encode(wholeNumbers(volume.voxels, UInt16.self), size, format: UInt32(PNG_FORMAT_FLAG_LINEAR))
  default:
    throw ImageFileError(
      .unsupported, "a grey PNG holds uint8 or uint16, and the volume is \(volume.sampleType.rawValue)")
  }
}

private func encode<T: FixedWidthInteger>(
  _ samples: [T], _ size: GridSize, format: UInt32
) throws(ImageFileError) -> [UInt8] {
  var image = unsafe png_image()
  unsafe image.version = UInt32(PNG_IMAGE_VERSION)
  unsafe image.width = UInt32(size.x)
  unsafe image.height = UInt32(size.y)
  unsafe image.format = format
  defer { unsafe png_image_free(&image) }
  var length = samples.count * MemoryLayout<T>.size * 2 + 1024
  let written = unsafe samples.withUnsafeBytes { source in
    unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
      let done = unsafe png_image_write_to_memory(
        &image, buffer.baseAddress, &length, 0, source.baseAddress, 0, nil)
      filled = done != 0 ? Int(length) : 0
    }
  }
  guard !written.isEmpty else { throw ImageFileError(.unwritable, "libpng could not encode the picture") }
  return written
}
