import Radiomics
import Testing
import Volumes

/// Maps of a class by feature.
private func maps(
  _ region: TestRegion, _ featureClass: FeatureClass, _ settings: RadiomicsSettings = .unitBins,
  voxel: VoxelSettings = .init(), parts: Int = 1
) throws -> [String: [Double]] {
  let features = try VoxelFeatures(
    image: region.volume, mask: Mask(geometry: region.geometry, voxels: region.mask), settings: settings,
    voxelSettings: voxel)
  let count = features.voxelCount
  let values = try (0..<parts).map {
    try features.values(of: featureClass, at: count * $0 / parts..<count * ($0 + 1) / parts)
  }
  return Dictionary(
    uniqueKeysWithValues: features.maps(of: featureClass, from: values).map { ($0.name, $0.volume.voxels) })
}

/// Nine voxels in a plane; the kernel of the first holds 1, 2 / 1, 1, and the highest level of all is 4.
private let plane = TestRegion([[[1, 2, 3], [1, 1, 2], [4, 4, 4]]])

@Suite struct `Maps by voxel` {
  @Test(arguments: [
    ("firstorder", "Mean", 1.25), ("firstorder", "Range", 1), ("firstorder", "Energy", 7),
    ("firstorder", "Uniformity", 0.625),
    // Three voxels with two neighbours of their level, one with none.
    ("gldm", "LargeDependenceEmphasis", 7),
    // A zone of three voxels, and one of one.
    ("glszm", "LargeAreaEmphasis", 5), ("glszm", "ZonePercentage", 0.5),
    // Level 1 differs by 1/3 three times, level 2 by 1 once.
    ("ngtdm", "Coarseness", 1), ("ngtdm", "Contrast", 0.09375),
    // Three runs along x, along y and along one diagonal, four along the other.
    ("glrlm", "RunPercentage", 0.8125), ("glrlm", "LongRunEmphasis", 1.75),
    // Contrasts 1/2, 1/2, 0 and 1; Ng is 4, though the kernel has levels 1 and 2 only.
    ("glcm", "Contrast", 0.5), ("glcm", "Idn", 0.9), ("glcm", "JointAverage", 1.25),
    // 1/3, 1/3, 0 for one level, 1 for two that only meet each other.
    ("glcm", "MCC", (1.0 / 3 + 1.0 / 3 + 0 + 1) / 4),
  ]) func `hold what a hand calculation of one kernel gives`(
    _ name: String, _ feature: String, _ expected: Double
  ) throws {
    let featureClass = try #require(FeatureClass(rawValue: name))
    let map = try #require(try maps(plane, featureClass)[feature])
    #expect(abs(map[0] - expected) < 1e-12)
  }

  @Test func `equal the features of a region where a kernel holds all of it`() throws {
    let region = TestRegion(random: 5, size: GridSize(x: 3, y: 3, z: 3), levels: 6, density: 1)
    for featureClass in FeatureClass.inOrderOfComputation where VoxelFeatures.maps(featureClass) {
      let whole = try region.values(featureClass, .unitBins)
      for (name, map) in try maps(region, featureClass) {
        let value = try #require(whole[name])
        #expect(abs(map[13] - value) <= 1e-10 * max(1, abs(value)), Comment(rawValue: name))
      }
    }
  }

  @Test func `hold initValue outside the region, and the image's voxels in kernels that are not masked`()
    throws
  {
    var region = plane
    region.mask = [0, 0, 0, 0, 1, 0, 0, 1, 0]
    var voxel = VoxelSettings()
    voxel.initValue = -1
    let masked = try #require(try maps(region, .firstorder, voxel: voxel)["Maximum"])
    #expect(masked == [-1, -1, -1, -1, 4, -1, -1, 4, -1])
    voxel.maskedKernel = false
    let other = try #require(try maps(region, .firstorder, voxel: voxel)["Mean"])
    #expect(abs(other[4] - 22.0 / 9) < 1e-12 && abs(other[7] - 16.0 / 6) < 1e-12)
  }

