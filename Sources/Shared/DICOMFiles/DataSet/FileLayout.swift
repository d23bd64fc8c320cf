import CZlib
import ImageFiles

/// What stands before a data set in a file (DICOM PS3.10, section 7), and how the data set is written.
struct FileLayout {
  /// UID of the transfer syntax: how elements and pixels are written.
  var transferSyntax: String
  var encoding: ElementEncoding
  /// The bytes that hold the data set: those of the file, or what its deflated part came to.
  var bytes: [UInt8]
  /// Where the data set begins in `bytes`.
  var start: Int

  /// - Parameters:
  ///   - bytes: a file, or its beginning.
  ///   - limit: how many bytes a deflated data set may have.
  /// - Throws: `notAnImage` where the bytes are no DICOM file; `corrupt`, `tooLarge` for deflated ones.
  init(_ bytes: [UInt8], limit: Int) throws(ImageFileError) {
    let begin = Self.hasPreamble(bytes) ? 132 : 0
    if begin == 0 && !Self.looksLikeDataSet(bytes) {
      throw ImageFileError(
        .notAnImage, "this is no DICOM file: neither \"DICM\" after 128 bytes nor a data set from the start")
    }
    let end = Self.endOfMetaInformation(bytes, from: begin)
    transferSyntax = ""
    if end > begin {
      var parser = ElementParser(bytes)
      let meta = try parser.elements(in: begin..<end, .explicitLittleEndian)
      transferSyntax = Self.uid(meta.first { $0.tag == .transferSyntaxUID }, bytes)
    }
    encoding = Self.encoding(of: transferSyntax)
    self.bytes = bytes
    start = end
    if transferSyntax == TransferSyntax.deflated {
      self.bytes = try inflated(bytes[end...], limit: limit)
      start = 0
    }
    correctEncoding()
  }

  /// Whether "DICM" stands after a preamble of 128 bytes.
  static func hasPreamble(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 132 && bytes[128..<132].elementsEqual("DICM".utf8)
  }

  /// Whether bytes without a preamble begin as a data set of old programs does: with group 2 or 8, its tags small and a
  /// length that can be.
  static func looksLikeDataSet(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 16 else { return false }
    let isBig = bytes[0] == 0 && bytes[1] == 8
    guard isBig || (bytes[1] == 0 && (bytes[0] == 2 || bytes[0] == 8)) else { return false }
    guard isBig ? bytes[2] == 0 : bytes[3] == 0 else { return false }
    if ValueRepresentation(bytes[4], bytes[5]).isKnown { return true }
    return !isBig && bytes[6] == 0 && bytes[7] == 0
  }

  /// Where group 2 ends, which is always explicit and little-endian.
  private static func endOfMetaInformation(_ bytes: [UInt8], from begin: Int) -> Int {
    var cursor = begin
    while bytes.count - cursor >= 12, bytes[cursor] == 2, bytes[cursor + 1] == 0 {
      let isShort = ValueRepresentation(bytes[cursor + 4], bytes[cursor + 5]).hasShortLength
      let at = isShort ? cursor + 6 : cursor + 8
      let width = isShort ? 2 : 4
      let length = (0..<width).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
      guard length <= bytes.count - at - width else { return bytes.count }
      cursor = at + width + length
    }
    return cursor
  }

  private static func uid(_ element: DICOMElement?, _ bytes: [UInt8]) -> String {
    guard case .bytes(let range)? = element?.value else { return "" }
    return String(decoding: bytes[range].prefix(64).filter { $0 > 32 && $0 < 127 }, as: UTF8.self)
  }

  private static func encoding(of transferSyntax: String) -> ElementEncoding {
    switch transferSyntax {
    case TransferSyntax.implicitLittleEndian, TransferSyntax.privateGE: .implicitLittleEndian
    case TransferSyntax.explicitBigEndian: .explicitBigEndian
    default: .explicitLittleEndian
    }
  }

  /// Some programs write another encoding than they name, or name none: the first element shows it.
  private mutating func correctEncoding() {
    guard bytes.count - start >= 8 else { return }
    let isExplicit = ValueRepresentation(bytes[start + 4], bytes[start + 5]).isKnown
    let isBig = bytes[start] == 0 && bytes[start + 1] != 0
    encoding = ElementEncoding(isExplicit: isExplicit, isBigEndian: isBig)
    if transferSyntax.isEmpty {
      transferSyntax =
        isBig
        ? TransferSyntax.explicitBigEndian
        : isExplicit ? TransferSyntax.explicitLittleEndian : TransferSyntax.implicitLittleEndian
    }
  }
}

/// What raw deflate data (RFC 1951) come to, at most `limit` bytes.
private func inflated(_ data: ArraySlice<UInt8>, limit: Int) throws(ImageFileError) -> [UInt8] {
  var stream = unsafe z_stream()
  let opened = unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  precondition(opened == Z_OK, "zlib of another major version, or no memory for its 32 KiB window")
  defer { unsafe inflateEnd(&stream) }
  var output: [UInt8] = []
  var code = Z_OK
  unsafe data.withUnsafeBufferPointer { source in
    unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
    unsafe stream.avail_in = UInt32(min(source.count, Int(UInt32.max)))
    while code == Z_OK, output.count <= limit {
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, filled in
        unsafe stream.next_out = buffer.baseAddress
        unsafe stream.avail_out = UInt32(buffer.count)
        code = unsafe inflate(&stream, Z_NO_FLUSH)
        filled = unsafe buffer.count - Int(stream.avail_out)
      }
      output += piece
    }
  }
  guard output.count <= limit else {
    throw ImageFileError(
      .tooLarge, "the deflated data set comes to more than the limit of \(limit) bytes; raise the limit")
  }
  guard code == Z_STREAM_END else {
    throw ImageFileError(
      code == Z_BUF_ERROR ? .truncated : .corrupt,
      "the deflated data set \(code == Z_BUF_ERROR ? "is cut off" : "is damaged"); copy the file again from "
        + "its source")
  }
  return output
}
