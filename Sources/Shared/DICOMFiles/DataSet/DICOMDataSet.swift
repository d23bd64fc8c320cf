import ImageFiles

/// The data elements of one DICOM file, or of one item of a sequence in it, found by their tags.
///
/// Values are read when they are asked for, and in the type that is asked for: text that is no number is no number. Nothing
/// is copied; a data set keeps the bytes of its file alive. Whatever a file says, reading it ends and allocates in
/// proportion to its bytes.
public struct DICOMDataSet: Sendable {
  /// UID of the transfer syntax, by which the pixels are encoded.
  public let transferSyntax: String
  let bytes: [UInt8]
  let elements: [DICOMElement]
  let encoding: ElementEncoding
  private let characters: CharacterSet
  private let depth: Int

  /// Finds the elements of a file, with or without a preamble, in any encoding of the standard.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - limits: how many bytes a deflated file may come to.
  /// - Throws: `ImageFileError`: `notAnImage` where it is no DICOM file, `truncated`, `corrupt`, `badHeader`, `tooLarge`.
  public init(bytes: [UInt8], limits: ImageReadLimits = ImageReadLimits()) throws(ImageFileError) {
    try self.init(bytes: bytes, before: nil, limits: limits)
  }

  /// The elements up to one, which is looked for in the beginning of a file.
  /// - Throws: as `init(bytes:limits:)`; `truncated` where the beginning ends before that element.
  package init(bytes: [UInt8], before stop: DICOMTag?, limits: ImageReadLimits) throws(ImageFileError) {
    let layout = try FileLayout(bytes, limit: limits.fileBytes)
    var parser = ElementParser(layout.bytes)
    let elements = try parser.elements(
      in: layout.start..<layout.bytes.count, layout.encoding, before: stop, isWhole: true)
    self.init(
      transferSyntax: layout.transferSyntax, bytes: layout.bytes, elements: elements,
      encoding: layout.encoding, characters: .ascii, depth: 0)
  }

  private init(
    transferSyntax: String, bytes: [UInt8], elements: [DICOMElement], encoding: ElementEncoding,
    characters inherited: CharacterSet, depth: Int
  ) {
    self.transferSyntax = transferSyntax
    self.bytes = bytes
    self.elements = elements
    self.encoding = encoding
    self.depth = depth
    let terms = Self.element(.specificCharacterSet, of: elements).flatMap { element in
      if case .bytes(let range) = element.value { bytes[range] } else { nil }
    }
    characters = terms.map { CharacterSet(definedTerms: splitText($0.prefix(1024), .ascii)) } ?? inherited
  }

  /// Whether bytes begin as a DICOM file does.
  public static func begins(_ bytes: [UInt8]) -> Bool {
    FileLayout.hasPreamble(bytes) || FileLayout.looksLikeDataSet(bytes)
  }

  /// Whether an element is there, with a value or without.
  public func contains(_ tag: DICOMTag) -> Bool { element(tag) != nil }

  /// Tags of all elements, in their order.
  public var tags: [DICOMTag] { elements.map(\.tag) }

  /// Bytes of an element's value as they lie in the file; `nil` where it is absent, a sequence or compressed.
  public func bytes(_ tag: DICOMTag) -> ArraySlice<UInt8>? {
    guard case .bytes(let range)? = element(tag)?.value else { return nil }
    return bytes[range]
  }

  /// Texts of an element, without the blanks around them, decoded from the file's character set; none where it is absent.
  public func strings(_ tag: DICOMTag) -> [String] {
    guard let value = bytes(tag) else { return [] }
    let representation = representation(of: tag)
    let set = representation.isInCharacterSet || representation == .unknown ? characters : .ascii
    if representation.isOneText { return [trimmedText(value, set)] }
    return splitText(value, set)
  }