  @Test func `are the same bytes however the region is parted`() throws {
    let region = TestRegion(random: 8, size: GridSize(x: 7, y: 6, z: 5), levels: 9, density: 0.4)
    for featureClass in FeatureClass.inOrderOfComputation where VoxelFeatures.maps(featureClass) {
      let whole = try maps(region, featureClass)
      let parted = try maps(region, featureClass, parts: 7)
      for (name, map) in whole {
        #expect(map.map(\.bitPattern) == parted[name]?.map(\.bitPattern), Comment(rawValue: name))
      }
    }
  }

  @Test(
    arguments: [
      { _, _ in }, { settings, _ in settings.distances = [1, 2] }, { _, voxel in voxel.maskedKernel = false },
      { settings, _ in settings[CooccurrenceClass.self].isSymmetrical = false },
      { settings, _ in (settings.force2D, settings.force2Ddimension) = (true, 2) },
    ] as [@Sendable (inout RadiomicsSettings, inout VoxelSettings) -> Void])
  func `count the pairs of a kernel that moved as of one that did not`(
    _ change: @Sendable (inout RadiomicsSettings, inout VoxelSettings) -> Void
  ) throws {
    let region = TestRegion(random: 21, size: GridSize(x: 9, y: 3, z: 2), levels: 70, density: 0.6)
    var (settings, voxel) = (RadiomicsSettings.unitBins, VoxelSettings())
    voxel.kernelRadius = 2
    change(&settings, &voxel)
    let moved = try maps(region, .glcm, settings, voxel: voxel)
    let count = region.mask.count { $0 != 0 }
    let each = try maps(region, .glcm, settings, voxel: voxel, parts: count)
    for (name, map) in moved {
      #expect(map.map(\.bitPattern) == each[name]?.map(\.bitPattern), Comment(rawValue: name))
    }
  }

  @Test func `are the same for a feature that is asked alone`() throws {
    let region = TestRegion(random: 3, size: GridSize(x: 6, y: 5, z: 4), levels: 12, density: 0.7)
    let features = try VoxelFeatures(
      image: region.volume, mask: Mask(geometry: region.geometry, voxels: region.mask), settings: .unitBins)
    for featureClass in FeatureClass.inOrderOfComputation where VoxelFeatures.maps(featureClass) {
      for (name, map) in try maps(region, featureClass) {
        let values = try features.values(
          of: featureClass, FeatureSelection(names: [name]), at: 0..<features.voxelCount)
        let alone = try #require(features.maps(of: featureClass, from: [values]).first)
        #expect(alone.name == name)
        #expect(alone.volume.voxels.map(\.bitPattern) == map.map(\.bitPattern), Comment(rawValue: name))
      }
    }
  }

  @Test func `are no number where a voxel is alone, and in JointAverage where a direction is empty`() throws {
    var region = TestRegion(
      size: GridSize(x: 5, y: 2, z: 1), image: [1, 2, 1, 1, 3, 2, 2, 1, 1, 1], mask: [])
    region.mask = [1, 1, 0, 0, 1, 1, 0, 0, 0, 0]
    let found = try maps(region, .glcm)
    let (contrast, average) = (try #require(found["Contrast"]), try #require(found["JointAverage"]))
    #expect(contrast[4].isNaN && average[4].isNaN && found["MCC"]?[4].isNaN == true)
    // Along x, along y and along one diagonal there is a pair each; the other diagonal is empty everywhere.
    #expect(!contrast[0].isNaN && !average[0].isNaN)
  }

  @Test func `are refused for the form of a region, and for settings out of range`() throws {
    let features = try VoxelFeatures(
      image: plane.volume, mask: Mask(geometry: plane.geometry, voxels: plane.mask))
    #expect(throws: RadiomicsError.self) { try features.values(of: .shape, at: 0..<1) }
    for change: (inout VoxelSettings) -> Void in [
      { $0.kernelRadius = 0 }, { $0.kernelRadius = 101 }, { $0.initValue = .infinity }, { $0.voxelBatch = 0 },
    ] {
      var voxel = VoxelSettings()
      change(&voxel)
      #expect(throws: RadiomicsError.self) { try voxel.validate() }
    }
  }
}
