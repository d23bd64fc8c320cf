import Foundation

/// What is drawn for a task, the same whoever runs it: how long it takes, and what it finds.
struct TaskLengths: Sendable {
  /// What bytes are drawn for.
  enum Use: UInt64 {
    case length = 1
    case key, image, mask, values
  }

  /// Seconds.
  let median: Double
  /// Standard deviation of the logarithm.
  let spread: Double
  let seed: UInt64

  /// Seconds of a task: log-normal, cut at two standard deviations, as the sizes of images and regions have their bounds.
  func seconds(of task: Int64) -> Double {
    var words = SplitMix(seed, task, .length)
    let (radius, angle) = (1 - words.uniform(), words.uniform())
    // Box and Muller 1958.
    let normal = (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
    return median * exp(spread * min(2, max(-2, normal)))
  }

  /// Bytes as a digest has them.
  func bytes(_ count: Int, of task: Int64, for use: Use) -> [UInt8] {
    var words = SplitMix(seed, task, use)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word = words.next()
      for shift in stride(from: 0, to: 64, by: 8) where bytes.count < count {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  /// Values that do not compress, as those of features.
  func values(_ count: Int, of task: Int64) -> [Double] {
    var words = SplitMix(seed, task, .values)
    return (0..<count).map { _ in words.uniform() * 1000 }
  }
}

/// Steele, Lea and Flood 2014.
private struct SplitMix {
  private var state: UInt64

  init(_ seed: UInt64, _ task: Int64, _ use: TaskLengths.Use) {
    state =
      seed &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(bitPattern: task) &* 0xd134_2543_de82_ef95 ^ use.rawValue << 56
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }

  /// In 0..<1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
