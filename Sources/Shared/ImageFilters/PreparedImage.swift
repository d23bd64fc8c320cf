import Volumes

/// An image and its region after everything that comes before filters: normalisation, resampling, cropping,
/// mask correction and re-segmentation, in PyRadiomics' order.
public struct PreparedImage: Sendable {
  /// The image that filters see; larger than the region. Its voxels become `Double` where they are asked for.
  package let stored: StoredVolume
  /// The region of which intensity features are computed, on the image's grid.
  public let mask: Mask
  /// The region of which shape features are computed. Without re-segmentation the same; else, unless
  /// `resegmentShape` is set, the region before it, cut off at the bounding box after it, as PyRadiomics
  /// does.
  public let shapeMask: Mask
  /// Bounding box of `mask`.
  public internal(set) var box: VoxelBox
  /// The region before re-segmentation, on the image's grid.
  public let maskBeforeResegmentation: Mask
  /// Whether `resegmentRange` was set.
  public let isResegmented: Bool
  /// What was done to the image's or the mask's grid.
  public let change: GridChange
  /// What should be known of it.
  public let warnings: [String]
  private let scan = VoxelScan()

  /// The image that filters see, all of it as `Double`.
  public var image: Volume { stored.volume }
  /// The grid of that image.
  public var geometry: GridGeometry { stored.geometry }

  /// What can be done to the grids of image and mask.
  public enum GridChange: Sendable {
    /// Neither grid was changed.
    case none
    /// Both were resampled (or, where the spacing stays, the mask), and cropped.
    case resampled
    /// The mask was resampled onto the image's grid, as `correctMask` allows.
    case maskCorrected
  }

  /// Prepares an image and its region.
  /// - Parameters:
  ///   - image: the image as it was read.
  ///   - mask: the region, on any grid if resampling or mask correction is on, else on the image's.
  ///   - reference: the reference tissue of `standardise`, on the mask's grid; only its method z-score needs one.
  ///   - settings: what is done.
  /// - Throws: `ImageFilterError` for settings outside their range, an empty region, one outside the image,
  ///   one that re-segmentation leaves with a voxel or less, or an image whose intensities cannot be corrected.
  public init(
    image: Volume, mask: Mask, reference: Mask? = nil, settings: PreprocessingSettings = .init()
  ) throws(ImageFilterError) {
    try self.init(image: StoredVolume(image), mask: mask, reference: reference, settings: settings)
  }

  /// Prepares an image as its file has it, and its region.
  ///
  /// What needs all voxels as `Double` (`n4`, `standardise`) makes them so; nothing else does.
  /// - Throws: as for an image of `Double`.
  public init(
    image: StoredVolume, mask: Mask, reference: Mask? = nil, settings: PreprocessingSettings = .init()
  ) throws(ImageFilterError) {
    try settings.validate()
    var (image, mask, reference) = (image, mask, reference)
    var place = PatientFrame?.none
    if settings.orientation == .lps {
      (image, mask, place) = Self.oriented(image, mask, tolerance: settings.allowedTolerance)
      reference = reference.map { Mask(geometry: mask.geometry, voxels: $0.inPatientOrder.voxels) }
    }
    let region = try mask.region()
    var change = GridChange.none
    var warnings: [String] = []
    image = try Self.corrected(image, reference, settings)
    if settings.normalize {
      image = try image.normalised(scale: settings.normalizeScale, limit: settings.removeOutliers)
    }
    if let spacing = settings.resampledPixelSpacing, let interpolator = settings.interpolator {
      if settings.intensityRounding == true, image.hasFractions {
        warnings.append(
          "the image has intensities with fractions, and intensityRounding makes them whole numbers; set it to false unless "
            + "they are meant to be")
      }
      if settings.gridAlignment == .center {
        (image, mask) = try Self.resampledWhole(
          image, mask, region: region, spacing: spacing, by: interpolator, settings)
      } else {
        let grid = try ResamplingGrid(requested: spacing, mask: mask.geometry, region: region)
        if settings.orientation != .lps { warnings += grid.ties(around: region) }
        (image, mask) = try Self.resampled(
          image, mask, region: region, onto: grid, by: interpolator, settings)
      }
      try Self.requireVoxels(of: mask, at: spacing)
      change = .resampled
    } else {
      if let corrected = try Self.corrected(mask, to: image.geometry, settings) {
        mask = corrected
        change = .maskCorrected
      }
      if settings.preCrop {
        (image, mask) = Self.cropped(
          image, mask, around: try mask.region(), padDistance: settings.padDistance)
      }
    }
    if let place { (image, mask) = (place.putBack(image), place.putBack(mask)) }
    stored = image
    self.change = change
    self.warnings = warnings
    maskBeforeResegmentation = mask
    isResegmented = settings.resegmentRange != nil || settings.resegmentOutliers != nil
    guard isResegmented else {
      self.mask = mask
      shapeMask = mask
      box = try mask.region()
      return
    }
    self.mask = try mask.resegmented(by: image, settings)
    box = try self.mask.region()
    shapeMask = settings.resegmentShape ? self.mask : mask.cleared(outside: box)
  }

