import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `Degenerate regions in IBSI mode` {
  private func undefined(_ region: TestRegion, _ settings: IBSISettings = .unitBins) throws -> [String] {
    try region.ibsiFeatures(settings).allValues().filter { !$0.value.isFinite }.map(\.tag)
  }

  /// Values of co-occurrence and tone difference, by all aggregations.
  private static let noTexture = 25 * 6 + 5 * 3

  @Test func `of one voxel have form and zones but neither axes nor pairs`() throws {
    let voxel = TestRegion([[[7]]])
    let tags = try undefined(voxel)
    #expect(
      tags.filter { !$0.hasPrefix("cm_") && !$0.hasPrefix("ngt_") } == [
        "morph_pca_maj_axis", "morph_pca_min_axis", "morph_pca_least_axis", "morph_pca_elongation",
        "morph_pca_flatness", "morph_vol_dens_aee", "morph_area_dens_aee", "morph_moran_i", "morph_geary_c",
        "ivh_v10", "ivh_v90", "ivh_diff_v10_v90",
      ])
    #expect(tags.count == 12 + Self.noTexture)
    #expect(try voxel.ibsi(.sizeZone)["szm_z_perc_3D"] == 1)
    #expect(try voxel.ibsi(.dependence)["ngl_dc_energy_2D"] == 1)
    #expect(try voxel.ibsi(.runLength)["rlm_r_perc_3D_comb"] == 1)
    #expect(try voxel.ibsi(.intensityStatistics)["stat_kurt"] == 0)
    #expect(try voxel.ibsi(.localIntensity) == ["loc_peak_loc": 7, "loc_peak_glob": 7])
  }

  @Test func `of two voxels that do not touch have no pairs`() throws {
    var two = TestRegion([[[1, 0, 4]]])
    two.mask = [1, 0, 1]
    let tags = try undefined(two)
    #expect(tags.filter { $0.hasPrefix("cm_") || $0.hasPrefix("ngt_") }.count == Self.noTexture)
    // Two voxels with opposite deviations: I = -1, C = (2 - 1) / 2 · 2 · (2d)² / 2d².
    #expect(abs(try #require(try two.ibsi(.morphology)["morph_moran_i"]) + 1) < 1e-15)
    #expect(abs(try #require(try two.ibsi(.morphology)["morph_geary_c"]) - 1) < 1e-15)
  }

  @Test(arguments: [0.1, -3.7, 1e6]) func `of one intensity are flat, whatever rounding does`(_ value: Double)
    throws
  {
    let flat = TestRegion(
      [[[Double]]](repeating: [[Double]](repeating: [value, value, value], count: 3), count: 3))
    #expect(
      try undefined(flat) == [
        "morph_moran_i", "morph_geary_c", "ivh_v10", "ivh_v90", "ivh_diff_v10_v90",
      ])
    let statistics = try flat.ibsi(.intensityStatistics)
    for tag in ["var", "skew", "kurt", "mad", "rmad", "medad", "cov", "iqr"] {
      #expect(abs(try #require(statistics["stat_" + tag])) < 1e-9 * abs(value), "\(tag)")
    }
    #expect(try flat.ibsi(.toneDifference)["ngt_coarseness_3D"] == 1e6)
    #expect(try flat.ibsi(.cooccurrence)["cm_corr_3D_avg"] == 1)
    #expect(try flat.ibsi(.intensityHistogram)["ih_max_grad"] == 0)
  }

  @Test func `of one slice lack what needs a third axis`() throws {
    let slice = TestRegion(random: 2, size: GridSize(x: 7, y: 6, z: 1), levels: 5)
    #expect(
      try undefined(slice) == ["morph_vol_dens_aee"])
    #expect(try slice.ibsi(.morphology)["morph_pca_least_axis"] == 0)
  }

  @Test func `of a picture have planar textures and no form`() throws {
    var picture = TestRegion(random: 2, size: GridSize(x: 7, y: 6, z: 1), levels: 5)
    picture.dimension = 2
    let features = try picture.ibsiFeatures()
    #expect(features.families.count == 9)
    let tags = try features.allValues().map(\.tag)
    #expect(tags.count == 18 + 23 + 7 + (25 + 16) * 4 + (16 + 16 + 5 + 17) * 2)
    #expect(!tags.contains { $0.contains("_3D") })
    let form = #expect(throws: RadiomicsError.self) { try features.values(of: .morphology) }
    #expect(form?.code == .classNotAvailable)
    let spatial = #expect(throws: RadiomicsError.self) {
      try picture.ibsi(.cooccurrence, .with { $0.aggregations = [.merged3D] })
    }
    #expect(spatial?.message.contains("2D_avg") == true)
  }
}

@Suite struct `Bad input in IBSI mode` {
  private let cube = TestRegion(random: 1, size: GridSize(x: 4, y: 4, z: 4), levels: 9, density: 1)

