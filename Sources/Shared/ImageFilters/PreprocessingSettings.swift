import Volumes

/// How intensities between voxel centres are estimated, under SimpleITK's names.
public enum Interpolator: String, Sendable, Codable, CaseIterable {
  /// The nearest voxel.
  case nearestNeighbour = "sitkNearestNeighbor"
  /// Linear between the two nearest voxels of each axis.
  case linear = "sitkLinear"
  /// Cubic B-spline.
  case bSpline = "sitkBSpline"
  /// Gaussian of 0.8 voxels, cut off at four deviations.
  case gaussian = "sitkGaussian"
  /// Gaussian for labels: of one voxel, cut off at one deviation.
  case labelGaussian = "sitkLabelGaussian"
  /// Sinc over five voxels to each side, under the window of Hamming.
  case hammingWindowedSinc = "sitkHammingWindowedSinc"
  /// The same under half a period of the cosine.
  case cosineWindowedSinc = "sitkCosineWindowedSinc"
  /// The same under the window of Welch.
  case welchWindowedSinc = "sitkWelchWindowedSinc"
  /// The same under the window of Lanczos.
  case lanczosWindowedSinc = "sitkLanczosWindowedSinc"
  /// The same under the window of Blackman.
  case blackmanWindowedSinc = "sitkBlackmanWindowedSinc"

  /// The interpolator of SimpleITK's number 1...10, as parameter files may give it.
  public init?(simpleITKNumber number: Int) {
    guard Self.allCases.indices.contains(number - 1) else { return nil }
    self = Self.allCases[number - 1]
  }

  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let named = try? value.decode(String.self)
    let found =
      named.flatMap(Self.init(rawValue:))
      ?? (try? value.decode(Int.self)).flatMap(Self.init(simpleITKNumber:))
    guard let found else {
      throw DecodingError.dataCorruptedError(
        in: value,
        debugDescription: "unknown interpolator \(named ?? ""); expected one of "
          + Self.allCases.map(\.rawValue).joined(separator: ", ") + ", or its number 1 to 10")
    }
    self = found
  }
}

/// What the numbers of `resegmentRange` count.
public enum ResegmentMode: String, Sendable, Codable, CaseIterable {
  /// Intensities.
  case absolute
  /// Fractions of the largest intensity in the region.
  case relative
  /// Standard deviations from the mean of the region.
  case sigma
}

/// Which way the axes of image and mask run before anything is computed.
public enum Orientation: String, Sendable, Codable, CaseIterable {
  /// As the file has them, which is PyRadiomics' way: wavelets and resampling see another image where a file is stored otherwise.
  case asStored = "as-stored"
  /// As close to the patient's left, back and head as they come without interpolation.
  case lps
}

/// What is done to image and mask before any filter, under PyRadiomics' names and with its defaults.
public struct PreprocessingSettings: Codable, Equatable, Sendable {
  /// Whether intensities are centred and divided by their standard deviation over the whole image.
  public var normalize = false
  /// Factor after normalisation.
  public var normalizeScale: Double = 1
  /// Largest distance from the mean after normalisation, in standard deviations; `nil` keeps outliers.
  public var removeOutliers: Double?
  /// New spacing along x, y and z in mm; 0 keeps that of the mask. `nil` does not resample.
  public var resampledPixelSpacing: [Double]?
  /// `nil` does not resample.
  public var interpolator: Interpolator? = .bSpline
  /// Voxels kept around the region's bounding box when resampling or pre-cropping.
  public var padDistance = 5
  /// Whether the image is cropped to the region before filters, when it is not resampled.
  public var preCrop = false
  /// One lower limit, or a lower and an upper one, that intensities in the region must meet.
  public var resegmentRange: [Double]?
  /// What the numbers of `resegmentRange` count.
  public var resegmentMode = ResegmentMode.absolute
  /// Whether re-segmentation also applies to shape features.
  public var resegmentShape = false
  /// Whether a mask on another grid is resampled onto the image's.
  public var correctMask = false
  /// Difference between grids that counts as rounding; `nil` is ITK's 1e-6.
  public var geometryTolerance: Double?
  /// Which way the axes run; not PyRadiomics'. `nil` is as stored.
  public var orientation: Orientation?
  /// How the smooth field of an MR coil is taken off, before anything else changes intensities; not PyRadiomics'. `nil` leaves it.
  public var biasField: BiasFieldSettings?
  /// How intensities are brought to one scale, after `biasField` and before `normalize`; not PyRadiomics'. `nil` leaves them.
  public var standardisation: Standardisation?

