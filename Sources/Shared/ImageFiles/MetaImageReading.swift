import Volumes

/// Reads a MetaImage (`.mha`, or `.mhd` with its data beside it), raw or compressed.
///
/// Raw data must be as long as the header promises, as in `readNRRD`; data that are too long mean a wrong size or a forgotten
/// `HeaderSize`.
func readMetaImage(
  _ contents: ImageFileContents, limits: ImageReadLimits
) throws(ImageFileError) -> StoredVoxels {
  let header = try MetaImageHeader(contents.bytes)
  let geometry = try header.geometry(limits: limits)
  let length = try byteCount(of: geometry.size.voxelCount, header.type)
  let data = try dataBytes(of: contents, header)
  let samples =
    header.isCompressed ? try inflated(data, header, count: length) : try raw(data, header, count: length)
  return StoredVoxels(
    geometry: geometry, type: header.type, samples: .binary(samples, bigEndian: header.isBigEndian))
}

/// The bytes from the first of the voxels on; with `HeaderSize = -1` the whole file that has them at its end.
private func dataBytes(
  of contents: ImageFileContents, _ header: MetaImageHeader
) throws(ImageFileError) -> ArraySlice<UInt8> {
  let file: [UInt8]
  if header.dataFile != nil {
    guard let attachment = contents.attachment else {
      throw ImageFileError(
        .unsupported,
        "this MetaImage header has its data in another file, which was not given with it; read it by path")
    }
    file = attachment
  } else {
    file = contents.bytes
  }
  let start = header.headerSize > 0 ? header.headerSize : header.dataFile == nil ? header.length : 0
  guard start <= file.count else {
    throw ImageFileError(
      .truncated,
      "the MetaImage header says that the voxels begin at byte \(start), but the file has \(file.count); the file "
        + "is cut off or HeaderSize is wrong")
  }
  return file[start...]
}

private func raw(
  _ data: ArraySlice<UInt8>, _ header: MetaImageHeader, count: Int
) throws(ImageFileError) -> ArraySlice<UInt8> {
  var source = ByteSource(data, compressed: false)
  if header.headerSize < 0, data.count > count { try source.skip(data.count - count) }
  let samples = try source.read(count)
  let left = try source.drain(limit: 0)
  guard left < max(2, header.type.byteCount) else {
    throw ImageFileError(
      .badHeader,
      "\(left) bytes follow the \(count) that the MetaImage header promises; correct DimSize and ElementType, or "
        + "add HeaderSize")
  }
  return samples
}

private func inflated(
  _ data: ArraySlice<UInt8>, _ header: MetaImageHeader, count: Int
) throws(ImageFileError) -> ArraySlice<UInt8> {
  var compressed = data
  if let size = header.compressedSize {
    guard size <= data.count else {
      throw ImageFileError(
        .truncated,
        "the MetaImage header promises \(size) bytes of compressed data, but only \(data.count) are left; the file "
          + "is cut off: copy it again from its source")
    }
    compressed = data.prefix(size)
  }
  var stream = InflateStream(compressed, container: isGzip(compressed) ? .gzip : .zlib)
  let samples = try stream.read(count)
  _ = try stream.drain(limit: 0)
  return samples
}
