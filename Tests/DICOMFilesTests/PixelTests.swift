import DICOMFiles
import ImageFiles
import Testing
import Volumes

@Suite struct `Values of pixels` {
  /// The image of one slice whose header is changed.
  private func one(_ change: (inout TestFile) -> Void) throws(ImageFileError) -> DICOMImage {
    try image(of: TestFile.series(1) { file, _ in change(&file) })
  }

  /// What SimpleITK 2.5 (GDCM 3.0) says of a slice with these header values.
  struct Rule: Sendable {
    var allocated = 16
    var stored: Int
    var isSigned = false
    var slope: String
    var intercept: String
    var type: SampleType
  }

  @Test(arguments: [
    Rule(stored: 12, slope: "1", intercept: "0", type: .uint16),
    Rule(stored: 8, slope: "1", intercept: "0", type: .uint16),
    Rule(stored: 12, isSigned: true, slope: "1", intercept: "0", type: .int16),
    Rule(stored: 16, slope: "1", intercept: "-1024", type: .int32),
    Rule(stored: 12, slope: "1", intercept: "-1024", type: .int16),
    Rule(stored: 12, slope: "1", intercept: "5", type: .uint16),
    Rule(stored: 16, slope: "2", intercept: "0", type: .uint32),
    Rule(stored: 16, slope: "0.5", intercept: "0", type: .float64),
    Rule(stored: 12, slope: "-1", intercept: "0", type: .int16),
    Rule(stored: 16, slope: "0", intercept: "0", type: .uint16),
    Rule(stored: 16, isSigned: true, slope: "4", intercept: "0", type: .int32),
    Rule(allocated: 8, stored: 8, slope: "1", intercept: "-5", type: .int16),
    Rule(allocated: 8, stored: 8, isSigned: true, slope: "1", intercept: "0", type: .int8),
    Rule(allocated: 32, stored: 32, slope: "1", intercept: "0", type: .uint32),
    Rule(allocated: 32, stored: 32, slope: "2", intercept: "0", type: .float64),
  ])
  func `have SimpleITK's number type, and never overflow it`(rule: Rule) throws {
    let image = try one { file in
      file.set(.bitsAllocated, "US", .words([UInt16(rule.allocated)]))
      file.set(.bitsStored, "US", .words([UInt16(rule.stored)]))
      file.set(.highBit, "US", .words([UInt16(rule.stored - 1)]))
      file.set(.pixelRepresentation, "US", .words([rule.isSigned ? 1 : 0]))
      file.set(.rescaleSlope, "DS", .text(rule.slope))
      file.set(.rescaleIntercept, "DS", .text(rule.intercept))
      let width = rule.allocated / 8
      // The greatest stored number, then 1 to 5.
      var bytes = (0..<6).flatMap { value in [UInt8(value)] + [UInt8](repeating: 0, count: width - 1) }
      for byte in 0..<width {
        let bits = max(0, min(8, rule.stored - (rule.isSigned ? 1 : 0) - 8 * byte))
        bytes[byte] = UInt8(truncatingIfNeeded: (1 << bits) - 1)
      }
      file.set(.pixelData, "OW", .bytes(bytes))
    }
    #expect(image.volume.sampleType == rule.type)
    let slope = rule.slope == "0" ? 1 : try #require(Double(rule.slope))
    let intercept = try #require(Double(rule.intercept))
    let greatest = Double(UInt64(1) << UInt64(rule.stored - (rule.isSigned ? 1 : 0)) - 1)
    #expect(image.volume.voxels == [greatest, 1, 2, 3, 4, 5].map { slope * $0 + intercept })
  }

  @Test func `lose what lies above the stored bits, and keep their sign`() throws {
    for (isSigned, expected) in [(false, [4095.0, 15]), (true, [-1.0, 15])] {
      let image = try one { file in
        file.set(.bitsStored, "US", .words([12]))
        file.set(.highBit, "US", .words([11]))
        file.set(.pixelRepresentation, "US", .words([isSigned ? 1 : 0]))
        file.set(.pixelData, "OW", .words([0x0FFF, 0xF00F, 0, 0, 0, 0]))
      }
      #expect(Array(image.volume.voxels.prefix(2)) == expected)
    }
  }

