import ImageFilters
import Testing
import Volumes

/// An oblique image and its region, as different programs store them: axes in another order, directions and spacings with the
/// noise of single precision.
@Suite struct `Images stored in another order` {
  private let spacing = SIMD3(1.0, 0.78125, 1)
  private let directions: [SIMD3<Double>] = [[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]]

  private var settings: PreprocessingSettings {
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [2, 2, 2]
    settings.padDistance = 2
    return settings
  }

  /// - Parameter noise: relative change of spacings and directions.
  private func stored(reversing axes: [Bool], noise: Double) -> (image: Volume, mask: Mask) {
    let size = GridSize(x: 16, y: 18, z: 12)
    var origin = SIMD3(-31.7, 12.3, 5.1)
    var directions = directions.map { $0 * (1 + noise) }
    for axis in 0..<3 where axes[axis] {
      let count = [size.x, size.y, size.z][axis]
      origin += directions[axis] * spacing[axis] * Double(count - 1)
      directions[axis] = -directions[axis]
    }
    let geometry = GridGeometry(
      size: size, spacingInMillimetres: spacing * (1 + noise), originInMillimetres: origin,
      directions: directions)
    var (voxels, inside): ([Double], [UInt8]) = ([], [])
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let place = [
            axes[0] ? size.x - 1 - x : x, axes[1] ? size.y - 1 - y : y, axes[2] ? size.z - 1 - z : z,
          ]
          voxels.append(noiseValue(place))
          let isInside =
            (4...10).contains(place[0]) && (3...12).contains(place[1]) && (2...8).contains(place[2])
          inside.append(isInside && (place[0] + place[1] * place[2]) % 3 != 0 ? 1 : 0)
        }
      }
    }
    return (
      Volume(geometry: geometry, sampleType: .int16, voxels: voxels), Mask(geometry: geometry, voxels: inside)
    )
  }

  private func noiseValue(_ place: [Int]) -> Double { noise(place[0], place[1], place[2]) }

  /// The ways of storing: none, each axis, all axes reversed; with and without noise.
  private func prepared(_ orientation: Orientation?) throws -> [PreparedImage] {
    var settings = settings
    settings.orientation = orientation
    let ways = [[false, false, false], [true, false, false], [true, true, false], [true, true, true]]
    return try ways.flatMap { way in
      try [0, 3e-8, -4e-8].map { noise in
        let (image, mask) = stored(reversing: way, noise: noise)
        return try PreparedImage(image: image, mask: mask, settings: settings)
      }
    }
  }

  @Test func `are the same to the last bit once they are brought to one orientation`() throws {
    let all = try prepared(.lps)
    #expect(all[0].mask.count > 20)
    for other in all.dropFirst() {
      #expect(other.image.voxels == all[0].image.voxels && other.mask.voxels == all[0].mask.voxels)
      #expect(other.image.geometry.spacingInMillimetres == all[0].image.geometry.spacingInMillimetres)
    }
    #expect(all.flatMap(\.warnings) == [])
  }

  @Test func `stay at their place in the patient`() throws {
    let (image, mask) = stored(reversing: [true, false, true], noise: 0)
    var settings = PreprocessingSettings()
    settings.orientation = .lps
    let prepared = try PreparedImage(image: image, mask: mask, settings: settings)
    let (size, index) = (image.geometry.size, SIMD3(4.0, 5, 6))
    let asStored = SIMD3(Double(size.x - 1) - 4, 5, Double(size.z - 1) - 6)
    let (there, here) = (
      prepared.image.geometry.point(atIndex: index), image.geometry.point(atIndex: asStored)
    )
    #expect((0..<3).allSatisfy { abs(there[$0] - here[$0]) < 1e-9 })
  }

  @Test func `differ as they are stored, which is PyRadiomics' way, and a warning names the axes`() throws {
    let all = try prepared(nil)
    #expect(all.contains { $0.mask.voxels != all[0].mask.voxels })
    #expect(all[0].warnings.count == 1)
    #expect(all[0].warnings[0].contains("halfway between those of the mask along x, z;"))
  }
}
