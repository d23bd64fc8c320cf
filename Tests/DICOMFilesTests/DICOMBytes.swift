import DICOMFiles

/// Data elements of explicit little-endian DICOM, for small files that tests make up.
struct DICOMBytes {
  private(set) var bytes: [UInt8] = []

  static func file(_ content: DICOMBytes) -> [UInt8] {
    var meta = DICOMBytes()
    meta.add(.transferSyntaxUID, "UI", text: "1.2.840.10008.1.2.1")
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta.bytes + content.bytes
  }

  mutating func add(_ tag: DICOMTag, _ representation: String, _ value: [UInt8]) {
    append(UInt16(tag.group))
    append(UInt16(tag.element))
    bytes += Array(representation.utf8)
    let padded = value + (value.count.isMultiple(of: 2) ? [] : [representation == "UI" ? 0 : 32])
    if ["OB", "OW", "SQ", "UN", "UT"].contains(representation) {
      bytes += [0, 0]
      append(UInt32(padded.count))
    } else {
      append(UInt16(padded.count))
    }
    bytes += padded
  }

  mutating func add(_ tag: DICOMTag, _ representation: String, text: String) {
    add(tag, representation, Array(text.utf8))
  }

  mutating func add(_ tag: DICOMTag, numbers: [Double]) {
    // Long values do not fit a short length: as UN they are told by the dictionary.
    let text = Array(numbers.map { "\($0)" }.joined(separator: "\\").utf8)
    add(tag, text.count < 65_000 ? "DS" : "UN", text)
  }

  mutating func add(_ tag: DICOMTag, short value: Int) {
    add(tag, "US", [UInt8(value & 255), UInt8(value >> 8 & 255)])
  }

  mutating func add(_ tag: DICOMTag, items: [DICOMBytes]) {
    var body = DICOMBytes()
    for item in items {
      body.append(UInt16(0xFFFE))
      body.append(UInt16(0xE000))
      body.append(UInt32(item.bytes.count))
      body.bytes += item.bytes
    }
    add(tag, "SQ", body.bytes)
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    for byte in 0..<number.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }
}

extension DICOMBytes {
  init(_ build: (inout DICOMBytes) -> Void) { build(&self) }
}
