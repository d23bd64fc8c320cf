import Volumes

/// Bands of a separable wavelet, undecimated, pooled over orientations where that is wished (IBSI reference manual, part 2,
/// section 4.5, filter 25BO). PyRadiomics' `Wavelet` has periodic boundaries and no pooling.
public struct IBSISeparableWaveletFilter: IBSIFilter {
  public static let name = "IBSISeparableWavelet"
  public static let settingNames = IBSIFilterSettings.names(.wavelet, .waveletBands, .levels, .pooling)
  public var settings = IBSIFilterSettings()

  /// No wavelet, and so no image.
  public init() {}

  public var missingSetting: String? {
    guard settings.wavelet == nil || settings.waveletBands.isEmpty else { return nil }
    return
      "needs ibsiWavelet and ibsiWaveletBands, as IBSISeparableWavelet: {ibsiWavelet: db3, ibsiWaveletBands: [LLH]}."
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let source = try self.source(prepared, planes)
    guard let name = settings.wavelet else { return }
    let wavelet = try Wavelet(named: name)
    for band in settings.waveletBands {
      for level in settings.levels {
        let kernels = band.map { wavelet.undecimated(isLow: $0 == "L", level: level) }
        let filters = RotatedFilters(kernels, along: source.axes, pooling: settings.pooling)
        try body(
          source.derived(
            "wavelet-\(name.replacing(".", with: "-"))-\(band)-level-\(level)",
            filters.apply(to: source.image, source.box, settings.boundary)))
      }
    }
  }
}

extension Wavelet {
  /// What passes along one axis: low-pass kernels of all levels before, then the band's own.
  ///
  /// The taps of level `j` lie `2ʲ⁻¹` voxels apart (the algorithme à trous, Holschneider et al 1989), with as many zeros
  /// after the last as between two.
  func undecimated(isLow: Bool, level: Int) -> [LineKernel] {
    (1...level).map { one in
      let taps = one < level || isLow ? lowPass : highPass
      let step = 1 << (one - 1)
      return LineKernel(taps.flatMap { [$0] + [Double](repeating: 0, count: step - 1) })
    }
  }
}
