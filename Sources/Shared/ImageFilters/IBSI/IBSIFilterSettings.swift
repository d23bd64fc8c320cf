import Volumes

/// Settings of the filters of the IBSI reference manual, part 2 (Depeursinge et al, arXiv 2006.05470), which they share.
///
/// Lengths are in mm and angles in degrees. Each filter names those that it has; parameter files may give it no others.
public struct IBSIFilterSettings: Codable, Equatable, Sendable {
  /// What lies beyond the edge of the image; nil for what is usual with a filter.
  public var chosenBoundary: BoundaryCondition?
  /// 3, or 2 to filter each slice by itself; slices lie across `force2Ddimension`.
  public var dimensions = 3
  /// Voxels along each side of the mean filter, an odd number.
  public var meanSupport = 5
  /// Standard deviations of Gaussians, in mm; an image for each.
  public var sigma: [FilterScale] = []
  /// Where a Laplacian of Gaussian is cut off, in standard deviations.
  public var truncation = 4.0
  /// Names of Laws kernels, one for each axis, as `L5E5S5`; an image for each.
  public var lawsKernels: [String] = []
  /// Distance in voxels within which absolute responses of Laws kernels are averaged; nil for the responses themselves.
  public var lawsEnergyDistance: Int?
  /// How orientations of a separable filter are pooled.
  public var pooling = OrientationPooling.none
  /// Wavelength of Gabor filters in mm.
  public var gaborWavelength: Double?
  /// Ratio of the axes of a Gabor filter's envelope.
  public var gaborAspect = 1.0
  /// Orientation of Gabor filters.
  public var gaborAngle = 0.0
  /// Step between orientations that are averaged; nil for one orientation.
  public var gaborAngleStep: Double?
  /// Whether responses in three planes at right angles are averaged.
  public var gaborOrthogonalPlanes = false
  /// Name of a separable wavelet, as `db3`.
  public var wavelet: String?
  /// Letters of its bands, one for each axis, as `LLH`; an image for each.
  public var waveletBands: [String] = []
  /// Shape of a wavelet that is not separable.
  public var radialWavelet = RadialWavelet.simoncelli
  /// Levels of decomposition; an image for each.
  public var levels = [1]
  /// Order of a Riesz transform along each axis, as `[1, 0, 0]`.
  public var rieszOrder: [Int] = []

  /// What lies beyond the edge of the image for filters by convolution; a mirror unless something else was chosen.
  public var boundary: BoundaryCondition {
    get { chosenBoundary ?? .mirror }
    set { chosenBoundary = newValue }
  }

  /// What lies there for wavelets that are defined by frequencies: the image again, which its transform means by itself,
  /// unless something else was chosen. The reference values of the manual were computed so.
  var boundaryOfFrequencies: BoundaryCondition { chosenBoundary ?? .periodic }

