import ElementaryFunctions

/// What a stream of random numbers is drawn for; the last word of the counter.
public enum RandomPurpose: UInt32, Sendable, Codable {
  /// Draws of the bootstrap.
  case resample = 0
  /// Order of subjects before they are dealt into folds.
  case folds = 1
  /// Order of subjects before the test part is taken.
  case split = 2
  /// Exchange of labels.
  case permutation = 3
  /// Made-up data.
  case synthesis = 4
  /// First centres of clusters.
  case clusters = 5
  /// Rows and predictors of the trees of a forest.
  case trees = 6
}

/// The Philox4x32-10 block cipher (Salmon et al. 2011, doi:10.1145/2063384.2063405): 128 random bits for each counter
/// and key.
public enum Philox4x32 {
  /// The cipher of one counter under one key, ten rounds.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<10 {
      let product0 = UInt64(c0) &* 0xD251_1F53
      let product1 = UInt64(c2) &* 0xCD9E_8D57
      (c0, c2) = (
        UInt32(truncatingIfNeeded: product1 >> 32) ^ c1 ^ k0,
        UInt32(truncatingIfNeeded: product0 >> 32) ^ c3 ^ k1
      )
      (c1, c3) = (UInt32(truncatingIfNeeded: product1), UInt32(truncatingIfNeeded: product0))
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
  }
}

/// Random numbers of one purpose, replicate and stratum under a study's seed.
///
/// Every number has an address, so any worker can draw number `k` of replicate `b` without those before it:
/// key = (low, high word of the seed), counter = (k / 2, stratum, replicate, purpose), and number `k` is word pair
/// `k mod 2` of the block, the first word low. `next()` only counts `k` up.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// The key.
  public let seed: UInt64
  /// The counter's last word.
  public let purpose: UInt32
  /// The counter's third word.
  public let replicate: UInt32
  /// The counter's second word.
  public let stratum: UInt32
  /// Address of the number that `next()` draws.
  public private(set) var position = 0
  /// The number at an odd position, drawn with the one before it.
  private var spareNumber: UInt64 = 0
  private var spareNormal: Double?

  /// The stream at its first number.
  public init(seed: UInt64, purpose: RandomPurpose, replicate: Int = 0, stratum: Int = 0) {
    self.seed = seed
    self.purpose = purpose.rawValue
    self.replicate = UInt32(replicate)
    self.stratum = UInt32(stratum)
  }

  /// Number `k` of the stream, at any time and in any order.
  public subscript(_ k: Int) -> UInt64 {
    let pair = pair(k >> 1)
    return k & 1 == 0 ? pair.first : pair.second
  }

  /// Draws a block at every second call, and keeps its other half for the next.
  public mutating func next() -> UInt64 {
    defer { position += 1 }
    guard position & 1 == 0 else { return spareNumber }
    let pair = pair(position >> 1)
    spareNumber = pair.second
    return pair.first
  }

  /// Numbers `2 block` and `2 block + 1`.
  private func pair(_ block: Int) -> (first: UInt64, second: UInt64) {
    let words = Philox4x32.block(
      counter: SIMD4(UInt32(truncatingIfNeeded: block), stratum, replicate, purpose),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return (UInt64(words.x) | UInt64(words.y) << 32, UInt64(words.z) | UInt64(words.w) << 32)
  }

  /// A whole number in `0..<count`: the high 64 bits of `u64 · count`, without rejection, so that draw `k` stays
  /// draw `k`. The bias is below `count / 2⁶⁴`.
  public mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// Uniform in `0 ..< 1`, a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Standard normal by Box and Muller's transform (1958, doi:10.1214/aoms/1177706645): two uniforms make two
  /// normals, the cosine first.
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let radius = (-2 * Elementary.log(1 - uniform())).squareRoot()
    let angle = 0x1.921fb54442d18p2 * uniform()
    spareNormal = radius * Elementary.sin(angle)
    return radius * Elementary.cos(angle)
  }

  /// Fisher and Yates' shuffle (Knuth 1997, The Art of Computer Programming 3.4.2, algorithm P) from the last element
  /// down; draw `q` exchanges element `count - 1 - q`.
  @inlinable
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, through: 1, by: -1) {
      elements.swapAt(last, index(below: last + 1))
    }
  }

  /// The numbers of a range, shuffled.
  public mutating func shuffled(_ range: Range<Int>) -> [Int] {
    var elements = Array(range)
    shuffle(&elements)
    return elements
  }
}
