/// Where a fit's random numbers come from: the study's seed and the replicate.
public struct RandomAddress: Equatable, Sendable, Codable {
  /// The study's.
  public let seed: UInt64
  /// 0 or more, below 2³².
  public let replicate: Int

  /// The fit to the whole training part, which is no replicate.
  public static func finalFit(seed: UInt64) -> RandomAddress {
    RandomAddress(seed: seed, replicate: Int(UInt32.max))
  }

  /// True for the fit to the whole training part.
  public var isFinalFit: Bool { replicate == Int(UInt32.max) }

  /// The address of one replicate.
  public init(seed: UInt64, replicate: Int) {
    self.seed = seed
    self.replicate = replicate
  }
}
