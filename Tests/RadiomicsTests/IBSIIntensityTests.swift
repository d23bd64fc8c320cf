import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `Intensities in IBSI's definitions` {
  /// Intensities 1 2 3 4 10, twice: mean 4, variance 10, quartiles 2 and 4.
  private let region = TestRegion([[[1, 2, 3, 4, 10], [1, 2, 3, 4, 10]]])

  private func expect(_ values: [String: Double], _ expected: KeyValuePairs<String, Double>) throws {
    for (tag, number) in expected {
      let value = try #require(values[tag], "\(tag)")
      #expect(abs(value - number) < 1e-12, "\(tag): \(value), \(number)")
    }
  }

  @Test func `statistics are what paper and pencil give`() throws {
    try expect(
      try region.ibsi(.intensityStatistics),
      [
        "stat_mean": 4, "stat_var": 10, "stat_skew": 36 / (10 * 10.0.squareRoot()), "stat_kurt": -0.212,
        "stat_median": 3, "stat_iqr": 2, "stat_mad": 2.4, "stat_medad": 2.2,
        "stat_cov": 10.0.squareRoot() / 4,
        "stat_qcod": 1.0 / 3, "stat_energy": 260, "stat_rms": 26.0.squareRoot(),
      ])
  }

  /// Levels of width 2 from 1: 1 1 2 2 5, twice, that is counts 4 4 0 0 2.
  @Test func `histogram is what paper and pencil give`() throws {
    try expect(
      try region.ibsi(.intensityHistogram, .with { $0.binWidth = 2 }),
      [
        "ih_mean": 2.2, "ih_median": 2, "ih_min": 1, "ih_max": 5, "ih_range": 4, "ih_mode": 2, "ih_var": 2.16,
        "ih_uniformity": 0.36, "ih_max_grad": 2, "ih_max_grad_g": 5, "ih_min_grad": -2, "ih_min_grad_g": 2,
        "ih_entropy": 0.8 * Foundation.log2(2.5) + 0.2 * Foundation.log2(5),
      ])
  }

  @Test(arguments: [
    // Width 4 from the smallest intensity, from 0, from -3; and four levels of 2.25.
    (IBSISettings.with { $0.binWidth = 4 }, [1.0, 3]),
    (.with { ($0.binWidth, $0.binOrigin) = (4, 0) }, [1, 3]),
    (.with { ($0.binWidth, $0.binOrigin) = (4, -3) }, [2, 4]), (.with { $0.binCount = 4 }, [1, 4]),
    (.with { ($0.binWidth, $0.resegmentRange) = (4, [-8]) }, [3, 5]),
    (.with { ($0.binWidth, $0.binOrigin, $0.resegmentRange) = (4, -20, [-8]) }, [6, 8]),
  ])
  func `levels begin where the settings say`(_ settings: IBSISettings, _ ends: [Double]) throws {
    let values = try region.ibsi(.intensityHistogram, settings)
    #expect([values["ih_min"], values["ih_max"]] == ends)
  }

  @Test func `mode nearest to the mean is taken, the lower of two as near`() throws {
    // Levels 1 1 4 4 5 5 8: mean 4; 1 1 3 3: mean 2.
    #expect(try TestRegion([[[1, 1, 4, 4, 5, 5, 8]]]).ibsi(.intensityHistogram)["ih_mode"] == 4)
    #expect(try TestRegion([[[1, 1, 3, 3]]]).ibsi(.intensityHistogram)["ih_mode"] == 1)
  }

  @Test func `beyond the range leave the intensity mask but not the form`() throws {
    let settings = IBSISettings.with {
      $0.binWidth = 1
      $0.resegmentRange = [2, 4]
    }
    let whole = try region.ibsi(.morphology)
    let part = try region.ibsi(.morphology, settings)
    #expect(part["morph_volume"] == whole["morph_volume"])
    #expect(part["morph_integ_int"] == 3 * (whole["morph_volume"] ?? 0))
    #expect(try region.ibsi(.intensityStatistics, settings)["stat_max"] == 4)
    // The middle column of three, 2 3 4: three zones of two voxels, all at the form's edge.
    #expect(try region.ibsi(.sizeZone, settings)["szm_z_perc_3D"] == 0.5)
    #expect(try region.ibsi(.distanceZone, settings)["dzm_lde_3D"] == 1)
  }

  @Test func `of two masks are those of the smaller one`() throws {
    var inner = region
    inner.mask = [0, 1, 1, 1, 0, 0, 1, 1, 1, 0]
    let features = try IBSIFeatures(
      image: region.volume, region: inner.anyRegion, morphologicalRegion: region.anyRegion,
      settings: .unitBins)
    let resegmented = try region.ibsiFeatures(
      .with {
        $0.binWidth = 1
        $0.resegmentRange = [2, 4]
      })
    for family in IBSIFamily.allCases where family != .intensityVolumeHistogram {
      #expect(try features.values(of: family).map(\.tag) == resegmented.values(of: family).map(\.tag))
      for (a, b) in zip(try features.values(of: family), try resegmented.values(of: family)) {
        #expect(a.value == b.value || a.value.isNaN && b.value.isNaN, "\(a.tag)")
      }
    }
  }
}

