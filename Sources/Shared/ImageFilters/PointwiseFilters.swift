import ElementaryFunctions
import Volumes

/// A filter that maps each intensity by itself, on a scale set by the largest magnitude `m` of the whole image.
public protocol PointwiseFilter: ImageFilter {
  /// The prefix of its features.
  static var prefix: String { get }
  /// Whether the scale exists for an image of zeros.
  static var appliesToZeros: Bool { get }
  /// What becomes of an intensity.
  static func map(scaledBy largest: Double) -> (Double) -> Double
}

extension PointwiseFilter {
  /// The scale is set by all voxels.
  public static var dependsOnWholeImage: Bool { true }
  /// For an image of zeros the scale is 0/0.
  public static var appliesToZeros: Bool { false }

  /// Filters the voxels of a box.
  ///
  /// - Returns: an image of type `float64` on the box; `nil` where the scale is 0/0, for an image of zeros
  ///   (all but `SquareRootFilter`, which keeps the zeros).
  /// - Throws: `nonFiniteVoxel`, wherever in the image.
  public static func apply(to image: Volume, within box: VoxelBox) throws(ImageFilterError) -> Volume? {
    let stored = StoredVolume(image)
    return apply(to: stored, within: box, largest: try stored.largestMagnitude(for: prefix))
  }

  /// As `apply(to:within:)`, where the largest magnitude of the image is known.
  static func apply(to image: StoredVolume, within box: VoxelBox, largest: Double) -> Volume? {
    if largest == 0 && !appliesToZeros { return nil }
    var values = image.cropped(to: box).voxels
    let map = map(scaledBy: largest)
    for place in values.indices { values[place] = map(values[place]) }
    return Volume(geometry: image.geometry.cropped(to: box), voxels: values)
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let largest = try prepared.largestMagnitude(for: Self.prefix)
    if let result = Self.apply(to: prepared.stored, within: prepared.box, largest: largest) {
      try body(DerivedImage(Self.prefix, result))
    } else {
      let reason = "the image is 0 everywhere, and the \(Self.prefix) filter has no scale"
      try body(DerivedImage(name: Self.prefix, content: .skipped(reason: reason)))
    }
  }
}

/// `(c x)²` with `c = 1/√m`.
public struct SquareFilter: PointwiseFilter {
  public static let name = "Square"
  public static let prefix = "square"

  /// The filter, which has no settings.
  public init() {}

  public static func map(scaledBy largest: Double) -> (Double) -> Double {
    let factor = 1 / largest.squareRoot()
    return { (factor * $0) * (factor * $0) }
  }
}

/// `√(m x)` with the sign of `x`.
public struct SquareRootFilter: PointwiseFilter {
  public static let name = "SquareRoot"
  public static let prefix = "squareroot"
  public static let appliesToZeros = true

  /// The filter, which has no settings.
  public init() {}

  public static func map(scaledBy largest: Double) -> (Double) -> Double {
    { $0 < 0 ? -(-$0 * largest).squareRoot() : ($0 * largest).squareRoot() }
  }
}

/// `c log(|x| + 1)` with the sign of `x` and `c = m / log(m + 1)`.
public struct LogarithmFilter: PointwiseFilter {
  public static let name = "Logarithm"
  public static let prefix = "logarithm"

  /// The filter, which has no settings.
  public init() {}

  public static func map(scaledBy largest: Double) -> (Double) -> Double {
    let factor = largest / Elementary.log(largest + 1)
    return { ($0 < 0 ? -Elementary.log(-($0 - 1)) : Elementary.log($0 + 1)) * factor }
  }
}

/// `exp(c x)` with `c = log(m) / m`.
public struct ExponentialFilter: PointwiseFilter {
  public static let name = "Exponential"
  public static let prefix = "exponential"

  /// The filter, which has no settings.
  public init() {}

  public static func map(scaledBy largest: Double) -> (Double) -> Double {
    let factor = Elementary.log(largest) / largest
    return { Elementary.exp(factor * $0) }
  }
}

extension ImageType {
  /// Squared intensities.
  public static let square = ImageType(SquareFilter.self)
  /// Square roots of intensities.
  public static let squareRoot = ImageType(SquareRootFilter.self)
  /// Logarithms of intensities.
  public static let logarithm = ImageType(LogarithmFilter.self)
  /// Exponentials of intensities.
  public static let exponential = ImageType(ExponentialFilter.self)
}
