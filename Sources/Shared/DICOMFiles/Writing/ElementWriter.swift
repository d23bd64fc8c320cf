import Digests

/// Data elements to be written, Explicit VR Little Endian (DICOM PS3.5, section 7.1.2): in the order of their tags, whatever the order in
/// which they were added. Sequences and items have their lengths.
struct ElementWriter {
  private var elements: [DICOMTag: [UInt8]] = [:]

  init(_ build: (inout ElementWriter) -> Void = { _ in }) { build(&self) }

  /// All elements, one after the other.
  var bytes: [UInt8] { elements.sorted { $0.key < $1.key }.flatMap(\.value) }

  /// Text; without a value where there is none.
  mutating func add(_ tag: DICOMTag, _ representation: StaticString, _ text: String = "") {
    add(tag, representation, bytes: Array(text.utf8))
  }

  /// Whole numbers of 16 bits; those beyond are a programming error.
  mutating func add(_ tag: DICOMTag, shorts: [Int]) {
    add(tag, "US", bytes: shorts.flatMap { littleEndian(UInt16($0)) })
  }

  /// Whole numbers of 32 bits.
  mutating func add(_ tag: DICOMTag, longs: [Int]) {
    add(tag, "UL", bytes: longs.flatMap { littleEndian(UInt32($0)) })
  }

  /// Numbers as text of at most 16 characters each.
  mutating func add(_ tag: DICOMTag, decimals: [Double]) {
    add(tag, "DS", decimals.map(decimalText).joined(separator: "\\"))
  }

  /// Numbers of 64 bits.
  mutating func add(_ tag: DICOMTag, doubles: [Double]) {
    add(tag, "FD", bytes: doubles.flatMap { littleEndian($0.bitPattern) })
  }

  mutating func add(_ tag: DICOMTag, items: [ElementWriter]) {
    let body = items.flatMap { item in
      let bytes = item.bytes
      return littleEndian(UInt16(0xFFFE)) + littleEndian(UInt16(0xE000)) + littleEndian(UInt32(bytes.count))
        + bytes
    }
    add(tag, "SQ", bytes: body)
  }

  /// A value as it lies in a file; blanks, or a zero after a UID or numbers, make its length even.
  mutating func add(_ tag: DICOMTag, _ representation: StaticString, bytes value: [UInt8]) {
    let representation = ValueRepresentation(representation)
    let isText = representation != ValueRepresentation("UI") && representation != ValueRepresentation("OB")
    let value = value.count.isMultiple(of: 2) ? value : value + [isText ? 0x20 : 0]
    var written = littleEndian(tag.group) + littleEndian(tag.element)
    written += [UInt8(representation.letters >> 8), UInt8(truncatingIfNeeded: representation.letters)]
    if representation.hasShortLength {
      precondition(value.count <= Int(UInt16.max), "a short value")
      written += littleEndian(UInt16(value.count))
    } else {
      precondition(value.count < Int(UInt32.max), "a value of known length")
      written += [0, 0] + littleEndian(UInt32(value.count))
    }
    elements[tag] = written + value
  }

  /// Takes text elements over from a file as they lie there; those that it does not have are written without a value.
  mutating func copy(_ tags: [(DICOMTag, StaticString)], from file: DICOMDataSet) {
    for (tag, representation) in tags {
      let value = file.bytes(tag).map(Array.init) ?? []
      // As long as text of these kinds may be, and longer: what is no text is not taken over.
      add(tag, representation, bytes: value.count <= 1024 ? value : [])
    }
  }

  /// A whole file: preamble, group 2, elements.
  /// - Parameters:
  ///   - sopClass: what kind of object it is.
  ///   - instance: its own UID.
  func file(sopClass: String, instance: String) -> [UInt8] {
    let meta = ElementWriter {
      $0.add(DICOMTag(0x0002, 0x0001), "OB", bytes: [0, 1])
      $0.add(DICOMTag(0x0002, 0x0002), "UI", sopClass)
      $0.add(DICOMTag(0x0002, 0x0003), "UI", instance)
      $0.add(.transferSyntaxUID, "UI", TransferSyntax.explicitLittleEndian)
      // Of this program: 2.25 with the SHA-256 of its name.
      $0.add(DICOMTag(0x0002, 0x0012), "UI", uniqueIdentifier(of: Array("trabecula".utf8)))
    }.bytes
    let length = ElementWriter { $0.add(DICOMTag(0x0002, 0x0000), longs: [meta.count]) }.bytes
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + length + meta + bytes
  }
}

private func littleEndian<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
  (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * T($0))) }
}

/// A number in at most 16 characters, as exactly as they hold it.
func decimalText(_ number: Double) -> String {
  precondition(number.isFinite, "a number that is written is one")
  let full = "\(number)"
  if full.utf8.count <= 16 { return full }
  for digits in stride(from: 15, through: 1, by: -1) {
    let text = number.withSignificantDigits(digits)
    if text.utf8.count <= 16 { return text }
  }
  return "0"
}

extension Double {
  /// In scientific notation, with a fixed number of significant digits.
  fileprivate func withSignificantDigits(_ digits: Int) -> String {
    guard self != 0 else { return "0" }
    // Swift prints the shortest text that reads back; of a number rounded to so many digits it has no more.
    var exponent = 0
    var mantissa = abs(self)
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    var unit = 1.0
    for _ in 1..<max(digits, 2) where digits > 1 { unit *= 10 }
    let whole = (mantissa * unit).rounded()
    var places = "\(Int(whole))"
    if places.utf8.count > digits { (places, exponent) = (String(places.dropLast()), exponent + 1) }
    let fraction = places.dropFirst().reversed().drop { $0 == "0" }.reversed()
    let sign = self < 0 ? "-" : ""
    let head = String(places.prefix(1)) + (fraction.isEmpty ? "" : "." + String(fraction))
    return sign + head + (exponent == 0 ? "" : "e\(exponent)")
  }
}

/// A UID that is known by what it is made of (DICOM PS3.5, B.2): 2.25 and the number of a UUID whose bits are SHA-256's, version 8
/// (RFC 9562, 5.8).
func uniqueIdentifier(of bytes: [UInt8]) -> String {
  var digest = Array(Digests.sha256(of: bytes).prefix(16))
  digest[6] = digest[6] & 0x0F | 0x80
  digest[8] = digest[8] & 0x3F | 0x80
  return "2.25.\(digest.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })"
}
