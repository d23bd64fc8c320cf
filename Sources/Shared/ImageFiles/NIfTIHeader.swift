import CNIfTI
import Volumes

/// What a NIfTI-1 or NIfTI-2 header says about the voxels, in this machine's byte order.
///
/// libnifti knows the layouts, swaps bytes and judges the fields (<https://nifti.nimh.nih.gov>).
struct NIfTIHeader {
  /// 1 or 2.
  var version: Int
  /// Whether header and voxels are stored with the highest byte first.
  var isBigEndian: Bool
  /// Sizes of all axes that the header declares, at least one.
  var sizes: [Int]
  /// `pixdim[1…3]`, in the header's unit of length.
  var spacing: SIMD3<Double>
  /// Sign of the third axis in the qform: -1 or 1.
  var qfac: Double
  var datatype: Int32
  /// Whether the voxels lie in a file of their own (`.img`).
  var isPair: Bool
  /// Where the voxels begin in their file.
  var voxelOffset: Int
  var slope: Double
  var intercept: Double
  /// NIfTI's code of the unit of length; 0 where it is not said.
  var unitCode: Int32
  var qformCode: Int32
  var sformCode: Int32
  /// Quaternion parameters b, c, d.
  var quaternion: SIMD3<Double>
  var quaternionOffset: SIMD3<Double>
  /// The three rows of the sform.
  var sform: [SIMD4<Double>]

  /// Bytes of the shortest header, which tells the version.
  static let shortestLength = 348

  /// Version that the first four bytes tell by the header's length, in either byte order; `nil` for other
  /// files.
  static func version(of bytes: some Collection<UInt8>) -> Int? {
    let length = bytes.prefix(4).enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << ($1.offset * 8) }
    guard bytes.count >= 4 else { return nil }
    switch (length, length.byteSwapped) {
    case (348, _), (_, 348): return 1
    case (540, _), (_, 540): return 2
    default: return nil
    }
  }

  /// Length of the header of a version.
  static func byteCount(ofVersion version: Int) -> Int { version == 1 ? 348 : 540 }

}

/// Standard error belongs to the program: libnifti reports through its return values only.
private let silence: Void = nifti_set_debug_level(0)

extension NIfTIHeader {
  /// - Parameter bytes: the whole header, 348 or 540 bytes as its version says.
  /// - Throws: `unsupported` for Analyze 7.5, `badHeader` where a field makes no sense.
  init(_ bytes: ArraySlice<UInt8>) throws(ImageFileError) {
    guard let version = Self.version(of: bytes), bytes.count == Self.byteCount(ofVersion: version) else {
      throw ImageFileError(
        .notAnImage, "the data do not begin with a NIfTI header; check that this is the image")
    }
    self = version == 1 ? try Self.version1(bytes) : try Self.version2(bytes)
  }

