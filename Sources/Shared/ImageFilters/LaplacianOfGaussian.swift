import Volumes

extension Volume {
  /// Why the Laplacian of Gaussian of this width does not exist; `nil` when it does.
  ///
  /// PyRadiomics asks for four voxels along each axis, and for `⌈σ / spacing⌉ + 1`.
  package func reasonAgainstLaplacianOfGaussian(sigma: Double) -> String? {
    for axis in 0..<geometry.dimension {
      let count = geometry.size.extents[axis]
      let needed = max(4, (sigma / geometry.spacingInMillimetres[axis]).rounded(.up) + 1)
      if Double(count) < needed {
        return "the image has \(count) voxels along \(["x", "y", "z"][axis]); "
          + "a Laplacian of Gaussian of \(sigma) mm needs \(Int(needed))"
      }
    }
    return nil
  }

  /// Laplacian of Gaussian, times σ² (ITK's `LaplacianRecursiveGaussianImageFilter`, normalised across
  /// scale).
  ///
  /// For each axis the second derivative is taken along it, then the image is smoothed along the others in
  /// ascending order; every pass and the sum over axes, each weighted by `1 / spacing²`, are rounded to
  /// single precision. The filter is recursive over whole lines, so all of the image counts, but only the
  /// lines that meet the box are filtered.
  /// - Parameter sigma: standard deviation in mm, for which `reasonAgainstLaplacianOfGaussian` is `nil`.
  /// - Returns: an image of type `float32` on the box.
  /// - Throws: `nonFiniteVoxel`, wherever in the image.
  package func laplacianOfGaussian(sigma: Double, within box: VoxelBox) throws(ImageFilterError) -> Volume {
    precondition(
      reasonAgainstLaplacianOfGaussian(sigma: sigma) == nil, "the image is too small for the filter")
    _ = try largestMagnitude(for: "Laplacian of Gaussian")
    var sum = [Float](repeating: 0, count: box.size.voxelCount)
    for axis in 0..<geometry.dimension {
      let term = secondDerivative(along: axis, sigma: sigma, within: box)
      let spacing = geometry.spacingInMillimetres[axis]
      let weight = 1 / (spacing * spacing)
      for place in sum.indices { sum[place] = Float(Double(sum[place]) + Double(term[place]) * weight) }
    }
    return Volume(geometry: geometry.cropped(to: box), sampleType: .float32, voxels: sum.map { Double($0) })
  }

  private func secondDerivative(along axis: Int, sigma: Double, within box: VoxelBox) -> [Float] {
    func pass(_ axis: Int, _ order: GaussianOrder) -> LinePass {
      LinePass(
        filter: RecursiveGaussian(sigma: sigma, spacing: geometry.spacingInMillimetres[axis], order: order),
        axis: axis, keep: box.ranges[axis])
    }
    let derivative = pass(axis, .second)
    var block: [Float] = derivative.run(voxels, geometry.size)
    var size = derivative.resultSize(geometry.size)
    for other in 0..<geometry.dimension where other != axis {
      let smoothing = pass(other, .zero)
      smoothing.run(inPlace: &block, size)
      size = smoothing.resultSize(size)
    }
    return block
  }
}
