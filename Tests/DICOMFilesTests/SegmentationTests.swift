import DICOMFiles
import ImageFiles
import Testing
import Volumes

/// A segmentation that a test makes up, of frames of 4 × 3 pixels on a grid of 2 × 1.5 × 3 mm.
struct DrawnSegmentation {
  struct Frame {
    var segment = 1
    var slice = 0.0
    var pixels = [Int](repeating: 0, count: 12)
  }

  var kind = "BINARY"
  var maximum = 255
  var segments = [(1, "Tumour"), (2, "Oedema")]
  var frames: [Frame] = []
  var frame = "1.2.3"
  var orientation: [Double] = [1, 0, 0, 0, 1, 0]
  /// Distance of slices as the header says; 0: not at all.
  var distance = 3.0
  /// Bytes of pixels that are missing at the end.
  var missing = 0
  /// Bytes after them.
  var more = 0

  static let grid = GridGeometry(
    size: GridSize(x: 4, y: 3, z: 4), spacingInMillimetres: [2, 1.5, 3], originInMillimetres: [10, -20, 30])

  var contents: ImageFileContents {
    let content = DICOMBytes { file in
      file.add(.sopClassUID, "UI", text: "1.2.840.10008.5.1.4.1.1.66.4")
      file.add(.modality, "CS", text: "SEG")
      let series = DICOMBytes { $0.add(.seriesInstanceUID, "UI", text: "1.2.9") }
      file.add(DICOMTag(0x0008, 0x1115), items: [series])
      file.add(.frameOfReferenceUID, "UI", text: frame)
      file.add(.numberOfFrames, "IS", text: "\(frames.count)")
      file.add(.rows, short: 3)
      file.add(.columns, short: 4)
      file.add(.bitsAllocated, short: kind == "BINARY" ? 1 : 8)
      file.add(DICOMTag(0x0062, 0x0001), "CS", text: kind)
      file.add(DICOMTag(0x0062, 0x0002), items: segments.map(named))
      file.add(DICOMTag(0x0062, 0x000E), short: maximum)
      file.add(DICOMTag(0x0062, 0x0010), "CS", text: "PROBABILITY")
      file.add(.sharedFunctionalGroupsSequence, items: [shared])
      file.add(.perFrameFunctionalGroupsSequence, items: frames.map(described))
      file.add(.pixelData, "OB", pixels.dropLast(missing) + [UInt8](repeating: 0, count: more))
    }
    return ImageFileContents(name: "mask", bytes: DICOMBytes.file(content))
  }

  private var pixels: [UInt8] {
    let all = frames.flatMap(\.pixels)
    guard kind == "BINARY" else { return all.map(UInt8.init) }
    var bytes = [UInt8](repeating: 0, count: (all.count + 7) / 8)
    for (index, pixel) in all.enumerated() where pixel != 0 { bytes[index / 8] |= 1 << UInt8(index % 8) }
    return bytes
  }

  private func named(_ segment: (number: Int, label: String)) -> DICOMBytes {
    DICOMBytes {
      $0.add(DICOMTag(0x0062, 0x0004), short: segment.number)
      $0.add(DICOMTag(0x0062, 0x0005), "LO", text: segment.label)
    }
  }

  private var shared: DICOMBytes {
    let plane = DICOMBytes { $0.add(.imageOrientationPatient, numbers: orientation) }
    let measures = DICOMBytes {
      $0.add(.sliceThickness, numbers: [3])
      if distance > 0 { $0.add(.spacingBetweenSlices, numbers: [distance]) }
      $0.add(.pixelSpacing, numbers: [1.5, 2])
    }
    return DICOMBytes {
      $0.add(.planeOrientationSequence, items: [plane])
      $0.add(.pixelMeasuresSequence, items: [measures])
    }
  }

  private func described(_ frame: Frame) -> DICOMBytes {
    let place = DICOMBytes { $0.add(.imagePositionPatient, numbers: [10, -20, 30 + 3 * frame.slice]) }
    let segment = DICOMBytes { $0.add(DICOMTag(0x0062, 0x000B), short: frame.segment) }
    return DICOMBytes {
      $0.add(.planePositionSequence, items: [place])
      if kind != "LABELMAP" { $0.add(DICOMTag(0x0062, 0x000A), items: [segment]) }
    }
  }

