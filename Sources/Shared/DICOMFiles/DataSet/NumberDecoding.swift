/// Numbers of a value, by its representation.
enum NumberDecoding {
  /// - Returns: `nil` where a value is not a finite number, or the representation has no numbers.
  static func numbers(
    _ bytes: ArraySlice<UInt8>, _ representation: ValueRepresentation, bigEndian: Bool
  ) -> [Double]? {
    switch representation {
    case .init("US"), .init("OW"): integers(bytes, UInt16.self, bigEndian)
    case .init("SS"): integers(bytes, Int16.self, bigEndian)
    case .init("UL"), .init("OL"): integers(bytes, UInt32.self, bigEndian)
    case .init("SL"): integers(bytes, Int32.self, bigEndian)
    case .init("UV"), .init("OV"): integers(bytes, UInt64.self, bigEndian)
    case .init("SV"): integers(bytes, Int64.self, bigEndian)
    case .init("OB"): bytes.map(Double.init)
    case .init("FL"), .init("OF"):
      reals(bytes, UInt32.self, bigEndian) { Double(Float(bitPattern: $0)) }
    case .init("FD"), .init("OD"):
      reals(bytes, UInt64.self, bigEndian) { Double(bitPattern: $0) }
    default: texts(bytes)
    }
  }

  private static func integers<T: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _ type: T.Type, _ bigEndian: Bool
  ) -> [Double]? {
    words(bytes, type, bigEndian).map { Double($0) }
  }

  private static func reals<T: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _ type: T.Type, _ bigEndian: Bool, _ value: (T) -> Double
  ) -> [Double]? {
    let numbers = words(bytes, type, bigEndian).map(value)
    return numbers.allSatisfy(\.isFinite) ? numbers : nil
  }

  private static func words<T: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _ type: T.Type, _ bigEndian: Bool
  ) -> [T] {
    let width = MemoryLayout<T>.size
    return unsafe bytes.withUnsafeBytes { source in
      (0..<source.count / width).map { index in
        let word = unsafe source.loadUnaligned(fromByteOffset: index * width, as: T.self)
        return bigEndian ? T(bigEndian: word) : T(littleEndian: word)
      }
    }
  }

  /// Decimal numbers between backslashes; an empty value in between is no number.
  private static func texts(_ bytes: ArraySlice<UInt8>) -> [Double]? {
    var numbers: [Double] = []
    for part in bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false) {
      let word = part.drop { $0 <= 32 }.prefix { $0 > 32 && $0 < 127 }
      // A value has 16 characters; some programs write all digits of a double.
      guard !word.isEmpty, word.count <= 64, isDecimal(word),
        let number = Double(String(decoding: word, as: UTF8.self)), number.isFinite
      else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// Digits, signs, point and exponent alone: Swift reads hexadecimal, too.
  private static func isDecimal(_ word: ArraySlice<UInt8>) -> Bool {
    word.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
  }
}
