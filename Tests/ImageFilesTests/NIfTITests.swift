import ImageFiles
import Testing
import Volumes

/// Byte offsets of fields of a NIfTI-1 header.
private enum Field {
  static let dim = 40, datatype = 70, pixdim = 76, voxelOffset = 108, slope = 112, intercept = 116
  static let units = 123, qformCode = 252, sformCode = 254, quaternOffsetX = 268, sformRowX = 280, magic = 344
}

private func float(_ value: Float) -> UInt32 { value.bitPattern }

@Suite struct `A NIfTI file` {
  @Test(arguments: SampleType.allCases) func `comes back as it was written`(type: SampleType) throws {
    let volume = TestImages.volume(type)
    for bytes in [
      try encodeNIfTI(volume), try encodeNIfTI(volume, packing: .deflated(level: 6)),
      try encodeNIfTI(volume, packing: .stored), try encodeNIfTI(volume, packing: .runs),
    ] {
      let read = try readVolume(bytes: bytes, name: "test")
      #expect(read.geometry == volume.geometry)
      #expect(read.sampleType == type)
      #expect(read.voxels == volume.voxels)
    }
  }

  @Test func `has equal bytes for equal volumes`() throws {
    let volume = TestImages.volume(.int16)
    let first = try encodeNIfTI(volume, packing: .deflated(level: 6))
    #expect(try encodeNIfTI(volume, packing: .deflated(level: 6)) == first)
    #expect(Array(first[4..<8]) == [0, 0, 0, 0], "no time of writing")
  }

  @Test func `of the other byte order is swapped`() throws {
    var bytes = try encodeNIfTI(TestImages.volume(.int16))
    // Every field of the header but the characters is of 2 or 4 bytes.
    let fields =
      [(0, 4)] + (0..<8).map { (40 + 2 * $0, 2) } + [68, 70, 72, 74, 252, 254].map { ($0, 2) }
      + (0..<11).map { (76 + 4 * $0, 4) } + (0..<18).map { (256 + 4 * $0, 4) }
      + (0..<24).map { (352 + 2 * $0, 2) }
    for (offset, width) in fields { bytes[offset..<offset + width].reverse() }
    let read = try readVolume(bytes: bytes, name: "test")
    #expect(read.geometry == TestImages.turned)
    #expect(read.voxels == TestImages.volume(.int16).voxels)
  }

  @Test func `of a picture has two dimensions`() throws {
    let picture = TestImages.volume(.uint8, geometry: TestImages.picture)
    let read = try readVolume(bytes: encodeNIfTI(picture), name: "test")
    #expect(read.geometry == TestImages.picture)
  }

  @Test func `of version 2 is read`() throws {
    var bytes = [UInt8](repeating: 0, count: 544) + [7, 8]
    func put(_ value: UInt64, at offset: Int, width: Int = 8) {
      for byte in 0..<width { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
    }
    put(540, at: 0, width: 4)
    bytes.replaceSubrange(4..<12, with: [0x6E, 0x2B, 0x32, 0, 0x0D, 0x0A, 0x1A, 0x0A])
    put(2, at: 12, width: 2)  // uint8
    for (axis, size) in [3, 2, 1, 1, 1, 1, 1, 1].enumerated() { put(UInt64(size), at: 16 + 8 * axis) }
    for axis in 0..<4 { put([1, 0.7, 2, 3.1][axis].bitPattern, at: 104 + 8 * axis) }
    put(544, at: 168)
    put(1.5.bitPattern, at: 176)  // slope
    let read = try readVolume(bytes: bytes, name: "test")
    #expect(read.geometry.size == GridSize(x: 2, y: 1, z: 1))
    #expect(read.geometry.spacingInMillimetres == [0.7, 2, 3.1])
    #expect(read.voxels == [10.5, 12])
  }

  @Test(arguments: [(1 as UInt8, 1e3), (3, 1e-3), (0, 1)]) func `gives lengths in millimetres`(
    unit: UInt8, millimetres: Double
  ) throws {
    let bytes = TestImages.patch(try encodeNIfTI(TestImages.volume(.int16)), [(Field.units, unit)])
    let read = try readVolume(bytes: bytes, name: "test")
    #expect(read.geometry.spacingInMillimetres == TestImages.turned.spacingInMillimetres * millimetres)
    #expect(read.geometry.originInMillimetres == TestImages.turned.originInMillimetres * millimetres)
  }

  @Test func `with one time point is a volume`() throws {
    let bytes = TestImages.patch(
      try encodeNIfTI(TestImages.volume(.int16)), [(Field.dim, Int16(4)), (Field.dim + 8, Int16(1))])
    #expect(try readVolume(bytes: bytes, name: "test").geometry == TestImages.turned)
  }

  @Test func `in several gzip members is read`() throws {
    let bytes = try encodeNIfTI(TestImages.volume(.int16), packing: .stored)
    // Two members: the first 100 bytes, the rest. Stored blocks make them easy to write by hand.
    let plain = try encodeNIfTI(TestImages.volume(.int16))
    func member(_ part: ArraySlice<UInt8>) -> [UInt8] {
      let length = UInt16(part.count)
      let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
      let crc = gzipChecksum(part)
      return TestImages.patch(head + [UInt8](repeating: 0, count: 4), [(11, length), (13, ~length)]) + part
        + TestImages.patch([UInt8](repeating: 0, count: 8), [(0, crc), (4, UInt32(length))])
    }
    let members = member(plain[..<100]) + member(plain[100...])
    #expect(
      try readVolume(bytes: members, name: "test").voxels == readVolume(bytes: bytes, name: "test").voxels)
  }

