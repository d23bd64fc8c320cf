/// Which voxels tell N4 what the field is.
public enum BiasFieldMask: String, Sendable, Codable, CaseIterable {
  /// Those above Otsu's threshold (IEEE Trans Syst Man Cybern 1979) in a histogram of 200 bins, as in SimpleITK's example of N4.
  case otsu
  /// Those above 0, for an image without skull or without background.
  case positive
}

/// How the field of N4 is estimated, under the names and with the defaults of SimpleITK's `N4BiasFieldCorrectionImageFilter`,
/// and with `shrinkFactor` and `mask` as its users choose them before they call it.
public struct BiasFieldSettings: Codable, Equatable, Sendable {
  /// The field is estimated from every so-manieth voxel along x, y and z, and applied to all.
  public var shrinkFactor = [4, 4, 4]
  /// Which voxels tell what the field is.
  public var mask = BiasFieldMask.otsu
  /// The most iterations of each level; each level has twice the control points of the one before.
  public var maximumNumberOfIterations = [50, 50, 50, 50]
  /// A level ends when the ratio of two successive fields varies less: its coefficient of variation.
  public var convergenceThreshold = 0.001
  /// Width at half maximum of the Gaussian that blurs the histogram of logarithms.
  public var biasFieldFullWidthAtHalfMaximum = 0.15
  /// Noise of the Wiener filter that takes the blur off.
  public var wienerFilterNoise = 0.01
  /// Bins of that histogram.
  public var numberOfHistogramBins = 200
  /// Control points of the first level along x, y and z.
  public var numberOfControlPoints = [4, 4, 4]

  /// SimpleITK's defaults, with a shrink factor of 4 and Otsu's mask.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case shrinkFactor, mask, maximumNumberOfIterations, convergenceThreshold
    case biasFieldFullWidthAtHalfMaximum, wienerFilterNoise, numberOfHistogramBins, numberOfControlPoints
  }

  /// Names of the settings in a parameter file.
  public static let names = CodingKeys.allCases.map(\.rawValue)

  /// Reads the settings that are present; the others keep their defaults. One number serves all three axes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.mask, into: &mask)
    try values.read(.convergenceThreshold, into: &convergenceThreshold)
    try values.read(.biasFieldFullWidthAtHalfMaximum, into: &biasFieldFullWidthAtHalfMaximum)
    try values.read(.wienerFilterNoise, into: &wienerFilterNoise)
    try values.read(.numberOfHistogramBins, into: &numberOfHistogramBins)
    func read(_ key: CodingKeys, perAxis: Bool, into setting: inout [Int]) throws {
      guard values.contains(key), try !values.decodeNil(forKey: key) else { return }
      guard let one = try? values.decode(Int.self, forKey: key) else {
        setting = try values.decode([Int].self, forKey: key)
        return
      }
      setting = perAxis ? [one, one, one] : [one]
    }
    try read(.shrinkFactor, perAxis: true, into: &shrinkFactor)
    try read(.numberOfControlPoints, perAxis: true, into: &numberOfControlPoints)
    try read(.maximumNumberOfIterations, perAxis: false, into: &maximumNumberOfIterations)
  }

  /// The most spans between control points along an axis at the last level: a lattice of 131³ points.
  private static let spanLimit = 128

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`.
  public func validate() throws(ImageFilterError) {
    try require(
      shrinkFactor.count == 3 && shrinkFactor.allSatisfy { (1...64).contains($0) },
      "n4.shrinkFactor is \(shrinkFactor); expected 1 to 64, one number or one for each of three axes")
    try require(
      (1...8).contains(maximumNumberOfIterations.count)
        && maximumNumberOfIterations.allSatisfy { (1...1000).contains($0) },
      "n4.maximumNumberOfIterations is \(maximumNumberOfIterations); expected 1 to 1000 for each of 1 to 8 levels"
    )
    try require(
      (0...1).contains(convergenceThreshold),
      "n4.convergenceThreshold is \(convergenceThreshold); expected 0 to 1")
    try require(
      (1e-6...100).contains(biasFieldFullWidthAtHalfMaximum),
      "n4.biasFieldFullWidthAtHalfMaximum is \(biasFieldFullWidthAtHalfMaximum); expected 1e-6 to 100")
    try require(
      (1e-9...1e9).contains(wienerFilterNoise),
      "n4.wienerFilterNoise is \(wienerFilterNoise); expected 1e-9 to 1e9")
    try require(
      (16...4096).contains(numberOfHistogramBins),
      "n4.numberOfHistogramBins is \(numberOfHistogramBins); expected 16 to 4096")
    try require(
      numberOfControlPoints.count == 3 && numberOfControlPoints.allSatisfy { (4...131).contains($0) },
      "n4.numberOfControlPoints is \(numberOfControlPoints); expected 4 to 131, one number or one for each of three axes"
    )
    let spans = ((numberOfControlPoints.max() ?? 4) - 3) << (maximumNumberOfIterations.count - 1)
    try require(
      spans <= Self.spanLimit,
      "n4.numberOfControlPoints is \(numberOfControlPoints), which \(maximumNumberOfIterations.count) levels of "
        + "n4.maximumNumberOfIterations double to \(spans + 3); expected at most \(Self.spanLimit + 3)")
  }
}
