/// Passwords of connection strings among the arguments of a process, which `ps` shows to everybody on the machine.
public enum HiddenPasswords {
  /// Overwrites them in what the kernel shows, with as many `x`. Copies that were made of the arguments stay as they
  /// were, so parse a copy.
  public static func hideInArguments() {
    unsafe ProgramArguments.forEach { argument in
      let bytes = unsafe Array(String(cString: argument).utf8)
      for place in places(in: bytes).joined() { unsafe argument[place] = CChar(UInt8(ascii: "x")) }
    }
  }

  /// Where passwords stand in a libpq connection string or URL, by the rules of its own parsers (conninfo_parse and
  /// conninfo_uri_parse in fe-connect.c): blanks around the sign of equality, escapes in the names of a URL's parameters.
  public static func places(in text: [UInt8]) -> [Range<Int>] {
    guard let start = afterScheme(in: text) else { return pairs(in: text) }
    return (inAuthority(of: text, from: start).map { [$0] } ?? []) + parameters(in: text, from: start)
  }

  private static let secrets = ["password", "sslpassword"].map { Array($0.utf8) }

  /// Values of `password = …` and `sslpassword=…`: quoted, or up to a blank or `&`.
  private static func pairs(in text: [UInt8]) -> [Range<Int>] {
    text.indices.compactMap { sign in
      guard text[sign] == UInt8(ascii: "="),
        let last = text[..<sign].lastIndex(where: { !$0.isBlank }), text[...last].ends(with: "password".utf8)
      else { return nil }
      let start = text[(sign + 1)...].firstIndex { !$0.isBlank } ?? text.endIndex
      return value(from: start, in: text)
    }
  }

  private static func value(from start: Int, in text: [UInt8]) -> Range<Int> {
    let isQuoted = start < text.count && text[start] == UInt8(ascii: "'")
    var end = isQuoted ? start + 1 : start
    while end < text.count {
      let byte = text[end]
      if byte == UInt8(ascii: "\\") {
        end += 1
      } else if isQuoted ? byte == UInt8(ascii: "'") : byte.isBlank || byte == UInt8(ascii: "&") {
        break
      }
      end += 1
    }
    return start..<min(end, text.count)
  }

  private static let schemes = ["postgresql://", "postgres://"].map { Array($0.utf8) }

  /// Where the authority of a URL begins, which may be the value of an option (`--database=postgresql://…`).
  private static func afterScheme(in text: [UInt8]) -> Int? {
    let sign = text.starts(with: "--".utf8) ? text.firstIndex(of: UInt8(ascii: "=")) : nil
    let start = sign.map { $0 + 1 } ?? 0
    return schemes.first { text[start...].starts(with: $0) }.map { start + $0.count }
  }

  /// `postgresql://user:password@host`
  private static func inAuthority(of text: [UInt8], from start: Int) -> Range<Int>? {
    guard let at = text[start...].lastIndex(of: UInt8(ascii: "@")),
      let colon = text[start..<at].firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    return colon + 1..<at
  }

  /// `?user=u&pass%77ord=password`
  private static func parameters(in text: [UInt8], from start: Int) -> [Range<Int>] {
    guard let question = text[start...].firstIndex(of: UInt8(ascii: "?")) else { return [] }
    return text[(question + 1)...].split(separator: UInt8(ascii: "&")).compactMap { part in
      guard let sign = part.firstIndex(of: UInt8(ascii: "=")),
        secrets.contains(unescaped(part[..<sign]))
      else { return nil }
      return sign + 1..<part.endIndex
    }
  }

  /// `%77` is `w`.
  private static func unescaped(_ name: ArraySlice<UInt8>) -> [UInt8] {
    var plain: [UInt8] = []
    var rest = name
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let code = UInt8(digits, radix: 16) {
        plain.append(code)
        rest = rest.dropFirst(2)
      } else {
        plain.append(byte)
      }
    }
    return plain
  }
}

extension UInt8 {
  /// As C's `isspace`.
  fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with other: some Collection<UInt8>) -> Bool {
    suffix(other.count).elementsEqual(other)
  }
}
