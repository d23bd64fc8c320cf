import ImageFilters
import Testing
import Volumes

@Suite struct `Resampling` {
  private func grid(_ image: Volume, spacing: SIMD3<Double>, from first: SIMD3<Double>, size: GridSize)
    -> GridGeometry
  {
    GridGeometry(
      size: size, spacingInMillimetres: spacing, originInMillimetres: image.geometry.point(atIndex: first),
      dimension: image.geometry.dimension)
  }

  @Test(arguments: Interpolator.allCases)
  func `onto the same grid changes nothing but what smooths`(interpolator: Interpolator) throws {
    let image = image(7, 6, 5, spacing: [0.7, 1.3, 2.9], noise)
    let result = try image.resampled(onto: image.geometry, by: interpolator)
    if interpolator == .gaussian || interpolator == .labelGaussian {
      #expect(largestDifference(result.voxels, image.voxels) > 1)
    } else {
      #expect(largestDifference(result.voxels, image.voxels) < 1e-9)
    }
  }

  @Test(arguments: Interpolator.allCases)
  func `keeps a constant inside the image and gives 0 outside`(interpolator: Interpolator) throws {
    let image = image(6, 6, 6) { _, _, _ in 50 }
    let grid = grid(image, spacing: [0.5, 0.5, 0.5], from: [-2, 0, 0], size: GridSize(x: 16, y: 11, z: 11))
    let result = try image.resampled(onto: grid, by: interpolator)
    // The windowed sinc kernels do not sum to 1 exactly.
    let tolerance = interpolator.rawValue.hasSuffix("Sinc") ? 2.0 : 1e-9
    for x in 0..<16 {
      let expected = -2 + 0.5 * Double(x) >= -0.5 && -2 + 0.5 * Double(x) < 5.5 ? 50.0 : 0
      #expect(abs(result[x, 4, 5] - expected) <= tolerance)
    }
  }

  @Test func `by B-spline reproduces a cubic far from the borders`() throws {
    func cubic(_ x: Double) -> Double { 0.002 * x * x * x - 0.1 * x * x + 3 * x - 7 }
    let image = image(70, 5, 5) { x, _, _ in cubic(Double(x)) }
    let grid = grid(image, spacing: [0.37, 1, 1], from: [30.1, 2, 2], size: GridSize(x: 25, y: 1, z: 1))
    let result = try image.resampled(onto: grid, by: .bSpline)
    for x in 0..<25 {
      #expect(abs(result.voxels[x] - cubic(30.1 + 0.37 * Double(x))) < 1e-9)
    }
  }

  @Test func `by linear interpolation reproduces a plane`() throws {
    let image = image(8, 8, 8) { x, y, z in Double(2 * x - 3 * y + 5 * z) }
    let grid = grid(
      image, spacing: [0.4, 0.6, 0.7], from: [0.3, 1.2, 0.1], size: GridSize(x: 9, y: 8, z: 7))
    let result = try image.resampled(onto: grid, by: .linear)
    for (x, y, z) in [(0, 0, 0), (8, 7, 6), (4, 2, 5)] {
      let expected =
        2 * (0.3 + 0.4 * Double(x)) - 3 * (1.2 + 0.6 * Double(y)) + 5 * (0.1 + 0.7 * Double(z))
      #expect(abs(result[x, y, z] - expected) < 1e-12)
    }
  }

  @Test func `of whole numbers cuts off towards zero`() throws {
    let values = image(2, 1, 1, type: .int16) { x, _, _ in x == 0 ? -3 : 4 }
    let grid = grid(values, spacing: [0.25, 1, 1], from: [0, 0, 0], size: GridSize(x: 5, y: 1, z: 1))
    #expect(try values.resampled(onto: grid, by: .linear).voxels == [-3, -1, 0, 2, 4])
  }

  @Test func `keeps whole numbers within their type`() throws {
    let edge = image(12, 1, 1, type: .uint8) { x, _, _ in x < 6 ? 0 : 255 }
    let grid = grid(edge, spacing: [0.1, 1, 1], from: [0, 0, 0], size: GridSize(x: 110, y: 1, z: 1))
    let result = try edge.resampled(onto: grid, by: .bSpline)
    #expect(result.voxels.min() == 0)
    #expect(result.voxels.max() == 255)
  }

  @Test func `of a mask takes the nearest voxel, halves upwards`() {
    let mask = Mask(geometry: GridGeometry(size: GridSize(x: 4, y: 1, z: 1)), voxels: [0, 1, 0, 1])
    let grid = GridGeometry(
      size: GridSize(x: 9, y: 1, z: 1), spacingInMillimetres: [0.5, 1, 1], originInMillimetres: [-0.5, 0, 0])
    #expect(mask.resampled(onto: grid).voxels == [0, 0, 1, 1, 0, 0, 1, 1, 0])
  }

  @Test func `along turned axes agrees with resampling before the turn`() throws {
    let straight = image(9, 8, 7, spacing: [1, 1.5, 2], noise)
    let turned = Volume(
      geometry: GridGeometry(
        size: straight.geometry.size, spacingInMillimetres: [1, 1.5, 2], originInMillimetres: [5, -3, 8],
        directions: [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]]), voxels: straight.voxels)
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [1.3, 1.3, 1.3]
    func resampled(_ image: Volume) throws -> PreparedImage {
      try PreparedImage(
        image: image,
        mask: region(of: image) { x, y, z in (2...6).contains(x) && (2...5).contains(y) && z > 1 },
        settings: settings)
    }
    let (first, second) = (try resampled(straight), try resampled(turned))
    #expect(first.image.geometry.size == second.image.geometry.size)
    #expect(largestDifference(first.image.voxels, second.image.voxels) < 1e-9)
  }

  @Test func `by B-spline of an image with an infinite voxel is refused`() {
    var image = image(6, 6, 6, noise)
    image.voxels[7] = .infinity
    #expect {
      try image.resampled(onto: image.geometry, by: .bSpline)
    } throws: {
      ($0 as? ImageFilterError)?.code == .nonFiniteVoxel
    }
  }
}
