import CNIfTI
import Glibc
import Volumes

/// The bytes of a NIfTI-1 file (`.nii`), with sform and qform, in the volume's sample type.
///
/// Spacing, origin and directions are rounded to the single precision of the format.
/// - Throws: `valueOutOfRange` for a value that the sample type cannot hold; `tooLarge` for a size above
///   32,767.
public func encodeNIfTI(_ volume: Volume) throws(ImageFileError) -> [UInt8] {
  let header = try nifti1Header(of: volume)
  var bytes = unsafe withUnsafeBytes(of: header) { unsafe [UInt8]($0) }
  bytes += [0, 0, 0, 0]
  return try bytes + encodeSamples(volume.voxels, as: volume.sampleType)
}

/// The bytes of a `.nii.gz` file; equal volumes give equal bytes.
/// - Throws: as `encodeNIfTI(_:)`.
public func encodeNIfTI(_ volume: Volume, packing: GzipPacking) throws(ImageFileError) -> [UInt8] {
  gzip(try encodeNIfTI(volume), packing: packing)
}

private func nifti1Header(of volume: Volume) throws(ImageFileError) -> nifti_1_header {
  let geometry = volume.geometry
  let size = geometry.size
  guard max(size.x, size.y, size.z) <= Int(Int16.max) else {
    throw ImageFileError(.tooLarge, "NIfTI-1 holds at most 32767 voxels along an axis; crop the image")
  }
  let dimensions = [Int64(geometry.dimension), Int64(size.x), Int64(size.y), Int64(size.z), 1, 1, 1, 1]
  let made = unsafe nifti_make_new_n1_header(dimensions, datatype(of: volume.sampleType))
  guard let made = unsafe made else { throw ImageFileError(.tooLarge, "no memory for a NIfTI header") }
  defer { unsafe free(made) }
  var header = unsafe made.pointee
  let spacing = SIMD3<Float>(geometry.spacingInMillimetres)
  (header.pixdim.1, header.pixdim.2, header.pixdim.3) = (spacing.x, spacing.y, spacing.z)
  header.vox_offset = 352
  header.scl_slope = 1
  header.xyzt_units = CChar(NIFTI_UNITS_MM)
  place(&header, geometry)
  return header
}

/// Fills in sform and qform, both with the code of scanner coordinates, as ITK writes them.
private func place(_ header: inout nifti_1_header, _ geometry: GridGeometry) {
  let toRAS: SIMD3<Double> = [-1, -1, 1]
  let axes = geometry.directions.map { $0 * toRAS }
  let offset = geometry.originInMillimetres * toRAS
  let spacing = geometry.spacingInMillimetres
  var matrix = nifti_dmat44()
  matrix.m.0 = (axes[0].x * spacing.x, axes[1].x * spacing.y, axes[2].x * spacing.z, offset.x)
  matrix.m.1 = (axes[0].y * spacing.x, axes[1].y * spacing.y, axes[2].y * spacing.z, offset.y)
  matrix.m.2 = (axes[0].z * spacing.x, axes[1].z * spacing.y, axes[2].z * spacing.z, offset.z)
  matrix.m.3 = (0, 0, 0, 1)
  var (b, c, d, qfac) = (0.0, 0.0, 0.0, 0.0)
  unsafe nifti_dmat44_to_quatern(matrix, &b, &c, &d, nil, nil, nil, nil, nil, nil, &qfac)
  header.pixdim.0 = Float(qfac)
  header.qform_code = Int16(NIFTI_XFORM_SCANNER_ANAT)
  header.sform_code = Int16(NIFTI_XFORM_SCANNER_ANAT)
  (header.quatern_b, header.quatern_c, header.quatern_d) = (Float(b), Float(c), Float(d))
  (header.qoffset_x, header.qoffset_y, header.qoffset_z) = (Float(offset.x), Float(offset.y), Float(offset.z))
  let rows = [matrix.m.0, matrix.m.1, matrix.m.2].map { (Float($0.0), Float($0.1), Float($0.2), Float($0.3)) }
  (header.srow_x, header.srow_y, header.srow_z) = (rows[0], rows[1], rows[2])
}

private func datatype(of type: SampleType) -> Int32 {
  switch type {
  case .int8: NIFTI_TYPE_INT8
  case .uint8: NIFTI_TYPE_UINT8
  case .int16: NIFTI_TYPE_INT16
  case .uint16: NIFTI_TYPE_UINT16
  case .int32: NIFTI_TYPE_INT32
  case .uint32: NIFTI_TYPE_UINT32
  case .int64: NIFTI_TYPE_INT64
  case .uint64: NIFTI_TYPE_UINT64
  case .float32: NIFTI_TYPE_FLOAT32
  case .float64: NIFTI_TYPE_FLOAT64
  }
}
