import Volumes

extension Mask {
  /// The part of the region whose intensities lie within a range, limits included.
  ///
  /// One number is a lower limit; of two, the smaller is the lower limit. Mean, standard deviation
  /// (population) and maximum are those of the region, rounded as NumPy rounds them.
  /// - Throws: `regionTooSmall` when one voxel or none is left; `invalidSetting` for no number or more than
  ///   two.
  public func resegmented(
    by image: Volume, range: [Double], mode: ResegmentMode
  ) throws(ImageFilterError) -> Mask {
    try resegmented(by: StoredVolume(image), range: range, mode: mode)
  }

  private func resegmented(
    by image: StoredVolume, range: [Double], mode: ResegmentMode
  ) throws(ImageFilterError) -> Mask {
    try resegmented(by: image, range: range, mode: mode, named: "resegmentRange \(range) (\(mode.rawValue))")
  }

  /// The part of the region within `resegmentRange`, and of that what `resegmentOutliers` leaves: mean and standard deviation
  /// are those of the voxels within the range.
  func resegmented(
    by image: StoredVolume, _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> Mask {
    var mask = self
    if let range = settings.resegmentRange {
      mask = try mask.resegmented(by: image, range: range, mode: settings.resegmentMode)
    }
    guard let deviations = settings.resegmentOutliers else { return mask }
    return try mask.resegmented(
      by: image, range: [-deviations, deviations], mode: .sigma,
      named: "resegmentOutliers \(deviations) (standard deviations)")
  }

  private func resegmented(
    by image: StoredVolume, range: [Double], mode: ResegmentMode, named name: String
  ) throws(ImageFilterError) -> Mask {
    try require((1...2).contains(range.count), "resegmentRange is \(range); expected one or two numbers")
    let places = voxels.indices.filter { voxels[$0] == 1 }
    let values = intensities(at: places, of: image)
    let limits = try thresholds(values, of: image.sampleType, range: range.sorted(), mode: mode)
    var result = self
    var kept = 0
    for (place, value) in zip(places, values) {
      let isInside = value >= limits[0] && (limits.count == 1 || value <= limits[1])
      result.voxels[place] = isInside ? 1 : 0
      kept += isInside ? 1 : 0
    }
    guard kept > 1 else {
      throw ImageFilterError(
        .regionTooSmall,
        "\(name) leaves \(kept) of \(count) voxels, limits being "
          + "\(limits); features need at least 2: widen the range")
    }
    return result
  }

  /// The image's values at places of the grid.
  private func intensities(at places: [Int], of image: StoredVolume) -> [Double] {
    if let numbers = image.numbers { return places.map { numbers[$0] } }
    return places.map { image[$0] }
  }

  private func thresholds(
    _ values: [Double], of type: SampleType, range: [Double], mode: ResegmentMode
  ) throws(ImageFilterError) -> [Double] {
    if mode == .absolute { return range.map { rounded($0, as: type) } }
    guard let largest = values.max() else {
      throw ImageFilterError(
        .emptyRegion, "resegmentRange: the mask holds no voxel of the region; check its label")
    }
    if mode == .relative { return range.map { rounded(largest * $0, as: type) } }
    guard type == .float32 else {
      let (mean, deviation) = meanAndDeviation(values)
      return range.map { mean + deviation * $0 }
    }
    let (mean, deviation) = meanAndDeviation(values.map { Float($0) })
    return range.map { rounded(Double(mean) + Double(deviation) * $0, as: .float32) }
  }

  /// NumPy compares an array of single precision with a limit rounded to single precision.
  private func rounded(_ limit: Double, as type: SampleType) -> Double {
    type == .float32 ? Double(Float(limit)) : limit
  }
}
