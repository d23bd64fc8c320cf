import ImageFiles
import Testing
import Volumes

@Suite struct `A segmentation of 3D Slicer` {
  private static let segments = [
    "Segment0_ID:=Segment_1", "Segment0_Name:=tumour", "Segment0_LabelValue:=1", "Segment0_Layer:=0",
    "Segment1_ID:=Segment_2", "Segment1_Name:=Oedema ", "Segment1_LabelValue:=2", "Segment1_Layer:=1",
    "Segment2_ID:=Segment_3", "Segment2_Name:=core", "Segment2_LabelValue:=5", "Segment2_Layer:=0",
    "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
  ]
  /// Of three voxels in a row.
  private static let first: [UInt8] = [1, 5, 0]
  private static let second: [UInt8] = [2, 0, 2]

  /// - Parameter axis: where the axis of the layers stands, from 0.
  private func file(
    axis: Int = 0, lines: [String] = segments, encoding: String = "raw", kind: String = "list"
  ) -> ImageFileContents {
    var sizes = ["3", "1", "1"]
    var directions = ["(1,0,0)", "(0,2,0)", "(0,0,3)"]
    var kinds = ["domain", "domain", "domain"]
    sizes.insert("2", at: axis)
    directions.insert("none", at: axis)
    kinds.insert(kind, at: axis)
    let interleaved = zip(Self.first, Self.second).flatMap { [$0.0, $0.1] }
    let samples = axis == 0 ? interleaved : Self.first + Self.second
    let header =
      [
        "NRRD0004", "type: uint8", "dimension: 4", "space: left-posterior-superior",
        "sizes: \(sizes.joined(separator: " "))", "space directions: \(directions.joined(separator: " "))",
        "kinds: \(kinds.joined(separator: " "))", "encoding: \(encoding)", "space origin: (0,0,0)",
      ] + lines + ["", ""]
    let data =
      encoding == "raw" ? samples : Array(samples.map { "\($0)" }.joined(separator: " ").utf8)
    return ImageFileContents(name: "mask", bytes: Array(header.joined(separator: "\n").utf8) + data)
  }

  /// As SimpleITK's components of a vector image: the axis of the layers may stand anywhere.
  @Test(arguments: [0, 1, 2, 3], ["raw", "text"])
  func `gives the layer that label_channel asks for`(axis: Int, encoding: String) throws {
    for (channel, expected) in [(0, Self.first), (1, Self.second)] {
      let labels = try readLabelMap(file(axis: axis, encoding: encoding), channel: channel)
      #expect(labels.labels == expected.map(UInt32.init))
      #expect(labels.geometry.size == GridSize(x: 3, y: 1, z: 1))
      #expect(labels.geometry.spacingInMillimetres == [1, 2, 3])
    }
  }

  @Test(arguments: ["list", "vector", "2-vector"]) func `is any NRRD with an axis of components`(kind: String)
    throws
  {
    let labels = try readLabelMap(file(lines: [], kind: kind), channel: 1)
    #expect(labels.labels == Self.second.map(UInt32.init))
  }

  @Test(arguments: [-1, 2, Int.max]) func `refuses a layer that it has not`(channel: Int) {
    let error = #expect(throws: ImageFileError.self) { try readLabelMap(file(), channel: channel) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("layers 0 to 1") == true)
  }

  @Test(arguments: [
    ("tumour", [7, 0, 0] as [UInt32]), ("Segment_1", [7, 0, 0]), ("0", [7, 0, 0]), ("core", [0, 7, 0]),
    ("Oedema", [7, 0, 7]), (" oedema ", [7, 0, 7]), ("1", [7, 0, 7]), ("CORE", [0, 7, 0]),
  ]) func `gives a segment by name, identifier or number, alone and under the label`(
    segment: String, expected: [UInt32]
  ) throws {
    #expect(try readMask(file(), segment: segment, label: 7).labels.labels == expected)
  }

  @Test func `lists its segments where the one that was named is not there`() {
    let error = #expect(throws: ImageFileError.self) { try readMask(file(), segment: "necrosis") }
    #expect(error?.code == .segmentAbsent)
    #expect(
      error?.message
        == "the mask has no segment \"necrosis\"; it has \"tumour\" (0), \"Oedema\" (1), \"core\" (2); name one of them"
    )
  }

  @Test func `with two segments of one name asks for the number`() throws {
    let lines = Self.segments.map { $0 == "Segment2_Name:=core" ? "Segment2_Name:=tumour" : $0 }
    let error = #expect(throws: ImageFileError.self) { try readMask(file(lines: lines), segment: "tumour") }
    #expect(error?.code == .segmentNotNamed)
    #expect(try readMask(file(lines: lines), segment: "2").labels.labels == [0, 1, 0])
    let folded = Self.segments.map { $0 == "Segment2_Name:=core" ? "Segment2_Name:=Tumour" : $0 }
    #expect(try readMask(file(lines: folded), segment: "tumour").labels.labels == [1, 0, 0])
    #expect(throws: ImageFileError.self) { try readMask(file(lines: folded), segment: "TUMOUR") }
  }

  /// Before Slicer 4.11 a segment had a layer to itself, and the header says neither layer nor value.
  @Test func `of an old Slicer has a segment in each layer`() throws {
    let lines = ["Segment0_ID:=a", "Segment0_Name:=one", "Segment1_ID:=b", "Segment1_Name:=two"]
    #expect(try readMask(file(lines: lines), segment: "one").labels.labels == [1, 0, 0])
    #expect(try readMask(file(lines: lines), segment: "two").labels.labels == [0, 0, 0])
  }

  @Test(arguments: [
    ("Segment0_Layer:=5", ImageFileError.Code.unsupported), ("Segment0_Layer:=-1", .badHeader),
    ("Segment0_Layer:=9223372036854775807", .unsupported), ("Segment0_LabelValue:=1.5", .badHeader),
    ("Segment0_LabelValue:=99999999999", .badHeader),
  ]) func `whose header names what cannot be is refused`(line: String, expected: ImageFileError.Code) {
    let key = line.prefix { $0 != ":" }
    let lines = Self.segments.map { $0.hasPrefix(key) ? line : $0 }
    let error = #expect(throws: ImageFileError.self) { try readMask(file(lines: lines), segment: "tumour") }
    #expect(error?.code == expected)
  }

  @Test func `with layers that come to more than the limit is refused`() {
    let error = #expect(throws: ImageFileError.self) {
      try readLabelMap(file(), limits: ImageReadLimits(fileBytes: 5))
    }
    #expect(error?.code == .tooLarge)
  }

  @Test func `is no image`() {
    let error = #expect(throws: ImageFileError.self) { try readVolume(file()) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("2 components") == true)
  }
}