  /// Frames in no order, a slice between without one, and segments that overlap.
  static var overlapping: DrawnSegmentation {
    var made = DrawnSegmentation()
    made.frames = [
      Frame(segment: 2, slice: 3, pixels: [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]),
      Frame(segment: 1, slice: 2, pixels: [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]),
      Frame(segment: 2, slice: 0, pixels: [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      Frame(segment: 1, slice: 0, pixels: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ]
    return made
  }
}

@Suite struct `A segment of a DICOM segmentation` {
  private let grid = DrawnSegmentation.grid

  private func read(
    _ drawn: DrawnSegmentation, on geometry: GridGeometry = DrawnSegmentation.grid, segment: String? = "1",
    frame: String? = "1.2.3"
  ) throws -> MaskReading {
    try DICOMMask(drawn.contents).reading(of: segment, label: 3, on: geometry, frameOfReference: frame)
  }

  private func refusal(
    _ drawn: DrawnSegmentation, on geometry: GridGeometry = DrawnSegmentation.grid, segment: String? = "1",
    frame: String? = "1.2.3"
  ) -> ImageFileError? {
    do {
      _ = try read(drawn, on: geometry, segment: segment, frame: frame)
      return nil
    } catch {
      return error as? ImageFileError
    }
  }

  @Test func `has its bits on the slices of its frames, whatever their order`() throws {
    let drawn = DrawnSegmentation.overlapping
    let first = try read(drawn)
    #expect(first.rows(0) == ["#...", "....", "...."])
    #expect(first.rows(1) == ["....", "....", "...."])
    #expect(first.rows(2) == ["#...", "#...", "...#"])
    #expect(first.count == 4 && first.labels.labels.max() == 3 && first.warnings.isEmpty)
    let second = try read(drawn, segment: "oedema")
    #expect(second.rows(0) == ["##..", "....", "...."])
    #expect(second.rows(3) == ["....", ".##.", "...."])
    #expect(second.count == 4)
    #expect(try DICOMMask(drawn.contents).referencedSeries == ["1.2.9"])
  }

  @Test func `goes to its own voxels of a larger, shifted or flipped grid`() throws {
    let drawn = DrawnSegmentation.overlapping
    let plain = try read(drawn)
    var turned = grid
    turned.size = GridSize(x: 6, y: 3, z: 5)
    turned.directions[0] = [-1, 0, 0]
    turned.originInMillimetres = [18, -20, 27]
    let reading = try read(drawn, on: turned)
    #expect(reading.warnings.isEmpty)
    for (z, y, x) in [(0, 0, 0), (2, 0, 0), (2, 1, 0), (2, 2, 3)] {
      #expect(plain.labels.labels[grid.size.offset(x: x, y: y, z: z)] == 3)
      #expect(reading.labels.labels[turned.size.offset(x: 4 - x, y: y, z: z + 1)] == 3)
    }
    #expect(reading.count == 4)
    var cropped = grid
    cropped.size.z = 2
    #expect(
      try read(drawn, on: cropped).warnings == [
        "3 of 4 voxels of the segment lie outside the image and are left out"
      ])
  }

  /// On a grid of half the spacing a voxel becomes eight; halfway between two the lesser coordinate of the patient counts.
  @Test func `on another grid gives each voxel the value of the nearest, and says so`() throws {
    var fine = GridGeometry(
      size: GridSize(x: 8, y: 6, z: 8), spacingInMillimetres: [1, 0.75, 1.5],
      originInMillimetres: [9.5, -20.375, 29.25])
    let reading = try read(.overlapping, on: fine)
    #expect(reading.count == 4 * 8)
    #expect(reading.rows(0).prefix(2) == ["##......", "##......"])
    #expect(
      reading.warnings.count == 1 && reading.warnings[0].hasPrefix("the segmentation lies on another grid"))
    // Centres halfway between those of the segmentation along x: 10 and 12 become 10 and 11, and 9 is beyond.
    fine.originInMillimetres.x = 9
    fine.size.x = 4
    #expect(try read(.overlapping, on: fine).rows(0)[0] == ".##.")
    var mirrored = fine
    mirrored.directions[0] = [-1, 0, 0]
    mirrored.originInMillimetres.x = 12
    #expect(try read(.overlapping, on: mirrored).rows(0)[0] == ".##.")
  }

  @Test func `of fractions is inside from half on, and says so`() throws {
    var drawn = DrawnSegmentation()
    drawn.kind = "FRACTIONAL"
    drawn.frames = [.init(pixels: [0, 127, 128, 255, 1, 126, 129, 0, 0, 0, 0, 0])]
    let reading = try read(drawn)
    #expect(reading.rows(0) == ["..##", "..#.", "...."])
    #expect(
      reading.warnings == [
        "the segment is a \"probability\" of 0 to 255; voxels from 128 on are inside"
      ])
    drawn.maximum = 100
    drawn.frames[0].pixels[0] = 50
    drawn.frames[0].pixels[4] = 49
    #expect(try read(drawn).rows(0) == ["####", ".##.", "...."])
    drawn.maximum = 0
    #expect(refusal(drawn)?.code == .badHeader)
  }

