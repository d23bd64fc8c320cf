import ElementaryFunctions

/// Statistics of intensities, and of the histogram of grey levels.
public struct FirstOrderClass: FeatureClassDefinition {
  public static let name = "firstorder"
  public static let isStandard = true
  public static let standardFeatures = [
    "10Percentile", "90Percentile", "Energy", "Entropy", "InterquartileRange", "Kurtosis", "Maximum",
    "MeanAbsoluteDeviation", "Mean", "Median", "Minimum", "Range", "RobustMeanAbsoluteDeviation",
    "RootMeanSquared",
    "Skewness", "TotalEnergy", "Uniformity", "Variance",
  ]
  public static let deprecatedFeatures = ["StandardDeviation"]
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Added to intensities in Energy, TotalEnergy and RootMeanSquared.
  public var voxelArrayShift: Double = 0

  /// No shift.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case voxelArrayShift }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: CodingKeys.self).read(.voxelArrayShift, into: &voxelArrayShift)
  }

  public func validate() throws(RadiomicsError) {
    try require(voxelArrayShift.isFinite, "voxelArrayShift is \(voxelArrayShift); expected a finite number")
  }

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    FirstOrderFeatures(
      intensities: region.intensities, discretised: region.discretised,
      voxelVolume: region.region.voxelVolume, shift: voxelArrayShift
    ).values()
  }
}

extension FeatureClass {
  /// Statistics of intensities, and of the histogram of grey levels.
  public static let firstorder = FeatureClass(FirstOrderClass.self)
}

/// Statistics of intensities, and of the histogram of grey levels.
struct FirstOrderFeatures {
  let intensities: [Double]
  let discretised: DiscretisedRegion
  let voxelVolume: Double
  let shift: Double

  /// All features of the class, deprecated ones too.
  func values() -> [NamedValue] {
    var order = OrderStatistics(intensities, discretised)
    let last = intensities.count - 1
    let places = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map { Int(Double(last) * $0) }
    order.open(places: places + places.map { min($0 + 1, last) })
    let p10 = order.quantile(0.1)
    let p90 = order.quantile(0.9)
    let interquartile = order.quantile(0.75) - order.quantile(0.25)
    let median = order.median()
    return extremes(&order) + momentValues() + energyValues() + histogramValues() + [
      NamedValue("10Percentile", p10),
      NamedValue("90Percentile", p90),
      NamedValue("InterquartileRange", interquartile),
      NamedValue("Median", median),
      NamedValue("RobustMeanAbsoluteDeviation", meanAbsoluteDeviation(between: p10, and: p90)),
    ]
  }

  /// Minimum (IBSI 1GSF), maximum (84IY) and range (2OJQ).
  private func extremes(_ order: inout OrderStatistics) -> [NamedValue] {
    let minimum = order.value(at: 0)
    let maximum = order.value(at: intensities.count - 1)
    return [
      NamedValue("Minimum", minimum), NamedValue("Maximum", maximum), NamedValue("Range", maximum - minimum),
    ]
  }

  /// Mean (IBSI Q4LE), variance (ECT3), skewness (KE2A), kurtosis (IPH6 + 3) and mean absolute deviation
  /// (4FUA). Moments are divided by N; a region of one intensity has skewness and kurtosis 0.
  private func momentValues() -> [NamedValue] {
    let count = Double(intensities.count)
    let mean = sum { $0 } / count
    // Each sum waits for its own last addition; side by side the four take the time of one.
    var (second, third, fourth, absolute) = (0.0, 0.0, 0.0, 0.0)
    for value in intensities {
      let deviation = value - mean
      let square = deviation * deviation
      second += square
      third += square * deviation
      fourth += square * square
      absolute += abs(deviation)
    }
    (second, third, fourth, absolute) = (second / count, third / count, fourth / count, absolute / count)
    let isFlat = second == 0 || intensities.allSatisfy { $0 == intensities[0] }
    return [
      NamedValue("Mean", mean),
      NamedValue("Variance", second),
      NamedValue("StandardDeviation", second.squareRoot()),
      NamedValue("Skewness", isFlat ? 0 : third / (second * second.squareRoot())),
      NamedValue("Kurtosis", isFlat ? 0 : fourth / (second * second)),
      NamedValue("MeanAbsoluteDeviation", absolute),
    ]
  }

  /// Energy (N8CA) of shifted intensities, the same times the voxel's volume, and root mean square (5ZWQ).
  private func energyValues() -> [NamedValue] {
    let energy = sum { ($0 + shift) * ($0 + shift) }
    return [
      NamedValue("Energy", energy),
      NamedValue("TotalEnergy", energy * voxelVolume),
      NamedValue("RootMeanSquared", (energy / Double(intensities.count)).squareRoot()),
    ]
  }

  /// Entropy (TLU2) and uniformity (BJ5W) of the histogram.
  private func histogramValues() -> [NamedValue] {
    let count = Double(intensities.count)
    var entropy = 0.0
    var uniformity = 0.0
    for voxels in discretised.voxelCounts where voxels > 0 {
      let p = Double(voxels) / count
      entropy -= p * log2OfProbability(p)
      uniformity += p * p
    }
    return [NamedValue("Entropy", entropy), NamedValue("Uniformity", uniformity)]
  }

  /// Robust mean absolute deviation (1128): of the values from `lower` to `upper`, about their own mean.
  /// NaN when there are none.
  private func meanAbsoluteDeviation(between lower: Double, and upper: Double) -> Double {
    // What lies outside adds 0, which costs less than a branch that cannot be foreseen.
    var (count, total) = (0.0, 0.0)
    for value in intensities {
      let isOutside = value < lower || value > upper
      count += isOutside ? 0 : 1
      total += isOutside ? 0 : value
    }
    let mean = total / count
    var deviation = 0.0
    for value in intensities { deviation += value < lower || value > upper ? 0 : abs(value - mean) }
    return deviation / count
  }

  @inline(__always)
  private func sum(_ term: (Double) -> Double) -> Double {
    var total = 0.0
    for value in intensities { total += term(value) }
    return total
  }
}

/// `log₂(p + 2⁻⁵²)`: PyRadiomics' guard against the logarithm of 0 (`numpy.spacing(1)`).
@inline(__always)
func log2OfProbability(_ p: Double) -> Double { Elementary.log2(p + Double.ulpOfOne) }
