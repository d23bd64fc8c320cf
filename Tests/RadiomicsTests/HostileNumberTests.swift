import Foundation
import Radiomics
import Testing
import Volumes

/// Intensities at the ends of the number range.
@Suite(.timeLimit(.minutes(15))) struct `Extreme intensities` {
  private func region(_ intensity: (Int) -> Double) -> TestRegion {
    var region = TestRegion(random: 1, size: GridSize(x: 4, y: 4, z: 4), levels: 9, density: 1)
    region.image = region.image.indices.map(intensity)
    return region
  }

  @Test(arguments: [1, 32, 1_000_000])
  func `below the normal numbers have levels at once`(count: Int) throws {
    let tiny = region { Double(bitPattern: UInt64($0 % 7)) }
    _ = try tiny.values(.glcm, .with { $0.binCount = count })
    let large = region { _ in 1e300 }
    _ = try large.values(.glcm, .with { $0.binCount = count })
  }

  @Test func `have levels in IBSI's way where their difference has no value`() throws {
    let wide = region { $0 % 2 == 0 ? -1.7e308 : 1.7e308 }
    var settings = IBSISettings()
    settings.binCount = 8
    let features = try IBSIFeatures(
      image: wide.volume, region: wide.region(), settings: settings)
    for family in features.families { _ = try features.values(of: family) }
  }
}
