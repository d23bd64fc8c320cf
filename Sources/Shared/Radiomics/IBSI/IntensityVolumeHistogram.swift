/// The share of a region's volume that has at least a given intensity (IBSI P88C).
///
/// Intensities are looked at on a grid: `first + i·step`, from the lower to the upper bound of the region's
/// intensities or of `resegmentRange`, also where no voxel has them.
struct IntensityVolumeHistogram {
  private let first: Double
  private let step: Double
  /// Share of voxels at each intensity of the grid or above.
  private let fractions: [Double]

  private static let mostSteps = 1 << 20

  /// - Throws: `tooManyLevels`.
  init(_ intensities: [Double], range: IntensityRange, settings: IBSISettings) throws(RadiomicsError) {
    let lower = settings.lowestIntensity ?? range.minimum
    let upper = settings.highestIntensity ?? range.maximum
    switch settings.intensityUnits {
    case .arbitrary:
      let levels = DiscretisedRegion.levels(of: intensities, range, count: settings.ivhBinCount)
      (first, step) = (1, 1)
      let count = range.maximum > range.minimum ? settings.ivhBinCount : 1
      fractions = Self.fractions(levels.map { Int($0) - 1 }, steps: count)
    case .calibratedDiscrete:
      (first, step) = (lower, 1)
      let steps = try Self.stepCount((upper - lower).rounded(.down) + 1, lower, upper, 1)
      fractions = Self.fractions(
        intensities.map { Self.place(($0 - lower).rounded(.down), steps) }, steps: steps)
    case .calibratedContinuous:
      let width = settings.ivhBinWidth ?? settings.binWidth
      (first, step) = (lower + width / 2, width)
      let steps = try Self.stepCount(((upper - lower) / width).rounded(.up), lower, upper, width)
      fractions = Self.fractions(
        intensities.map { Self.place((($0 - lower) / width).rounded(.down), steps) }, steps: steps)
    }
  }

  private static func stepCount(
    _ count: Double, _ lower: Double, _ upper: Double, _ width: Double
  ) throws(RadiomicsError) -> Int {
    guard count <= Double(mostSteps), lower.isFinite, upper.isFinite else {
      throw RadiomicsError(
        .tooManyLevels,
        "an intensity-volume histogram from \(lower) to \(upper) in steps of \(width) has more than "
          + "\(mostSteps) steps; choose a larger ivhBinWidth, or arbitrary intensity units")
    }
    return Int(max(1, count))
  }

  /// The step of an intensity; those outside the range count to the outermost ones.
  private static func place(_ number: Double, _ steps: Int) -> Int {
    Int(max(0, min(number, Double(steps - 1))))
  }

  /// - Parameter places: step of each voxel; what lies beyond the last belongs to the last.
  private static func fractions(_ places: [Int], steps: Int) -> [Double] {
    var counts = [Int](repeating: 0, count: steps)
    for place in places { counts[min(place, steps - 1)] += 1 }
    var above = places.count
    return counts.map { count in
      defer { above -= count }
      return Double(above) / Double(places.count)
    }
  }

  /// Volumes at intensity fractions (BC2M), intensities at volume fractions (GBPN), their differences (DDTU,
  /// CNV2) and the area under the curve (9CMM) by the trapezoidal rule, 0 for a single intensity.
  func namedValues() -> [NamedValue] {
    let (v10, v90) = (volume(atIntensityFraction: 0.1), volume(atIntensityFraction: 0.9))
    let (i10, i90) = (intensity(atVolumeFraction: 0.1), intensity(atVolumeFraction: 0.9))
    var area = 0.0
    for i in fractions.indices.dropFirst() { area += (fractions[i - 1] + fractions[i]) / 2 }
    return [
      NamedValue("v10", v10), NamedValue("v90", v90), NamedValue("i10", i10), NamedValue("i90", i90),
      NamedValue("diff_v10_v90", v10 - v90), NamedValue("diff_i10_i90", i10 - i90),
      NamedValue("auc", fractions.count > 1 ? area / Double(fractions.count - 1) : 0),
    ]
  }

  /// The largest share of volume whose intensity lies at least this far up in the range; NaN for a single
  /// intensity, which has no range.
  private func volume(atIntensityFraction fraction: Double) -> Double {
    let last = Double(fractions.count - 1)
    return fractions.indices.first { Double($0) / last >= fraction }.map { fractions[$0] } ?? .nan
  }

  /// The smallest intensity of the grid that at most this share of the volume has; one step beyond the grid
  /// where more voxels have its last.
  private func intensity(atVolumeFraction fraction: Double) -> Double {
    let place = fractions.firstIndex { $0 <= fraction } ?? fractions.count
    return first + Double(place) * step
  }
}
