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

/// The bytes of a PNG of few colours.
/// - Parameters:
///   - indices: of each pixel the entry of the palette, row by row from the top left.
///   - palette: at most 256 colours: red, green, blue, as screens have them (sRGB).
/// - Throws: `unwritable`.
package func encodePNG(
  indices: [UInt8], width: Int, height: Int, palette: [(UInt8, UInt8, UInt8)]
) throws(ImageFileError) -> [UInt8] {
  precondition(indices.count == width * height && !indices.isEmpty, "one entry for each pixel")
  precondition((1...256).contains(palette.count), "a palette has 1 to 256 colours")
  precondition(indices.allSatisfy { $0 < palette.count }, "each pixel has a colour of the palette")
  var image = unsafe png_image()
  unsafe image.version = UInt32(PNG_IMAGE_VERSION)
  unsafe image.width = UInt32(width)
  unsafe image.height = UInt32(height)
  unsafe image.format = UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_COLORMAP)
  unsafe image.colormap_entries = UInt32(palette.count)
  defer { unsafe png_image_free(&image) }
  let colours = palette.flatMap { [$0.0, $0.1, $0.2] }
  var length = indices.count * 2 + 4096
  let written = unsafe colours.withUnsafeBytes { colours in
    unsafe indices.withUnsafeBytes { source in
      unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
        let done = unsafe png_image_write_to_memory(
          &image, buffer.baseAddress, &length, 0, source.baseAddress, 0, colours.baseAddress)
        filled = done != 0 ? Int(length) : 0
      }
    }
  }
  guard !written.isEmpty else { throw ImageFileError(.unwritable, "libpng could not encode the picture") }
  return written
}