  /// The largest magnitude of `image`, looked for once.
  /// - Throws: `nonFiniteVoxel`.
  func largestMagnitude(for purpose: String) throws(ImageFilterError) -> Double {
    try scan.largestMagnitude(of: stored, for: purpose)
  }

  /// Refuses an image with voxels that are not numbers.
  /// - Throws: `nonFiniteVoxel`.
  func checkFinite(for purpose: String) throws(ImageFilterError) {
    if !stored.isFinite { _ = try largestMagnitude(for: purpose) }
  }

  /// - Throws: `regionTooSmall` where resampling has left nothing of the region.
  private static func requireVoxels(of mask: Mask, at spacing: [Double]) throws(ImageFilterError) {
    guard mask.boundingBox == nil else { return }
    throw ImageFilterError(
      .regionTooSmall,
      "no voxel of the region is left on the grid of resampledPixelSpacing \(spacing); take a smaller spacing, or check the mask"
    )
  }

  /// Image and mask with their axes along the patient's, and at a place of their own where both lie on one grid: what is
  /// computed of positions is then the same, to the last bit, however the file states them.
  private static func oriented(
    _ image: StoredVolume, _ mask: Mask, tolerance: Double
  ) -> (StoredVolume, Mask, PatientFrame?) {
    let (image, mask) = (image.inPatientOrder, mask.inPatientOrder)
    guard image.geometry.dimension == 3, image.geometry.coincides(with: mask.geometry, tolerance: tolerance)
    else { return (image, mask, nil) }
    let frame = PatientFrame(of: image.geometry)
    return (frame.takeOut(image), frame.takeOut(mask), frame)
  }

