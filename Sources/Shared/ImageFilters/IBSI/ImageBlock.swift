import Volumes

/// Voxels of a box of an image, while filters pass over them.
struct ImageBlock {
  /// Indices in the image, along x, y and z.
  let ranges: [Range<Int>]
  /// Voxels of the whole image along each axis, which say where its edges are.
  let extents: [Int]
  var values: [Double]

  init(ranges: [Range<Int>], extents: [Int], values: [Double]) {
    (self.ranges, self.extents, self.values) = (ranges, extents, values)
  }

  /// A box of an image.
  init(_ image: Volume, _ ranges: [Range<Int>]) {
    self.init(
      ranges: ranges, extents: image.geometry.size.extents, values: image.cropped(to: VoxelBox(ranges)).voxels
    )
  }

  /// Number of voxels before, along and after an axis: those before lie side by side in memory.
  func shape(along axis: Int) -> (inner: Int, count: Int, outer: Int) {
    let counts = ranges.map(\.count)
    return (
      counts[..<axis].reduce(1, *), counts[axis], counts[(axis + 1)...].reduce(1, *)
    )
  }

  /// Each voxel of this block and of another one of the same box, together.
  func combined(with other: ImageBlock, _ operation: (Double, Double) -> Double) -> ImageBlock {
    var result = self
    for place in values.indices { result.values[place] = operation(values[place], other.values[place]) }
    return result
  }

  /// The block as an image of its own.
  func volume(of image: Volume) -> Volume {
    Volume(geometry: image.geometry.cropped(to: VoxelBox(ranges)), sampleType: .float64, voxels: values)
  }
}
