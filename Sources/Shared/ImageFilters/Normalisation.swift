import Volumes

/// A sum with the error of each addition carried along (Kahan, Commun ACM 1965).
private struct CompensatedSum {
  var value = 0.0
  private var compensation = 0.0

  mutating func add(_ term: Double) {
    let corrected = term - compensation
    let sum = value + corrected
    compensation = (sum - value) - corrected
    value = sum
  }
}

extension Volume {
  /// The image as multiples of its standard deviation from its mean, over all voxels (ITK's
  /// `NormalizeImageFilter`): `(x - mean) / sd · scale`, with N - 1 in the variance.
  ///
  /// - Parameters:
  ///   - scale: what one standard deviation becomes.
  ///   - limit: what lies further than this many standard deviations from the mean is set to it, before
  ///     scaling.
  /// - Returns: an image of type `float64`.
  /// - Throws: `nonFiniteVoxel`, or `constantImage` where the standard deviation is 0 or undefined.
  public func normalised(scale: Double = 1, limit: Double? = nil) throws(ImageFilterError) -> Volume {
    try StoredVolume(self).normalised(scale: scale, limit: limit).converted
  }

  /// Largest magnitude over the whole image.
  /// - Throws: `nonFiniteVoxel`.
  func largestMagnitude(for purpose: String) throws(ImageFilterError) -> Double {
    try StoredVolume(self).largestMagnitude(for: purpose)
  }
}

extension StoredVolume {
  /// As `Volume.normalised`; what its file has stays as it is, and is rescaled where it is looked at.
  func normalised(scale: Double, limit: Double?) throws(ImageFilterError) -> StoredVolume {
    var sum = CompensatedSum()
    var squares = CompensatedSum()
    forEachSlice { voxels in
      for place in voxels.indices {
        let voxel = voxels[place]
        sum.add(voxel)
        squares.add(voxel * voxel)
      }
    }
    let count = Double(geometry.size.voxelCount)
    let mean = sum.value / count
    let variance = (squares.value - sum.value * sum.value / count) / (count - 1)
    guard sum.value.isFinite, squares.value.isFinite else {
      throw ImageFilterError.nonFinite(in: converted, for: "normalize")
    }
    guard variance > 0 else {
      throw ImageFilterError(
        .constantImage, "normalize: all voxels of the image are \(mean); a constant image has no scale")
    }
    return rescaled(
      IntensityRescaling(
        centre: mean, factor: 1 / variance.squareRoot(), bound: limit ?? .infinity, scale: scale))
  }
}

extension ImageFilterError {
  /// Names the first voxel that is not a number.
  static func nonFinite(in image: Volume, for purpose: String) -> ImageFilterError {
    let size = image.geometry.size
    let place = image.voxels.firstIndex { !$0.isFinite } ?? 0
    let (x, y, z) = (place % size.x, place / size.x % size.y, place / size.x / size.y)
    return ImageFilterError(
      .nonFiniteVoxel,
      "\(purpose): voxel (\(x), \(y), \(z)) is \(image.voxels[place]), and the result depends on every "
        + "voxel of the image; replace such voxels, or leave this out")
  }
}