  /// The image with the intensities that `n4` and `standardise` give it.
  private static func corrected(
    _ stored: StoredVolume, _ reference: Mask?, _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> StoredVolume {
    guard settings.biasField != nil || settings.standardisation != nil else { return stored }
    var image = stored.converted
    if let biasField = settings.biasField { image = try image.biasFieldCorrected(biasField) }
    guard let standardisation = settings.standardisation else { return StoredVolume(image) }
    guard let reference, standardisation.method == .zScore else {
      return StoredVolume(try image.standardised(by: standardisation))
    }
    return StoredVolume(
      try image.standardised(
        by: standardisation, reference: tissue(reference, on: image.geometry, settings)))
  }

  /// The reference tissue on the image's grid, where the region may be brought there too.
  private static func tissue(
    _ mask: Mask, on image: GridGeometry, _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> Mask {
    let coincides = image.coincides(with: mask.geometry, tolerance: settings.allowedTolerance)
    if coincides || mask.boundingBox == nil { return mask }
    let isResampled = settings.resampledPixelSpacing != nil && settings.interpolator != nil
    if isResampled { return mask.resampled(onto: image) }
    return try corrected(mask, to: image, settings) ?? mask
  }

  private static func resampled(
    _ image: StoredVolume, _ mask: Mask, region: VoxelBox, onto grid: ResamplingGrid,
    by interpolator: Interpolator, _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> (StoredVolume, Mask) {
    try region.checkInside(image.geometry, on: mask.geometry)
    if grid.keepsSpacing(of: image.geometry) {
      let mask = try mask.resampled(onto: image.geometry, settings)
      return cropped(image, mask, around: try mask.region(), padDistance: settings.padDistance)
    }
    let geometry = try grid.geometry(around: region, padDistance: settings.padDistance)
    return (
      StoredVolume(
        try image.resampled(onto: geometry, by: interpolator, rounding: settings.intensityRounding)),
      try mask.resampled(onto: geometry, settings)
    )
  }

  /// Image and mask on a grid over the whole image; with `preCrop` what lies far from the region is then left out.
  private static func resampledWhole(
    _ image: StoredVolume, _ mask: Mask, region: VoxelBox, spacing: [Double], by interpolator: Interpolator,
    _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> (StoredVolume, Mask) {
    try region.checkInside(image.geometry, on: mask.geometry)
    let grid = try image.geometry.centred(spacing: spacing)
    let mask = try mask.resampled(onto: grid, settings)
    let resampled = StoredVolume(
      try image.resampled(onto: grid, by: interpolator, rounding: settings.intensityRounding))
    guard settings.preCrop else { return (resampled, mask) }
    return cropped(resampled, mask, around: try mask.region(), padDistance: settings.padDistance)
  }

  private static func cropped(
    _ image: StoredVolume, _ mask: Mask, around region: VoxelBox, padDistance: Int
  ) -> (StoredVolume, Mask) {
    let box = region.padded(by: padDistance, within: image.geometry.size)
    return (StoredVolume(image.cropped(to: box)), mask.cropped(to: box))
  }

  /// The mask resampled onto the image's grid, where `correctMask` allows; nil where the grids coincide.
  private static func corrected(
    _ mask: Mask, to image: GridGeometry, _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> Mask? {
    let tolerance = settings.allowedTolerance
    if image.coincides(with: mask.geometry, tolerance: tolerance) { return nil }
    guard settings.correctMask else {
      throw ImageFilterError(
        .geometryMismatch,
        "image and mask lie on different grids (\(image.differences(from: mask.geometry, tolerance))): image "
          + "\(image.text); mask \(mask.geometry.text); set "
          + "correctMask to resample the mask, or raise geometryTolerance (now \(tolerance)) if it is "
          + "rounding")
    }
    try mask.region().checkInside(image, on: mask.geometry)
    return mask.resampled(onto: image)
  }
}

extension GridGeometry {
  /// In what another grid is another, for a reader.
  fileprivate func differences(from other: GridGeometry, _ tolerance: Double) -> String {
    var names: [String] = []
    if size != other.size { names.append("size") }
    var same = other
    same = GridGeometry(
      size: size, spacingInMillimetres: other.spacingInMillimetres, originInMillimetres: originInMillimetres,
      directions: directions)
    if !coincides(with: same, tolerance: tolerance) { names.append("spacing") }
    same = GridGeometry(
      size: size, spacingInMillimetres: spacingInMillimetres, originInMillimetres: other.originInMillimetres,
      directions: directions)
    if !coincides(with: same, tolerance: tolerance) { names.append("origin") }
    same = GridGeometry(
      size: size, spacingInMillimetres: spacingInMillimetres, originInMillimetres: originInMillimetres,
      directions: other.directions)
    if !coincides(with: same, tolerance: tolerance) { names.append("directions of the axes") }
    return names.isEmpty ? "by little" : names.joined(separator: ", ")
  }
}

extension Mask {
  /// The region on another grid, as the settings bring it there.
  fileprivate func resampled(
    onto grid: GridGeometry, _ settings: PreprocessingSettings
  ) throws(ImageFilterError) -> Mask {
    try resampled(
      onto: grid, by: settings.maskInterpolator ?? .nearestNeighbour,
      threshold: settings.partialVolumeThreshold ?? 0.5)
  }

  /// Bounding box of the region.
  /// - Throws: `emptyRegion`.
  fileprivate func region() throws(ImageFilterError) -> VoxelBox {
    guard let box = boundingBox else {
      throw ImageFilterError(
        .emptyRegion, "the mask (\(geometry.size.text) voxels) holds no voxel of the region; check its label")
    }
    return box
  }
}

extension GridGeometry {
  fileprivate var text: String {
    func list(_ vector: SIMD3<Double>) -> String { "(\(vector.x), \(vector.y), \(vector.z))" }
    return
      "\(size.text) voxels, spacing \(list(spacingInMillimetres)) mm, origin "
      + "\(list(originInMillimetres)) mm, directions " + directions.map(list).joined(separator: " ")
  }
}
