/// How intensities of different scanners are brought to one scale, each image by itself.
public enum StandardisationMethod: String, Sendable, Codable, CaseIterable {
  /// Multiples of the standard deviation from the mean of a reference tissue that the mask file labels.
  case zScore = "z-score"
  /// The same of normal-appearing tissue, found as a stripe around a peak of the histogram (Shinohara et al., NeuroImage: Clinical
  /// 2014).
  case whiteStripe = "white-stripe"
  /// Percentiles of the image brought onto given landmarks, piecewise linearly (Nyúl, Udupa and Zhang, IEEE Trans Med Imaging 2000).
  case nyul
}

/// Which peak of the histogram is the reference tissue.
public enum TissuePeak: String, Sendable, Codable, CaseIterable {
  /// The highest peak: white matter in T2-weighted and FLAIR images.
  case largest
  /// The peak of the highest intensity, of those that reach a fifth of the highest: white matter in T1-weighted images.
  case last
}

/// Which voxels of an image are not background.
public enum Foreground: String, Sendable, Codable, CaseIterable {
  /// Those above the mean of the image, whose background is dark.
  case aboveMean = "above-mean"
  /// Those above 0, for an image whose background is 0.
  case positive
}

/// The step `standardise` of a parameter file.
public struct Standardisation: Codable, Equatable, Sendable {
  /// How the scale is found.
  public var method: StandardisationMethod
  /// Of `z-score`: the label of the reference tissue in the mask file.
  public var referenceLabel: UInt32?
  /// Of `z-score`: the reference tissue's name or number, in mask files that name their regions.
  public var referenceSegment: String?
  /// Of `white-stripe`: which peak is the reference tissue.
  public var peak: TissuePeak?
  /// Of `white-stripe`: how far the stripe reaches to each side of the peak, as a fraction of the foreground's voxels; the paper's τ,
  /// 0.05.
  public var width: Double?
  /// Of `white-stripe` and `nyul`: which voxels count; those above the mean unless said otherwise.
  public var foreground: Foreground?
  /// Of `z-score` and `white-stripe`: what one standard deviation becomes; 1 unless said otherwise.
  public var scale: Double?
  /// Of `nyul`: the intensities that the percentiles come to have.
  public var landmarks: [Double]?
  /// Of `nyul`: 1, 10, 20, … 90, 99 unless said otherwise.
  public var percentiles: [Double]?

  /// A method with its defaults.
  public init(_ method: StandardisationMethod) {
    self.method = method
    setDefaults()
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case method, referenceLabel, referenceSegment, peak, width, foreground, scale, landmarks, percentiles
  }

  /// Names of the settings in a parameter file.
  public static let names = CodingKeys.allCases.map(\.rawValue)

  /// Reads the settings that are present; those of the method that are not keep their defaults, so that to give a default and to
  /// say nothing is the same.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    method = try values.decode(StandardisationMethod.self, forKey: .method)
    referenceLabel = try values.decodeIfPresent(UInt32.self, forKey: .referenceLabel)
    referenceSegment = try values.decodeIfPresent(String.self, forKey: .referenceSegment)
    peak = try values.decodeIfPresent(TissuePeak.self, forKey: .peak)
    width = try values.decodeIfPresent(Double.self, forKey: .width)
    foreground = try values.decodeIfPresent(Foreground.self, forKey: .foreground)
    scale = try values.decodeIfPresent(Double.self, forKey: .scale)
    landmarks = try values.decodeIfPresent([Double].self, forKey: .landmarks)
    percentiles = try values.decodeIfPresent([Double].self, forKey: .percentiles)
    setDefaults()
  }

  private mutating func setDefaults() {
    if method != .nyul { scale = scale ?? 1 }
    if method != .zScore { foreground = foreground ?? .aboveMean }
    if method == .whiteStripe { width = width ?? 0.05 }
    if method == .nyul { percentiles = percentiles ?? [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99] }
  }

  /// The reference tissue of `z-score`, as people name it.
  var referenceName: String { referenceSegment.map { "segment \($0)" } ?? "label \(referenceLabel ?? 0)" }

  /// Whether the result is a multiple of the image plus a constant.
  var isLinear: Bool { method != .nyul }
}

