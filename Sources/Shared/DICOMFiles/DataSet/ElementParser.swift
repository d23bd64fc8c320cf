import ImageFiles

/// Finds the elements in the bytes of a data set (DICOM PS3.5, section 7), without copying a value.
///
/// Every length is compared with what is there before it is believed; sequences in sequences end at a depth, and
/// all elements and items at a number.
struct ElementParser {
  /// Elements and items of one file, together: real ones have some hundred thousand at most.
  static let elementLimit = 1 << 22
  /// Sequences in sequences: real ones have some ten at most.
  static let depthLimit = 32

  let bytes: [UInt8]
  /// Elements and items so far.
  private var count = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The elements from a position on, in the order of their tags; of two with one tag the first.
  /// - Parameters:
  ///   - range: where the elements lie.
  ///   - encoding: how they are written.
  ///   - stop: where to end before the end of the range: at the first element that is not before this one.
  ///   - isWhole: whether these are the elements of a file, after whose pixels anything may follow.
  /// - Throws: `truncated` where an element is longer than the bytes; `badHeader`, `tooLarge`.
  mutating func elements(
    in range: Range<Int>, _ encoding: ElementEncoding, before stop: DICOMTag? = nil, isWhole: Bool = false
  ) throws(ImageFileError) -> [DICOMElement] {
    var cursor = range.lowerBound
    return sorted(
      try elements(
        at: &cursor, end: range.upperBound, encoding, depth: 0, before: stop, isWhole: isWhole,
        delimited: false))
  }

  /// The items of a sequence whose length is known.
  mutating func items(
    in range: Range<Int>, _ encoding: ElementEncoding, depth: Int
  ) throws(ImageFileError) -> [DICOMItem] {
    var cursor = range.lowerBound
    return try items(at: &cursor, end: range.upperBound, encoding, depth: depth, delimited: false)
  }

  private mutating func elements(
    at cursor: inout Int, end: Int, _ encoding: ElementEncoding, depth: Int, before stop: DICOMTag?,
    isWhole: Bool, delimited: Bool
  ) throws(ImageFileError) -> [DICOMElement] {
    var found: [DICOMElement] = []
    while cursor < end {
      // A few bytes after the last element are padding.
      if isWhole && end - cursor < 8 { break }
      let header = try elementHeader(at: cursor, end: end, encoding)
      if header.tag == Self.itemDelimiter && delimited {
        cursor = header.start
        return found
      }
      if let stop, header.tag >= stop { return found }
      if isWhole, header.tag.group == 0xFFFE { break }
      let isAfterPixels = isWhole && found.last.map { $0.tag >= .pixelData } == true
      do throws(ImageFileError) {
        found.append(try element(header, at: &cursor, end: end, encoding, depth: depth))
      } catch  where isAfterPixels {
        return found
      }
      try counted()
    }
    if delimited { throw truncation("an item") }
    return found
  }

  /// What stands before a value.
  private struct Header {
    var tag: DICOMTag
    var representation: ValueRepresentation
    /// `nil` where it ends with a delimiter.
    var length: Int?
    /// Where the value begins.
    var start: Int
  }

  private static let itemStart = DICOMTag(0xFFFE, 0xE000)
  private static let itemDelimiter = DICOMTag(0xFFFE, 0xE00D)
  private static let sequenceDelimiter = DICOMTag(0xFFFE, 0xE0DD)

  private func elementHeader(
    at position: Int, end: Int, _ encoding: ElementEncoding
  ) throws(ImageFileError) -> Header {
    guard end - position >= 8 else { throw truncation("a data element") }
    let big = encoding.isBigEndian
    let tag = DICOMTag(sixteen(at: position, big), sixteen(at: position + 2, big))
    // Delimiters have no representation in any encoding.
    guard encoding.isExplicit, tag.group != 0xFFFE else {
      let length = thirtyTwo(at: position + 4, big)
      return Header(tag: tag, representation: .unknown, length: known(length), start: position + 8)
    }
    let representation = ValueRepresentation(bytes[position + 4], bytes[position + 5])
    guard representation.isPlausible else {
      throw ImageFileError(
        .badHeader,
        "element \(tag) at byte \(position) has no value representation, though its file is written with "
          + "them; the file is damaged: export it again from its source")
    }
    if representation.hasShortLength {
      return Header(
        tag: tag, representation: representation, length: Int(sixteen(at: position + 6, big)),
        start: position + 8)
    }
    guard end - position >= 12 else { throw truncation("element \(tag)") }
    return Header(
      tag: tag, representation: representation, length: known(thirtyTwo(at: position + 8, big)),
      start: position + 12)
  }

  private func known(_ length: UInt32) -> Int? { length == .max ? nil : Int(length) }

