/// Names and values of a query or a form (`application/x-www-form-urlencoded`).
package struct FormFields: Equatable, Sendable {
  private let values: [String: String]

  /// What is not UTF-8 is replaced; of a name that came twice the first counts.
  package init(_ text: String) {
    var values: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(parts[0])
      if values[name] == nil { values[name] = parts.count > 1 ? Self.decoded(parts[1]) : "" }
    }
    self.values = values
  }

  package init(_ values: [String: String]) { self.values = values }

  /// Without blanks around it; nil where it is empty or absent.
  package subscript(name: String) -> String? {
    guard let value = values[name] else { return nil }
    guard let first = value.firstIndex(where: { !$0.isWhitespace }),
      let last = value.lastIndex(where: { !$0.isWhitespace })
    else { return nil }
    return String(value[first...last])
  }

  /// As it was typed, for a password.
  package func verbatim(_ name: String) -> String { values[name] ?? "" }

  package func number(_ name: String) -> Int64? { self[name].flatMap { Int64($0) } }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.next(), let low = rest.next(), let value = hexadecimal(high, low) else {
          return String(decoding: bytes, as: UTF8.self)
        }
        bytes.append(value)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexadecimal(_ high: UInt8, _ low: UInt8) -> UInt8? {
    guard let high = Character(UnicodeScalar(high)).hexDigitValue,
      let low = Character(UnicodeScalar(low)).hexDigitValue
    else { return nil }
    return UInt8(high * 16 + low)
  }
}

extension String {
  /// As it stands in a query.
  package var queryEncoded: String {
    utf8.reduce(into: "") { text, byte in
      let character = Character(UnicodeScalar(byte))
      if byte < 128, character.isLetter || character.isNumber || "-._~".contains(character) {
        text.append(character)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
  }
}