  @Test(arguments: [GzipPacking.stored, .deflated(level: 6), .runs])
  func `in one gzip member is refused wherever a bit of it is wrong`(_ packing: GzipPacking) throws {
    let volume = TestImages.volume(.int16)
    let bytes = try encodeNIfTI(volume, packing: packing)
    #expect(try readVolume(bytes: bytes, name: "test").voxels == volume.voxels)
    #expect(try readVolume(bytes: bytes + [0, 1, 2, 3, 4], name: "test").voxels == volume.voxels)
    for place in 10..<bytes.count {  // behind the time and the system, which no checksum covers
      let damaged = TestImages.patch(bytes, [(place, bytes[place] ^ 0x10)])
      // The bits that fill the first byte of a stored block mean nothing.
      let isHarmless =
        try code(reading: damaged) == nil && readVolume(bytes: damaged, name: "test").voxels == volume.voxels
      #expect(code(reading: damaged) != nil || isHarmless, "byte \(place)")
      #expect(code(reading: Array(bytes[..<place])) != nil, "\(place) bytes")
    }
  }
}

/// CRC-32, bit by bit (ISO 3309).
private func gzipChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
}

@Suite struct `Scaling of NIfTI voxels` {
  private func read(_ type: SampleType, slope: Float, intercept: Float) throws -> Volume {
    let bytes = TestImages.patch(
      try encodeNIfTI(TestImages.volume(type)),
      [(Field.slope, float(slope)), (Field.intercept, float(intercept))])
    return try readVolume(bytes: bytes, name: "test")
  }

  @Test func `turns whole numbers into single precision`() throws {
    let volume = try read(.int16, slope: 0.1, intercept: -5)
    #expect(volume.sampleType == .float32)
    #expect(volume.voxels[2] == Double(Float(3 * Double(Float(0.1)) - 5)))
  }

  @Test func `keeps double precision`() throws {
    let volume = try read(.float64, slope: 0.1, intercept: -5)
    #expect(volume.sampleType == .float64)
    #expect(volume.voxels[2] == 3 * Double(Float(0.1)) - 5)
  }

  @Test(arguments: [0, Float.nan, .infinity]) func `by an unusable slope is by one`(slope: Float) throws {
    #expect(try read(.int16, slope: slope, intercept: 0).sampleType == .int16)
    #expect(try read(.int16, slope: slope, intercept: 2).voxels[0] == 3)
  }
}

@Suite struct `Orientation of a NIfTI file` {
  /// A file whose qform lies 7 mm from its sform.
  private func bytes(qform: Int16, sform: Int16) throws -> [UInt8] {
    TestImages.patch(
      try encodeNIfTI(TestImages.volume(.int16)),
      [(Field.qformCode, qform), (Field.sformCode, sform), (Field.quaternOffsetX, float(3))])
  }

  // ITK 5.4's choice for these codes, read with SimpleITK 2.5.7 from the same kind of file.
  @Test(arguments: [
    (0 as Int16, 0 as Int16, 0.0), (1, 0, -3), (0, 2, -10), (1, 1, -10), (2, 1, -10), (1, 2, -3), (3, 4, -3),
  ]) func `follows ITK's choice of matrix`(qform: Int16, sform: Int16, originX: Double) throws {
    let geometry = try readVolume(bytes: bytes(qform: qform, sform: sform), name: "test").geometry
    #expect(geometry.originInMillimetres.x == originX)
    let expected = qform > 0 || sform > 0 ? TestImages.turned.directions : GridGeometry.axisAligned
    for (axis, direction) in zip(expected, geometry.directions) {
      // A quaternion in single precision turns by 90 degrees to 3.4e-8, in ITK as well.
      #expect((0..<3).allSatisfy { abs(axis[$0] - direction[$0]) < 1e-7 })
    }
    #expect(geometry.spacingInMillimetres == TestImages.turned.spacingInMillimetres)
  }

