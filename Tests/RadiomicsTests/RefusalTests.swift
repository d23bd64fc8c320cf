import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `Bad input` {
  private let cube = TestRegion(random: 1, size: GridSize(x: 4, y: 4, z: 4), levels: 9, density: 1)

  private func expect(_ code: RadiomicsError.Code, _ text: String, of body: () throws -> Void) {
    let error = #expect(throws: RadiomicsError.self) { try body() }
    #expect(error?.code == code)
    #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
  }

  @Test func `such as an empty mask is refused`() {
    var empty = cube
    empty.mask = empty.mask.map { _ in 0 }
    expect(.emptyRegion, "label") { _ = try empty.region() }
  }

  @Test(arguments: [(1, "single voxel"), (3, "minimumROIDimensions")])
  func `such as a voxel or a line is refused`(_ count: Int, _ text: String) {
    var small = cube
    small.mask = small.mask.indices.map { $0 < count ? 1 : 0 }
    expect(.regionTooSmall, text) { _ = try small.region() }
  }

  @Test func `such as a region of no more than minimumROISize voxels is refused`() throws {
    expect(.regionTooSmall, "more than 64") { _ = try cube.region(.with { $0.minimumROISize = 64 }) }
    _ = try cube.region(.with { $0.minimumROISize = 63 })
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `such as a voxel that is no number is refused with its count`(_ value: Double) {
    var broken = cube
    broken.image[5] = value
    expect(.nonFiniteVoxel, "1 of 64") { _ = try broken.values(.firstorder) }
  }

  @Test func `such as a mask of another size is refused with both sizes`() {
    let other = GridGeometry(size: GridSize(x: 4, y: 4, z: 5))
    let mask = Mask(geometry: cube.geometry, voxels: cube.mask)
    expect(.sizeMismatch, "4x4x4") { _ = try RegionOfInterest(mask: mask, imageGeometry: other) }
    let image = Volume(geometry: other, voxels: [Double](repeating: 0, count: 80))
    expect(.sizeMismatch, "4x4x5") { _ = try RegionFeatures(image: image, region: cube.region()) }
  }

  @Test func `such as a width that intensities cannot resolve is refused`() {
    var large = cube
    large.image = large.image.map { 1e18 + $0 * 1e6 }
    expect(.tooManyLevels, "binWidth 25") { _ = try large.values(.firstorder) }
  }

  @Test func `such as millions of levels has histograms but no matrices`() throws {
    var wide = cube
    wide.image = wide.image.map { $0 * 1e7 }
    #expect(try wide.values(.firstorder)["Range"] == 8e7)
    expect(.tooManyLevels, "grey levels") { _ = try wide.values(.glcm) }
  }

  @Test func `such as 65,536 intensities at width 25 is warned about, and quick`() throws {
    var wide = TestRegion(random: 9, size: GridSize(x: 12, y: 12, z: 12), levels: 65_536, density: 1)
    wide.image[1] = 65_535.5
    let features = try RegionFeatures(image: wide.volume, region: wide.region())
    #expect(features.warnings.count == 1)
    #expect(features.warnings.first?.contains("2622 grey levels") == true)
    for featureClass in FeatureClass.allCases where featureClass != .shape2D {
      #expect(try features.values(of: featureClass).allSatisfy { $0.value.isFinite })
    }
  }

  @Test(arguments: [
    RadiomicsSettings.with { $0.binWidth = 0 }, .with { $0.binWidth = .nan }, .with { $0.binCount = 0 },
    .with { $0.distances = [] }, .with { $0.distances = [0] }, .with { $0.distances = [1, 1] },
    .with { $0[DependenceClass.self].alpha = -1 }, .with { $0.force2Ddimension = 3 },
    .with { $0[FirstOrderClass.self].voxelArrayShift = .infinity },
    .with { $0.minimumROIDimensions = 0 },
  ])
  func `such as a setting outside its range is refused`(_ settings: RadiomicsSettings) {
    expect(.invalidSetting, "expected") { try settings.validate() }
  }

  @Test func `such as shape2D of a body, or shape of a picture, says what to do`() throws {
    expect(.classNotAvailable, "force2D") { _ = try cube.values(.shape2D) }
    expect(.classNotAvailable, "has 4 along") { _ = try cube.values(.shape2D, .with { $0.force2D = true }) }
    var picture = TestRegion([[[1, 2], [3, 4]]])
    picture.dimension = 2
    expect(.classNotAvailable, "shape2D") { _ = try picture.values(.shape) }
  }
}

@Suite struct `Small regions` {
  @Test func `of two voxels that do not touch have no texture but a form`() throws {
    var region = TestRegion(random: 1, size: GridSize(x: 5, y: 5, z: 5), levels: 2, density: 0)
    region.mask[region.size.offset(x: 4, y: 2, z: 3)] = 1
    let glcm = try region.values(.glcm)
    #expect(glcm.filter { !$0.value.isNaN }.keys.sorted() == ["MCC"])
    #expect(try region.values(.glrlm).values.allSatisfy(\.isNaN))
    #expect(try region.values(.glszm)["ZonePercentage"] == 1)
    #expect(try region.values(.ngtdm)["Coarseness"] == 1e6)
    #expect(abs(try #require(try region.values(.shape)["MeshVolume"]) - 1.0 / 3) < 1e-14)
  }

  @Test func `that fill the image or touch its border are like any other`() throws {
    let region = TestRegion(random: 7, size: GridSize(x: 4, y: 5, z: 3), levels: 6, density: 1)
    let large = GridSize(x: 8, y: 8, z: 8)
    var inner = TestRegion(
      size: large, image: [Double](repeating: 99, count: large.voxelCount),
      mask: [UInt8](repeating: 0, count: large.voxelCount))
    for p in region.positions {
      let target = large.offset(x: p.x + 2, y: p.y + 1, z: p.z + 4)
      inner.image[target] = region.image[region.size.offset(x: p.x, y: p.y, z: p.z)]
      inner.mask[target] = 1
    }
    for featureClass in FeatureClass.allCases where featureClass != .shape2D {
      #expect(try region.values(featureClass, .unitBins) == inner.values(featureClass, .unitBins))
    }
  }
}
