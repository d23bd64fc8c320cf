import Foundation

/// The chunk of a PNG file that says how many of its pixels make a metre, without which programs take 72 or 96 an inch.
enum PNGResolution {
  /// Signature (8 bytes), then the chunk IHDR: length, name, 13 bytes, checksum.
  private static let endOfHeader = 8 + 4 + 4 + 13 + 4

  /// A PNG file that says its resolution; what is no PNG file stays as it is.
  /// - Parameter dotsPerInch: pixels an inch.
  static func set(_ dotsPerInch: Int, in png: Data) -> Data {
    guard png.count > endOfHeader, png.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return png }
    let perMetre = UInt32((Double(dotsPerInch) / 0.0254).rounded())
    let body = Array("pHYs".utf8) + bytes(perMetre) + bytes(perMetre) + [1]
    let chunk = bytes(9) + body + bytes(checksum(body))
    return png.prefix(endOfHeader) + chunk + png.dropFirst(endOfHeader)
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// CRC-32 of PNG (ISO 3309), bit by bit: the chunk has 13 bytes.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
  }
}
