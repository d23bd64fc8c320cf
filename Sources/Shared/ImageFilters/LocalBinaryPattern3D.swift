import Volumes

extension Volume {
  /// Rotation invariant local binary patterns on a sphere (Banerjee et al., ACCV Workshops 2012), as
  /// PyRadiomics computes them.
  ///
  /// Around each voxel of the region the image is interpolated by a cubic B-spline at the corners of an
  /// icosphere (SciPy's `map_coordinates`: mirrored coefficients, 0 outside the image, rounded to the sample
  /// type). The signs of the differences to the voxel are expanded in spherical harmonics; image `m1`, `m2` …
  /// are the norms of degree 0, 1 …, image `k` is the excess kurtosis of the interpolated values, NaN where
  /// they are all equal. The icosphere's x is laid along the slowest axis, as PyRadiomics does.
  /// - Returns: `lbp3DLevels + 1` images of type `float64` on the box, 0 outside the region.
  /// - Throws: `nonFiniteVoxel`, wherever in the image.
  package func localBinaryPattern3D(
    settings: FilterSettings, mask: Mask, within box: VoxelBox
  ) throws(ImageFilterError) -> [Volume] {
    precondition(geometry.dimension == 3, "local binary patterns on a sphere need three axes")
    _ = try largestMagnitude(for: "LBP3D")
    let sphere = Icosphere(
      subdivisions: settings.lbp3DIcosphereSubdivision, radius: settings.lbp3DIcosphereRadius)
    let harmonics = SphericalHarmonics(
      levels: settings.lbp3DLevels, points: sphere.vertices, radius: settings.lbp3DIcosphereRadius)
    let sampler = SphereSampler(image: self, vertices: sphere.vertices, box: box)
    var results = [[Double]](
      repeating: [Double](repeating: 0, count: box.size.voxelCount), count: settings.lbp3DLevels + 1)
    var samples = [Double](repeating: 0, count: sphere.vertices.count)
    var place = 0
    for z in box.z {
      for y in box.y {
        for x in box.x {
          defer { place += 1 }
          let voxel = geometry.size.offset(x: x, y: y, z: z)
          guard mask.voxels[voxel] == 1 else { continue }
          sampler.sample(x, y, z, into: &samples)
          for degree in 0..<settings.lbp3DLevels {
            results[degree][place] = harmonics.norm(degree: degree) { samples[$0] >= voxels[voxel] }
          }
          results[settings.lbp3DLevels][place] =
            sampleType == .float32
            ? Double(excessKurtosis(samples.map { Float($0) }, resolution: 1e-6))
            : excessKurtosis(samples, resolution: 1e-15)
        }
      }
    }
    return results.map { Volume(geometry: geometry.cropped(to: box), voxels: $0) }
  }
}

/// Fourth central moment over the squared variance, minus 3 (SciPy's `kurtosis`); NaN for equal values.
private func excessKurtosis<Scalar: BinaryFloatingPoint>(_ values: [Scalar], resolution: Scalar) -> Scalar {
  let count = Scalar(values.count)
  let mean = pairwiseSum(values[...]) / count
  let squares = values.map { ($0 - mean) * ($0 - mean) }
  let second = pairwiseSum(squares[...]) / count
  if second <= (resolution * mean) * (resolution * mean) { return .nan }
  return pairwiseSum(squares.map { $0 * $0 }[...]) / count / (second * second) - 3
}