  /// Where the new grid lies on the old one; not PyRadiomics'. `nil` is its way, at corners.
  public var gridAlignment: GridAlignment?
  /// How the region is brought to a new grid; not PyRadiomics'. `nil` is its way, the nearest voxel.
  public var maskInterpolator: Interpolator?
  /// Share of a voxel that must belong to the region where `maskInterpolator` gives one; `nil` is a half.
  public var partialVolumeThreshold: Double?
  /// Whether resampled intensities are rounded to whole numbers, or keep their fractions; not PyRadiomics'. `nil` is its way:
  /// those of an integer image are cut off.
  public var intensityRounding: Bool?
  /// Standard deviations from the region's mean beyond which its voxels are left out, after `resegmentRange`; not PyRadiomics'.
  public var resegmentOutliers: Double?

  /// Neither normalisation, resampling, cropping nor re-segmentation.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case normalize, normalizeScale, removeOutliers, resampledPixelSpacing, interpolator, padDistance, preCrop
    case resegmentRange, resegmentMode, resegmentShape, correctMask, geometryTolerance
    case orientation
    case biasField = "n4"
    case standardisation = "standardise"
    case gridAlignment, maskInterpolator, partialVolumeThreshold, intensityRounding, resegmentOutliers
  }

  /// Names of the settings that the IBSI reference manual has and PyRadiomics has not.
  public static let standardNames = [
    CodingKeys.gridAlignment, .maskInterpolator, .partialVolumeThreshold, .intensityRounding,
    .resegmentOutliers,
  ].map(\.rawValue)

  /// Names of settings that are mappings of settings of their own, with the names of these.
  public static let nestedNames = [
    CodingKeys.biasField.rawValue: BiasFieldSettings.names,
    CodingKeys.standardisation.rawValue: Standardisation.names,
  ]

  /// Reads the settings that are present; the others keep their defaults. `interpolator: null` turns
  /// resampling off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.normalize, into: &normalize)
    try values.read(.normalizeScale, into: &normalizeScale)
    removeOutliers = try values.decodeIfPresent(Double.self, forKey: .removeOutliers)
    resampledPixelSpacing = try values.decodeIfPresent([Double].self, forKey: .resampledPixelSpacing)
    if values.contains(.interpolator) {
      interpolator = try values.decodeIfPresent(Interpolator.self, forKey: .interpolator)
    }
    try values.read(.padDistance, into: &padDistance)
    try values.read(.preCrop, into: &preCrop)
    resegmentRange = try values.decodeIfPresent([Double].self, forKey: .resegmentRange)
    try values.read(.resegmentMode, into: &resegmentMode)
    try values.read(.resegmentShape, into: &resegmentShape)
    try values.read(.correctMask, into: &correctMask)
    geometryTolerance = try values.decodeIfPresent(Double.self, forKey: .geometryTolerance)
    orientation = try values.decodeIfPresent(Orientation.self, forKey: .orientation)
    biasField = try values.decodeIfPresent(BiasFieldSettings.self, forKey: .biasField)
    standardisation = try values.decodeIfPresent(Standardisation.self, forKey: .standardisation)
    gridAlignment = try values.decodeIfPresent(GridAlignment.self, forKey: .gridAlignment)
    maskInterpolator = try values.decodeIfPresent(Interpolator.self, forKey: .maskInterpolator)
    partialVolumeThreshold = try values.decodeIfPresent(Double.self, forKey: .partialVolumeThreshold)
    intensityRounding = try values.decodeIfPresent(Bool.self, forKey: .intensityRounding)
    resegmentOutliers = try values.decodeIfPresent(Double.self, forKey: .resegmentOutliers)
  }

  /// Checks every setting against its range.
  public func validate() throws(ImageFilterError) {
    try require(
      normalizeScale > 0 && normalizeScale.isFinite,
      "normalizeScale is \(normalizeScale); expected a number above 0")
    try require(
      removeOutliers.map { $0 > 0 } ?? true,
      "removeOutliers is \(removeOutliers ?? 0); expected a number above 0")
    try require(
      resampledPixelSpacing.map { $0.allSatisfy { $0 == 0 || GridGeometry.readableSpacings.contains($0) } }
        ?? true,
      "resampledPixelSpacing is \(resampledPixelSpacing ?? []); expected 0, or 1e-12 to 1e12 mm, for each axis"
    )
    try require(
      (0...GridSize.voxelLimit).contains(padDistance),
      "padDistance is \(padDistance); expected 0 to \(GridSize.voxelLimit) voxels")
    try require(
      resegmentRange.map { (1...2).contains($0.count) && $0.allSatisfy { !$0.isNaN } } ?? true,
      "resegmentRange is \(resegmentRange ?? []); expected one or two numbers")
    try require(
      geometryTolerance.map { $0 > 0 } ?? true,
      "geometryTolerance is \(geometryTolerance ?? 0); expected a number above 0")
    try biasField?.validate()
    try standardisation?.validate()
    try require(
      !normalize || standardisation?.isLinear != true,
      "normalize centres and scales the image once more, so that standardise: method "
        + "\(standardisation?.method.rawValue ?? "") would be without effect; remove one of them")
    try validateStandard()
  }

  /// Checks the settings that are not PyRadiomics'; none is without effect.
  private func validateStandard() throws(ImageFilterError) {
    try require(
      partialVolumeThreshold.map { $0 > 0 && $0 <= 1 } ?? true,
      "partialVolumeThreshold is \(partialVolumeThreshold ?? 0); expected a share above 0, to 1")
    try require(
      resegmentOutliers.map { $0 > 0 && $0.isFinite } ?? true,
      "resegmentOutliers is \(resegmentOutliers ?? 0); expected a number of standard deviations above 0")
    let interpolators: [Interpolator] = [.nearestNeighbour, .linear, .bSpline]
    try require(
      maskInterpolator.map { interpolators.contains($0) } ?? true,
      "maskInterpolator is \(maskInterpolator?.rawValue ?? ""); expected one of "
        + interpolators.map(\.rawValue).joined(separator: ", "))
    try require(
      partialVolumeThreshold == nil || interpolatesMask,
      "partialVolumeThreshold needs maskInterpolator: sitkLinear or sitkBSpline, since the nearest voxel has no share"
    )
    try require(
      resegmentOutliers == nil || resegmentRange == nil || resegmentMode == .absolute,
      "resegmentOutliers stands beside a resegmentRange of intensities (resegmentMode: absolute), but the mode is "
        + "\(resegmentMode.rawValue); remove one of them")
  }

  /// Whether the region on a new grid is told by shares of voxels.
  private var interpolatesMask: Bool { maskInterpolator.map { $0 != .nearestNeighbour } ?? false }
}

/// Throws `invalidSetting` with the message unless the condition holds.
func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(ImageFilterError) {
  if !holds { throw ImageFilterError(.invalidSetting, message()) }
}

extension PreprocessingSettings {
  /// Difference between grids that counts as rounding; ITK's unless said otherwise.
  var allowedTolerance: Double { geometryTolerance ?? 1e-6 }
}
