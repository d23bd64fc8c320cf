import Radiomics
import Testing
import Volumes

@Suite struct `Texture features` {
  /// The region with its axes exchanged and one of them turned round.
  private func turned(_ region: TestRegion) -> TestRegion {
    let size = GridSize(x: region.size.z, y: region.size.x, z: region.size.y)
    var result = TestRegion(
      size: size, image: [Double](repeating: 0, count: size.voxelCount),
      mask: [UInt8](repeating: 0, count: size.voxelCount))
    for offset in region.image.indices {
      let (x, rest) = (offset % region.size.x, offset / region.size.x)
      let (y, z) = (rest % region.size.y, rest / region.size.y)
      let target = size.offset(x: region.size.z - 1 - z, y: x, z: y)
      result.image[target] = region.image[offset]
      result.mask[target] = region.mask[offset]
    }
    return result
  }

  @Test(arguments: [FeatureClass.firstorder, .glcm, .glrlm, .glszm, .gldm, .ngtdm])
  func `do not change when the image is turned by right angles`(_ featureClass: FeatureClass) throws {
    let region = TestRegion(random: 33, size: GridSize(x: 9, y: 7, z: 5), levels: 12)
    let (before, after) = (
      try region.values(featureClass, .unitBins), try turned(region).values(featureClass, .unitBins)
    )
    for (name, value) in before {
      let other = try #require(after[name])
      #expect(abs(other - value) <= 1e-10 * max(1, abs(value)), "\(name): \(value), \(other)")
    }
  }

  @Test(arguments: [FeatureClass.glcm, .glrlm, .glszm, .gldm, .ngtdm])
  func `do not see what lies outside the region`(_ featureClass: FeatureClass) throws {
    let region = TestRegion(random: 34, size: GridSize(x: 6, y: 7, z: 5), levels: 12)
    var other = region
    for offset in other.image.indices where other.mask[offset] == 0 { other.image[offset] = .nan }
    #expect(try region.values(featureClass, .unitBins) == other.values(featureClass, .unitBins))
  }

  @Test(arguments: FeatureClass.allCases.filter { $0 != .shape2D })
  func `come out the same from a cropped image`(_ featureClass: FeatureClass) throws {
    var region = TestRegion(random: 35, size: GridSize(x: 8, y: 7, z: 6), levels: 12)
    for offset in region.mask.indices where offset % 8 < 2 || offset / 56 == 5 { region.mask[offset] = 0 }
    let found = try region.region()
    let box = found.box
    var voxels: [Double] = []
    for z in box.z {
      for y in box.y {
        for x in box.x { voxels.append(region.image[region.size.offset(x: x, y: y, z: z)]) }
      }
    }
    let cropped = Volume(geometry: GridGeometry(size: box.size), voxels: voxels)
    let whole = try RegionFeatures(image: region.volume, region: found).values(of: featureClass)
    #expect(try RegionFeatures(image: cropped, region: found).values(of: featureClass) == whole)
  }

  @Test func `at a distance no two voxels have are refused by name`() throws {
    let region = TestRegion(random: 36, size: GridSize(x: 4, y: 4, z: 4), levels: 3)
    let error = #expect(throws: RadiomicsError.self) {
      try region.values(.glcm, .with { $0.distances = [9] })
    }
    #expect(error?.code == .noNeighbours)
    #expect(error?.message.contains("[9]") == true)
  }
}
