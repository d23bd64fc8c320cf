import Volumes

extension Volume {
  /// Ratio of a normal distribution's median absolute deviation to its standard deviation.
  private static let medianOfNormal = 0.6745

  /// The standard deviation of the image's noise: the median of the absolute coefficients of the band HH of coiflet 1 in the planes of
  /// its slices, over 0.6745 (Chang, Yu, Vetterli 2000, doi:10.1109/83.862633, section III; Zwanenburg et al. 2019,
  /// doi:10.1038/s41598-018-36938-4, use it so). 0 where more than half of the image is flat.
  /// - Throws: `nonFiniteVoxel` for voxels that are not numbers.
  public func noiseLevel() throws(ImageFilterError) -> Double {
    guard voxels.allSatisfy(\.isFinite) else {
      throw ImageFilterError(
        .nonFiniteVoxel, "the noise of an image with voxels that are not finite cannot be told; correct them")
    }
    let highPass = LineKernel(try Wavelet(named: "coif1").highPass)
    let filter = SeparableFilter([highPass, highPass], along: [0, 1])
    var magnitudes = filter.apply(to: self, geometry.size.box.ranges, .mirror).values.map { abs($0) }
    magnitudes.sort()
    let middle = magnitudes.count / 2
    let median =
      magnitudes.count % 2 == 1
      ? magnitudes[middle] : 0.5 * (magnitudes[middle - 1] + magnitudes[middle])
    return median / Self.medianOfNormal
  }

  /// The image with noise added to every voxel, in memory order; whole numbers stay whole.
  /// - Parameters:
  ///   - level: standard deviation of the noise.
  ///   - normal: draws a standard normal number.
  public func withNoise(level: Double, _ normal: () -> Double) -> Volume {
    var noisy = self
    for place in voxels.indices {
      let value = voxels[place] + level * normal()
      noisy.voxels[place] = sampleType.stored(sampleType.isInteger ? value.rounded() : value)
    }
    return noisy
  }
}
