import ElementaryFunctions
import ImageFilters
import Testing
import Volumes

@Suite struct `A Laplacian of Gaussian` {
  @Test(arguments: [1.5, 2.5])
  func `of a Gaussian is the known function`(sigma: Double) throws {
    // σ² ∇² of exp(-r²/2s²) smoothed by σ: with t² = s² + σ², (s/t)³ exp(-r²/2t²) (r²/t⁴ - 3/t²) σ².
    let spacing = SIMD3(0.8, 1.0, 1.25)
    let width = 3.0
    func squaredDistance(_ x: Int, _ y: Int, _ z: Int) -> Double {
      let offset = SIMD3(Double(x - 24), Double(y - 20), Double(z - 16)) * spacing
      return (offset * offset).sum()
    }
    let image = image(49, 41, 33, spacing: spacing) { x, y, z in
      1000 * Elementary.exp(-squaredDistance(x, y, z) / (2 * width * width))
    }
    let box = VoxelBox(x: 14..<35, y: 12..<29, z: 10..<23)
    let result = try image.laplacianOfGaussian(sigma: sigma, within: box)
    let total = width * width + sigma * sigma
    let gain = Elementary.pow(width * width / total, 1.5) * 1000 * sigma * sigma
    for z in 0..<13 {
      for y in 0..<17 {
        for x in 0..<21 {
          let squared = squaredDistance(x + 14, y + 12, z + 10)
          let expected =
            gain * Elementary.exp(-squared / (2 * total)) * (squared / (total * total) - 3 / total)
          #expect(abs(result[x, y, z] - expected) < 0.01 * gain * 3 / total)
        }
      }
    }
  }

  @Test func `of a constant is 0, to single precision`() throws {
    let flat = image(7, 6, 5) { _, _, _ in 1000 }
    let result = try flat.laplacianOfGaussian(sigma: 1, within: flat.wholeBox)
    #expect(result.voxels.allSatisfy { abs($0) < 1e-3 })
    #expect(result.sampleType == .float32)
  }

  @Test func `of a box is the box of the filtered image`() throws {
    let image = image(17, 12, 9, spacing: [0.7, 1.1, 2], noise)
    let box = VoxelBox(x: 9..<17, y: 3..<5, z: 4..<8)
    let whole = try image.laplacianOfGaussian(sigma: 2, within: image.wholeBox)
    #expect(try image.laplacianOfGaussian(sigma: 2, within: box).voxels == whole.cropped(to: box).voxels)
  }

  @Test(arguments: [0.8, 2])
  func `does not see what lies beyond its reach`(sigma: Double) throws {
    // 28 decays of 1.3732 / σ a voxel, in voxels of 1 and 0.9 mm: to the last bit of single precision nothing comes from there.
    let image = image(140, 9, 130, spacing: [1, 3, 0.9], noise)
    let reach = (Int((28 / 1.3732 * sigma).rounded(.up)), Int((28 / 1.3732 * sigma / 0.9).rounded(.up)))
    let box = VoxelBox(x: 68..<71, y: 2..<6, z: 62..<66)
    let seen = VoxelBox(
      x: 68 - reach.0..<71 + reach.0, y: 0..<9, z: 62 - reach.1..<66 + reach.1)
    let shifted = VoxelBox(x: reach.0..<reach.0 + 3, y: 2..<6, z: reach.1..<reach.1 + 4)
    let ours = try image.laplacianOfGaussian(sigma: sigma, within: box).voxels
    #expect(try ours == image.cropped(to: seen).laplacianOfGaussian(sigma: sigma, within: shifted).voxels)
    // The whole of every line, as a box that needs it has it.
    let whole = try image.laplacianOfGaussian(sigma: sigma, within: image.wholeBox).cropped(to: box).voxels
    for (one, other) in zip(ours, whole) { #expect(abs(one - other) <= abs(other) * 2.5e-7 + 1e-5) }
  }

  @Test(arguments: [(3, 1.0), (1, 1.0), (5, 4.5), (4, 3.1)])
  func `of an image that is too small is skipped with the reason`(depth: Int, sigma: Double) throws {
    let image = image(9, 9, depth, noise)
    let prepared = try PreparedImage(image: image, mask: region(of: image))
    var settings = FilterSettings()
    settings[LaplacianOfGaussianFilter.self].sigma = [FilterScale(millimetres: sigma, literal: "\(sigma)")]
    var reasons: [String] = []
    try prepared.forEachImage(of: .laplacianOfGaussian, settings: settings) { derived in
      if case .skipped(let reason) = derived.content { reasons.append(derived.name + " " + reason) }
    }
    #expect(reasons.count == 1)
    #expect(reasons.first?.contains("\(depth) voxels along z") == true)
  }

  @Test(arguments: [
    ("1.0", "log-sigma-1-0-mm-3D"), ("2", "log-sigma-2-mm-3D"), ("0.75", "log-sigma-0-75-mm-3D"),
  ])
  func `is named after the literal of sigma`(literal: String, name: String) throws {
    let image = image(6, 6, 6, noise)
    var settings = FilterSettings()
    settings[LaplacianOfGaussianFilter.self].sigma = [
      FilterScale(millimetres: try #require(Double(literal)), literal: literal)
    ]
    let prepared = try PreparedImage(image: image, mask: region(of: image))
    #expect(try images(of: .laplacianOfGaussian, from: prepared, settings: settings).map(\.name) == [name])
  }

  @Test func `of an image with a NaN is refused and names the voxel`() {
    var image = image(6, 6, 6, noise)
    image.voxels[image.geometry.size.offset(x: 1, y: 2, z: 3)] = .nan
    #expect {
      try image.laplacianOfGaussian(sigma: 1, within: image.wholeBox)
    } throws: {
      ($0 as? ImageFilterError)?.code == .nonFiniteVoxel && "\($0)".contains("(1, 2, 3)")
    }
  }
}
