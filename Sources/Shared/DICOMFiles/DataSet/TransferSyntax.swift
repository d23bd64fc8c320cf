/// UIDs of transfer syntaxes that elements or pixels are written in (DICOM PS3.6, annex A).
enum TransferSyntax {
  static let implicitLittleEndian = "1.2.840.10008.1.2"
  static let explicitLittleEndian = "1.2.840.10008.1.2.1"
  static let deflated = "1.2.840.10008.1.2.1.99"
  static let explicitBigEndian = "1.2.840.10008.1.2.2"
  /// Implicit, with the pixels big-endian.
  static let privateGE = "1.2.840.113619.5.2"
  static let runLength = "1.2.840.10008.1.2.5"

  /// How pixels are written.
  enum Pixels: Sendable {
    case native
    case runLength
    case jpeg
    case jpegLS
    case jpeg2000
    case unknown
  }

  static func pixels(of uid: String) -> Pixels {
    switch uid {
    case implicitLittleEndian, explicitLittleEndian, deflated, explicitBigEndian, privateGE: .native
    case runLength: .runLength
    case _ where jpeg.contains(uid): .jpeg
    case "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81": .jpegLS
    case "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91": .jpeg2000
    default: .unknown
    }
  }

  /// Baseline, extended (8 and 12 bits), and lossless: processes 1, 2 and 4, 14, and 14 with the first predictor.
  private static let jpeg: Set<String> = [
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
  ]

  /// Whether what was written may differ from what was measured.
  static func isLossy(_ uid: String) -> Bool {
    lossy.contains(uid)
  }

  private static let lossy: Set<String> = [
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91",
  ]

  /// What messages call a syntax.
  static func name(of uid: String) -> String {
    names[uid].map { "\($0) (\(uid))" } ?? uid
  }

  private static let names = [
    implicitLittleEndian: "implicit little-endian",
    explicitLittleEndian: "explicit little-endian",
    deflated: "deflated",
    explicitBigEndian: "explicit big-endian",
    runLength: "run lengths",
    "1.2.840.10008.1.2.4.50": "JPEG baseline",
    "1.2.840.10008.1.2.4.51": "JPEG extended",
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless, first predictor",
    "1.2.840.10008.1.2.4.80": "JPEG-LS lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.92": "JPEG 2000 multi-component lossless",
    "1.2.840.10008.1.2.4.93": "JPEG 2000 multi-component",
    "1.2.840.10008.1.2.4.100": "MPEG-2",
    "1.2.840.10008.1.2.4.102": "MPEG-4 AVC/H.264",
    "1.2.840.10008.1.2.4.107": "HEVC/H.265",
    "1.2.840.10008.1.2.4.110": "JPEG XL lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL of a JPEG",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
    "1.2.840.10008.1.2.8.1": "deflated pixels",
  ]
}
