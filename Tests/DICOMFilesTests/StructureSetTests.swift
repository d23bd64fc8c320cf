import DICOMFiles
import ImageFiles
import TestSupport
import Testing
import Volumes

/// A structure set that a test makes up.
struct DrawnStructureSet {
  struct Region {
    var number = 1
    var name = "GTV"
    var contours: [[SIMD3<Double>]] = []
    var kind = "CLOSED_PLANAR"
    var frame = "1.2.3"
  }

  var regions = [Region()]
  /// What is to be written in place of the coordinates of the first contour.
  var coordinates: String?
  var pointCount: Int?

  var contents: ImageFileContents {
    let content = DICOMBytes { file in
      file.add(.sopClassUID, "UI", text: "1.2.840.10008.5.1.4.1.1.481.3")
      file.add(.modality, "CS", text: "RTSTRUCT")
      file.add(DICOMTag(0x3006, 0x0010), items: [references])
      file.add(DICOMTag(0x3006, 0x0020), items: regions.map(named))
      file.add(DICOMTag(0x3006, 0x0039), items: regions.map(drawn))
    }
    return ImageFileContents(name: "mask", bytes: DICOMBytes.file(content))
  }

  private var references: DICOMBytes {
    let series = DICOMBytes { $0.add(.seriesInstanceUID, "UI", text: "1.2.9") }
    let study = DICOMBytes { $0.add(DICOMTag(0x3006, 0x0014), items: [series]) }
    return DICOMBytes {
      $0.add(.frameOfReferenceUID, "UI", text: "1.2.3")
      $0.add(DICOMTag(0x3006, 0x0012), items: [study])
    }
  }

  private func named(_ region: Region) -> DICOMBytes {
    DICOMBytes {
      $0.add(DICOMTag(0x3006, 0x0022), "IS", text: "\(region.number)")
      $0.add(DICOMTag(0x3006, 0x0024), "UI", text: region.frame)
      $0.add(DICOMTag(0x3006, 0x0026), "LO", text: region.name)
    }
  }

  private func drawn(_ region: Region) -> DICOMBytes {
    let contours = region.contours.enumerated().map { index, points in
      DICOMBytes { contour in
        contour.add(DICOMTag(0x3006, 0x0042), "CS", text: region.kind)
        contour.add(DICOMTag(0x3006, 0x0046), "IS", text: "\(pointCount ?? points.count)")
        if index == 0, let coordinates {
          contour.add(DICOMTag(0x3006, 0x0050), "DS", text: coordinates)
        } else {
          contour.add(DICOMTag(0x3006, 0x0050), numbers: points.flatMap { [$0.x, $0.y, $0.z] })
        }
      }
    }
    return DICOMBytes {
      $0.add(DICOMTag(0x3006, 0x0040), items: contours)
      $0.add(DICOMTag(0x3006, 0x0084), "IS", text: "\(region.number)")
    }
  }

  init(_ contours: [[SIMD3<Double>]] = []) { regions[0].contours = contours }

  /// A rectangle in a plane.
  static func box(
    _ x: ClosedRange<Double>, _ y: ClosedRange<Double>, z: Double = 0
  ) -> [SIMD3<Double>] {
    [
      [x.lowerBound, y.lowerBound, z], [x.upperBound, y.lowerBound, z], [x.upperBound, y.upperBound, z],
      [x.lowerBound, y.upperBound, z],
    ]
  }
}

/// A grid of 1 mm.
private let grid = GridGeometry(size: GridSize(x: 10, y: 8, z: 3))

extension MaskReading {
  /// Rows of one slice, with `#` for voxels inside.
  func rows(_ slice: Int = 0) -> [String] {
    let size = labels.geometry.size
    return (0..<size.y).map { y in
      String((0..<size.x).map { labels.labels[size.offset(x: $0, y: y, z: slice)] == 0 ? "." : "#" })
    }
  }

  var count: Int { labels.labels.count { $0 != 0 } }
}

private typealias Set = DrawnStructureSet

@Suite struct `A region of a DICOM structure set` {
  private func read(
    _ set: Set, on geometry: GridGeometry = grid, segment: String? = nil, frame: String? = "1.2.3"
  ) throws -> MaskReading {
    try DICOMMask(set.contents).reading(of: segment, label: 7, on: geometry, frameOfReference: frame)
  }

  private func refusal(
    _ set: Set, on geometry: GridGeometry = grid, segment: String? = nil, frame: String? = "1.2.3"
  ) -> ImageFileError? {
    do {
      _ = try read(set, on: geometry, segment: segment, frame: frame)
      return nil
    } catch {
      return error as? ImageFileError
    }
  }

