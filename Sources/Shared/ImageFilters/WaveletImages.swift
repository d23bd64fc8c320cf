import Volumes

/// Bands of an undecimated wavelet transform.
public struct WaveletFilter: ImageFilter {
  public static let name = "Wavelet"
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Name of a discrete wavelet, as PyWavelets has it: one of `Wavelet.names`.
  public var wavelet = "coif1"
  /// Number of levels of which images are made.
  public var level = 1
  /// Number of levels before the first of them.
  public var startLevel = 0

  /// One level of `coif1`.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case wavelet, level
    case startLevel = "start_level"
  }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.wavelet, into: &wavelet)
    try values.read(.level, into: &level)
    try values.read(.startLevel, into: &startLevel)
  }

  /// - Throws: `unknownWavelet`, `invalidSetting`.
  public func validate() throws(ImageFilterError) {
    _ = try Wavelet(named: wavelet)
    try require((1...64).contains(level), "level is \(level); expected 1 to 64")
    try require((0...64).contains(startLevel), "start_level is \(startLevel); expected 0 to 64")
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    try prepared.stored.forEachWaveletBand(of: self, planes: planes, within: prepared.box) {
      try body(DerivedImage($0, $1))
    }
  }
}

extension ImageType {
  /// Bands of a wavelet transform.
  public static let wavelet = ImageType(WaveletFilter.self)
}

extension Volume {
  /// Calls `body` with every band of the wavelet transform, in PyRadiomics' order, cropped to the box.
  ///
  /// Names have one letter an axis, x first, `L` for low and `H` for high pass: `wavelet-LLH` …
  /// `wavelet-HHH`, from the second level on `wavelet2-LLH` …; the approximation of the last level comes
  /// last. With `force2D` the axis across the plane is left out. Each level filters the approximation of the
  /// one before with the same taps. An image of type `float32` is transformed in single precision, any other
  /// in double.
  /// - Throws: `unknownWavelet` or `invalidSetting`; whatever `body` throws.
  public func forEachWaveletBand(
    of filter: WaveletFilter, planes: FilterPlanes = .init(), within box: VoxelBox,
    _ body: (String, Volume) throws -> Void
  ) throws {
    try StoredVolume(self).forEachWaveletBand(of: filter, planes: planes, within: box, body)
  }
}

extension StoredVolume {
  /// As of a `Volume`; the box and the reach of the taps are all that becomes `Double`.
  func forEachWaveletBand(
    of filter: WaveletFilter, planes: FilterPlanes, within box: VoxelBox,
    _ body: (String, Volume) throws -> Void
  ) throws {
    let transform = WaveletTransform(wavelet: try Wavelet(named: filter.wavelet))
    var axes = Array(0..<geometry.dimension)
    if planes.force2D { axes.remove(at: try planes.normal(dimension: geometry.dimension)) }
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
    let levels = filter.startLevel + filter.level
    let low = [Character](repeating: "L", count: axes.count)
    let period = PeriodicBlock.period(of: geometry.size)
    var source = PeriodicBlock(
      self, within: transform.ranges(for: box, axes: axes, levels: levels, period: period))
    for level in 0..<levels {
      let number = level - filter.startLevel + 1
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
