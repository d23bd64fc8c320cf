import Glibc

/// The characters that a file's text is written in (DICOM PS3.3, C.12.1.1.2): ASCII unless it says more.
struct CharacterSet: Sendable, Hashable {
  /// What the system's converter calls it; `nil` for ASCII.
  private let name: String?

  static let ascii = CharacterSet(definedTerms: [])

  /// - Parameter definedTerms: the values of Specific Character Set, as `ISO_IR 100`.
  init(definedTerms: [String]) {
    // With extensions by escape sequences the first value is often empty, and the next says more.
    name = definedTerms.lazy.compactMap { Self.names[Self.normalised($0)] }.last
  }

  /// With `ISO 2022 IR 100` for `ISO_IR 100`, and blanks, hyphens and case as programs write them.
  private static func normalised(_ term: String) -> String {
    var text = term.uppercased().filter { $0 != " " && $0 != "_" && $0 != "-" }
    if text.hasPrefix("ISO2022") { text = "ISO" + text.dropFirst(7) }
    return text
  }

  private static let names = [
    "ISOIR100": "ISO-8859-1", "ISOIR101": "ISO-8859-2", "ISOIR109": "ISO-8859-3", "ISOIR110": "ISO-8859-4",
    "ISOIR144": "ISO-8859-5", "ISOIR127": "ISO-8859-6", "ISOIR126": "ISO-8859-7", "ISOIR138": "ISO-8859-8",
    "ISOIR148": "ISO-8859-9", "ISOIR203": "ISO-8859-15", "ISOIR13": "SHIFT_JIS", "ISOIR166": "TIS-620",
    "ISOIR192": "UTF-8", "GB18030": "GB18030", "GBK": "GBK", "ISOIR87": "ISO-2022-JP",
    "ISOIR159": "ISO-2022-JP-1", "ISOIR149": "EUC-KR", "ISOIR58": "GB2312",
  ]

  /// Text of a value; a byte that is no character of the set is shown as "�".
  func text(of bytes: ArraySlice<UInt8>) -> String {
    guard let name, bytes.contains(where: { $0 >= 0x80 || $0 == 0x1B }) else {
      return String(decoding: bytes.map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
    }
    if name == "UTF-8" { return String(decoding: bytes, as: UTF8.self) }
    if name == "ISO-8859-1" {
      return String(String.UnicodeScalarView(withoutEscapes(bytes).map { Unicode.Scalar($0) }))
    }
    return converted(name.hasPrefix("ISO-2022") ? Array(bytes) : withoutEscapes(bytes), from: name)
  }

  /// Without `ESC ( B`, `ESC $ ) C` and their like, which choose the set that the file has named already.
  private func withoutEscapes(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var (kept, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes)
    while let first = rest.popFirst() {
      guard first == 0x1B else {
        kept.append(first)
        continue
      }
      while let next = rest.popFirst(), next < 0x30 {}
    }
    return kept
  }

  private func converted(_ input: [UInt8], from name: String) -> String {
    guard let converter = unsafe iconv_open("UTF-8", name), unsafe converter != iconv_t(bitPattern: -1) else {
      return String(decoding: input.map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
    }
    defer { unsafe iconv_close(converter) }
    var source = input.map { CChar(bitPattern: $0) }
    let output = unsafe [UInt8](unsafeUninitializedCapacity: input.count * 4 + 16) { buffer, filled in
      unsafe source.withUnsafeMutableBufferPointer { source in
        var (from, left) = (source.baseAddress, source.count)
        let start = unsafe UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self)
        var to: UnsafeMutablePointer<CChar>? = unsafe start
        var room = buffer.count
        while left > 0 {
          let done = unsafe iconv(converter, &from, &left, &to, &room)
          if done != -1 || errno == E2BIG || room < 3 || left == 0 { break }
          for byte in [0xEF, 0xBF, 0xBD] as [UInt8] {
            unsafe to!.pointee = CChar(bitPattern: byte)
            unsafe to = to! + 1
          }
          room -= 3
          unsafe from = from! + 1
          left -= 1
        }
        filled = buffer.count - room
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
