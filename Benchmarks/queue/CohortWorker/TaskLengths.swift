import ElementaryFunctions
import LinearAlgebra

/// What is drawn for a task, the same whoever runs it: how long it takes, and what it finds.
struct TaskLengths: Sendable {
  /// What bytes are drawn for.
  enum Use: Int {
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
    var words = words(of: task, for: .length)
    return median * Elementary.exp(spread * min(2, max(-2, words.normal())))
  }

  /// Bytes as a digest has them.
  func bytes(_ count: Int, of task: Int64, for use: Use) -> [UInt8] {
    var words = words(of: task, for: use)
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
    var words = words(of: task, for: .values)
    return (0..<count).map { _ in words.uniform() * 1000 }
  }

  private func words(of task: Int64, for use: Use) -> RandomStream {
    RandomStream(
      seed: seed, purpose: .synthesis, replicate: Int(UInt32(truncatingIfNeeded: task)), stratum: use.rawValue
    )
  }
}
