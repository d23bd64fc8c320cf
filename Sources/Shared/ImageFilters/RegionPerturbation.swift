/// A chain of small changes to an image and its region, by which features are asked whether they stay as they are
/// (Zwanenburg et al. 2019, Scientific Reports 9:614, doi:10.1038/s41598-018-36938-4): noise (N), translation (T) and rotation (R) of
/// the grid on which image and region are sampled, growth or shrinkage of the region's volume (V), and a contour that is drawn anew
/// (C). A change of 0 samples or draws anew nothing.
public struct RegionPerturbation: Hashable, Sendable {
  /// How far the grid is moved along each of its axes, as a fraction of a voxel.
  public let translation: Double
  /// How far the grid is turned about the region in the plane of its slices, in degrees.
  public let rotation: Double
  /// By what fraction the number of the region's voxels is changed; below 0 it shrinks.
  public let volume: Double
  /// Which realisation of noise is added, from 1 on; 0 for none.
  public let noise: Int
  /// Which contour is drawn anew, from 1 on; 0 for the drawn one.
  public let contour: Int
  /// Of the random numbers.
  public let seed: UInt64

  /// What `translation` may be, in voxels.
  public static let translations = 0.0...0.99
  /// What `rotation` may be, in degrees.
  public static let rotations = -30.0...30.0
  /// What `volume` may be.
  public static let volumes = -0.5...0.5
  /// What `noise` and `contour` may be.
  public static let realisations = 0...64

  /// - Returns: `nil` for a change out of range.
  public init?(
    translation: Double = 0, rotation: Double = 0, volume: Double = 0, noise: Int = 0, contour: Int = 0,
    seed: UInt64
  ) {
    guard Self.translations.contains(translation), Self.rotations.contains(rotation),
      Self.volumes.contains(volume), Self.realisations.contains(noise), Self.realisations.contains(contour)
    else { return nil }
    // -0 is 0, and written so.
    (self.translation, self.rotation, self.volume) = (translation + 0, rotation + 0, volume + 0)
    (self.noise, self.contour) = (noise, contour)
    self.seed = seed
  }
}

extension RegionPerturbation: LosslessStringConvertible {
  /// The changes in their order and the seed, as `T0.25,R-4.0,V0.1,S7` or, with noise and contour, `T0.25,R-4.0,V0.1,N1,C2,S7`: the one
  /// way in which a perturbation is written.
  public var description: String {
    "T\(translation),R\(rotation),V\(volume)" + (noise == 0 ? "" : ",N\(noise)")
      + (contour == 0 ? "" : ",C\(contour)") + ",S\(seed)"
  }

  /// Reads the text of `description`.
  /// - Returns: `nil` for what is no perturbation, or is written otherwise.
  public init?(_ text: String) {
    var parts: [Character: Substring] = [:]
    for part in text.split(separator: ",") {
      guard let letter = part.first else { return nil }
      parts[letter] = part.dropFirst()
    }
    let numbers = "TRV".compactMap { parts[$0].flatMap { Double($0) } }
    let counts = "NC".compactMap { Int(parts[$0] ?? "0") }
    guard numbers.count == 3, counts.count == 2, let seed = parts["S"].flatMap({ UInt64($0) }) else {
      return nil
    }
    self.init(
      translation: numbers[0], rotation: numbers[1], volume: numbers[2], noise: counts[0],
      contour: counts[1], seed: seed)
    guard description == text else { return nil }
  }
}
