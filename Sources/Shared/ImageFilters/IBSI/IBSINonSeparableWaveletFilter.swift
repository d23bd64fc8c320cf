import Volumes

/// Levels of a wavelet that is the same in all directions (IBSI reference manual, part 2, section 4.6, filter LODD).
public struct IBSINonSeparableWaveletFilter: IBSIFilter {
  public static let name = "IBSINonSeparableWavelet"
  public static let settingNames = IBSIFilterSettings.names(.radialWavelet, .levels)
  public var settings = IBSIFilterSettings()

  /// The first level of Simoncelli's.
  public init() {}

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let source = try self.source(prepared, planes)
    for level in settings.levels {
      let band = RadialBand(wavelet: settings.radialWavelet, level: level)
      try body(
        source.derived(
          "\(settings.radialWavelet.rawValue)-level-\(level)",
          band.apply(to: source.image, source.box, along: source.axes, settings.boundaryOfFrequencies)))
    }
  }
}

/// Riesz transforms of such levels (IBSI reference manual, part 2, section 4.7), not aligned.
public struct IBSIRieszWaveletFilter: IBSIFilter {
  public static let name = "IBSIRieszWavelet"
  public static let settingNames = IBSIFilterSettings.names(.rieszOrder, .radialWavelet, .levels)
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
    let source = try self.source(prepared, planes)
    let riesz = RieszTransform(settings.rieszOrder, along: source.axes)
    for level in settings.levels {
      let band = RadialBand(wavelet: settings.radialWavelet, level: level, riesz: riesz)
      try body(
        source.derived(
          "riesz-\(settings.rieszName)-\(settings.radialWavelet.rawValue)-level-\(level)",
          band.apply(to: source.image, source.box, along: source.axes, settings.boundaryOfFrequencies)))
    }
  }
}

extension IBSIFilterSettings {
  /// Orders in names of images, as `1-0-0`.
  var rieszName: String { rieszOrder.map(String.init).joined(separator: "-") }
}