  @Test func `are rescaled slice by slice, as PET is`() throws {
    let image = try image(
      of: TestFile.series(2) { file, index in file.set(.rescaleSlope, "DS", .text(index == 0 ? "1" : "0.25"))
      })
    #expect(image.volume.sampleType == .float64)
    #expect(image.volume.voxels == [0, 1, 2, 3, 4, 5, 25, 25.25, 25.5, 25.75, 26, 26.25])
    #expect(image.facts.rescaleSlopes == 0.25...1)
  }

  @Test func `are turned where the lowest is white, as SimpleITK does`() throws {
    let image = try one { file in
      file.set(.photometricInterpretation, "CS", .text("MONOCHROME1"))
      file.set(.pixelRepresentation, "US", .words([0]))
      file.set(.bitsStored, "US", .words([12]))
      file.set(.highBit, "US", .words([11]))
    }
    #expect(image.volume.voxels == [4095, 4094, 4093, 4092, 4091, 4090])
    #expect(image.warnings.contains { $0.contains("MONOCHROME1") })
  }

  @Test(arguments: [false, true]) func `of colours are their luminance`(isPlanar: Bool) throws {
    let colours: [[UInt8]] = [
      [255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9], [0, 0, 0], [255, 255, 255],
    ]
    let image = try one { file in
      file.set(.photometricInterpretation, "CS", .text("RGB"))
      file.set(.samplesPerPixel, "US", .words([3]))
      file.set(.planarConfiguration, "US", .words([isPlanar ? 1 : 0]))
      for tag in [DICOMTag.bitsAllocated, .bitsStored] { file.set(tag, "US", .words([8])) }
      file.set(.highBit, "US", .words([7]))
      file.set(.pixelRepresentation, "US", .words([0]))
      let planes = (0..<3).flatMap { channel in colours.map { $0[channel] } }
      file.set(.pixelData, "OB", .bytes(isPlanar ? planes : colours.flatMap(\.self)))
    }
    // ITU-R BT.601-2, as Pillow computes it.
    #expect(image.volume.voxels == [76, 150, 29, 9, 0, 255])
    #expect(image.volume.sampleType == .uint8)
  }