@Suite struct `The intensity-volume histogram` {
  /// Its values from sorted intensities and the grid that the settings make.
  private func slow(_ values: [Double], grid: [Double]) -> [String: Double] {
    let fractions = grid.map { g in Double(values.count { $0 >= g }) / Double(values.count) }
    let gamma = grid.map { ($0 - grid[0]) / (grid[grid.count - 1] - grid[0]) }
    func volume(_ x: Double) -> Double { zip(gamma, fractions).first { $0.0 >= x }?.1 ?? .nan }
    func intensity(_ x: Double) -> Double { zip(grid, fractions).first { $0.1 <= x }?.0 ?? .nan }
    let area = gamma.indices.dropFirst().reduce(0.0) {
      $0 + (gamma[$1] - gamma[$1 - 1]) * (fractions[$1] + fractions[$1 - 1]) / 2
    }
    return [
      "ivh_v10": volume(0.1), "ivh_v90": volume(0.9), "ivh_i10": intensity(0.1), "ivh_i90": intensity(0.9),
      "ivh_diff_v10_v90": volume(0.1) - volume(0.9), "ivh_diff_i10_i90": intensity(0.1) - intensity(0.9),
      "ivh_auc": area,
    ]
  }

  private let region = TestRegion(random: 3, size: GridSize(x: 8, y: 7, z: 5), levels: 60)
  private var intensities: [Double] {
    region.image.indices.filter { region.mask[$0] == 1 }.map { region.image[$0] }
  }

  private func expect(_ settings: IBSISettings, _ values: [Double], grid: [Double]) throws {
    let expected = slow(values, grid: grid)
    for (tag, value) in try region.ibsi(.intensityVolumeHistogram, settings) {
      #expect(abs(value - (expected[tag] ?? .nan)) < 1e-12, "\(tag)")
    }
  }

  @Test func `of calibrated whole numbers goes in steps of 1`() throws {
    let (lowest, highest) = (intensities.min() ?? 0, intensities.max() ?? 0)
    let grid = stride(from: lowest, through: highest, by: 1)
    try expect(.with { $0.intensityUnits = .calibratedDiscrete }, intensities, grid: Array(grid))
  }

  @Test func `of a re-segmentation range covers that range`() throws {
    let settings = IBSISettings.with {
      $0.intensityUnits = .calibratedDiscrete
      $0.resegmentRange = [-20.5, 80.5]
    }
    try expect(settings, intensities, grid: Array(stride(from: -20.5, through: 80.5, by: 1)))
  }

  @Test func `of calibrated fractions has intensities at the middles of steps`() throws {
    let settings = IBSISettings.with {
      $0.intensityUnits = .calibratedContinuous
      $0.resegmentRange = [0, 64]
      $0.ivhBinWidth = 4
    }
    let middles = intensities.map { ($0 / 4).rounded(.down) * 4 + 2 }
    try expect(settings, middles, grid: (0..<16).map { Double($0) * 4 + 2 })
  }

  @Test func `of arbitrary units has a thousand levels`() throws {
    let (lowest, highest) = (intensities.min() ?? 0, intensities.max() ?? 0)
    let levels = intensities.map { min(1000, (1000 * ($0 - lowest) / (highest - lowest)).rounded(.down) + 1) }
    try expect(.init(), levels, grid: (1...1000).map(Double.init))
  }

  @Test func `of one intensity has no volume at a fraction of its range, and no area`() throws {
    let flat = try TestRegion([[[5, 5, 5]]]).ibsi(.intensityVolumeHistogram)
    #expect(try #require(flat["ivh_v10"]).isNaN)
    #expect(flat["ivh_auc"] == 0)
  }
}

@Suite struct `Local intensity` {
  /// Means of all voxels within 1 cm³ of each voxel of the region, one distance after the other.
  private func slow(_ region: TestRegion) -> (local: Double, global: Double) {
    let radius = 10 * Foundation.cbrt(3 / (4 * Double.pi))
    let size = region.size
    let places = (0..<size.voxelCount).map { i in
      SIMD3(Double(i % size.x), Double(i / size.x % size.y), Double(i / (size.x * size.y))) * region.spacing
    }
    let inside = places.indices.filter { region.mask[$0] == 1 }
    let means = inside.map { centre in
      let near = places.indices.filter { index in
        let way = places[index] - places[centre]
        return (way * way).sum() <= radius * radius && region.image[index].isFinite
      }
      return near.reduce(0) { $0 + region.image[$1] } / Double(near.count)
    }
    let highest = inside.map { region.image[$0] }.max() ?? 0
    let local = zip(inside, means).filter { region.image[$0.0] == highest }.map(\.1).max() ?? .nan
    return (local, means.max() ?? .nan)
  }

  @Test(arguments: [[1.0, 1, 1], [2, 2, 2], [0.9, 1.3, 3.1], [4, 7, 1], [20, 20, 20]])
  func `is the mean of the voxels within a cubic centimetre`(_ spacing: [Double]) throws {
    var region = TestRegion(random: 8, size: GridSize(x: 13, y: 11, z: 9), levels: 20, density: 0.3)
    region.spacing = SIMD3(spacing[0], spacing[1], spacing[2])
    region.image[40] = .nan
    region.mask[40] = 0
    let expected = slow(region)
    let values = try region.ibsi(.localIntensity)
    #expect(abs(try #require(values["loc_peak_loc"]) - expected.local) < 1e-12)
    #expect(abs(try #require(values["loc_peak_glob"]) - expected.global) < 1e-12)
  }

  @Test func `needs more of the image than the region's box`() throws {
    var region = TestRegion(random: 8, size: GridSize(x: 5, y: 5, z: 5), levels: 20, density: 1)
    for i in 0..<25 { region.mask[i] = 0 }
    let cropped = Volume(
      geometry: GridGeometry(size: GridSize(x: 5, y: 5, z: 4)), voxels: Array(region.image[25...]))
    let features = try IBSIFeatures(image: cropped, region: region.anyRegion, settings: .unitBins)
    let error = #expect(throws: RadiomicsError.self) { try features.values(of: .localIntensity) }
    #expect(error?.code == .sizeMismatch)
    #expect(try features.values(of: .cooccurrence) == region.ibsiFeatures().values(of: .cooccurrence))
  }
}