  private func expect(_ code: RadiomicsError.Code, _ text: String, of body: () throws -> Void) {
    let error = #expect(throws: RadiomicsError.self) { try body() }
    #expect(error?.code == code)
    #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (IBSISettings.with { $0.binWidth = 0 }, "binWidth"), (.with { $0.binCount = 0 }, "binCount"),
    (.with { $0.binOrigin = .nan }, "binOrigin"), (.with { $0.resegmentRange = [3, 1] }, "resegmentRange"),
    (.with { $0.resegmentRange = [] }, "resegmentRange"), (.with { $0.aggregations = [] }, "aggregations"),
    (.with { $0.aggregations = [.merged2D, .merged2D] }, "aggregations"),
    (.with { $0.ivhBinWidth = -1 }, "ivhBinWidth"), (.with { $0.ivhBinCount = 0 }, "ivhBinCount"),
    (.with { $0.dependenceCoarseness = -1 }, "gldm_a"),
  ])
  func `such as a setting outside its range is refused`(_ settings: IBSISettings, _ name: String) {
    expect(.invalidSetting, name) { try settings.validate() }
    expect(.invalidSetting, name) { _ = try cube.ibsiFeatures(settings) }
  }

  @Test func `such as a first level above an intensity is refused`() {
    expect(.invalidSetting, "binOrigin is 3.0") {
      _ = try cube.ibsi(.intensityHistogram, .with { $0.binOrigin = 3 })
    }
  }

  @Test func `such as a range without voxels is refused`() {
    expect(.emptyRegion, "resegmentRange") {
      _ = try cube.ibsiFeatures(.with { $0.resegmentRange = [50, 60] })
    }
  }

  @Test func `such as a voxel that is no number is refused, even beyond the range`() {
    var broken = cube
    broken.image[5] = .nan
    expect(.nonFiniteVoxel, "1 of 64") { _ = try broken.ibsiFeatures(.with { $0.resegmentRange = [0, 5] }) }
  }

  @Test func `such as widths that make millions of levels is refused`() {
    var wide = cube
    wide.image = wide.image.map { $0 * 1e7 }
    expect(.tooManyLevels, "binWidth 1.0") { _ = try wide.ibsi(.cooccurrence) }
    expect(.tooManyLevels, "ivhBinWidth") {
      _ = try wide.ibsi(.intensityVolumeHistogram, .with { $0.intensityUnits = .calibratedDiscrete })
    }
  }

  @Test func `such as an intensity mask outside the form is refused`() throws {
    var form = cube
    form.mask[7] = 0
    expect(.sizeMismatch, "morphological mask") {
      _ = try IBSIFeatures(image: cube.volume, region: cube.anyRegion, morphologicalRegion: form.anyRegion)
    }
  }

  @Test func `such as too many levels to mean anything is warned about`() throws {
    var wide = cube
    wide.image = wide.image.map { $0 * 1000 }
    let features = try wide.ibsiFeatures()
    _ = try features.allValues()
    #expect(features.warnings.count == 1)
  }
}

@Suite struct `IBSI settings` {
  @Test func `survive being written and read, and may be given in part`() throws {
    let settings = IBSISettings.with {
      $0.binCount = 32
      $0.binOrigin = -100
      $0.resegmentRange = [-50, 400]
      $0.aggregations = [.averaged25D, .merged3D]
      $0.intensityUnits = .calibratedContinuous
      $0.ivhBinWidth = 0.1
      $0.dependenceCoarseness = 1
    }
    let data = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(IBSISettings.self, from: data) == settings)
    let text = #"{"aggregations": ["2D_avg"], "gldm_a": 2, "intensityUnits": "calibrated_discrete"}"#
    let read = try JSONDecoder().decode(IBSISettings.self, from: Data(text.utf8))
    #expect(read.aggregations == [.averaged2D])
    #expect(read.dependenceCoarseness == 2)
    #expect(read.intensityUnits == .calibratedDiscrete)
    #expect(read.binWidth == 25)
  }

  @Test func `are taken over from PyRadiomics' where both have them`() throws {
    let shared = try IBSISettings(
      sharedBy: .with {
        $0.binWidth = 10
        $0[DependenceClass.self].alpha = 1
        $0.force2D = true
      })
    #expect(shared.binWidth == 10)
    #expect(shared.dependenceCoarseness == 1)
    #expect(shared.aggregations == [.averaged2D, .merged2D, .averaged25D, .merged25D])
  }

  @Test(arguments: [
    (RadiomicsSettings.with { $0.weightingNorm = .euclidean }, "weightingNorm"),
    (.with { $0.distances = [1, 2] }, "distances"),
    (.with { $0[CooccurrenceClass.self].isSymmetrical = false }, "symmetricalGLCM"),
    (.with { $0[FirstOrderClass.self].voxelArrayShift = 100 }, "voxelArrayShift"),
    (.with { ($0.force2D, $0.force2Ddimension) = (true, 2) }, "force2Ddimension 2"),
  ])
  func `name those of PyRadiomics that have no place`(_ settings: RadiomicsSettings, _ name: String) {
    let error = #expect(throws: RadiomicsError.self) { try IBSISettings(sharedBy: settings) }
    #expect(error?.code == .invalidSetting)
    #expect(error?.message.contains(name) == true)
  }
}