  @Test func `that stand for no measurement are kept and counted`() throws {
    let image = try one { file in
      file.set(.pixelPaddingValue, "SS", .words([UInt16(bitPattern: -2000)]))
      file.set(.pixelData, "OW", .words([UInt16(bitPattern: -2000), 1, 2, 3, 4, UInt16(bitPattern: -2000)]))
    }
    #expect(image.volume.voxels == [-2000, 1, 2, 3, 4, -2000])
    #expect(
      image.warnings == [
        "2 voxels have the Pixel Padding Value, which stands for no measurement; they are kept as they are"
      ])
  }

  @Test func `of parametric maps are real numbers`() throws {
    let image = try one { file in
      file.remove(.pixelData)
      file.set(.bitsAllocated, "US", .words([64]))
      file.set(.doubleFloatPixelData, "OD", .double([0.5, 1.5, -2, 3, 4, 1e-300]))
    }
    #expect(image.volume.voxels == [0.5, 1.5, -2, 3, 4, 1e-300])
    #expect(image.volume.sampleType == .float64)
  }

  @Test func `are decoded from run lengths`() throws {
    // Two planes, the higher byte first; 6 literal bytes, or one repeated.
    let header: [UInt8] = [2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0] + [UInt8](repeating: 0, count: 52)
    let image = try one { file in
      file.transferSyntax = "1.2.840.10008.1.2.5"
      file.set(.pixelData, "OB", .fragments([header + [0xFB, 1] + [5, 0, 1, 2, 3, 4, 255, 0x80]]))
    }
    #expect(image.volume.voxels == [256, 257, 258, 259, 260, 511])
    let short = failure(
      of: TestFile.series(1) { file, _ in
        file.transferSyntax = "1.2.840.10008.1.2.5"
        file.set(.pixelData, "OB", .fragments([header + [0xFB, 1] + [5, 0, 1]]))
      })
    #expect(short?.code == .corrupt)
  }

  @Test func `are decoded by GDCM from a JPEG-LS stream`() throws {
    // 8 bits, 3 × 2 pixels of 0: runs of 1, 1, 1, then of 1 and 2 (ITU-T T.87, A.7.1), a bit each.
    let stream: [UInt8] =
      [0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]
    let image = try one { file in
      file.transferSyntax = "1.2.840.10008.1.2.4.80"
      file.set(.bitsAllocated, "US", .words([8]))
      file.set(.bitsStored, "US", .words([8]))
      file.set(.highBit, "US", .words([7]))
      file.set(.pixelRepresentation, "US", .words([0]))
      file.set(.pixelData, "OB", .fragments([stream + [0b1111_1000, 0xFF, 0xD9]]))
    }
    #expect(image.volume.voxels == [0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [
    ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 lossless"), ("1.2.840.10008.1.2.4.102", "MPEG-4"),
    ("1.3.6.1.4.1.9999.1", "1.3.6.1.4.1.9999.1"),
  ])
  func `that nothing decodes are refused by name`(syntax: String, name: String) {
    let error = failure(
      of: TestFile.series(1) { file, _ in
        file.transferSyntax = syntax
        file.set(.pixelData, "OB", .fragments([[1, 2, 3, 4]]))
      })
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("compressed as \(name)") == true)
  }

  @Test(arguments: [
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
  ])
  func `that are no compressed picture are refused`(syntax: String) {
    for data in [[], [0xFF, 0xD8], [UInt8](repeating: 0xFF, count: 100), [0xFF, 0x4F, 0xFF, 0x51, 0, 41]]
      as [[UInt8]]
    {
      let error = failure(
        of: TestFile.series(1) { file, _ in
          file.transferSyntax = syntax
          file.set(.pixelData, "OB", .fragments([data]))
        })
      #expect(error?.code == .corrupt)
    }
  }

  /// Beginnings of compressed pictures of 3 × 2 pixels of 8 bits, by transfer syntax: what follows is chance.
  private static let beginnings: [(String, [UInt8])] = [
    ("1.2.840.10008.1.2.4.50", [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0]),
    (
      "1.2.840.10008.1.2.4.70",
      [0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0]
    ),
    (
      "1.2.840.10008.1.2.4.80",
      [0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]
    ),
    (
      "1.2.840.10008.1.2.4.90",
      [
        0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0,
        0, 2,
      ]
        + [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 1, 1]
    ),
  ]

  /// JPEG 2000 of one grey channel of 8 bits, lossless, without wavelet levels (ISO/IEC 15444-1, A.4 to A.6).
  private static func codestream(_ columns: UInt8, _ rows: UInt8, _ packet: [UInt8]) -> [UInt8] {
    let size: [UInt8] = [0, 0, 0, columns, 0, 0, 0, rows]
    let none = [UInt8](repeating: 0, count: 8)
    return [0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0] + size + none + size + none + [0, 1, 7, 1, 1]
      + [0xFF, 0x52, 0, 12, 0, 0, 0, 1, 0, 0, 4, 4, 0, 1, 0xFF, 0x5C, 0, 4, 64, 64, 0xFF, 0x90, 0, 10, 0, 0]
      + [0, 0, 0, UInt8(14 + packet.count), 0, 1, 0xFF, 0x93] + packet + [0xFF, 0xD9]
  }

  private static func box(_ name: String, _ body: [UInt8]) -> [UInt8] {
    [0, 0, 0, UInt8(8 + body.count)] + Array(name.utf8) + body
  }

  /// The boxes' own codestream has 64 × 64 pixels, for which a decoder that believed it would have no room.
  @Test(arguments: [false, true]) func `of JPEG 2000 are those of the codestream whose header was read`(
    isInBoxes: Bool
  ) throws {
    // Written by OpenJPEG 2.5.4.
    let small = Self.codestream(3, 2, [207, 180, 20, 8, 137, 231, 182, 76])
    let large = Self.codestream(
      64, 64,
      [207, 180, 148, 17, 80, 84, 175, 255, 127, 190, 131, 128, 39, 100, 0, 0, 0, 0, 0, 0, 0, 3, 9, 9, 127]
        + [254, 36, 40, 0, 0, 0, 0, 0, 0, 0, 6, 18, 18, 255, 127])
    let header = Self.box("ihdr", [0, 0, 0, 64, 0, 0, 0, 64, 0, 1, 7, 7, 0, 0])
    let boxes =
      Self.box("jP  ", [0x0D, 0x0A, 0x87, 0x0A]) + Self.box("ftyp", Array("jp2 \0\0\0\0jp2 ".utf8))
      + Self.box("uuid", [UInt8](repeating: 1, count: 16) + small)
      + Self.box("jp2h", header + Self.box("colr", [1, 0, 0, 0, 0, 0, 17])) + Self.box("jp2c", large)
    let image = try one { file in
      file.transferSyntax = "1.2.840.10008.1.2.4.90"
      for tag in [DICOMTag.bitsAllocated, .bitsStored] { file.set(tag, "US", .words([8])) }
      file.set(.highBit, "US", .words([7]))
      file.set(.pixelRepresentation, "US", .words([0]))
      file.set(.pixelData, "OB", .fragments([isInBoxes ? boxes : small]))
    }
    #expect(image.volume.voxels == [1, 2, 3, 4, 5, 250])
  }

  @Test(arguments: 0..<4) func `whose compressed data are damaged end in a sentence or in values`(kind: Int) {
    let (syntax, beginning) = Self.beginnings[kind]
    var state: UInt64 = 7
    for length in 0..<60 {
      let chance = (0..<length).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
      }
      let error = failure(
        of: TestFile.series(1) { file, _ in
          file.transferSyntax = syntax
          for tag in [DICOMTag.bitsAllocated, .bitsStored] { file.set(tag, "US", .words([8])) }
          file.set(.highBit, "US", .words([7]))
          file.set(.pixelData, "OB", .fragments([beginning + chance + [0xFF, 0xD9]]))
        })
      #expect(error == nil || error?.code == .corrupt)
    }
  }

  @Test(arguments: [
    (DICOMTag.imageType, "CS", "ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC", "mosaic of Siemens"),
    (.numberOfFrames, "IS", "3", "3 frames"),
    (.photometricInterpretation, "CS", "PALETTE COLOR", "PALETTE COLOR"),
    (.numberOfFrames, "IS", "-1", "expected at least 1"), (.rescaleIntercept, "DS", "1e400", "no number"),
  ])
  func `of another kind are refused`(tag: DICOMTag, representation: String, text: String, expected: String) {
    let error = failure(of: TestFile.series(1) { file, _ in file.set(tag, representation, .text(text)) })
    #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
  }

  @Test(arguments: [(1, 16, 15), (12, 12, 11), (16, 17, 16), (16, 12, 16), (16, 12, 10), (16, 0, 0)])
  func `of bits that do not fit are refused`(allocated: UInt16, stored: UInt16, high: UInt16) {
    let error = failure(
      of: TestFile.series(1) { file, _ in
        file.set(.bitsAllocated, "US", .words([allocated]))
        file.set(.bitsStored, "US", .words([stored]))
        file.set(.highBit, "US", .words([high]))
      })
    #expect(error != nil)
  }

  @Test func `without a place or a size are a picture, with a warning`() throws {
    let image = try one { file in
      for tag in [DICOMTag.imagePositionPatient, .imageOrientationPatient, .pixelSpacing] { file.remove(tag) }
      file.set(.imagerPixelSpacing, "DS", .text("0.2\\0.1"))
    }
    #expect(image.volume.geometry.spacingInMillimetres == [0.1, 0.2, 2.5])
    #expect(image.warnings.contains { $0.contains("at the detector") })
    let bare = try one { file in
      for tag in [DICOMTag.imagePositionPatient, .imageOrientationPatient, .pixelSpacing, .sliceThickness] {
        file.remove(tag)
      }
    }
    #expect(bare.volume.geometry.spacingInMillimetres == [1, 1, 1])
    #expect(bare.warnings.count == 3)
  }
}

