import Volumes

/// Moduli of responses to Gabor filters in planes, averaged over orientations and over planes where that is wished (IBSI
/// reference manual, part 2, section 4.4, filter Q88H).
public struct IBSIGaborFilter: IBSIFilter {
  public static let name = "IBSIGabor"
  /// It works in planes always.
  public static let settingNames = IBSIFilterSettings.names(
    .sigma, .gaborWavelength, .gaborAspect, .gaborAngle, .gaborAngleStep, .gaborOrthogonalPlanes)
  public var settings = IBSIFilterSettings()

  /// No width, and so no image.
  public init() {}

  public var missingSetting: String? {
    guard settings.sigma.isEmpty || settings.gaborWavelength == nil else { return nil }
    return
      "needs ibsiSigma and ibsiGaborWavelength, as IBSIGabor: {ibsiSigma: [5.0], ibsiGaborWavelength: 2.0}."
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    try prepared.checkFinite(for: Self.self)
    guard let wavelength = settings.gaborWavelength else { return }
    let geometry = prepared.image.geometry
    let isFlat = geometry.dimension == 2
    let normal = isFlat ? 2 : try planes.normal(dimension: geometry.dimension)
    let normals = settings.gaborOrthogonalPlanes && !isFlat ? [2, 0, 1] : [normal]
    for scale in settings.sigma {
      var pool = ResponsePool(.average)
      for normal in normals {
        let bank = try GaborBank(
          scale, wavelength: wavelength, settings, across: normal, spacing: geometry.spacingInMillimetres)
        pool.add(try bank.apply(to: prepared.image, prepared.box.ranges, settings.boundary))
      }
      let name = "ibsi-gabor-sigma-\(scale.name)-mm-" + (normals.count > 1 ? "orthogonal-planes" : "2D")
      try body(DerivedImage(name, pool.result.volume(of: prepared.image)))
    }
  }
}
