import Volumes

/// Levels of a wavelet that is the same in all directions (IBSI reference manual, part 2, section 4.6, filter LODD).
public struct IBSINonSeparableWaveletFilter: IBSIFilter {
  public static let name = "IBSINonSeparableWavelet"
  public var settings = IBSIFilterSettings()

  /// The first level of Simoncelli's.
  public init() {}

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    try prepared.checkFinite(for: Self.self)
    let axes = try settings.axes(of: prepared, planes)
    for level in settings.levels {
      let band = RadialBand(wavelet: settings.radialWavelet, level: level)
      let response = try band.apply(
        to: prepared.image, prepared.box.ranges, along: axes, settings.boundary)
      let name = "ibsi-\(settings.radialWavelet.rawValue)-level-\(level)-\(settings.suffix)"
      try body(DerivedImage(name, response.volume(of: prepared.image)))
    }
  }
}

/// Riesz transforms of such levels (IBSI reference manual, part 2, section 4.7), not aligned.
public struct IBSIRieszWaveletFilter: IBSIFilter {
  public static let name = "IBSIRieszWavelet"
  public var settings = IBSIFilterSettings()

  /// No order, and so no image.
  public init() {}

  public var missingSetting: String? {
    settings.rieszOrder.isEmpty
      ? "needs ibsiRieszOrder, an order for each axis, as IBSIRieszWavelet: {ibsiRieszOrder: [1, 0, 0]}."
      : nil
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    try prepared.checkFinite(for: Self.self)
    let axes = try settings.axes(of: prepared, planes)
    for level in settings.levels {
      let band = RadialBand(
        wavelet: settings.radialWavelet, level: level,
        riesz: RieszTransform(settings.rieszOrder, along: axes))
      let response = try band.apply(
        to: prepared.image, prepared.box.ranges, along: axes, settings.boundary)
      let name =
        "ibsi-riesz-\(settings.rieszName)-\(settings.radialWavelet.rawValue)-level-\(level)-\(settings.suffix)"
      try body(DerivedImage(name, response.volume(of: prepared.image)))
    }
  }
}

extension IBSIFilterSettings {
  /// Orders in names of images, as `1-0-0`.
  var rieszName: String { rieszOrder.map(String.init).joined(separator: "-") }
}
