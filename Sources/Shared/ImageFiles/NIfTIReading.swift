import CNIfTI
import Volumes

/// Reads NIfTI-1 or NIfTI-2, in one file or as a pair of header and voxels, each gzip or not.
///
/// Values are ITK's: `slope · stored + intercept` where the header scales, in single precision unless the
/// voxels are `float64`; the sample type is then `float32`. Axes beyond the third must have one entry. Bytes
/// after the voxels are ignored, as ITK ignores them, up to 1 MiB if they are compressed.
func readNIfTI(
  _ contents: ImageFileContents, limits: ImageReadLimits
) throws(ImageFileError) -> StoredVoxels {
  var source = ByteSource(contents.bytes[...], compressed: isGzip(contents.bytes))
  let header = try readHeader(&source)
  let sizes = try spatialSizes(of: header)
  let count = try limits.voxelCount(of: sizes)
  let stored = try sampleType(of: header)
  let size = GridSize(x: sizes[0], y: sizes[1], z: sizes.count > 2 ? sizes[2] : 1)
  let geometry = try header.geometry(size: size, dimension: sizes.count)

  if header.isPair {
    guard let voxels = contents.attachment else {
      throw ImageFileError(
        .unsupported,
        "this is the header of a two-file NIfTI, and its .img was not given with it; read it by path")
    }
    source = ByteSource(voxels[...], compressed: isGzip(voxels))
  }
  try source.skip(header.voxelOffset - source.offset)
  let samples = try source.read(byteCount(of: count, stored))
  _ = try source.drain(limit: 1 << 20)
  return StoredVoxels(
    geometry: geometry, type: stored, samples: .binary(samples, bigEndian: header.isBigEndian),
    scale: VoxelScale(header))
}

private func readHeader(_ source: inout ByteSource) throws(ImageFileError) -> NIfTIHeader {
  var bytes = Array(try source.read(NIfTIHeader.shortestLength))
  if let version = NIfTIHeader.version(of: bytes) {
    bytes += try source.read(NIfTIHeader.byteCount(ofVersion: version) - bytes.count)
  }
  return try NIfTIHeader(bytes[...])
}

/// The sizes of the two or three axes in space.
private func spatialSizes(of header: NIfTIHeader) throws(ImageFileError) -> [Int] {
  guard header.sizes.count >= 2 else {
    throw ImageFileError(.unsupported, "the image has one axis; a picture (2) or volume (3) is needed")
  }
  guard header.sizes.dropFirst(3).allSatisfy({ $0 == 1 }) else {
    let axes = header.sizes.map(String.init).joined(separator: " × ")
    throw ImageFileError(
      .unsupported,
      "the image has the axes \(axes): more than one time point or component a voxel; extract the volume "
        + "to be analysed into its own file")
  }
  return Array(header.sizes.prefix(3))
}

private func sampleType(of header: NIfTIHeader) throws(ImageFileError) -> SampleType {
  switch header.datatype {
  case NIFTI_TYPE_INT8: return .int8
  case NIFTI_TYPE_UINT8: return .uint8
  case NIFTI_TYPE_INT16: return .int16
  case NIFTI_TYPE_UINT16: return .uint16
  case NIFTI_TYPE_INT32: return .int32
  case NIFTI_TYPE_UINT32: return .uint32
  case NIFTI_TYPE_INT64: return .int64
  case NIFTI_TYPE_UINT64: return .uint64
  case NIFTI_TYPE_FLOAT32: return .float32
  case NIFTI_TYPE_FLOAT64: return .float64
  default:
    let name = unsafe String(cString: nifti_datatype_to_string(header.datatype))
    throw ImageFileError(
      .unsupported,
      "the voxels have the NIfTI datatype \(header.datatype) (\(name)); convert the image to whole "
        + "numbers or float32, one value a voxel")
  }
}
