import Volumes

/// How a region of a volume becomes pictures for the network, and how several pictures become one set of features.
///
/// Part of the key of every feature row: two equal values give equal features. Slices are those across the third axis.
/// Networks of volumes use margin, padding, a fixed window, `masksOutside` and `size`.
public struct DeepSettings: Codable, Hashable, Sendable {
  /// What becomes of the features of several slices.
  public enum Pooling: String, Codable, Hashable, Sendable, CaseIterable {
    /// The mean, or the largest, of each feature over the slices.
    case mean, max
  }

  /// Which slices of the region are used.
  public enum SliceChoice: Codable, Hashable, Sendable {
    /// The slice with the largest area of the region; of equal ones the first.
    case largest
    /// `count` slices evenly through those that the region touches, or all when there are fewer.
    case even(count: Int, pooling: Pooling)
    /// Every slice that the region touches.
    case all(pooling: Pooling)
  }

  /// How much of the surroundings is taken along on each side of the region's bounding box.
  public enum Margin: Codable, Hashable, Sendable {
    /// A length on each side, in millimetres.
    case millimetres(length: Double)
    /// Share of the longer side of the box.
    case share(fraction: Double)
  }

  /// What lies outside the slice where the square reaches over its edge.
  public enum Padding: String, Codable, Hashable, Sendable, CaseIterable {
    /// The lower end of the grey scale.
    case black
    /// The nearest pixel of the slice.
    case edge
  }

  /// Which intensities become 0 and 1; those beyond are cut off.
  public enum Window: Codable, Hashable, Sendable {
    /// Percentiles, 0 to 100, of the slice's pixels in the bounding box of the region, interpolated linearly.
    case percentiles(lower: Double, upper: Double)
    /// Smallest and largest pixel in the bounding box of the region.
    case minMax
    /// Intensities, for images that are calibrated.
    case fixed(lower: Double, upper: Double)
  }

  /// What the network's three channels, which were red, green and blue in training, hold.
  public enum Channels: String, Codable, Hashable, Sendable, CaseIterable {
    /// The slice, three times.
    case same
    /// The slice before, the slice and the slice after: 2.5D. At the first and the last slice of the image the slice itself
    /// stands for the one that is not there.
    case neighbours
  }

  /// What becomes of grey values from 0 to 1 before the network sees them: less a mean, divided by a deviation.
  public enum Normalisation: String, Codable, Hashable, Sendable, CaseIterable {
    /// Those of ImageNet's red, green and blue, as torchvision's weights were trained with.
    case imagenet
    /// 0.5 and 0.5: values from -1 to 1, as RadImageNet's weights were trained with.
    case symmetric
  }

  /// Which slices are used, and how their features become one set.
  public var slices = SliceChoice.largest
  /// How much of the surroundings is taken along.
  public var margin = Margin.share(fraction: 0.1)
  /// What lies outside the slice.
  public var padding = Padding.black
  /// Which intensities become 0 and 1.
  public var window = Window.percentiles(lower: 1, upper: 99)
  /// Whether pixels outside the region become 0 after the window is applied.
  public var masksOutside = false
  /// What the three channels hold; nil: the slice, three times.
  public var channels: Channels?
  /// What becomes of grey values; nil: as ImageNet's.
  public var normalisation: Normalisation?

  /// What a network of volumes is given: voxels along x, y and z; nil: 112, 112 and 56, a quarter of the rows and columns that
  /// MedicalNet was trained with.
  public var size: [Int]?

  /// The most voxels of `size`: 448 x 448 x 56, with which MedicalNet was trained.
  public static let largestVolume = 448 * 448 * 56

  var volumeSize: GridSize { GridSize(x: size?[0] ?? 112, y: size?[1] ?? 112, z: size?[2] ?? 56) }

  /// Which of the network's first layers sees the pictures.
  var stem: Stem.Kind {
    Stem.Kind(hasNeighbours: channels == .neighbours, normalisation: normalisation ?? .imagenet)
  }

  /// The largest slice with a tenth of its longer side around it, between the 1st and the 99th percentile.
  public init() {}

  /// - Throws: `NeuralNetError`, `invalidSetting`, naming the setting and its range.
  public func validate() throws(NeuralNetError) {
    if let size {
      // 448³ fits a number of 64 bits.
      try Self.require(
        size.count == 3 && size.allSatisfy { (8...448).contains($0) }
          && size.reduce(1, *) <= Self.largestVolume,
        "size is \(size)", "three numbers from 8 to 448, for at most \(Self.largestVolume) voxels")
    }
    if case .even(let count, _) = slices {
      try Self.require(count >= 1, "slices.even.count is \(count)", "at least 1")
    }
    switch margin {
    case .millimetres(let margin), .share(let margin):
      try Self.require(margin.isFinite && margin >= 0, "margin is \(margin)", "a finite number of at least 0")
    }
    switch window {
    case .percentiles(let lower, let upper):
      try Self.require(
        lower >= 0 && lower < upper && upper <= 100, "window.percentiles is \(lower) to \(upper)",
        "0 ≤ lower < upper ≤ 100")
    case .fixed(let lower, let upper):
      try Self.require(
        lower.isFinite && upper.isFinite && lower < upper && (upper - lower).isFinite,
        "window.fixed is \(lower) to \(upper)", "finite numbers with lower < upper")
    case .minMax: break
    }
  }

  /// Refuses settings that mean nothing to a network.
  /// - Throws: `NeuralNetError`, `invalidSetting`, naming the setting.
  public func validate(for architecture: NetworkArchitecture) throws(NeuralNetError) {
    try validate()
    guard architecture.isOfVolumes else {
      try Self.require(
        size == nil, "size is \(size ?? [])",
        "none for a \(architecture.title), which sees slices of 224 x 224")
      return
    }
    let set = [
      ("slices", slices != .largest), ("channels", channels != nil), ("normalisation", normalisation != nil),
    ].filter(\.1).map(\.0)
    try Self.require(
      set.isEmpty, "\(set.joined(separator: ", ")) set",
      "none for a \(architecture.title), which sees a volume")
    switch window {
    case .fixed, .percentiles(lower: 1, upper: 99): break
    case .percentiles, .minMax:
      try Self.require(
        false, "window is of percentiles or minmax",
        "none, or {fixed: [LOW, HIGH]}, for a \(architecture.title)")
    }
  }

  private static func require(_ holds: Bool, _ found: String, _ expected: String) throws(NeuralNetError) {
    guard !holds else { return }
    throw NeuralNetError(.invalidSetting, "deep feature settings: \(found); expected \(expected)")
  }
}
