/// Two letters that say what kind of value an element has (DICOM PS3.5, section 6.2), such as `DS`.
struct ValueRepresentation: Hashable, Sendable {
  let letters: UInt16

  init(_ first: UInt8, _ second: UInt8) { letters = UInt16(first) << 8 | UInt16(second) }

  init(_ text: StaticString) {
    precondition(text.utf8CodeUnitCount == 2, "a value representation has two letters")
    self = text.withUTF8Buffer { unsafe ValueRepresentation($0[0], $0[1]) }
  }

  static let sequence = ValueRepresentation("SQ")
  static let unknown = ValueRepresentation("UN")

  /// Whether both are capital letters, as those of every representation.
  var isPlausible: Bool {
    let letter = UInt8(ascii: "A")...UInt8(ascii: "Z")
    return letter.contains(UInt8(letters >> 8)) && letter.contains(UInt8(truncatingIfNeeded: letters))
  }

  /// Whether an explicit header has 16 bits for the length; all others, known or not, have 32 bits after 16 unused.
  var hasShortLength: Bool { Self.short.contains(self) }

  private static let short: Set<ValueRepresentation> = [
    .init("AE"), .init("AS"), .init("AT"), .init("CS"), .init("DA"), .init("DS"), .init("DT"), .init("FL"),
    .init("FD"), .init("IS"), .init("LO"), .init("LT"), .init("PN"), .init("SH"), .init("SL"), .init("SS"),
    .init("ST"), .init("TM"), .init("UI"), .init("UL"), .init("US"),
  ]

  /// Whether the standard has it: two letters by chance are rarely one.
  var isKnown: Bool { Self.short.contains(self) || Self.long.contains(self) }

  private static let long: Set<ValueRepresentation> = [
    .init("OB"), .init("OD"), .init("OF"), .init("OL"), .init("OV"), .init("OW"), .init("SQ"), .init("SV"),
    .init("UC"), .init("UN"), .init("UR"), .init("UT"), .init("UV"),
  ]

  /// Whether the text is written in the file's character set; other text is ASCII.
  var isInCharacterSet: Bool { Self.inCharacterSet.contains(self) }

  private static let inCharacterSet: Set<ValueRepresentation> = [
    .init("LO"), .init("LT"), .init("PN"), .init("SH"), .init("ST"), .init("UC"), .init("UT"),
  ]

  /// Whether a backslash is a character of the text, which is then one value.
  var isOneText: Bool { Self.oneText.contains(self) }

  private static let oneText: Set<ValueRepresentation> = [.init("LT"), .init("ST"), .init("UT"), .init("UR")]
}

/// How elements are laid out in bytes.
struct ElementEncoding: Hashable, Sendable {
  /// Whether each element says its value representation.
  var isExplicit: Bool
  var isBigEndian: Bool

  static let explicitLittleEndian = ElementEncoding(isExplicit: true, isBigEndian: false)
  static let implicitLittleEndian = ElementEncoding(isExplicit: false, isBigEndian: false)
  static let explicitBigEndian = ElementEncoding(isExplicit: true, isBigEndian: true)
}

/// One element as it was found in a file.
struct DICOMElement: Sendable {
  enum Value: Sendable {
    /// Where the value lies in the bytes of the file.
    case bytes(Range<Int>)
    /// Items of a sequence, which ended where its delimiter was.
    case items([DICOMItem])
    /// Pieces of compressed pixel data; the first is the table of offsets.
    case fragments([Range<Int>])
  }

  let tag: DICOMTag
  /// `unknown` where the file does not say.
  let representation: ValueRepresentation
  let value: Value
}

/// One item of a sequence.
struct DICOMItem: Sendable {
  let elements: [DICOMElement]
  /// Elements of unknown representation are implicit inside, whatever the file is.
  let encoding: ElementEncoding
}