  /// No filter that needs a setting has it.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case chosenBoundary = "ibsiBoundary"
    case dimensions = "ibsiDimensions"
    case meanSupport = "ibsiMeanSupport"
    case sigma = "ibsiSigma"
    case truncation = "ibsiTruncation"
    case lawsKernels = "ibsiLawsKernels"
    case lawsEnergyDistance = "ibsiLawsEnergyDistance"
    case pooling = "ibsiPooling"
    case gaborWavelength = "ibsiGaborWavelength"
    case gaborAspect = "ibsiGaborAspect"
    case gaborAngle = "ibsiGaborAngle"
    case gaborAngleStep = "ibsiGaborAngleStep"
    case gaborOrthogonalPlanes = "ibsiGaborOrthogonalPlanes"
    case wavelet = "ibsiWavelet"
    case waveletBands = "ibsiWaveletBands"
    case radialWavelet = "ibsiRadialWavelet"
    case levels = "ibsiLevels"
    case rieszOrder = "ibsiRieszOrder"
  }

  /// Names of all settings.
  static let names = CodingKeys.allCases.map(\.rawValue)

  /// Names of the settings of a filter that has these and what all of them have.
  static func names(_ own: CodingKeys...) -> [String] {
    ([.chosenBoundary, .dimensions] + own).map(\.rawValue)
  }

  /// Reads the settings that are present; the others keep their defaults.
  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws { try self.init(Self.names, from: decoder) }

  /// Reads the settings of these names, where they are present.
  init(_ names: [String], from decoder: any Decoder) throws {
    let values = OwnValues(names: names, all: try decoder.container(keyedBy: CodingKeys.self))
    chosenBoundary = try values.choice(.chosenBoundary)
    try values.read(.dimensions, into: &dimensions)
    try values.read(.meanSupport, into: &meanSupport)
    try values.read(.sigma, into: &sigma)
    try values.read(.truncation, into: &truncation)
    try values.read(.lawsKernels, into: &lawsKernels)
    lawsEnergyDistance = try values.value(.lawsEnergyDistance)
    pooling = try values.choice(.pooling) ?? pooling
    gaborWavelength = try values.value(.gaborWavelength)
    try values.read(.gaborAspect, into: &gaborAspect)
    try values.read(.gaborAngle, into: &gaborAngle)
    gaborAngleStep = try values.value(.gaborAngleStep)
    try values.read(.gaborOrthogonalPlanes, into: &gaborOrthogonalPlanes)
    wavelet = try values.value(.wavelet)
    try values.read(.waveletBands, into: &waveletBands)
    radialWavelet = try values.choice(.radialWavelet) ?? radialWavelet
    try values.read(.levels, into: &levels)
    try values.read(.rieszOrder, into: &rieszOrder)
  }

  /// Writes all settings; those that are not set as null.
  public func encode(to encoder: any Encoder) throws { try encode(Self.names, to: encoder) }

  /// Writes the settings of these names.
  func encode(_ names: [String], to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func write(_ key: CodingKeys, _ value: some Encodable) throws {
      if names.contains(key.rawValue) { try values.encode(value, forKey: key) }
    }
    try write(.chosenBoundary, chosenBoundary)
    try write(.dimensions, dimensions)
    try write(.meanSupport, meanSupport)
    try write(.sigma, sigma)
    try write(.truncation, truncation)
    try write(.lawsKernels, lawsKernels)
    try write(.lawsEnergyDistance, lawsEnergyDistance)
    try write(.pooling, pooling)
    try write(.gaborWavelength, gaborWavelength)
    try write(.gaborAspect, gaborAspect)
    try write(.gaborAngle, gaborAngle)
    try write(.gaborAngleStep, gaborAngleStep)
    try write(.gaborOrthogonalPlanes, gaborOrthogonalPlanes)
    try write(.wavelet, wavelet)
    try write(.waveletBands, waveletBands)
    try write(.radialWavelet, radialWavelet)
    try write(.levels, levels)
    try write(.rieszOrder, rieszOrder)
  }

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`, `unknownWavelet`.
  public func validate() throws(ImageFilterError) {
    try require((2...3).contains(dimensions), "ibsiDimensions is \(dimensions); expected 2 or 3")
    try require(
      (1...1_001).contains(meanSupport) && meanSupport % 2 == 1,
      "ibsiMeanSupport is \(meanSupport); expected an odd number from 1 to 1001")
    for scale in sigma {
      try require(
        (1e-9...1e9).contains(scale.millimetres),
        "ibsiSigma is \(scale.literal); expected a number of mm above 0, from 1e-9 to 1e9")
    }
    try require(
      (0.5...20).contains(truncation),
      "ibsiTruncation is \(truncation); expected 0.5 to 20 standard deviations")
    for name in lawsKernels { _ = try LawsKernel.kernels(named: name, dimensions) }
    try require(
      (0...500).contains(lawsEnergyDistance ?? 0),
      "ibsiLawsEnergyDistance is \(lawsEnergyDistance ?? 0); expected 0 to 500 voxels")
    try validateGabor()
    if let wavelet { _ = try Wavelet(named: wavelet) }
    for band in waveletBands {
      try require(
        band.count == dimensions && band.allSatisfy { "LH".contains($0) },
        "ibsiWaveletBands has \(band); expected \(dimensions) letters L or H, as "
          + (dimensions == 2 ? "LH" : "LLH"))
    }
    for level in levels {
      try require((1...10).contains(level), "ibsiLevels has \(level); expected levels from 1 to 10")
    }
    try require(
      rieszOrder.isEmpty
        || rieszOrder.count == dimensions && rieszOrder.allSatisfy { (0...10).contains($0) }
          && rieszOrder.contains { $0 > 0 },
      "ibsiRieszOrder is \(rieszOrder); expected \(dimensions) orders from 0 to 10, one of them above 0")
  }

  private func validateGabor() throws(ImageFilterError) {
    if let gaborWavelength {
      try require(
        (1e-9...1e9).contains(gaborWavelength),
        "ibsiGaborWavelength is \(gaborWavelength); expected 1e-9 to 1e9 mm")
    }
    try require(
      (0.01...100).contains(gaborAspect), "ibsiGaborAspect is \(gaborAspect); expected 0.01 to 100")
    try require(
      (-360...360).contains(gaborAngle), "ibsiGaborAngle is \(gaborAngle); expected -360 to 360 degrees")
    if let step = gaborAngleStep {
      let turns = 360 / step
      try require(
        step >= 1 && turns >= 1 && turns == turns.rounded(),
        "ibsiGaborAngleStep is \(step); expected a divisor of 360 degrees, from 1 on")
    }
  }

  /// The axes along which a filter works.
  /// - Throws: `invalidSetting` for a plane that a picture lacks, and for letters or orders that are not one for each axis.
  func axes(of prepared: PreparedImage, _ planes: FilterPlanes) throws(ImageFilterError) -> [Int] {
    let dimension = prepared.image.geometry.dimension
    if dimension == 2 {
      try require(
        dimensions == 2, "ibsiDimensions is 3, but the image has 2 dimensions; set ibsiDimensions to 2")
      return [0, 1]
    }
    if dimensions == 3 { return [0, 1, 2] }
    let normal = try planes.normal(dimension: dimension)
    return (0..<dimension).filter { $0 != normal }
  }

  /// The end of the names of images.
  var suffix: String { "\(dimensions)D" }
}

/// Values of the settings of some names; all others are as if they were absent.
private struct OwnValues {
  let names: [String]
  let all: KeyedDecodingContainer<IBSIFilterSettings.CodingKeys>

  func value<Value: Decodable>(_ key: IBSIFilterSettings.CodingKeys) throws -> Value? {
    names.contains(key.rawValue) ? try all.decodeIfPresent(Value.self, forKey: key) : nil
  }

  func read<Value: Decodable>(_ key: IBSIFilterSettings.CodingKeys, into setting: inout Value) throws {
    setting = try value(key) ?? setting
  }

  /// One of a few words.
  /// - Throws: `DecodingError` that lists them.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: IBSIFilterSettings.CodingKeys
  ) throws -> Choice? where Choice.RawValue == String {
    guard let word: String = try value(key) else { return nil }
    guard let choice = Choice(rawValue: word) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(forKey: key, in: all, debugDescription: "one of \(known)")
    }
    return choice
  }
}