  @Test func `has the voxels whose centres are inside, under the label`() throws {
    let reading = try read(Set([Set.box(1.5...4.5, 2.6...4.4)]))
    #expect(
      reading.rows() == [
        "..........", "..........", "..........", "..###.....", "..###.....", "..........", "..........",
        "..........",
      ])
    #expect(reading.labels.labels.max() == 7 && reading.count == 6 && reading.warnings.isEmpty)
    #expect(try DICOMMask(Set().contents).referencedSeries == ["1.2.9"])
  }

  /// Centres on a contour are inside, on all four sides and at the corners.
  @Test func `has the voxels whose centres lie on its contour`() throws {
    #expect(try read(Set([Set.box(2...5, 1...3)])).count == 12)
    let diamond: [SIMD3<Double>] = [[4, 1, 0], [6, 3, 0], [4, 5, 0], [2, 3, 0]]
    #expect(
      try read(Set([diamond])).rows() == [
        "..........", "....#.....", "...###....", "..#####...", "...###....", "....#.....", "..........",
        "..........",
      ])
  }

  @Test func `has a hole where a contour lies within another, drawn alone or by a keyhole`() throws {
    let outer = Set.box(0.5...8.5, 0.5...6.5)
    let inner = Set.box(3.5...5.5, 2.5...4.5)
    let apart = try read(Set([outer, inner]))
    #expect(apart.count == 8 * 6 - 2 * 2)
    #expect(apart.rows()[3] == ".###..###.")
    let keyhole = [outer[0], inner[0], inner[3], inner[2], inner[1], inner[0], outer[0]] + outer.dropFirst()
    #expect(try read(Set([keyhole])).rows() == apart.rows())
    // The channel runs along centres: lines that are drawn twice enclose nothing, and cut nothing.
    let channel: [SIMD3<Double>] = [[0.5, 3, 0], [3.5, 3, 0]]
    let corners: [SIMD3<Double>] = [
      [0.5, 0.5, 0], [8.5, 0.5, 0], [8.5, 6.5, 0], [0.5, 6.5, 0], channel[0], channel[1], [3.5, 4.5, 0],
      [5.5, 4.5, 0], [5.5, 2.5, 0], [3.5, 2.5, 0], channel[1], channel[0],
    ]
    #expect(try read(Set([corners])).rows() == apart.rows())
  }

  @Test func `has all parts of a slice, and an island within a hole`() throws {
    let parts = try read(Set([Set.box(0.5...2.5, 0.5...2.5), Set.box(5.5...7.5, 3.5...5.5)]))
    #expect(parts.count == 8)
    let nested = try read(
      Set([Set.box(0.5...9.5, 0.5...7.5), Set.box(1.5...7.5, 1.5...6.5), Set.box(3.5...5.5, 2.5...4.5)]))
    #expect(nested.count == 9 * 7 - 6 * 5 + 2 * 2)
  }

  /// By the shoelace rule and Pick's theorem: of a polygon whose corners are centres, area = inside + on the line / 2 - 1.
  @Test func `with corners at centres has as many voxels as Pick's theorem says`() throws {
    let corners: [SIMD2<Int>] = [[1, 1], [8, 0], [6, 3], [9, 7], [4, 5], [0, 7], [2, 4]]
    var (doubled, onLine) = (0, 0)
    for (a, b) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
      doubled += a.x * b.y - b.x * a.y
      var (step, rest) = (abs(a.x - b.x), abs(a.y - b.y))
      while rest != 0 { (step, rest) = (rest, step % rest) }
      onLine += step
    }
    let inside = (abs(doubled) - onLine + 2) / 2
    let reading = try read(Set([corners.map { [Double($0.x), Double($0.y), 0] }]))
    #expect(reading.count == inside + onLine)
  }

  /// The same image stored along other axes has the same region, also where centres lie on contours or halfway between slices.
  @Test(arguments: [[-1, -1, 1], [1, 1, -1], [-1, 1, -1], [1, -1, 1]] as [SIMD3<Double>])
  func `does not depend on how the grid is stored`(signs: SIMD3<Double>) throws {
    let contours = [
      Set.box(2...5, 1...3), [[1, 4, 1.5], [7, 5, 1.5], [3, 7, 1.5]], [[1, 4, 1], [7, 5, 1], [3, 6.5, 1]],
    ]
    let plain = try read(Set(contours))
    var turned = grid
    let size = [grid.size.x, grid.size.y, grid.size.z]
    for axis in 0..<3 where signs[axis] < 0 {
      turned.directions[axis] = -turned.directions[axis]
      turned.originInMillimetres[axis] = Double(size[axis] - 1)
    }
    // Digits as single precision leaves them.
    turned.originInMillimetres += SIMD3(1e-5, -2e-5, 1e-5)
    let other = try read(Set(contours), on: turned)
    for z in 0..<size[2] {
      for y in 0..<size[1] {
        for x in 0..<size[0] {
          let place = [x, y, z].enumerated().map { signs[$0] < 0 ? size[$0] - 1 - $1 : $1 }
          let here = plain.labels.labels[grid.size.offset(x: x, y: y, z: z)]
          let there = other.labels.labels[grid.size.offset(x: place[0], y: place[1], z: place[2])]
          #expect(here == there, "(\(x), \(y), \(z))")
        }
      }
    }
  }

  @Test func `lies on an oblique image as on a straight one`() throws {
    let (cosine, sine) = (0.8, 0.6)
    let turn = { (point: SIMD3<Double>) -> SIMD3<Double> in
      [cosine * point.x - sine * point.z, point.y, sine * point.x + cosine * point.z]
    }
    let contours = [Set.box(1.5...4.5, 2.6...4.4), Set.box(2...5, 1...3, z: 1)]
    var oblique = grid
    oblique.directions = grid.directions.map(turn)
    oblique.originInMillimetres = [12, -7, 30]
    let turned = contours.map { $0.map { turn($0) + oblique.originInMillimetres } }
    #expect(try read(Set(turned), on: oblique).labels.labels == read(Set(contours)).labels.labels)
    let error = refusal(Set(contours), on: oblique)
    #expect(error?.code == .badHeader)
    #expect(error?.message.contains("drawn in other planes") == true, "\(error?.message ?? "")")
  }

  @Test func `between slices goes to the nearest, and says so`() throws {
    let reading = try read(Set([Set.box(1.5...4.5, 2.6...4.4, z: 1.4)]))
    #expect(reading.rows(1).joined().contains("###"))
    #expect(reading.count == 6)
    #expect(
      reading.warnings == [
        "1 of 1 planes of contours lie between slices, by up to 0.4 of their distance, and go to the nearest"
      ])
    let two = try read(Set([Set.box(1.5...4.5, 2.6...4.4, z: 1.4), Set.box(1.5...3.5, 2.6...4.4, z: 0.9)]))
    #expect(two.count == 4)
    #expect(two.warnings.contains { $0.contains("have another nearer to their slice and are left out") })
  }

  @Test func `beyond the image is left out, and says so`() throws {
    let inside = Set.box(1.5...4.5, 2.6...4.4)
    let above = Set.box(1.5...4.5, 2.6...4.4, z: 2.75)
    let reading = try read(Set([inside, above]))
    #expect(reading.count == 6)
    #expect(reading.warnings == ["1 of 2 contours lie outside the image and are left out"])
    let wide = try read(Set([Set.box(-20...4.5, 2.6...100)]))
    #expect(wide.count == 5 * 5)
    #expect(
      wide.warnings == ["3 points of contours lie beside the image; what they enclose there is left out"])
    #expect(refusal(Set([above]))?.code == .segmentEmpty)
    #expect(refusal(Set([Set.box(-20 ... -10, 2...4)]))?.code == .segmentEmpty)
    #expect(refusal(Set([Set.box(1e7...2e7, 2...4)]))?.code == .badHeader)
  }

  @Test func `with slices left out between says so`() throws {
    let reading = try read(Set([Set.box(1.5...4.5, 2.6...4.4), Set.box(1.5...4.5, 2.6...4.4, z: 2)]))
    #expect(reading.warnings.count == 1 && reading.warnings[0].hasPrefix("1 slices between"))
  }

  @Test func `that is drawn twice counts once`() throws {
    let box = Set.box(1.5...4.5, 2.6...4.4)
    let again = [box[2], box[1], box[0], box[3], box[2]]
    let reading = try read(Set([box, again]))
    #expect(reading.count == 6)
    #expect(reading.warnings == ["1 contours are there twice and count once"])
  }

  @Test func `of contours that enclose nothing is refused, and among others leaves them out`() throws {
    let none = refusal(Set())
    #expect(none?.code == .segmentEmpty)
    #expect(none?.message == "the region \"GTV\" encloses nothing: it has no contour; name another region")
    let line: [SIMD3<Double>] = [[1, 1, 0], [5, 5, 0]]
    #expect(refusal(Set([line]))?.message.contains("fewer than three points") == true)
    #expect(refusal(Set([Set.box(1.2...1.8, 1.2...1.8)]))?.message.contains("centre of no voxel") == true)
    var points = Set([Set.box(1...2, 1...2)])
    points.regions[0].kind = "POINT"
    #expect(refusal(points)?.message.contains("points or open lines") == true)
    let mixed = try read(Set([line, Set.box(1.5...4.5, 2.6...4.4)]))
    #expect(mixed.count == 6)
    #expect(mixed.warnings == ["1 contours have fewer than three points and are left out"])
  }

  @Test(arguments: ["1\\2", "1\\2\\x", "1\\2\\3\\4\\5\\6\\7\\8", "nan\\1\\2\\3\\4\\5\\6\\7\\8"])
  func `whose coordinates are no places is refused`(coordinates: String) {
    var set = Set([Set.box(1.5...4.5, 2.6...4.4)])
    set.coordinates = coordinates
    #expect(refusal(set)?.code == .badHeader)
  }

  @Test func `that promises other points than it has is refused`() {
    var set = Set([Set.box(1.5...4.5, 2.6...4.4)])
    set.pointCount = 5
    #expect(refusal(set)?.code == .badHeader)
  }

  @Test func `of another frame of reference is refused by name`() throws {
    let set = Set([Set.box(1.5...4.5, 2.6...4.4)])
    let error = refusal(set, frame: "1.2.4")
    #expect(error?.code == .otherFrameOfReference)
    #expect(
      error?.description.hasPrefix("mask: the region \"GTV\" lies in another frame of reference") == true)
    #expect(try read(set, frame: nil).count == 6)
  }

  @Test func `is named by name or number, and all are listed where none or a wrong one is`() throws {
    var set = Set([Set.box(1.5...4.5, 2.6...4.4)])
    set.regions.append(Set.Region(number: 5, name: "Lung", contours: [Set.box(1...2, 1...2)]))
    #expect(try read(set, segment: "Lung").count == 4)
    #expect(try read(set, segment: "5").count == 4)
    #expect(try read(set, segment: " lung ").count == 4)
    #expect(try read(set, segment: "GTV").count == 6)
    let unnamed = refusal(set)
    #expect(unnamed?.code == .segmentNotNamed)
    #expect(unnamed?.message.contains("\"GTV\" (1), \"Lung\" (5)") == true)
    let absent = refusal(set, segment: "Heart")
    #expect(absent?.code == .segmentAbsent)
    #expect(absent?.message.contains("\"GTV\" (1), \"Lung\" (5)") == true)
    set.regions[1].number = 1
    #expect(refusal(set, segment: "GTV")?.code == .badHeader)
    set.regions = []
    #expect(refusal(set)?.code == .segmentAbsent)
  }

  @Test func `is refused where the file is cut off or is another kind`() throws {
    let bytes = Set([Set.box(1.5...4.5, 2.6...4.4)]).contents.bytes
    for length in stride(from: 0, to: bytes.count, by: 7) {
      let cut = ImageFileContents(name: "mask", bytes: Array(bytes[..<length]))
      #expect(throws: ImageFileError.self) {
        try DICOMMask(cut).reading(of: "GTV", on: grid)
      }
    }
    let image = DICOMBytes {
      $0.add(.sopClassUID, "UI", text: "1.2.840.10008.5.1.4.1.1.2")
      $0.add(.modality, "CS", text: "CT")
    }
    let error = #expect(throws: ImageFileError.self) {
      try DICOMMask(ImageFileContents(name: "mask", bytes: DICOMBytes.file(image)))
    }
    #expect(error?.code == .unsupported)
  }

  /// The voxel that differs has its centre 0.00007 voxels from the contour, which a header's digits cannot tell from on it.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `of the IBSI phantom differs from its published mask in one voxel of 125,256`() throws {
    let published = try readLabelMap(at: ReferenceData.file("ibsi_ct/nifti/mask/mask.nii.gz"))
    let file = try ImageFileContents(at: ReferenceData.file("ibsi_ct/dicom/mask/DCM_RS_00060.dcm"))
    let series = try DICOMSeries(at: ReferenceData.file("ibsi_ct/dicom/image")).image()
    for geometry in [published.geometry, series.volume.geometry] {
      let reading = try DICOMMask(file).reading(of: "GTV-1", on: geometry)
      #expect(zip(reading.labels.labels, published.labels).count { $0 != $1 } == 1)
      #expect(reading.count == 125_257 && reading.warnings.isEmpty)
    }
    let image = try DICOMMask(file).reading(of: nil, on: series)
    #expect(image.count == 125_257)
  }
}
