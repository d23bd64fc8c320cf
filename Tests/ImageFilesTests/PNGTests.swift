import CZlib
import ImageFiles
import TestSupport
import Testing
import Volumes

@Suite struct `A PNG file` {
  @Test(arguments: [SampleType.uint8, .uint16]) func `comes back as it was written`(type: SampleType) throws {
    var picture = TestImages.volume(type, geometry: TestImages.picture)
    picture.voxels[3] = type == .uint8 ? 255 : 65_535
    let read = try readVolume(bytes: encodePNG(picture), name: "test")
    #expect(read.geometry == picture.geometry)
    #expect(read.sampleType == type)
    #expect(read.voxels == picture.voxels)
  }

  @Test func `is written from whole numbers of one slice only`() {
    let fraction = Volume(
      geometry: TestImages.picture, sampleType: .uint8, voxels: .init(repeating: 0.5, count: 15))
    #expect(throws: ImageFileError.self) { try encodePNG(fraction) }
    #expect(throws: ImageFileError.self) { try encodePNG(TestImages.volume(.uint8)) }
    #expect(throws: ImageFileError.self) {
      try encodePNG(TestImages.volume(.int16, geometry: TestImages.picture))
    }
  }

  @Test func `with a size its data cannot hold is refused`() throws {
    let bytes = try encodePNG(TestImages.volume(.uint8, geometry: TestImages.picture))
    #expect(code(reading: bytes, limits: ImageReadLimits(voxelCount: 14)) == .tooLarge)
    for length in 8..<bytes.count { #expect(code(reading: Array(bytes[..<length])) == .truncated) }
  }

  /// Every file of PngSuite against pypng: the table is written by Benchmarks/reference/pngsuite.py.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `of PngSuite has the samples another decoder reads, or is refused as broken`() throws {
    let rows = try TestImages.table("pngsuite.csv")
    #expect(rows.count == 175)
    for row in rows {
      let url = ReferenceData.file("malformed/pngsuite/png/\(row[0])")
      guard row[1] != "broken" else {
        #expect(throws: ImageFileError.self, "\(row[0])") { try readVolume(at: url) }
        continue
      }
      let volume = try readVolume(at: url)
      let size = volume.geometry.size
      #expect("\(size.x),\(size.y)" == "\(row[1]),\(row[2])", "\(row[0])")
      #expect(volume.sampleType == (row[3] == "16" ? .uint16 : .uint8), "\(row[0])")
      #expect(bytesChecksum(of: volume) == UInt32(row[4], radix: 16), "\(row[0])")
    }
  }

  /// CRC-32 of the values, highest byte first, as the table has it.
  private func bytesChecksum(of volume: Volume) -> UInt32 {
    let bytes = volume.voxels.flatMap { value in
      volume.sampleType == .uint16 ? [UInt8(UInt16(value) >> 8), UInt8(UInt16(value) & 255)] : [UInt8(value)]
    }
    return ~bytes.reduce(~0 as UInt32) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }

  /// A grey picture with a chunk that says how many bits are significant, which stands behind the header.
  private func picture(_ type: SampleType, _ voxels: [Double], significant: [UInt8]) throws -> [UInt8] {
    var picture = TestImages.volume(type, geometry: TestImages.picture)
    for (index, value) in voxels.enumerated() { picture.voxels[index] = value }
    let bytes = try encodePNG(picture)
    let named = Array("sBIT".utf8) + significant
    let sum = unsafe UInt32(crc32_z(0, named, named.count))
    let chunk =
      [0, 0, 0, UInt8(significant.count)] + named + (0..<4).reversed().map { UInt8(sum >> ($0 * 8) & 255) }
    return bytes[..<33] + chunk + bytes[33...]
  }

  /// A camera of 12 bits, its samples in the upper bits of 16: 4095 is stored as 65,520 or, where the bits are repeated, 65,535.
  @Test func `with significant bits gives the values that were sampled, as SimpleITK does`() throws {
    let bytes = try picture(.uint16, [65_535, 65_520, 16, 15], significant: [12])
    #expect(try readVolume(bytes: bytes, name: "test").voxels.prefix(4) == [4095, 4095, 1, 0])
    #expect(try readVolume(bytes: bytes, name: "test").sampleType == .uint16)
    #expect(try readLabelMap(bytes: bytes, name: "test").labels.prefix(4) == [4095, 4095, 1, 0])
    let mask = try picture(.uint8, [255, 0, 127, 128], significant: [1])
    #expect(try readLabelMap(bytes: mask, name: "test").labels.prefix(4) == [1, 0, 0, 1])
  }

  /// As libpng, which passes over a chunk that cannot be.
  @Test(arguments: [[16], [0], [17], [8, 8], []] as [[UInt8]])
  func `with all bits significant, or a senseless number, keeps its samples`(significant: [UInt8]) throws {
    let bytes = try picture(.uint16, [65_535, 256], significant: significant)
    #expect(try readVolume(bytes: bytes, name: "test").voxels.prefix(2) == [65_535, 256])
  }

  /// A picture whose header says another type of colour, with the checksum that belongs to it.
  private func picture(ofColourType type: UInt8) throws -> [UInt8] {
    var bytes = try encodePNG(TestImages.volume(.uint8, geometry: TestImages.picture))
    bytes[25] = type
    let header = Array(bytes[12..<29])
    let sum = unsafe UInt32(crc32_z(0, header, header.count))
    bytes.replaceSubrange(29..<33, with: (0..<4).reversed().map { UInt8(sum >> ($0 * 8) & 255) })
    return bytes
  }

  @Test(arguments: [(0, false), (2, true), (3, true), (4, false), (6, true)] as [(UInt8, Bool)])
  func `is in colour where its header says so`(type: UInt8, isColour: Bool) throws {
    let contents = ImageFileContents(name: "image", bytes: try picture(ofColourType: type))
    #expect(try contents.isColourPicture() == isColour)
  }

  @Test func `that cannot be read is refused where its colours are asked for`() throws {
    let whole = try picture(ofColourType: 2)
    var damaged = whole
    damaged[30] ^= 1
    for (bytes, code) in [
      (Array(whole.dropLast(12)), ImageFileError.Code.truncated), (Array(whole.prefix(20)), .truncated),
      (damaged, .corrupt), (try picture(ofColourType: 5), .badHeader),
    ] {
      let error = #expect(throws: ImageFileError.self) {
        try ImageFileContents(name: "image", bytes: bytes).isColourPicture()
      }
      #expect(error?.code == code, "\(error?.message ?? "")")
    }
    #expect(try !ImageFileContents(name: "image", bytes: Array("NRRD0004".utf8)).isColourPicture())
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `in colour gives one channel as labels`() throws {
    let url = ReferenceData.file("malformed/pngsuite/png/basn2c08.png")
    let channels = try (0..<3).map { try readLabelMap(at: url, channel: $0).labels.map(Double.init) }
    let luminance = zip(channels[0], zip(channels[1], channels[2])).map { red, rest in
      ((19_595 * red + 38_470 * rest.0 + 7_471 * rest.1 + 32_768) / 65_536).rounded(.down)
    }
    #expect(try readVolume(at: url).voxels == luminance)
    #expect(throws: ImageFileError.self) { try readLabelMap(at: url, channel: 3) }
  }
}
