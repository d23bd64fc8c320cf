import Volumes

/// Where the voxels of a grid lie in an image along each of its axes, for a grid whose axes run along the image's.
struct ParallelGrid {
  /// Weights of each voxel along the axes of the grid; `nil` outside the image.
  let x: [AxisWeights?]
  let y: [AxisWeights?]
  /// Of an image in two dimensions one plane, with one weight.
  let z: [AxisWeights?]

  /// - Returns: `nil` where a place along one axis differs, be it by a last bit, with the place along another.
  init?(from grid: GridGeometry, to image: GridGeometry, kernel: InterpolationKernel) {
    let (mapping, size) = (IndexMapping(from: grid, to: image), grid.size)
    let (start, end) = (mapping([0, 0, 0]), mapping([Double(size.x), 0, 0]))
    var places = (y: [Double](), z: [Double]())
    for z in 0..<size.z {
      for y in 0..<size.y {
        let first = mapping([0, Double(y), Double(z)])
        let last = mapping([Double(size.x), Double(y), Double(z)])
        if z == 0 { places.y.append(first.y) }
        if y == 0 { places.z.append(first.z) }
        let isParallel =
          first.x == start.x && last.x == end.x && first.y == last.y && first.z == last.z
          && first.y == places.y[y] && first.z == places.z[z]
        guard isParallel else { return nil }
      }
    }
    func weights(_ position: Double, _ axis: Int) -> AxisWeights? {
      let extent = image.size.extents[axis]
      guard position >= -0.5 && position < Double(extent) - 0.5 else { return nil }
      return kernel.weights(at: position, count: extent)
    }
    // Between the ends of a line, as `LineSampler` has it.
    x = (0..<size.x).map { weights(start.x + Double($0) / Double(size.x) * (end.x - start.x), 0) }
    y = places.y.map { weights($0, 1) }
    z =
      image.dimension == 2
      ? places.z.map { _ in AxisWeights(indices: [0], weights: [1]) } : places.z.map { weights($0, 2) }
  }
}