@Suite struct `An enhanced image` {
  private func element(_ tag: DICOMTag, _ text: String) -> TestFile.Element {
    TestFile.Element(tag: tag, representation: "DS", value: .text(text))
  }

  private func group(_ tag: DICOMTag, _ elements: TestFile.Element...) -> TestFile.Element {
    TestFile.Element(tag: tag, representation: "SQ", value: .items([elements]))
  }

  /// Three frames at the given places, each of six pixels that count up from 10 times its number.
  private func file(places: [Double], _ change: (Int) -> [TestFile.Element] = { _ in [] }) -> TestFile {
    var file = TestFile.slice(0)
    for tag in [DICOMTag.imagePositionPatient, .imageOrientationPatient, .pixelSpacing, .sliceThickness] {
      file.remove(tag)
    }
    file.set(.numberOfFrames, "IS", .text("\(places.count)"))
    file.set(
      .sharedFunctionalGroupsSequence, "SQ",
      .items([
        [
          group(.pixelMeasuresSequence, element(.sliceThickness, "3"), element(.pixelSpacing, "0.75\\0.5")),
          group(.planeOrientationSequence, element(.imageOrientationPatient, "1\\0\\0\\0\\0\\-1")),
        ]
      ]))
    file.set(
      .perFrameFunctionalGroupsSequence, "SQ",
      .items(
        places.enumerated().map { index, place in
          [group(.planePositionSequence, element(.imagePositionPatient, "1\\\(place)\\3"))] + change(index)
        }))
    file.set(
      .pixelData, "OW",
      .words((0..<places.count).flatMap { frame in (0..<6).map { UInt16(10 * frame + $0) } }))
    return file
  }