extension Standardisation {
  /// Settings that each method has.
  private static let own: [StandardisationMethod: Set<CodingKeys>] = [
    .zScore: [.referenceLabel, .referenceSegment, .scale],
    .whiteStripe: [.peak, .width, .foreground, .scale],
    .nyul: [.landmarks, .percentiles, .foreground],
  ]

  private var given: Set<CodingKeys> {
    let isGiven: [CodingKeys: Bool] = [
      .referenceLabel: referenceLabel != nil, .referenceSegment: referenceSegment != nil, .peak: peak != nil,
      .width: width != nil,
      .foreground: foreground != nil, .scale: scale != nil, .landmarks: landmarks != nil,
      .percentiles: percentiles != nil,
    ]
    return Set(isGiven.filter(\.value).keys)
  }

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`; also where a method would have to learn from several images.
  public func validate() throws(ImageFilterError) {
    let own = Self.own[method] ?? []
    let foreign = given.subtracting(own).map(\.rawValue).sorted()
    try require(
      foreign.isEmpty,
      "standardise.\(foreign.first ?? "") does not belong to method \(method.rawValue), which has "
        + own.map(\.rawValue).sorted().joined(separator: ", "))
    try require(
      scale.map { $0 > 0 && $0.isFinite } ?? true,
      "standardise.scale is \(scale ?? 0); expected a number above 0")
    switch method {
    case .zScore: try validateReference()
    case .whiteStripe: try validateStripe()
    case .nyul: try validateLandmarks()
    }
  }

  private func validateReference() throws(ImageFilterError) {
    if let segment = referenceSegment {
      try require(
        referenceLabel == nil,
        "standardise names the reference tissue twice, by referenceLabel and by referenceSegment; leave one of them out"
      )
      try require(
        segment.contains { !$0.isWhitespace } && segment.utf8.count <= 256
          && segment.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control },
        "standardise.referenceSegment must be the name or number of a region in the mask file, in at most 256 bytes of one line"
      )
      return
    }
    try require(
      (referenceLabel ?? 0) > 0,
      "standardise: method z-score needs the reference tissue: referenceLabel, its label (1 or more) in the mask file of each "
        + "image, or referenceSegment, its name or number where mask files name their regions (RTSTRUCT, SEG, .seg.nrrd)"
    )
  }

  private func validateStripe() throws(ImageFilterError) {
    try require(
      peak != nil,
      "standardise: method white-stripe needs peak: last for T1-weighted images, largest for T2-weighted and FLAIR images"
    )
    let width = width ?? 0
    try require(
      width > 0 && width <= 0.5, "standardise.width is \(width); expected a fraction above 0, to 0.5")
  }

  private func validateLandmarks() throws(ImageFilterError) {
    guard let landmarks, let percentiles else {
      throw ImageFilterError(
        .invalidSetting,
        "standardise: method nyul without landmarks would learn them from several images. Features are computed of each image once "
          + "and stored, so that landmarks could not be learned from the training subjects of every fold and replicate, and "
          + "learning them from all would let test subjects into training. Give landmarks from elsewhere (landmarks: [...], one "
          + "for each percentile), or use method z-score or white-stripe, which need one image only")
    }
    func isIncreasing(_ numbers: [Double]) -> Bool {
      numbers.allSatisfy(\.isFinite) && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
    }
    try require(
      (2...101).contains(percentiles.count) && isIncreasing(percentiles)
        && percentiles.allSatisfy { (0...100).contains($0) },
      "standardise.percentiles is \(percentiles); expected 2 to 101 increasing numbers from 0 to 100")
    try require(
      landmarks.count == percentiles.count && isIncreasing(landmarks),
      "standardise.landmarks is \(landmarks); expected \(percentiles.count) increasing numbers, one for each of the percentiles "
        + "\(percentiles)")
  }
}
