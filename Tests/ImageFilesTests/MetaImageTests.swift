import CZlib
import Foundation
import ImageFiles
import Testing
import Volumes

/// What is expected was compared with SimpleITK 2.5 (ITK 5.4), which reads each of these headers in the same way where nothing
/// else is said.
@Suite struct `A MetaImage` {
  private static let sizes = "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\n"
  private static let numbers: [UInt8] = (0..<24).flatMap { [$0, 0] as [UInt8] }

  private static func file(
    _ lines: String = "", type: String = "MET_SHORT", data: String = "LOCAL", voxels: [UInt8] = numbers
  ) -> [UInt8] {
    Array("\(sizes)\(lines)ElementType = \(type)\nElementDataFile = \(data)\n".utf8) + voxels
  }

  private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var length = compressBound(UInt(bytes.count))
    var target = [UInt8](repeating: 0, count: Int(length))
    #expect(unsafe compress(&target, &length, bytes, UInt(bytes.count)) == Z_OK)
    return Array(target.prefix(Int(length)))
  }

  private func read(_ bytes: [UInt8]) throws -> Volume { try readVolume(bytes: bytes, name: "test") }

  @Test func `without more than sizes is of 1 mm along the axes of LPS`() throws {
    let volume = try read(Self.file())
    #expect(volume.geometry == GridGeometry(size: GridSize(x: 4, y: 3, z: 2)))
    #expect(volume.sampleType == .int16)
    #expect(volume.voxels == (0..<24).map(Double.init))
    let other = "NDims=3\r\nDimSize : 4 3 2\r\nElementType = MET_SHORT\r\nElementDataFile = local\r\n"
    #expect(try read(Array(other.utf8) + Self.numbers).voxels == volume.voxels)
  }

  @Test(arguments: [
    "TransformMatrix = 0 1 0 -1 0 0 0 0 1\nOffset = -10 20.5 30\nElementSpacing = 0.5 0.75 3\n",
    "Rotation = 0 1 0 -1 0 0 0 0 1\nPosition = -10 20.5 30\nElementSize = 0.5 0.75 3\n",
    "Orientation = 0 1 0 -1 0 0 0 0 1\nOrigin = -10 20.5 30\nElementSpacing = 0.5 0.75 3\nElementSize = 9 9 9\n",
    "Position = 1 1 1\nOffset = -10 20.5 30\nOrientation = 1 0 0 0 1 0 0 0 1\n"
      + "TransformMatrix = 0 1 0 -1 0 0 0 0 1\nElementSpacing = 0.5 0.75 3\nAnatomicalOrientation = LPI\n",
  ]) func `has a row of its matrix as direction of an axis, whatever its fields are called`(lines: String)
    throws
  {
    #expect(try read(Self.file(lines)).geometry == TestImages.turned)
  }

  @Test func `of two axes is a picture`() throws {
    let header =
      "NDims = 2\nDimSize = 4 3\nElementType = MET_UCHAR\nTransformMatrix = 0 1 -1 0\nOffset = 1 2\n"
    let bytes = Array((header + "ElementSpacing = 3 4\nElementDataFile = LOCAL\n").utf8) + Array(0..<12)
    #expect(
      try read(bytes).geometry
        == GridGeometry(
          size: GridSize(x: 4, y: 3, z: 1), spacingInMillimetres: [3, 4, 1], originInMillimetres: [1, 2, 0],
          directions: [[0, 1, 0], [-1, 0, 0], [0, 0, 1]], dimension: 2))
  }

  @Test(arguments: [
    ("MET_CHAR", SampleType.int8), ("MET_UCHAR", .uint8), ("MET_SHORT", .int16), ("MET_USHORT", .uint16),
    ("MET_INT", .int32), ("MET_UINT", .uint32), ("MET_LONG", .int32), ("MET_ULONG", .uint32),
    ("MET_LONG_LONG", .int64), ("MET_ULONG_LONG", .uint64), ("MET_FLOAT", .float32), ("MET_DOUBLE", .float64),
  ]) func `has voxels of its type`(name: String, type: SampleType) throws {
    let voxels = [UInt8](repeating: 0, count: 24 * type.byteCount)
    let volume = try read(Self.file(type: name, voxels: voxels))
    #expect(volume.sampleType == type)
    #expect(volume.voxels == [Double](repeating: 0, count: 24))
  }

  @Test(arguments: [
    ("BinaryDataByteOrderMSB = True\n", 256.0), ("ElementByteOrderMSB = True\n", 256),
    ("BinaryDataByteOrderMSB = False\nElementByteOrderMSB = True\n", 1),
  ]) func `says in which order its bytes lie`(lines: String, second: Double) throws {
    #expect(try read(Self.file(lines)).voxels[1] == second)
  }

  @Test func `may be compressed, and need not say how long its data are`() throws {
    let packed = Self.compressed(Self.numbers)
    for size in ["", "CompressedDataSize = \(packed.count)\n"] {
      let bytes = Self.file("CompressedData = True\n" + size, voxels: packed)
      #expect(try read(bytes).voxels[23] == 23)
      #expect(code(reading: bytes.dropLast(8)) == .truncated)
    }
    let more = Self.file("CompressedData = True\n", voxels: Self.compressed(Self.numbers + [0, 0]))
    #expect(code(reading: more) == .badHeader)
  }

  @Test func `may have its data in another file, behind a header of its own`() throws {
    let folder = try TestImages.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func read(_ lines: String, _ data: [UInt8]) throws -> Volume {
      let header = folder.appendingPathComponent("scan.mhd")
      try Data(Self.file(lines, data: "scan.raw", voxels: [])).write(to: header)
      try Data(data).write(to: folder.appendingPathComponent("scan.raw"))
      return try readVolume(at: header)
    }
    #expect(try read("", Self.numbers).voxels[23] == 23)
    #expect(try read("HeaderSize = 3\n", [9, 9, 9] + Self.numbers).voxels[23] == 23)
    #expect(try read("HeaderSize = -1\n", [9, 9, 9] + Self.numbers).voxels[23] == 23)
    let error = #expect(throws: ImageFileError.self) { try read("", [9, 9, 9] + Self.numbers) }
    #expect(error?.code == .badHeader)
    let first = try ImageFileContents(at: folder.appendingPathComponent("scan.mhd"))
    #expect(first.attachment?.count == 51)
    try FileManager.default.removeItem(at: folder.appendingPathComponent("scan.raw"))
    let absent = #expect(throws: ImageFileError.self) {
      try readVolume(at: folder.appendingPathComponent("scan.mhd"))
    }
    #expect(absent?.code == .notFound)
    #expect(absent?.message.hasPrefix("the data file of the header") == true)
  }

  @Test(arguments: [
    ("NDims = 4\n", ImageFileError.Code.unsupported, "NDims = 4"),
    ("NDims = -9223372036854775808\n", .unsupported, "NDims"), ("NDims = 1e9\n", .badHeader, "NDims"),
    ("DimSize = 4 3\n", .badHeader, "DimSize"), ("DimSize = 4 3 0\n", .badHeader, "at least 1"),
    ("DimSize = 4 3 9223372036854775807\n", .tooLarge, "limit"),
    ("ElementNumberOfChannels = 3\n", .unsupported, "3 components"),
    ("BinaryData = False\n", .unsupported, "text"), ("ObjectType = Mesh\n", .unsupported, "Mesh"),
    ("ElementSpacing = 1 0 1\n", .badHeader, "spacing 0.0"),
    ("ElementSpacing = 1 nan 1\n", .badHeader, "spacing nan"),
    ("Offset = 1 2\n", .badHeader, "Offset"), ("Offset = 1 2 inf\n", .badHeader, "origin"),
    ("TransformMatrix = 1 0 0 1 0 0 0 0 1\n", .badHeader, "perpendicular"),
    ("HeaderSize = 9223372036854775807\n", .badHeader, "HeaderSize"),
    ("HeaderSize = 100000\n", .truncated, "100000"), ("HeaderSize = 5\n", .badHeader, "follow"),
    ("CompressedData = True\nCompressedDataSize = 4000\n", .truncated, "4000"),
    ("CompressedData = True\n", .corrupt, "damaged"), ("no field\n", .badHeader, "without \"=\""),
  ]) func `whose header makes no sense is refused in a sentence`(
    lines: String, expected: ImageFileError.Code, says: String
  ) {
    let error = #expect(throws: ImageFileError.self) { try read(Self.file(lines)) }
    #expect(error?.code == expected)
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["LIST", "slice%03d.raw 1 2 1", "/etc/passwd", "../other/scan.raw", ""])
  func `whose data lie elsewhere or in many files is refused`(data: String) {
    #expect(code(reading: Self.file(data: data)) == .unsupported)
  }

  @Test func `that is cut off anywhere is refused`() {
    let bytes = Self.file("Offset = 1 2 3\n")
    for length in 0..<bytes.count { #expect(code(reading: Array(bytes[..<length])) != nil) }
  }
}
