import DICOMFiles
import ImageFiles
import Testing
import Volumes

@Suite struct `The elements of a DICOM file` {
  @Test(arguments: TestFile.Encoding.allCases, [false, true])
  func `are the same in every encoding`(encoding: TestFile.Encoding, isDelimited: Bool) throws {
    var file = TestFile.slice(7, encoding: encoding)
    file.isDelimited = isDelimited
    let inner = TestFile.Element(tag: .echoTime, representation: "DS", value: .text("4.5 "))
    let outer = TestFile.Element(
      tag: .mrEchoSequence, representation: "SQ", value: .items([[inner], [inner]]))
    file.set(.sharedFunctionalGroupsSequence, "SQ", .items([[outer]]))
    let set = try DICOMDataSet(bytes: file.bytes)
    #expect(set.transferSyntax == encoding.transferSyntax)
    #expect(set.string(.modality) == "CT")
    #expect(set.integer(.rows) == 2)
    #expect(set.numbers(.imagePositionPatient) == [-10, 20, 44])
    let echoes = try #require(try set.item(.sharedFunctionalGroupsSequence)).items(.mrEchoSequence)
    #expect(echoes.map { $0.number(.echoTime) } == [4.5, 4.5])
    #expect(try image(of: [file.bytes]).volume.voxels == [700, 701, 702, 703, 704, 705])
  }

  @Test(arguments: [TestFile.Encoding.implicit, .explicit, .bigEndian])
  func `are found without a preamble`(encoding: TestFile.Encoding) throws {
    var file = TestFile.slice(1, encoding: encoding)
    file.hasPreamble = false
    #expect(try image(of: [file.bytes]).volume.voxels == [100, 101, 102, 103, 104, 105])
  }

  @Test func `are told by what is written, not by a wrong transfer syntax`() throws {
    var file = TestFile.slice(1, encoding: .implicit)
    file.transferSyntax = TestFile.Encoding.explicit.transferSyntax
    #expect(try DICOMDataSet(bytes: file.bytes).integer(.columns) == 3)
  }

  @Test(arguments: [
    ("ISO_IR 100", [0x4D, 0xFC, 0x6C] as [UInt8], "Mül"), ("ISO_IR 144", [0xB8, 0xD2, 0xD0], "Ива"),
    ("ISO_IR 192", [0xE8, 0x82, 0xBF, 0xE7, 0x98, 0xA4], "肿瘤"), ("GB18030", [0xD6, 0xD7, 0xC1, 0xF6], "肿瘤"),
    ("ISO_IR 13", [0xD4, 0xCF, 0xC0, 0xDE], "ﾔﾏﾀﾞ"),
    ("\\ISO 2022 IR 149", [0x1B, 0x24, 0x29, 0x43, 0xB1, 0xE8], "김"),
    ("\\ISO 2022 IR 87", [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42], "山田"),
    ("", [0x41], "A"),
  ])
  func `are decoded from the file's characters`(set: String, bytes: [UInt8], expected: String) throws {
    var file = TestFile.slice(0)
    file.set(.specificCharacterSet, "CS", .text(set))
    file.set(.manufacturer, "LO", .bytes(bytes))
    #expect(try DICOMDataSet(bytes: file.bytes).string(.manufacturer) == expected)
  }

  @Test(arguments: ["", "abc", "0x10", "nan", "1e999", "1\\\\2"])
  func `are no numbers where their text is none`(
    text: String
  ) throws {
    var file = TestFile.slice(0)
    file.set(.sliceThickness, "DS", .text(text))
    #expect(try DICOMDataSet(bytes: file.bytes).numbers(.sliceThickness) == [])
  }

  @Test func `that promise more bytes than there are, are refused`() throws {
    let bytes = TestFile.slice(0).bytes
    for count in stride(from: 140, to: bytes.count - 8, by: 7) {
      let error = failure(of: [Array(bytes.prefix(count))])
      #expect(error != nil, "cut at \(count)")
    }
    #expect(failure(of: [bytes.dropLast(4)])?.code == .truncated)
  }

  @Test func `that lie in each other without end, are refused`() throws {
    var element = TestFile.Element(tag: .modality, representation: "CS", value: .text("CT"))
    for _ in 0..<40 {
      element = TestFile.Element(tag: .mrEchoSequence, representation: "SQ", value: .items([[element]]))
    }
    var file = TestFile()
    file.isDelimited = true
    file.elements[element.tag] = element
    let bytes = file.bytes
    #expect { try DICOMDataSet(bytes: bytes) } throws: { ($0 as? ImageFileError)?.code == .tooLarge }
  }

  @Test(arguments: 0..<200) func `whose bytes are damaged, end in a sentence or in values`(seed: Int) throws {
    var file = TestFile.slice(1, encoding: TestFile.Encoding.allCases[seed % 4])
    file.isDelimited = seed % 8 > 3
    file.set(
      .mrEchoSequence, "SQ",
      .items([[TestFile.Element(tag: .echoTime, representation: "DS", value: .text("4.5"))]]))
    var bytes = file.bytes
    // A small generator of its own, so that a failure can be run again.
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    for _ in 0..<4 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[132 + Int(state >> 33) % (bytes.count - 132)] = UInt8(truncatingIfNeeded: state >> 20)
    }
    _ = failure(of: [bytes])
  }

  @Test func `of something else are refused`() {
    let bytes = Array("<html>this is a login page, not an image</html>".utf8)
    #expect(failure(of: [bytes])?.code == .notAnImage)
  }
}
