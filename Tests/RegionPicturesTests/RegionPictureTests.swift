import Foundation
import ImageFiles
import RegionPictures
import Testing
import Volumes

@Suite("Region pictures")
struct RegionPictureTests {
  /// A cube of 60 mm with 20 mm of region in its middle: the planes about the region show 32 mm on 120 pixels, so the region is a
  /// square of 75 pixels, whose outline has 4 · 75 - 4.
  @Test("The outline is one pixel wide and where the region is")
  func outline() throws {
    let phantom = Phantom(size: [60, 60, 60], region: [20..<40, 20..<40, 20..<40])
    let picture = try Pixels(phantom.picture())
    #expect((picture.width, picture.height) == (362, 181))
    for plane in 0..<3 {
      let left = 121 * plane
      let orange = picture.orange(x: left..<left + 120, y: 0..<120)
      #expect(orange.count == 4 * 75 - 4)
      // From 22.5 to 97.5: a pixel belongs to where its middle lies, and heads are up.
      #expect([orange.map(\.x).min(), orange.map(\.x).max()] == [left + 22, left + 96])
      #expect([orange.map(\.y).min(), orange.map(\.y).max()] == (plane == 0 ? [22, 96] : [23, 97]))
    }
    // The whole image is 60 mm on 60 pixels.
    #expect(picture.orange(x: 0..<60, y: 121..<181).count == 4 * 20 - 4)
  }

  @Test("The patient's left is on the right, the front above or on the left, and the head up")
  func sides() throws {
    func picture(brightTowards axis: Int) throws -> Pixels {
      let phantom = Phantom(size: [60, 60, 60], region: [20..<40, 20..<40, 20..<40]) {
        Double([$0, $1, $2][axis])
      }
      return try Pixels(phantom.picture())
    }
    let (left, back, head) = try (
      picture(brightTowards: 0), picture(brightTowards: 1), picture(brightTowards: 2)
    )
    // In the planes of the whole image, which begin at 0, 61 and 122.
    #expect(left.level(5, 123) < left.level(55, 123) && left.level(66, 123) < left.level(116, 123))
    #expect(back.level(5, 125) < back.level(5, 176) && back.level(127, 123) < back.level(177, 123))
    #expect(head.level(66, 125) > head.level(66, 176) && head.level(127, 125) > head.level(127, 176))
  }

  @Test("A picture does not depend on how the file has the axes")
  func orientation() throws {
    let phantom = Phantom(size: [40, 30, 20], spacing: [1, 2, 3], region: [5..<12, 10..<18, 7..<15]) {
      x, y, z in
      Double((x * 7 + y * 13 + z * 29) % 101)
    }
    let other = phantom.storedOtherwise
    #expect(other.image.geometry.orientation.name == "SRP")
    let (first, second) = (try #require(try phantom.picture()), try #require(try other.picture()))
    #expect(first.png == second.png)
    var measurements = second.measurements
    #expect(measurements.orientation == "SRP" && measurements.imageSize == [20, 40, 30])
    (measurements.orientation, measurements.imageSize, measurements.spacing) = (
      "LPS", [40, 30, 20], [1, 2, 3]
    )
    #expect(measurements == first.measurements)
  }

  /// A pixel of the planes about the region shows one voxel.
  @Test("A picture of white noise has no more bytes than the limit")
  func bytes() throws {
    var state: UInt64 = 1
    let phantom = Phantom(size: [130, 130, 130], region: [30..<105, 30..<105, 30..<105]) { _, _, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40)
    }
    let picture = try #require(try phantom.picture())
    #expect(picture.png.count <= RegionPicture.byteLimit)
    #expect(picture.png.count > 30_000)
  }

  @Test("A picture without a third axis has one plane, about the region and whole")
  func flat() throws {
    let phantom = Phantom(size: [60, 60, 1], region: [20..<40, 20..<40, 0..<1], dimension: 2)
    let picture = try Pixels(phantom.picture())
    #expect((picture.width, picture.height) == (241, 181))
    #expect(picture.orange(x: 0..<120, y: 0..<120).count == 4 * 75 - 4)
    // 60 pixels of the image on 120.
    #expect(picture.orange(x: 121..<241, y: 0..<120).count == 4 * 40 - 4)
  }