  /// The first text of an element; `nil` where it is absent or empty.
  public func string(_ tag: DICOMTag) -> String? {
    strings(tag).first.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Numbers of an element, text (`DS`, `IS`) or binary; none where it is absent or any of its values is not a finite number.
  public func numbers(_ tag: DICOMTag) -> [Double] {
    guard let value = bytes(tag) else { return [] }
    return NumberDecoding.numbers(value, representation(of: tag), bigEndian: encoding.isBigEndian) ?? []
  }

  /// The first number of an element; `nil` where there is none.
  public func number(_ tag: DICOMTag) -> Double? { numbers(tag).first }

  /// The first number of an element where it is whole and below 2⁵³; else `nil`.
  public func integer(_ tag: DICOMTag) -> Int? {
    number(tag).flatMap { abs($0) < 9_007_199_254_740_992 ? Int(exactly: $0) : nil }
  }

  /// The items of a sequence; none where it is absent.
  ///
  /// Sequences that a file without value representations, or a program that did not know the element, wrote with their
  /// length are recognised by being asked for.
  /// - Throws: `truncated`, `badHeader`, `tooLarge` where the value is no sequence of items.
  public func items(_ tag: DICOMTag) throws(ImageFileError) -> [DICOMDataSet] {
    guard let element = element(tag) else { return [] }
    let found: [DICOMItem]
    switch element.value {
    case .items(let items): found = items
    case .fragments: found = []
    case .bytes(let range):
      let isImplicit = element.representation == .unknown
      var parser = ElementParser(bytes)
      found = try parser.items(in: range, isImplicit ? implicit : encoding, depth: depth + 1)
    }
    return found.map {
      DICOMDataSet(
        transferSyntax: transferSyntax, bytes: bytes, elements: $0.elements, encoding: $0.encoding,
        characters: characters, depth: depth + 1)
    }
  }

  /// The first item of a sequence; `nil` where there is none.
  /// - Throws: as `items(_:)`.
  public func item(_ tag: DICOMTag) throws(ImageFileError) -> DICOMDataSet? { try items(tag).first }

  func element(_ tag: DICOMTag) -> DICOMElement? { Self.element(tag, of: elements) }

  private var implicit: ElementEncoding {
    encoding.isExplicit ? .implicitLittleEndian : encoding
  }

  private static func element(_ tag: DICOMTag, of elements: [DICOMElement]) -> DICOMElement? {
    var (low, high) = (0, elements.count)
    while low < high {
      let middle = (low + high) / 2
      if elements[middle].tag < tag { low = middle + 1 } else { high = middle }
    }
    return low < elements.count && elements[low].tag == tag ? elements[low] : nil
  }

  /// What the file says, else what GDCM's dictionary says.
  private func representation(of tag: DICOMTag) -> ValueRepresentation {
    guard let element = element(tag) else { return .unknown }
    if element.representation != .unknown { return element.representation }
    return DataDictionary.representation(of: tag)
  }
}

/// Values between backslashes, without blanks and zeros around them.
private func splitText(_ bytes: ArraySlice<UInt8>, _ set: CharacterSet) -> [String] {
  if bytes.allSatisfy({ $0 < 0x80 && $0 != 0x1B }) {
    return bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false).map {
      trimmedText($0, .ascii)
    }
  }
  // In some sets a backslash is the second byte of a character.
  return set.text(of: bytes).split(separator: "\\", omittingEmptySubsequences: false).map {
    String($0).trimmed
  }
}

private func trimmedText(_ bytes: ArraySlice<UInt8>, _ set: CharacterSet) -> String {
  set.text(of: bytes).trimmed
}

extension String {
  fileprivate var trimmed: String {
    let isPadding = { (scalar: Unicode.Scalar) in scalar == " " || scalar.value < 32 }
    let scalars = unicodeScalars.drop(while: isPadding)
    guard let last = scalars.lastIndex(where: { !isPadding($0) }) else { return "" }
    return String(scalars[...last])
  }
}
