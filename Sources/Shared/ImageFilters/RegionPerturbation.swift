/// A chain of small changes to an image and its region, by which features are asked whether they stay as they are
/// (Zwanenburg et al. 2019, Scientific Reports 9:614, doi:10.1038/s41598-018-36938-4): translation (T) and rotation (R) of the grid
/// on which both are sampled, then growth or shrinkage of the region's volume (V). A change of 0 samples or draws anew nothing.
public struct RegionPerturbation: Hashable, Sendable {
  /// How far the grid is moved along each of its axes, as a fraction of a voxel.
  public let translation: Double
  /// How far the grid is turned about the region in the plane of its slices, in degrees.
  public let rotation: Double
  /// By what fraction the number of the region's voxels is changed; below 0 it shrinks.
  public let volume: Double
  /// Of the random numbers.
  public let seed: UInt64

  /// What `translation` may be, in voxels.
  public static let translations = 0.0...0.99
  /// What `rotation` may be, in degrees.
  public static let rotations = -30.0...30.0
  /// What `volume` may be.
  public static let volumes = -0.5...0.5

  /// - Returns: `nil` for a change out of range.
  public init?(translation: Double = 0, rotation: Double = 0, volume: Double = 0, seed: UInt64) {
    guard Self.translations.contains(translation), Self.rotations.contains(rotation),
      Self.volumes.contains(volume)
    else { return nil }
    // -0 is 0, and written so.
    (self.translation, self.rotation, self.volume) = (translation + 0, rotation + 0, volume + 0)
    self.seed = seed
  }

  /// Whether nothing is changed.
  public var isNone: Bool { translation == 0 && rotation == 0 && volume == 0 }
}

extension RegionPerturbation: LosslessStringConvertible {
  /// The changes in their order and the seed, as `T0.25,R-4.0,V0.1,S7`: the one way in which a perturbation is written.
  public var description: String { "T\(translation),R\(rotation),V\(volume),S\(seed)" }

  /// Reads the text of `description`.
  /// - Returns: `nil` for what is no perturbation, or is written otherwise.
  public init?(_ text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 4, zip(parts, "TRVS").allSatisfy({ $0.first == $1 }) else { return nil }
    let numbers = parts.prefix(3).compactMap { Double($0.dropFirst()) }
    guard numbers.count == 3, let seed = UInt64(parts[3].dropFirst()) else { return nil }
    self.init(translation: numbers[0], rotation: numbers[1], volume: numbers[2], seed: seed)
    guard description == text else { return nil }
  }
}
