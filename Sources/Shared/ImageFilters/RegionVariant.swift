/// A region that stands in the place of a drawn one, so that a model can be held against what it must beat.
public enum RegionVariant: String, Codable, Hashable, Sendable, CaseIterable {
  /// The drawn region, its intensities in random order: shape and histogram without texture.
  case shuffled
  /// The drawn region's shape at the nearest place beside it: the same shape, another tissue.
  case beside
}

extension RegionVariant: LosslessStringConvertible {
  /// The one way in which it is written, as in rows and keys.
  public var description: String { rawValue }

  /// - Returns: `nil` for what is no variant.
  public init?(_ text: String) { self.init(rawValue: text) }
}
