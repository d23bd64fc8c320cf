import Foundation
import ImageFiles
import Testing
import Volumes

private func read(_ lines: [String], data: [UInt8] = Array(0..<24)) throws -> Volume {
  try readVolume(bytes: TestImages.nrrd(lines, data: data), name: "test")
}

@Suite struct `An NRRD file` {
  @Test(arguments: SampleType.allCases) func `comes back as it was written`(type: SampleType) throws {
    let volume = TestImages.volume(type)
    for packing in [GzipPacking.stored, .deflated(level: 6)] {
      let read = try readVolume(bytes: encodeNRRD(volume, packing: packing), name: "test")
      #expect(read.geometry == volume.geometry)
      #expect(read.sampleType == type)
      #expect(read.voxels == volume.voxels)
    }
    let picture = TestImages.volume(type, geometry: TestImages.picture)
    #expect(try readVolume(bytes: encodeNRRD(picture), name: "test").geometry == TestImages.picture)
  }

  @Test(.timeLimit(.minutes(15))) func `with a line of very many vectors is refused at once`() {
    // Once each of them cost the length of the line.
    let line = "space directions: " + String(repeating: "none ", count: 200_000)
    #expect(throws: ImageFileError.self) { try read(["space: LPS", line]) }
  }

  @Test func `without a place has unit spacing`() throws {
    let volume = try read(["# a comment", "content: anything", "a key:=a value: with a colon"])
    #expect(volume.geometry == GridGeometry(size: GridSize(x: 4, y: 3, z: 2)))
    #expect(volume.voxels == (0..<24).map(Double.init))
    #expect(volume.sampleType == .uint8)
  }

  @Test(arguments: [
    ("left-posterior-superior", [1.0, 1, 1]), ("LPS", [1, 1, 1]), ("right-anterior-superior", [-1, -1, 1]),
    ("RAS", [-1, -1, 1]), ("left-anterior-superior", [1, -1, 1]), ("scanner-xyz", [1, 1, 1]),
  ]) func `is turned into LPS coordinates`(space: String, flips: [Double]) throws {
    let geometry = try read([
      "space: \(space)", "space directions: (0,2,0) (3, 0, 0) (0,0,4)", "space origin: (5,6,7)",
    ]).geometry
    #expect(geometry.spacingInMillimetres == [2, 3, 4])
    #expect(geometry.directions == [[0, flips[1], 0], [flips[0], 0, 0], [0, 0, flips[2]]])
    #expect(geometry.originInMillimetres == [5 * flips[0], 6 * flips[1], 7 * flips[2]])
  }

  // Origins as SimpleITK 2.5.7 reports them.
  @Test(arguments: [
    ("", [5.5, 7, 8.5]), ("centers: node node node", [5, 6, 7]), ("centers: cell node cell", [5.5, 6, 8.5]),
  ])
  func `without a space has its origin from the axis minima`(centers: String, origin: [Double]) throws {
    let lines = ["spacings: 1 2 3", "axis mins: 5 6 7"] + (centers.isEmpty ? [] : [centers])
    let geometry = try read(lines).geometry
    #expect(geometry.spacingInMillimetres == [1, 2, 3])
    #expect(geometry.originInMillimetres == SIMD3(origin[0], origin[1], origin[2]))
  }

  @Test func `is read in either byte order`() throws {
    let data: [UInt8] = (0..<24).flatMap { [UInt8($0), 1] }
    for (endian, expected) in [("little", 256.0 + 5), ("big", 5 * 256 + 1)] {
      let bytes = TestImages.nrrd(["endian: \(endian)"], type: "unsigned short", data: data)
      #expect(try readVolume(bytes: bytes, name: "test").voxels[5] == expected)
    }
    #expect(code(reading: TestImages.nrrd([], type: "unsigned short", data: data)) == .badHeader)
  }

  @Test func `skips lines and bytes before and after the data`() throws {
    let padded = Array("one\ntwo\n##".utf8) + Array(0..<24)
    #expect(try read(["line skip: 2", "byte skip: 2"], data: padded).voxels[5] == 5)
    #expect(try read(["byte skip: -1"], data: padded).voxels[5] == 5)
    #expect(try read(["byte skip: -3"], data: Array(0..<24) + [9, 9]).voxels[5] == 5)
    #expect(code(reading: TestImages.nrrd(["byte skip: -5"])) == .truncated)
    #expect(code(reading: TestImages.nrrd(["line skip: 99"])) == .truncated)
  }

