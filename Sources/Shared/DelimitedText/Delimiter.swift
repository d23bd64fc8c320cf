/// What separates the fields of one line.
package enum Delimiter: UInt8, Sendable, CaseIterable {
  case comma = 0x2C
  case semicolon = 0x3B
  case tab = 0x09

  /// The delimiter that the first record uses most often outside quotes; the earlier case wins a tie, and a
  /// record without any is a single comma-separated column.
  package static func detected(in bytes: ArraySlice<UInt8>) -> Delimiter {
    var counts = [Int](repeating: 0, count: allCases.count)
    var quoted = false
    for byte in bytes {
      if byte == Byte.quote { quoted.toggle() }
      if quoted { continue }
      if byte == Byte.lineFeed || byte == Byte.carriageReturn {
        if counts.contains(where: { $0 > 0 }) { break }
        continue
      }
      if let index = allCases.firstIndex(where: { $0.rawValue == byte }) { counts[index] += 1 }
    }
    let most = counts.max() ?? 0
    return allCases[counts.firstIndex(of: most) ?? 0]
  }
}

/// Bytes with a meaning in delimited text.
enum Byte {
  static let quote: UInt8 = 0x22
  static let space: UInt8 = 0x20
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
}