  @Test("A region of one voxel in a large image is seen in all planes")
  func tiny() throws {
    let phantom = Phantom(size: [200, 200, 50], region: [150..<151, 20..<21, 30..<31])
    let picture = try Pixels(phantom.picture())
    for plane in 0..<3 {
      #expect(!picture.orange(x: 121 * plane..<121 * plane + 120, y: 0..<120).isEmpty)
      #expect(!picture.orange(x: 61 * plane..<61 * plane + 60, y: 121..<181).isEmpty)
    }
  }

  @Test(
    "Intensities that are equal, no numbers or as large as numbers are give a picture",
    arguments: [0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1e300])
  func intensities(value: Double) throws {
    let equal = Phantom(size: [20, 20, 20], region: [5..<9, 5..<9, 5..<9]) { _, _, _ in value }
    #expect(try equal.picture() != nil)
    let mixed = Phantom(size: [20, 20, 20], region: [5..<9, 5..<9, 5..<9]) { x, _, _ in
      x % 2 == 0 ? value : Double(x) * -1e300
    }
    #expect(try mixed.picture() != nil)
  }

  @Test("An empty mask has no picture")
  func empty() throws {
    #expect(try Phantom(size: [20, 20, 20], region: [0..<0, 0..<0, 0..<0]).picture() == nil)
  }
}

@Suite("Region measurements")
struct RegionMeasurementsTests {
  @Test("Volume, centre and intensities are those of a hand calculation")
  func values() throws {
    // 2 × 4 × 5 voxels of 6 mm³: 19 of intensity 10, 20 of 30 and one of 110, which are 900 in all.
    let phantom = Phantom(size: [10, 20, 40], spacing: [1, 2, 3], region: [2..<4, 4..<8, 10..<15]) {
      x, y, z in
      if (x, y, z) == (2, 4, 10) { return 110 }
      return x == 2 ? 10 : 30
    }
    let found = try #require(try phantom.picture()).measurements
    #expect(found.voxels == 40)
    #expect(found.volume == 240)
    #expect(found.centre == [0.3, 0.3, 0.3125])
    #expect((found.minimum, found.maximum) == (10, 110))
    #expect(found.mean == 22.5)
    #expect(found.median == 30)
    #expect(found.undefined == 0 && found.borders.isEmpty && found.orientation == "LPS")
    #expect(found.oddities == [.tiny])
  }

  @Test("The sides that a region touches are the patient's, and a single slice is no border")
  func borders() throws {
    let whole = Phantom(size: [10, 10, 10], region: [0..<5, 3..<10, 0..<10])
    #expect(try #require(try whole.picture()).measurements.borders == "RPIS")
    #expect(try #require(try whole.storedOtherwise.picture()).measurements.borders == "RPIS")
    let slice = Phantom(size: [10, 10, 1], region: [2..<5, 3..<6, 0..<1])
    #expect(try #require(try slice.picture()).measurements.borders == "")
  }

  @Test("What is odd about a region by itself is found")
  func oddities() throws {
    func oddities(_ size: [Int], _ region: [Range<Int>], _ value: @escaping (Int, Int, Int) -> Double) throws
      -> [RegionOddity]
    {
      try #require(try Phantom(size: size, region: region, value: value).picture()).measurements.oddities
    }
    let middle = [5..<10, 5..<10, 5..<10]
    #expect(try oddities([30, 30, 30], middle) { x, _, _ in Double(x) } == [])
    #expect(try oddities([30, 30, 30], middle) { _, _, _ in 7 } == [.constant])
    #expect(try oddities([30, 30, 30], middle) { x, _, _ in x == 6 ? .nan : Double(x) } == [.undefined])
    #expect(try oddities([30, 30, 30], [5..<8, 5..<8, 5..<8]) { x, _, _ in Double(x) } == [.tiny])
    #expect(try oddities([8, 8, 8], [1..<7, 1..<7, 1..<7]) { x, _, _ in Double(x) } == [.huge])
    #expect(try oddities([30, 30, 30], [25..<30, 5..<10, 5..<10]) { x, _, _ in Double(x) } == [.atBorder])
  }

  /// A body of 40 mm in an image of 80, with a dark hole in its middle.
  private static func body(_ x: Int, _ y: Int, _ z: Int) -> Double {
    let noise = Double((x * 31 + y * 17 + z * 7) % 5)
    guard (20..<60).contains(x), (20..<60).contains(y) else { return noise }
    return (35..<45).contains(x) && (35..<45).contains(y) ? noise : 500 + noise
  }

