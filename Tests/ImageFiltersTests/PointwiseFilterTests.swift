import ElementaryFunctions
import ImageFilters
import Testing
import Volumes

@Suite struct `A pointwise filter` {
  private let volume = image(4, 1, 1) { x, _, _ in [-4, 0, 1, 9][x] }

  private func apply(_ filter: any PointwiseFilter.Type, to image: Volume) throws -> [Double]? {
    try filter.apply(to: image, within: image.wholeBox)?.voxels
  }

  @Test func `follows its formula`() throws {
    let logarithm = 9 / Elementary.log(10)
    let exponential = Elementary.log(9) / 9
    let expected: [(any PointwiseFilter.Type, [Double])] = [
      (SquareFilter.self, [16.0 / 9, 0, 1.0 / 9, 9]),
      (SquareRootFilter.self, [-6, 0, 3, 9]),
      (LogarithmFilter.self, [-logarithm * Elementary.log(5), 0, logarithm * Elementary.log(2), 9]),
      (ExponentialFilter.self, [-4, 0, 1, 9].map { Elementary.exp(exponential * $0) }),
    ]
    for (filter, values) in expected {
      #expect(largestDifference(try #require(try apply(filter, to: volume)), values) < 1e-14)
    }
  }

  @Test func `takes its scale from the whole image, not from the box`() throws {
    let box = VoxelBox(x: 1..<3, y: 0..<1, z: 0..<1)
    let result = try #require(try SquareRootFilter.apply(to: volume, within: box))
    #expect(result.voxels == [0, 3])
  }

  @Test func `does not exist for an image of zeros, save the square root`() throws {
    let zeros = image(3, 3, 3) { _, _, _ in 0 }
    #expect(try apply(SquareFilter.self, to: zeros) == nil)
    #expect(try apply(LogarithmFilter.self, to: zeros) == nil)
    #expect(try apply(ExponentialFilter.self, to: zeros) == nil)
    #expect(try apply(SquareRootFilter.self, to: zeros) == zeros.voxels)
  }

  @Test(
    arguments: [
      SquareFilter.self, SquareRootFilter.self, LogarithmFilter.self, ExponentialFilter.self,
    ] as [any PointwiseFilter.Type])
  func `refuses a NaN anywhere in the image`(filter: any PointwiseFilter.Type) {
    var broken = volume
    broken.voxels[0] = .nan
    #expect {
      try filter.apply(to: broken, within: VoxelBox(x: 2..<3, y: 0..<1, z: 0..<1))
    } throws: {
      ($0 as? ImageFilterError)?.code == .nonFiniteVoxel
    }
  }
}

@Suite struct `The gradient magnitude` {
  @Test func `of a plane is its slope per millimetre or per voxel`() {
    let plane = image(6, 6, 6, spacing: [0.5, 1, 2]) { x, y, z in Double(2 * x + 3 * y + 12 * z) }
    let inside = VoxelBox(x: 2..<3, y: 2..<3, z: 2..<3)
    #expect(plane.gradientMagnitude(within: inside).voxels == [Double(Float(61.0.squareRoot()))])
    #expect(
      plane.gradientMagnitude(usingSpacing: false, within: inside).voxels
        == [Double(Float(157.0.squareRoot()))])
  }

  @Test func `halves at the border, where the outermost voxel is its own neighbour`() {
    let ramp = image(5, 1, 1) { x, _, _ in Double(4 * x) }
    #expect(ramp.gradientMagnitude(within: ramp.wholeBox).voxels == [2, 4, 4, 4, 2])
  }

  @Test func `of a constant or a single voxel is 0`() {
    let flat = image(3, 2, 1) { _, _, _ in 7 }
    #expect(flat.gradientMagnitude(within: flat.wholeBox).voxels.allSatisfy { $0 == 0 })
    let voxel = image(1, 1, 1) { _, _, _ in 7 }
    #expect(voxel.gradientMagnitude(within: voxel.wholeBox).voxels == [0])
  }
}
