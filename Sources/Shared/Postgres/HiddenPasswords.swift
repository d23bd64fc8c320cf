/// Passwords of connection strings among the arguments of a process, which `ps` shows to everybody on the machine.
public enum HiddenPasswords {
  /// Overwrites them in what the kernel shows, with as many `x`. Copies that were made of the arguments stay as they
  /// were, so parse a copy.
  public static func hideInArguments() {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
      let bytes = unsafe Array(String(cString: argument).utf8)
      for place in places(in: bytes).joined() { unsafe argument[place] = CChar(UInt8(ascii: "x")) }
    }
  }

  /// Where passwords stand in a libpq connection string or URL.
  public static func places(in text: [UInt8]) -> [Range<Int>] {
    afterKeyword("password=", in: text) + (inAuthority(of: text).map { [$0] } ?? [])
  }

  /// Values of `password=` and `sslpassword=`: quoted, or up to a blank or `&`.
  private static func afterKeyword(_ keyword: String, in text: [UInt8]) -> [Range<Int>] {
    let keyword = Array(keyword.utf8)
    guard text.count >= keyword.count else { return [] }
    return (0...text.count - keyword.count).filter { text[$0..<$0 + keyword.count].elementsEqual(keyword) }
      .map { value(from: $0 + keyword.count, in: text) }
  }

  private static func value(from start: Int, in text: [UInt8]) -> Range<Int> {
    let isQuoted = start < text.count && text[start] == UInt8(ascii: "'")
    var end = isQuoted ? start + 1 : start
    while end < text.count {
      let byte = text[end]
      if byte == UInt8(ascii: "\\") {
        end += 1
      } else if isQuoted ? byte == UInt8(ascii: "'") : byte == UInt8(ascii: " ") || byte == UInt8(ascii: "&")
      {
        break
      }
      end += 1
    }
    return start..<min(end, text.count)
  }

  /// `postgresql://user:password@host`
  private static func inAuthority(of text: [UInt8]) -> Range<Int>? {
    guard
      let slashes = text.indices.dropLast(2).first(where: {
        text[$0..<$0 + 3].elementsEqual(Array("://".utf8))
      }),
      let at = text[slashes...].lastIndex(of: UInt8(ascii: "@")),
      let colon = text[(slashes + 3)..<max(at, slashes + 3)].firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    return colon + 1..<at
  }
}
