import Extraction
import ImageFilters
import NeuralNet
import StudyPlan
import Testing
import Volumes

@Suite struct `Deep features of a region on disk` {
  private func features(
    _ region: RegionOnDisk = .init(), _ settings: DeepSettings = .init(),
    _ extraction: ExtractionParameters = .init()
  ) throws -> [Double] {
    try region.features(DeepSample.method(settings, reading: extraction)).values
  }

  /// The error of the features, which validation must find too.
  private func error(_ region: RegionOnDisk, _ settings: DeepSettings = .init()) -> StudyTaskError? {
    let found = #expect(throws: StudyTaskError.self) { try features(region, settings) }
    let foretold = #expect(throws: StudyTaskError.self) { try validate(region, settings) }
    #expect(foretold?.code == found?.code)
    #expect(foretold?.sentence == found?.sentence)
    return found
  }

  private func validate(_ region: RegionOnDisk, _ settings: DeepSettings = .init()) throws {
    try region.read { _ = try RegionExtractor([DeepSample.method(settings)]).check($0) }
  }

  @Test func `that can be computed pass validation`() throws {
    try validate(.init())
  }

  @Test func `need more than one voxel`() {
    var region = RegionOnDisk()
    region.isInside = { x, y, z in x == 5 && y == 5 && z == 5 }
    #expect(error(region)?.code == "region-too-small")
  }

  @Test func `need slices of three pixels`() {
    var region = RegionOnDisk()
    region.geometry = GridGeometry(size: GridSize(x: 2, y: 11, z: 10))
    region.isInside = { _, y, z in (2..<9).contains(y) && (2..<8).contains(z) }
    #expect(error(region)?.code == "slice-too-small")
  }

  @Test func `need a region, and name the labels that are there`() {
    var region = RegionOnDisk()
    region.isInside = { _, _, _ in false }
    #expect(error(region)?.code == "mask-empty")
    region = RegionOnDisk()
    region.label = 4
    #expect(error(region)?.code == "label-absent")
  }

  @Test func `need finite pixels around the region`() {
    var region = RegionOnDisk()
    region.intensity = { $0 == 5 + 12 * (5 + 11 * 5) ? .nan : Double($0 % 400) }
    var settings = DeepSettings()
    settings.slices = .all(pooling: .mean)
    #expect(error(region, settings)?.code == "non-finite-voxel")
  }

  @Test func `of a region as large as the slice are there, whatever the margin`() throws {
    var region = RegionOnDisk()
    region.isInside = { _, _, _ in true }
    var settings = DeepSettings()
    settings.margin = .share(fraction: 4)
    for padding in DeepSettings.Padding.allCases {
      settings.padding = padding
      #expect(try features(region, settings).allSatisfy(\.isFinite))
    }
  }

  @Test func `of a mask on another grid need correctMask, and are then those of the image's grid`() throws {
    var region = RegionOnDisk()
    var shifted = region.geometry
    shifted.originInMillimetres = [1, 0, 0]
    region.maskGeometry = shifted
    #expect(error(region)?.code == "geometry-mismatch")
    var extraction = ExtractionParameters()
    extraction.preprocessing.correctMask = true
    var moved = RegionOnDisk()
    moved.isInside = { x, y, z in (4..<10).contains(x) && (2..<9).contains(y) && (2..<8).contains(z) }
    #expect(try features(region, .init(), extraction) == features(moved))
  }

  @Test func `depend on every setting`() throws {
    func changed(_ change: (inout DeepSettings) -> Void) throws -> [Double] {
      var settings = DeepSettings()
      change(&settings)
      return try features(.init(), settings)
    }
    let all = [
      try changed { _ in }, try changed { $0.slices = .all(pooling: .mean) },
      try changed { $0.slices = .all(pooling: .max) },
      try changed { $0.slices = .even(count: 2, pooling: .mean) },
      try changed { $0.margin = .millimetres(length: 2) }, try changed { $0.window = .minMax },
      try changed { $0.window = .fixed(lower: 50, upper: 200) }, try changed { $0.masksOutside = true },
      try changed { $0.channels = .neighbours }, try changed { $0.normalisation = .symmetric },
    ]
    #expect(Set(all).count == all.count)
  }
}