  @Test func `of a label map has the pixels of its number`() throws {
    var drawn = DrawnSegmentation()
    drawn.kind = "LABELMAP"
    drawn.frames = [.init(slice: 1, pixels: [0, 1, 2, 2, 0, 1, 0, 0, 0, 0, 0, 2])]
    #expect(try read(drawn).rows(1) == [".#..", ".#..", "...."])
    #expect(try read(drawn, segment: "Oedema").rows(1) == ["..##", "....", "...#"])
  }

  @Test func `without a distance of slices finds it from their places`() throws {
    var drawn = DrawnSegmentation.overlapping
    drawn.distance = 0
    #expect(try read(drawn).rows(2) == ["#...", "#...", "...#"])
    // A header that says another distance than the places have.
    drawn.distance = 7
    #expect(try read(drawn).count == 4)
  }

  @Test func `that is empty is refused in a sentence`() {
    var drawn = DrawnSegmentation()
    #expect(refusal(drawn)?.code == .segmentEmpty)
    #expect(refusal(drawn)?.message.contains("no frame") == true)
    drawn.frames = [.init()]
    #expect(refusal(drawn)?.code == .segmentEmpty)
    drawn.frames = DrawnSegmentation.overlapping.frames
    drawn.frames.removeAll { $0.segment == 1 }
    let error = refusal(drawn)
    #expect(error?.code == .segmentEmpty)
    #expect(
      error?.description == "mask: the segment \"Tumour\" has no voxel; draw it, or name another segment")
  }

  @Test func `that has no voxel in the image is refused`() {
    var far = grid
    far.originInMillimetres.z = 300
    #expect(refusal(.overlapping, on: far)?.code == .segmentEmpty)
    far.spacingInMillimetres.x = 1.3
    #expect(refusal(.overlapping, on: far)?.code == .segmentEmpty)
  }

  @Test func `of another frame of reference, or of no such name, is refused`() {
    #expect(refusal(.overlapping, frame: "1.2.4")?.code == .otherFrameOfReference)
    let unnamed = refusal(.overlapping, segment: nil)
    #expect(unnamed?.code == .segmentNotNamed)
    #expect(unnamed?.message.contains("\"Tumour\" (1), \"Oedema\" (2)") == true)
    #expect(refusal(.overlapping, segment: "3")?.code == .segmentAbsent)
  }

  @Test func `with fewer pixels than frames is refused`() {
    var drawn = DrawnSegmentation.overlapping
    drawn.missing = 2
    #expect(refusal(drawn)?.code == .truncated)
    drawn.kind = "FRACTIONAL"
    #expect(refusal(drawn)?.code == .truncated)
    let bytes = DrawnSegmentation.overlapping.contents.bytes
    for length in stride(from: 0, to: bytes.count, by: 7) {
      let cut = ImageFileContents(name: "mask", bytes: Array(bytes[..<length]))
      #expect(throws: ImageFileError.self) { try DICOMMask(cut).reading(of: "1", on: grid) }
    }
  }

  @Test(arguments: ["BINARY", "FRACTIONAL"]) func `with a row more than its header says is refused`(
    kind: String
  ) {
    var drawn = DrawnSegmentation.overlapping
    drawn.kind = kind
    drawn.more = 8
    #expect(refusal(drawn)?.code == .badHeader)
  }

  @Test func `that is there twice in one plane is refused`() {
    var drawn = DrawnSegmentation.overlapping
    drawn.frames.append(drawn.frames[0])
    let found = refusal(drawn)
    #expect(found?.code == .badHeader && found?.message.contains("one segment in one plane") == true)
  }

  @Test func `whose planes make no grid is refused`() {
    var drawn = DrawnSegmentation.overlapping
    (drawn.frames[0].slice, drawn.frames[1].slice) = (2.45, 1)
    #expect(refusal(drawn)?.code == .irregularGrid)
    drawn = .overlapping
    drawn.orientation = [1, 0, 0, 1, 0, 0]
    #expect(refusal(drawn)?.code == .badHeader)
    drawn.orientation = []
    #expect(refusal(drawn)?.code == .unsupported)
    drawn = .overlapping
    drawn.kind = "SURFACE"
    #expect(refusal(drawn)?.code == .unsupported)
  }
}
