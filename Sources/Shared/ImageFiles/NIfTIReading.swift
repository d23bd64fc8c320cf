import CNIfTI
import Volumes

/// Reads NIfTI-1 or NIfTI-2, one file, gzip or not.
///
/// Values are ITK's: `slope · stored + intercept` where the header scales, in single precision unless the
/// voxels are `float64`; the sample type is then `float32`. Axes beyond the third must have one entry. Bytes
/// after the voxels are ignored, as ITK ignores them, up to 1 MiB if they are compressed.
func readNIfTI(_ bytes: [UInt8], limits: ImageReadLimits) throws(ImageFileError) -> Volume {
  var source = ByteSource(bytes[...], compressed: isGzip(bytes))
  let header = try readHeader(&source)
  let sizes = try spatialSizes(of: header)
  let count = try limits.voxelCount(of: sizes)
  let stored = try sampleType(of: header)
  let size = GridSize(x: sizes[0], y: sizes[1], z: sizes.count > 2 ? sizes[2] : 1)
  let geometry = try header.geometry(size: size, dimension: sizes.count)

  try source.skip(header.voxelOffset - source.offset)
  let samples = try source.read(byteCount(of: count, stored))
  _ = try source.drain(limit: 1 << 20)
  let voxels = try decodeSamples(samples, as: stored, bigEndian: header.isBigEndian)
  return scaled(voxels, stored: stored, by: header, geometry: geometry)
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

/// Applies `scl_slope` and `scl_inter` as ITK does: a slope of 0 or not a number counts as 1, an intercept
/// that is not a number as 0; nothing is done for 1 and 0.
private func scaled(
  _ voxels: consuming [Double], stored: SampleType, by header: NIfTIHeader, geometry: GridGeometry
) -> Volume {
  let epsilon = Double.ulpOfOne
  let slope = header.slope.isFinite && abs(header.slope) >= epsilon ? header.slope : 1
  let intercept = header.intercept.isFinite ? header.intercept : 0
  guard abs(slope - 1) > epsilon || abs(intercept) > epsilon else {
    return Volume(geometry: geometry, sampleType: stored, voxels: voxels)
  }
  var values = voxels
  if stored == .float64 {
    for i in values.indices { values[i] = values[i] * slope + intercept }
  } else {
    for i in values.indices { values[i] = Double(Float(Double(Float(values[i])) * slope + intercept)) }
  }
  return Volume(
    geometry: geometry, sampleType: stored == .float64 ? .float64 : .float32, voxels: values)
}
