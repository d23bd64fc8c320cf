extension DiscretisedRegion {
  /// Most grey levels that histograms and texture matrices take.
  private static let mostLevels = 1 << 20

  /// Grey levels by the reference manual: fixed bin number (K15C) or fixed bin size (Q3RU).
  ///
  /// - Throws: `tooManyLevels`; `invalidSetting` where `binOrigin` lies above an intensity.
  init(
    _ intensities: [Double], range: IntensityRange, settings: IBSISettings
  ) throws(RadiomicsError) {
    if let count = settings.binCount {
      self.init(assigned: Self.levels(of: intensities, range, count: count))
      return
    }
    let origin = settings.binOrigin ?? settings.lowestIntensity ?? range.minimum
    guard origin <= range.minimum else {
      throw RadiomicsError(
        .invalidSetting,
        "binOrigin is \(origin), above the region's smallest intensity \(range.minimum); "
          + "lower it, or set resegmentRange")
    }
    guard (range.maximum - origin) / settings.binWidth < Double(Self.mostLevels) else {
      throw RadiomicsError(
        .tooManyLevels,
        "binWidth \(settings.binWidth) makes more than \(Self.mostLevels) grey levels of intensities from "
          + "\(origin) to \(range.maximum); choose a larger binWidth, or binCount")
    }
    self.init(assigned: Self.levels(of: intensities, from: origin, width: settings.binWidth))
  }

  /// `⌊(x - origin) / width⌋ + 1`.
  static func levels(of intensities: [Double], from origin: Double, width: Double) -> [Int32] {
    intensities.map { Int32((($0 - origin) / width).rounded(.down)) + 1 }
  }

  /// `⌊count (x - minimum) / (maximum - minimum)⌋ + 1`, and `count` for the maximum; 1 for a flat region.
  static func levels(of intensities: [Double], _ range: IntensityRange, count: Int) -> [Int32] {
    let extent = range.maximum - range.minimum
    guard extent > 0 else { return [Int32](repeating: 1, count: intensities.count) }
    return intensities.map { value in
      let product = Double(count) * (value - range.minimum)
      // Where the product or the extent lies beyond the largest number, their halves do not.
      let place =
        product.isFinite && extent.isFinite
        ? product / extent
        : (value / 2 - range.minimum / 2) / (range.maximum / 2 - range.minimum / 2) * Double(count)
      return min(Int32(count), Int32(max(0, min(place, Double(count))).rounded(.down)) + 1)
    }
  }
}