  private static func version1(_ bytes: ArraySlice<UInt8>) throws(ImageFileError) -> NIfTIHeader {
    var raw = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: nifti_1_header.self) }
    let swapped = raw.sizeof_hdr != 348
    if swapped { unsafe nifti_swap_as_nifti1(&raw) }
    let isPair = try isPair(magic: bytes.dropFirst(344).prefix(4), version: 1)
    _ = silence
    guard unsafe nifti_hdr1_looks_good(&raw) != 0 else {
      throw refusal(of: list(raw.dim), Int32(raw.datatype))
    }
    return NIfTIHeader(
      version: 1, isBigEndian: swapped, sizes: try sizes(list(raw.dim).map(Int.init)),
      spacing: [Double(raw.pixdim.1), Double(raw.pixdim.2), Double(raw.pixdim.3)],
      qfac: raw.pixdim.0 < 0 ? -1 : 1, datatype: Int32(raw.datatype),
      isPair: isPair, voxelOffset: try offset(Double(raw.vox_offset), isPair ? 0 : byteCount(ofVersion: 1)),
      slope: Double(raw.scl_slope), intercept: Double(raw.scl_inter), unitCode: Int32(raw.xyzt_units) & 7,
      qformCode: Int32(raw.qform_code), sformCode: Int32(raw.sform_code),
      quaternion: [Double(raw.quatern_b), Double(raw.quatern_c), Double(raw.quatern_d)],
      quaternionOffset: [Double(raw.qoffset_x), Double(raw.qoffset_y), Double(raw.qoffset_z)],
      sform: [raw.srow_x, raw.srow_y, raw.srow_z].map {
        [Double($0.0), Double($0.1), Double($0.2), Double($0.3)]
      })
  }

  private static func version2(_ bytes: ArraySlice<UInt8>) throws(ImageFileError) -> NIfTIHeader {
    var raw = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: nifti_2_header.self) }
    let swapped = raw.sizeof_hdr != 540
    if swapped { unsafe nifti_swap_as_nifti2(&raw) }
    let isPair = try isPair(magic: bytes.dropFirst(4).prefix(4), version: 2)
    _ = silence
    guard unsafe nifti_hdr2_looks_good(&raw) != 0 else {
      throw refusal(of: list(raw.dim), Int32(raw.datatype))
    }
    return NIfTIHeader(
      version: 2, isBigEndian: swapped, sizes: try sizes(list(raw.dim).map(Int.init)),
      spacing: [raw.pixdim.1, raw.pixdim.2, raw.pixdim.3],
      qfac: raw.pixdim.0 < 0 ? -1 : 1, datatype: Int32(raw.datatype),
      isPair: isPair, voxelOffset: try offset(Double(raw.vox_offset), isPair ? 0 : byteCount(ofVersion: 2)),
      slope: raw.scl_slope, intercept: raw.scl_inter, unitCode: raw.xyzt_units & 7,
      qformCode: raw.qform_code, sformCode: raw.sform_code,
      quaternion: [raw.quatern_b, raw.quatern_c, raw.quatern_d],
      quaternionOffset: [raw.qoffset_x, raw.qoffset_y, raw.qoffset_z],
      sform: [raw.srow_x, raw.srow_y, raw.srow_z].map { [$0.0, $0.1, $0.2, $0.3] })
  }

  private static func sizes(_ dim: [Int]) throws(ImageFileError) -> [Int] {
    guard (1...7).contains(dim[0]), dim[1...dim[0]].allSatisfy({ $0 > 0 }) else {
      throw ImageFileError(
        .badHeader, "the NIfTI header gives dim = \(dim); expected 1 to 7 axes of at least one voxel each")
    }
    return Array(dim[1...dim[0]])
  }

  private static func list<T>(_ dim: (T, T, T, T, T, T, T, T)) -> [T] {
    [dim.0, dim.1, dim.2, dim.3, dim.4, dim.5, dim.6, dim.7]
  }

  private static func isPair(magic: ArraySlice<UInt8>, version: Int) throws(ImageFileError) -> Bool {
    if magic.elementsEqual("n+\(version)\0".utf8) { return false }
    if magic.elementsEqual("ni\(version)\0".utf8) { return true }
    throw ImageFileError(
      .unsupported,
      "this has an Analyze 7.5 header, which does not say which side is left, or a damaged NIfTI one; save the "
        + "image as NIfTI (.nii)")
  }

  private static func refusal(of dim: [some BinaryInteger], _ datatype: Int32) -> ImageFileError {
    ImageFileError(
      .badHeader,
      "the NIfTI header makes no sense (dim = \(dim), datatype = \(datatype)); write the file again")
  }

  private static func offset(_ value: Double, _ least: Int) throws(ImageFileError) -> Int {
    guard value.isFinite, abs(value) <= Double(1 << 28) else {
      throw ImageFileError(
        .badHeader, "vox_offset says that the voxels begin at byte \(value); correct the header of the file")
    }
    return max(Int(value), least)
  }
}