  @Test("A region in the air around the body is told from one in the body, and from a dark one inside it")
  func air() throws {
    func share(_ region: [Range<Int>]) throws -> Double {
      let phantom = Phantom(size: [80, 80, 20], spacing: [1, 1, 4], region: region, value: Self.body)
      let measured = try #require(try phantom.picture()).measurements
      #expect(measured.oddities.contains(.outsideBody) == (measured.shareInAir > 0.5))
      return measured.shareInAir
    }
    #expect(try share([2..<10, 2..<10, 5..<10]) == 1)
    #expect(try share([25..<32, 25..<32, 5..<10]) == 0)
    #expect(try share([36..<44, 36..<44, 5..<10]) == 0)
    #expect(abs(try share([10..<30, 30..<35, 5..<10]) - 0.5) < 0.1)
  }

  @Test("A picture without a third axis has no air")
  func noAir() throws {
    let phantom = Phantom(
      size: [80, 80, 1], region: [2..<12, 2..<12, 0..<1], dimension: 2, value: Self.body)
    #expect(try #require(try phantom.picture()).measurements.shareInAir == 0)
  }
}

/// A box of region in a generated image, whose axes are the patient's.
private struct Phantom {
  var image: Volume
  var mask: Mask

  init(
    size: [Int], spacing: SIMD3<Double> = [1, 1, 1], region: [Range<Int>], dimension: Int = 3,
    value: (Int, Int, Int) -> Double = { x, _, _ in Double(x) }
  ) {
    let geometry = GridGeometry(
      size: GridSize(x: size[0], y: size[1], z: size[2]), spacingInMillimetres: spacing, dimension: dimension)
    var (voxels, labels) = ([Double](), [UInt8]())
    for z in 0..<size[2] {
      for y in 0..<size[1] {
        for x in 0..<size[0] {
          voxels.append(value(x, y, z))
          labels.append(region[0].contains(x) && region[1].contains(y) && region[2].contains(z) ? 1 : 0)
        }
      }
    }
    image = Volume(geometry: geometry, voxels: voxels)
    mask = Mask(geometry: geometry, voxels: labels)
  }

  func picture() throws -> RegionPicture? { try RegionPicture(image: image, mask: mask) }

  /// The same with x to the head, y to the right and z to the back.
  var storedOtherwise: Phantom {
    let old = image.geometry
    let (size, spacing) = (old.size, old.spacingInMillimetres)
    let geometry = GridGeometry(
      size: GridSize(x: size.z, y: size.x, z: size.y),
      spacingInMillimetres: [spacing.z, spacing.x, spacing.y],
      originInMillimetres: [spacing.x * Double(size.x - 1), 0, 0],
      directions: [[0, 0, 1], [-1, 0, 0], [0, 1, 0]])
    var (voxels, labels) = ([Double](), [UInt8]())
    for z in 0..<size.y {
      for y in 0..<size.x {
        for x in 0..<size.z {
          let offset = size.offset(x: size.x - 1 - y, y: z, z: x)
          voxels.append(image.voxels[offset])
          labels.append(mask.voxels[offset])
        }
      }
    }
    var other = self
    other.image = Volume(geometry: geometry, voxels: voxels)
    other.mask = Mask(geometry: geometry, voxels: labels)
    return other
  }
}

/// The pixels of a PNG, as a reader of images has them.
private struct Pixels {
  let width: Int
  let height: Int
  private let channels: [[UInt32]]

  init(_ picture: RegionPicture?) throws {
    let contents = ImageFileContents(name: "picture.png", bytes: try #require(picture).png)
    let maps = try (0..<3).map { try readMask(contents, label: 1, channel: $0).labels }
    (width, height) = (maps[0].geometry.size.x, maps[0].geometry.size.y)
    channels = maps.map(\.labels)
  }

  func level(_ x: Int, _ y: Int) -> UInt32 { channels[0][y * width + x] }

  func orange(x: Range<Int>, y: Range<Int>) -> [(x: Int, y: Int)] {
    y.flatMap { row in
      x.filter { column in channels.map { $0[row * width + column] } == [255, 140, 0] }.map { ($0, row) }
    }
  }
}
