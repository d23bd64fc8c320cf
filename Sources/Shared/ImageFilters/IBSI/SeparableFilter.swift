import Volumes

/// Convolutions along the axes of an image, one after another; along each axis none, one or several.
struct SeparableFilter: Hashable {
  /// Kernels along x, y and z, in the order in which they pass.
  var kernels: [[LineKernel]] = [[], [], []]

  /// One kernel along each of some axes.
  init(_ kernels: [LineKernel], along axes: [Int]) {
    for (axis, kernel) in zip(axes, kernels) { self.kernels[axis] = [kernel] }
  }

  init(_ kernels: [[LineKernel]], along axes: [Int]) {
    for (axis, kernel) in zip(axes, kernels) { self.kernels[axis] = kernel }
  }

  /// The indices that a range of results along an axis depends on.
  func support(of range: Range<Int>, along axis: Int, in count: Int) -> Range<Int> {
    kernels[axis].reversed().reduce(range) { $1.support(of: $0, in: count) }
  }

  /// The filtered voxels of a box.
  func apply(to image: Volume, _ ranges: [Range<Int>], _ boundary: BoundaryCondition) -> ImageBlock {
    let extents = image.geometry.size.extents
    var block = ImageBlock(image, (0..<3).map { support(of: ranges[$0], along: $0, in: extents[$0]) })
    for axis in 0..<3 {
      block = block.filtered(along: axis, with: kernels[axis], keeping: ranges[axis], boundary)
    }
    return block
  }
}

extension ImageBlock {
  /// The block after several convolutions along one axis.
  func filtered(
    along axis: Int, with kernels: [LineKernel], keeping range: Range<Int>, _ boundary: BoundaryCondition
  ) -> ImageBlock {
    var wanted = [range]
    for kernel in kernels.reversed().dropLast() {
      wanted.append(kernel.support(of: wanted[wanted.count - 1], in: extents[axis]))
    }
    var block = self
    for (kernel, range) in zip(kernels, wanted.reversed()) {
      block = block.convolved(along: axis, with: kernel, keeping: range, boundary)
    }
    return block
  }
}