  private mutating func element(
    _ header: Header, at cursor: inout Int, end: Int, _ encoding: ElementEncoding, depth: Int
  ) throws(ImageFileError) -> DICOMElement {
    var representation = header.representation
    let value: DICOMElement.Value
    if let length = header.length {
      guard length <= end - header.start else {
        throw truncation("element \(header.tag)", length: length, left: end - header.start)
      }
      cursor = header.start + length
      value = .bytes(header.start..<cursor)
    } else if header.tag == .pixelData && depth == 0 {
      cursor = header.start
      value = .fragments(try fragments(at: &cursor, end: end, encoding))
    } else {
      cursor = header.start
      // PS3.5, 6.2.2, note: what was unknown to a program on its way is implicit, little-endian inside.
      let inner = representation == .unknown ? .implicitLittleEndian : encoding
      value = .items(try items(at: &cursor, end: end, inner, depth: depth + 1, delimited: true))
      representation = .sequence
    }
    return DICOMElement(tag: header.tag, representation: representation, value: value)
  }

  private mutating func items(
    at cursor: inout Int, end: Int, _ encoding: ElementEncoding, depth: Int, delimited: Bool
  ) throws(ImageFileError) -> [DICOMItem] {
    guard depth <= Self.depthLimit else {
      throw ImageFileError(
        .tooLarge, "sequences lie in each other deeper than \(Self.depthLimit); this is no image's header")
    }
    var found: [DICOMItem] = []
    while cursor < end {
      let header = try elementHeader(at: cursor, end: end, encoding)
      if header.tag == Self.sequenceDelimiter {
        cursor = header.start
        return found
      }
      guard header.tag == Self.itemStart else {
        throw ImageFileError(
          .badHeader,
          "\(header.tag) at byte \(cursor) stands where an item of a sequence was expected; the file is "
            + "damaged: export it again from its source")
      }
      found.append(try item(header, at: &cursor, end: end, encoding, depth: depth))
      try counted()
    }
    if delimited { throw truncation("a sequence") }
    return found
  }

  private mutating func item(
    _ header: Header, at cursor: inout Int, end: Int, _ encoding: ElementEncoding, depth: Int
  ) throws(ImageFileError) -> DICOMItem {
    var itemEnd = end
    if let length = header.length {
      guard length <= end - header.start else {
        throw truncation("an item", length: length, left: end - header.start)
      }
      itemEnd = header.start + length
    }
    cursor = header.start
    let inside = try elements(
      at: &cursor, end: itemEnd, encoding, depth: depth, before: nil, isWhole: false,
      delimited: header.length == nil)
    return DICOMItem(elements: sorted(inside), encoding: encoding)
  }

  /// Pieces of compressed pixels, until their delimiter (PS3.5, A.4).
  private mutating func fragments(
    at cursor: inout Int, end: Int, _ encoding: ElementEncoding
  ) throws(ImageFileError) -> [Range<Int>] {
    var found: [Range<Int>] = []
    while cursor < end {
      let header = try elementHeader(at: cursor, end: end, encoding)
      cursor = header.start
      if header.tag == Self.sequenceDelimiter { return found }
      guard header.tag == Self.itemStart, let length = header.length else {
        throw ImageFileError(
          .badHeader,
          "\(header.tag) stands where a piece of the compressed pixels was expected; the file is damaged: "
            + "export it again from its source")
      }
      guard length <= end - cursor else {
        throw truncation("a piece of the compressed pixels", length: length, left: end - cursor)
      }
      found.append(cursor..<cursor + length)
      cursor += length
      try counted()
    }
    throw truncation("the compressed pixels")
  }

  private mutating func counted() throws(ImageFileError) {
    count += 1
    guard count <= Self.elementLimit else {
      throw ImageFileError(
        .tooLarge, "the file has more than \(Self.elementLimit) data elements; this is no image's header")
    }
  }

  /// In the order of tags, as they should be; of two with one tag the first.
  private func sorted(_ elements: [DICOMElement]) -> [DICOMElement] {
    if zip(elements, elements.dropFirst()).allSatisfy({ $0.tag < $1.tag }) { return elements }
    var seen: Set<DICOMTag> = []
    return elements.filter { seen.insert($0.tag).inserted }.sorted { $0.tag < $1.tag }
  }

  private func sixteen(at position: Int, _ big: Bool) -> UInt16 {
    let (first, second) = (UInt16(bytes[position]), UInt16(bytes[position + 1]))
    return big ? first << 8 | second : second << 8 | first
  }

  private func thirtyTwo(at position: Int, _ big: Bool) -> UInt32 {
    let (first, second) = (UInt32(sixteen(at: position, big)), UInt32(sixteen(at: position + 2, big)))
    return big ? first << 16 | second : second << 16 | first
  }

  private func truncation(_ what: String, length: Int, left: Int) -> ImageFileError {
    ImageFileError(
      .truncated,
      "\(what) promises \(length) bytes, but only \(left) are left; the file is cut off: copy it again from "
        + "its source")
  }

  private func truncation(_ what: String) -> ImageFileError {
    ImageFileError(
      .truncated, "the file ends within \(what); it is cut off: copy it again from its source")
  }
}