  @Test func `falls back to the qform when the sform shears`() throws {
    let sheared = TestImages.patch(try bytes(qform: 1, sform: 1), [(Field.sformRowX, float(0.3))])
    #expect(try readVolume(bytes: sheared, name: "test").geometry.originInMillimetres.x == -3)
    let alone = TestImages.patch(try bytes(qform: 0, sform: 1), [(Field.sformRowX, float(0.3))])
    #expect(code(reading: alone) == .badHeader)
  }
}

@Suite struct `A damaged NIfTI file` {
  private let sound = Result { try encodeNIfTI(TestImages.volume(.int16)) }

  @Test(arguments: [0, 3, 4, 347, 351, 352, 399]) func `that is cut off is refused`(length: Int) throws {
    let bytes = try sound.get()
    #expect(bytes.count == 400)
    let short = Array(bytes[..<length])
    #expect(code(reading: short) == (length == 3 ? .notAnImage : .truncated))
    let packed = try encodeNIfTI(TestImages.volume(.int16), packing: .deflated(level: 6))
    #expect(code(reading: packed.dropLast(packed.count * (400 - length) / 400 + 1)) != nil)
  }

  @Test(arguments: [0, -1, Float.nan, .infinity]) func `with an impossible spacing is refused`(spacing: Float)
    throws
  {
    let bytes = TestImages.patch(try sound.get(), [(Field.pixdim + 12, float(spacing))])
    #expect(code(reading: bytes) == .badHeader)
  }

  @Test(arguments: [
    (0 as Int16, ImageFileError.Code.badHeader), (-4, .badHeader), (32_767, .truncated), (6, .truncated),
  ]) func `with another size is refused`(size: Int16, expected: ImageFileError.Code) throws {
    let bytes = TestImages.patch(try sound.get(), [(Field.dim + 2, size)])
    #expect(code(reading: bytes) == expected)
    #expect(code(reading: TestImages.patch(try sound.get(), [(Field.dim, Int16(9))])) == .badHeader)
  }

  @Test func `that promises more voxels than the limit is refused before they are decoded`() throws {
    let bytes = try sound.get()
    #expect(code(reading: bytes, limits: ImageReadLimits(voxelCount: 24)) == nil)
    #expect(code(reading: bytes, limits: ImageReadLimits(voxelCount: 23)) == .tooLarge)
    let huge = TestImages.patch(bytes, (1...3).map { (Field.dim + 2 * $0, Int16.max) })
    #expect(code(reading: huge) == .tooLarge)
  }

  @Test(arguments: [32, 128, 1536, 1792, 2048, 2304] as [Int16])
  func `of complex or colour voxels is refused`(
    datatype: Int16
  ) throws {
    let bytes = TestImages.patch(try sound.get(), [(Field.datatype, datatype)])
    #expect(code(reading: bytes) == .unsupported)
  }

  @Test func `with two time points is refused`() throws {
    let bytes = TestImages.patch(
      try sound.get(), [(Field.dim, Int16(4)), (Field.dim + 6, Int16(1)), (Field.dim + 8, Int16(2))])
    #expect(code(reading: bytes) == .unsupported)
  }

  @Test func `whose checksum does not hold is refused`() throws {
    var bytes = try encodeNIfTI(TestImages.volume(.int16), packing: .deflated(level: 6))
    bytes[bytes.count - 6] ^= 1
    #expect(code(reading: bytes) == .corrupt)
  }

  @Test func `of two files is refused`() throws {
    let bytes = TestImages.patch(try sound.get(), [(Field.magic + 1, UInt8(ascii: "i"))])
    #expect(code(reading: bytes) == .unsupported)
  }

  @Test func `with a wild voxel offset is refused`() throws {
    for offset: Float in [1e30, .nan, -.infinity] {
      #expect(
        code(reading: TestImages.patch(try sound.get(), [(Field.voxelOffset, float(offset))])) == .badHeader)
    }
    #expect(code(reading: TestImages.patch(try sound.get(), [(Field.voxelOffset, float(360))])) == .truncated)
  }

  @Test func `names the caller's label and what to do`() throws {
    do {
      _ = try readVolume(bytes: Array(sound.get().dropLast()), name: "lesion-12.nii.gz")
      Issue.record("a cut-off file was read")
    } catch let error as ImageFileError {
      #expect(error.file == "lesion-12.nii.gz")
      #expect(error.description.hasPrefix("lesion-12.nii.gz: the header promises 48 bytes here, but only 47"))
      #expect(error.description.hasSuffix("copy it again from its source"))
    }
  }
}