  @Test func `is ordered by the positions of its frames`() throws {
    let image = try image(of: [file(places: [4, 0, 2]).bytes])
    let geometry = image.volume.geometry
    #expect(geometry.size == GridSize(x: 3, y: 2, z: 3))
    #expect(geometry.spacingInMillimetres == [0.5, 0.75, 2])
    // Of a coronal plane: the normal points to the back.
    #expect(geometry.directions == [[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    #expect(geometry.originInMillimetres == [1, 0, 3])
    #expect(image.facts.slices.map(\.frame) == [2, 3, 1])
    #expect(stride(from: 0, to: 18, by: 6).map { image.volume.voxels[$0] } == [10, 20, 0])
  }

  @Test func `has a rescaling of each frame`() throws {
    let image = try image(
      of: [
        file(places: [0, 2, 4]) { frame in
          [
            group(
              .pixelValueTransformationSequence, element(.rescaleSlope, "\(frame + 1)"),
              element(.rescaleIntercept, "0"))
          ]
        }.bytes
      ])
    #expect(stride(from: 1, to: 18, by: 6).map { image.volume.voxels[$0] } == [1, 22, 63])
  }

  @Test func `of several echoes is refused with their list`() {
    let bytes = file(places: [0, 0, 2, 2]) { frame in
      let time = TestFile.Element(
        tag: .effectiveEchoTime, representation: "FD", value: .double([frame % 2 == 0 ? 4.6 : 9.2]))
      return [group(.mrEchoSequence, time)]
    }.bytes
    let error = failure(of: [bytes])
    #expect(error?.code == .ambiguous)
    #expect(error?.message.contains(#"differ by echo time ("4.6", "9.2")"#) == true)
  }

  @Test func `that describes another number of frames than it has is refused`() {
    var wrong = file(places: [0, 2, 4])
    wrong.set(.numberOfFrames, "IS", .text("4"))
    #expect(failure(of: [wrong.bytes])?.code == .badHeader)
  }

  @Test func `with fewer pixels than frames is refused`() {
    var short = file(places: [0, 2, 4])
    short.set(.pixelData, "OW", .words([1, 2, 3]))
    #expect(failure(of: [short.bytes])?.code == .truncated)
  }

  @Test func `finds the pieces of compressed frames`() throws {
    let header: [UInt8] = [2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0] + [UInt8](repeating: 0, count: 52)
    var compressed = file(places: [0, 2, 4])
    compressed.transferSyntax = "1.2.840.10008.1.2.5"
    compressed.set(
      .pixelData, "OB", .fragments((0..<3).map { header + [0xFB, 0] + [0xFB, UInt8($0 + 1)] }))
    let image = try image(of: [compressed.bytes])
    #expect(stride(from: 0, to: 18, by: 6).map { image.volume.voxels[$0] } == [1, 2, 3])
  }
}