  @Test func `as text is read`() throws {
    let text = (0..<24).map { "\($0).5" }.joined(separator: " \n")
    let bytes = TestImages.nrrd([], type: "float", encoding: "ascii", data: Array(text.utf8))
    #expect(try readVolume(bytes: bytes, name: "test").voxels[7] == 7.5)
    #expect(
      code(reading: TestImages.nrrd([], type: "int8", encoding: "text", data: Array(text.utf8))) == .badHeader
    )
    #expect(
      code(reading: TestImages.nrrd([], type: "float", encoding: "text", data: Array(text.utf8.dropLast(5))))
        == .truncated)
  }

  @Test func `with an axis of one component is a volume`() throws {
    let bytes = Array(
      """
      NRRD0004\r
      type: uint8\r
      dimension: 4\r
      space: LPS\r
      sizes: 1 4 3 2\r
      kinds: vector domain domain domain\r
      space directions: none (2,0,0) (0,3,0) (0,0,4)\r
      encoding: raw\r
      \r

      """.utf8)
    let volume = try readVolume(bytes: bytes + Array(0..<24), name: "test")
    #expect(volume.geometry.size == GridSize(x: 4, y: 3, z: 2))
    #expect(volume.geometry.spacingInMillimetres == [2, 3, 4])
  }

  @Test func `with a detached header is read with its data file`() throws {
    let folder = try TestImages.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let header = folder.appendingPathComponent("scan.nhdr")
    try Data(TestImages.nrrd(["data file: scan.raw"], data: [])).write(to: header)
    #expect(throws: ImageFileError.self) { try readVolume(at: header) }
    try Data(0..<24).write(to: folder.appendingPathComponent("scan.raw"))
    #expect(try readVolume(at: header).voxels[5] == 5)
    let contents = try ImageFileContents(at: header)
    #expect(contents.attachment == Array(0..<24))
    #expect(code(reading: contents.bytes) == .unsupported, "the header alone holds no voxels")
  }
}

@Suite struct `A bad NRRD file` {
  @Test(arguments: [
    ["foo: bar"], ["type: uint8"], ["no colon"], ["spacings: 1 2"], ["spacings: 0 1 1"], ["spacings: -1 1 1"],
    ["spacings: nan 1 1"], ["byte skip: x"], ["space: LPS", "spacings: 1 1 1"],
    ["space: LPS", "space directions: (1,0,0) (1,0,0) (0,0,1)"],
    ["space: LPS", "space directions: (1,0,0) (0.5,1,0) (0,0,1)"],
    ["space: LPS", "space directions: (0,0,0) (0,1,0) (0,0,1)"],
    ["space: LPS", "space directions: (1,0) (0,1) (0,0)"],
    ["space: LPS", "space directions: (1,0,0) (0,1,0) (0,0,1)", "space origin: (nan,0,0)"],
    // Voxels of a turned grid were sought beyond the part of the image that resampling had prepared.
    ["space: LPS", "space directions: (1,0,0) (0,1,0) (0,0,1)", "space origin: (1e17,0,0)"],
  ]) func `has a header that is refused`(lines: [String]) {
    #expect(code(reading: TestImages.nrrd(lines)) == .badHeader)
  }

  @Test(arguments: [
    ["space: mars"], ["axis mins: 0 0 0"], ["kinds: RGB-color domain domain"], ["data file: LIST"],
    ["data file: s%03d.raw 1 9 1"], ["data file: ../other.raw"], ["data file: /etc/passwd"],
    ["space: LPS", "space units: \"m\" \"m\" \"m\""],
  ]) func `asks for what is not read`(lines: [String]) {
    #expect(code(reading: TestImages.nrrd(lines)) == .unsupported)
  }

  @Test func `has a size that its data do not`() {
    #expect(code(reading: TestImages.nrrd([], data: Array(0..<23))) == .truncated)
    #expect(code(reading: TestImages.nrrd([], data: Array(0..<25))) == .badHeader)
    #expect(code(reading: TestImages.nrrd([], size: "sizes: 0 3 2")) == .badHeader)
    #expect(code(reading: TestImages.nrrd([], size: "sizes: 4 3")) == .badHeader)
    #expect(code(reading: TestImages.nrrd([], size: "sizes: 9223372036854775807 3 2")) == .tooLarge)
    #expect(code(reading: TestImages.nrrd([], size: "sizes: 400 3000 200")) == .truncated)
  }

  @Test func `has an encoding or type that is not read`() {
    #expect(code(reading: TestImages.nrrd([], encoding: "bzip2")) == .unsupported)
    #expect(code(reading: TestImages.nrrd([], encoding: "gzip")) == .corrupt)
    #expect(code(reading: TestImages.nrrd([], type: "block")) == .unsupported)
  }

  @Test func `cannot break a message into lines`() {
    let bytes = TestImages.nrrd(["f\u{1B}\u{2028}\(String(repeating: "x", count: 500)): bar"])
    #expect(throws: ImageFileError.self) { try readVolume(bytes: bytes, name: "test") }
    do throws(ImageFileError) {
      _ = try readVolume(bytes: bytes, name: "test")
    } catch {
      #expect(error.message.hasPrefix("\"f??xxx"))
      #expect(error.message.count < 150)
    }
  }
}
