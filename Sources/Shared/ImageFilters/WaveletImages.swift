import Volumes

extension Volume {
  /// Calls `body` with every band of the wavelet transform, in PyRadiomics' order, cropped to the box.
  ///
  /// Names have one letter an axis, x first, `L` for low and `H` for high pass: `wavelet-LLH` …
  /// `wavelet-HHH`, from the second level on `wavelet2-LLH` …; the approximation of the last level comes
  /// last. With `force2D` the axis across the plane is left out. Each level filters the approximation of the
  /// one before with the same taps. An image of type `float32` is transformed in single precision, any other
  /// in double.
  /// - Throws: `unknownWavelet` or `invalidSetting`; whatever `body` throws.
  package func forEachWaveletBand(
    settings: FilterSettings, within box: VoxelBox, _ body: (String, Volume) throws -> Void
  ) throws {
    let transform = WaveletTransform(wavelet: try Wavelet(named: settings.wavelet))
    var axes = Array(0..<geometry.dimension)
    if settings.force2D { axes.remove(at: try settings.planeNormal(dimension: geometry.dimension)) }
    let bandGeometry = geometry.cropped(to: box)
    let isSingle = sampleType == .float32
    func taps(_ letters: [Character]) -> WaveletTransform.Taps {
      var taps = WaveletTransform.Taps(repeating: nil, count: 3)
      for (axis, letter) in zip(axes, letters) {
        let exact = letter == "L" ? transform.wavelet.lowPass : transform.wavelet.highPass
        taps[axis] = isSingle ? transform.wavelet.roundedToSingle(exact) : exact
      }
      return taps
    }
    func volume(of source: PeriodicBlock, _ letters: [Character]) -> Volume {
      Volume(
        geometry: bandGeometry, sampleType: isSingle ? .float32 : .float64,
        voxels: transform.band(of: source, taps(letters), ranges: box.ranges, inSinglePrecision: isSingle))
    }
    let levels = settings.startLevel + settings.level
    let low = [Character](repeating: "L", count: axes.count)
    var source = PeriodicBlock(self)
    for level in 0..<levels {
      let number = level - settings.startLevel + 1
      let prefix = number > 1 ? "wavelet\(number)-" : "wavelet-"
      if number >= 1 {
        for letters in Self.bands(axes: axes.count) where letters != low {
          try body(prefix + String(letters), volume(of: source, letters))
        }
      }
      if level == levels - 1 {
        try body(prefix + String(low), volume(of: source, low))
      } else {
        let ranges = transform.ranges(for: box, axes: axes, levels: levels - level - 1, period: source.period)
        let values = transform.band(of: source, taps(low), ranges: ranges, inSinglePrecision: isSingle)
        source = PeriodicBlock(period: source.period, ranges: ranges, values: values)
      }
    }
  }

  /// All combinations of letters, the last changing fastest, `L` before `H`.
  private static func bands(axes: Int) -> [[Character]] {
    (0..<1 << axes).map { band in (0..<axes).map { band >> (axes - 1 - $0) & 1 == 0 ? "L" : "H" } }
  }
}

extension WaveletTransform {
  /// What must be known of an approximation so that the box can be computed `levels` levels later.
  fileprivate func ranges(for box: VoxelBox, axes: [Int], levels: Int, period: [Int]) -> [Range<Int>] {
    var ranges = box.ranges
    for _ in 0..<levels {
      for axis in axes { ranges[axis] = support(of: ranges[axis], period: period[axis]) }
    }
    return ranges
  }
}
