import Foundation
import Radiomics
import Testing
import Volumes

/// Values of PyRadiomics 3.0.1 on small odd regions (Benchmarks/reference/radiomics_random_rois.py).
struct RegionFixture: Decodable, CustomTestStringConvertible, Sendable {
  let name: String
  let size: [Int]
  let spacing: [Double]
  let sampleType: String
  let image: [Double]
  let mask: String
  let settings: RadiomicsSettings
  let values: [String: Double?]

  var testDescription: String { name }

  static let all: [RegionFixture] = {
    struct File: Decodable { let cases: [RegionFixture] }
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let url = folder.appendingPathComponent("Fixtures/random_regions.json")
    do {
      return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
    } catch {
      preconditionFailure("\(url.lastPathComponent) does not read: \(error)")
    }
  }()

  var region: TestRegion {
    let extents = size + [Int](repeating: 1, count: 3 - size.count)
    let spacings = spacing + [Double](repeating: 1, count: 3 - spacing.count)
    var region = TestRegion(
      size: GridSize(x: extents[0], y: extents[1], z: extents[2]), image: image,
      mask: mask.map { $0 == "1" ? 1 : 0 })
    region.spacing = SIMD3(spacings[0], spacings[1], spacings[2])
    region.dimension = size.count
    region.sampleType = SampleType(rawValue: sampleType) ?? .float64
    return region
  }
}

@Suite struct `Odd regions` {
  /// Axes of an ellipsoid without thickness: PyRadiomics leaves 4√(rounding error), we 0.
  static let axes: Set = [
    "shape_MinorAxisLength", "shape_LeastAxisLength", "shape_Elongation", "shape_Flatness",
    "shape2D_MinorAxisLength", "shape2D_Elongation",
  ]

  @Test(arguments: RegionFixture.all)
  func `have the values of PyRadiomics to 1e-9`(_ fixture: RegionFixture) throws {
    let region = fixture.region
    let features = try RegionFeatures(
      image: region.volume, region: region.region(fixture.settings), settings: fixture.settings)
    var compared = 0
    for featureClass in FeatureClass.allCases {
      let prefix = featureClass.rawValue + "_"
      let published = fixture.values.filter { $0.key.hasPrefix(prefix) }
      if published.isEmpty { continue }
      let computed = try features.values(of: featureClass)
      #expect(computed.count == published.count)
      for feature in computed {
        let value = try #require(published[prefix + feature.name]) ?? .nan
        let difference = Difference(name: feature.name, computed: feature.value, published: value)
        let isNoise = Self.axes.contains(prefix + feature.name) && abs(feature.value - value) < 1e-6
        #expect(difference.relative < 1e-9 || isNoise, "\(prefix)\(feature.name): \(feature.value), \(value)")
        compared += 1
      }
    }
    #expect(compared == fixture.values.count)
  }

  @Test func `cover every setting of the feature classes`() {
    #expect(RegionFixture.all.count == 18)
    #expect(Set(RegionFixture.all.compactMap(\.settings.weightingNorm)).count == 4)
    #expect(Set(RegionFixture.all.filter(\.settings.force2D).map(\.settings.force2Ddimension)) == [0, 1, 2])
  }
}
