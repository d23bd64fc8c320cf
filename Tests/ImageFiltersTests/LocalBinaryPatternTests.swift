import ImageFilters
import Testing
import Volumes

@Suite struct `A local binary pattern in 2D` {
  private func codes(_ image: Volume, _ method: LocalBinaryPatternMethod, samples: Int = 4) throws -> Volume {
    var filter = LocalBinaryPattern2DFilter()
    filter.method = method
    filter.samples = samples
    return try image.localBinaryPattern2D(by: filter, within: image.wholeBox)
  }

  @Test func `codes the neighbours that are not below the voxel, from the right against the clock`() throws {
    // Right 5, above 1, left 7, below 2 around 4: right and left count, that is 1 + 4.
    let cross = image(3, 3, 1) { x, y, _ in [[0, 1, 0], [7, 4, 5], [0, 2, 0]][y][x] }
    #expect(try codes(cross, .default)[1, 1, 0] == 5)
    #expect(try codes(cross, .rotationInvariant)[1, 1, 0] == 5)
    // Three changes from sample to sample: not uniform.
    #expect(try codes(cross, .uniform)[1, 1, 0] == 5)
    // Mean 3.75, mean square 19.75.
    #expect(abs(try codes(cross, .variance)[1, 1, 0] - 5.6875) < 1e-12)
  }

  @Test func `of a constant has all neighbours inside the slice, none outside`() throws {
    let flat = try codes(image(3, 3, 2) { _, _, _ in 6 }, .default)
    #expect(flat[1, 1, 1] == 15)
    #expect(flat[0, 0, 0] == 9)
    #expect(flat[2, 2, 1] == 6)
  }

  @Test func `is refused where the sample type cannot hold the codes`() {
    let image = image(5, 5, 1, type: .uint8) { x, _, _ in Double(x) }
    #expect {
      try codes(image, .default, samples: 9)
    } throws: {
      ($0 as? ImageFilterError)?.code == .invalidSetting
    }
  }

  @Test func `of a box is the box of the patterns`() throws {
    let image = image(9, 8, 7, noise)
    let box = VoxelBox(x: 0..<4, y: 3..<8, z: 2..<3)
    for normal in 0..<3 {
      var planes = FilterPlanes()
      planes.force2Ddimension = normal
      var filter = LocalBinaryPattern2DFilter()
      filter.radius = 1.7
      let whole = try image.localBinaryPattern2D(by: filter, planes: planes, within: image.wholeBox)
      let part = try image.localBinaryPattern2D(by: filter, planes: planes, within: box)
      #expect(part.voxels == whole.cropped(to: box).voxels)
    }
  }
}

@Suite struct `A local binary pattern in 3D` {
  private func images(_ image: Volume, _ mask: Mask) throws -> [Volume] {
    try image.localBinaryPattern3D(mask: mask, within: image.wholeBox)
  }

  @Test func `is invariant under a shift of intensities`() throws {
    let volume = image(8, 8, 8, type: .int16, noise)
    let shifted = image(8, 8, 8, type: .int16) { noise($0, $1, $2) + 500 }
    let mask = region(of: volume) { x, y, z in [x, y, z].allSatisfy { (2...5).contains($0) } }
    for (one, other) in zip(try images(volume, mask), try images(shifted, mask)) {
      #expect(largestDifference(one.voxels, other.voxels) < 1e-9)
    }
  }

  @Test func `of a constant counts every neighbour and has no kurtosis`() throws {
    let flat = image(6, 6, 6, type: .int16) { _, _, _ in 9 }
    let result = try images(flat, region(of: flat) { x, y, z in x == 3 && y == 3 && z == 3 })
    // Degree 0: √Σ (42 Y₀₀²)² over 42 points with Y₀₀² = 1/4π.
    let voxel = flat.geometry.size.offset(x: 3, y: 3, z: 3)
    #expect(abs(result[0].voxels[voxel] - 42 * 42.0.squareRoot() / (4 * .pi)) < 1e-9)
    #expect(result[2].voxels[voxel].isNaN)
    #expect(result[0].voxels.filter { $0 != 0 }.count == 1)
  }
}
