import CPNG

/// Decodes a PNG without 16-bit alpha through libpng's simplified interface, whose errors return (its other
/// interface would jump across Swift's frames).
///
/// 8-bit files are asked for in their own format, 16-bit files as linear light, which without a gamma chunk
/// is what libpng takes them to be: samples pass unchanged.
/// - Throws: `corrupt`, with libpng's reason; also for what libpng only warns of, since no optional chunk is
///   left.
func decodeWithLibpng(_ chunks: PNGChunks, channels: Int) throws(ImageFileError) -> [UInt16] {
  var image = unsafe png_image()
  unsafe image.version = UInt32(PNG_IMAGE_VERSION)
  defer { unsafe png_image_free(&image) }
  return try unsafe chunks.criticalBytes.span.withUnsafeBytes { source throws(ImageFileError) in
    guard unsafe png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
      throw unsafe failure(&image)
    }
    unsafe image.format = format(channels: channels, linear: chunks.bitDepth == 16)
    let count = chunks.width * chunks.height * channels
    guard chunks.bitDepth == 16 else { return try unsafe finish(&image, count, UInt8.self).map(UInt16.init) }
    return try unsafe finish(&image, count, UInt16.self)
  }
}

private func finish<T: FixedWidthInteger>(
  _ image: inout png_image, _ count: Int, _ type: T.Type
) throws(ImageFileError) -> [T] {
  var samples = [T](repeating: 0, count: count)
  let done = unsafe samples.withUnsafeMutableBytes { buffer in
    unsafe png_image_finish_read(&image, nil, buffer.baseAddress, 0, nil)
  }
  guard done != 0, unsafe image.warning_or_error == 0 else { throw unsafe failure(&image) }
  return samples
}

private func format(channels: Int, linear: Bool) -> UInt32 {
  let colour = channels >= 3 ? PNG_FORMAT_FLAG_COLOR : 0
  let alpha = channels == 2 || channels == 4 ? PNG_FORMAT_FLAG_ALPHA : 0
  return UInt32(colour) | UInt32(alpha) | (linear ? UInt32(PNG_FORMAT_FLAG_LINEAR) : 0)
}

private func failure(_ image: inout png_image) -> ImageFileError {
  let reason = unsafe withUnsafeBytes(of: &image.message) { bytes in
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
  return ImageFileError(.corrupt, "the PNG data are damaged (\(reason)); export or copy the file again")
}
