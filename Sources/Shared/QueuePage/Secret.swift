import Digests

/// 256 random bits, as a browser keeps them.
struct Secret: Equatable, Sendable {
  let text: String

  init() {
    var system = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    for _ in 0..<4 {
      let word: UInt64 = system.next()
      for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * place))) }
    }
    text = bytes.hexadecimal
  }

  /// Whether somebody brought it. Compares digests, so that the time says nothing of how much of it was right.
  func matches(_ brought: String?) -> Bool {
    guard let brought else { return false }
    return sha256(of: brought.utf8) == sha256(of: text.utf8)
  }

  /// What is kept of it.
  static func digest(_ text: String) -> [UInt8] { sha256(of: text.utf8) }
}
