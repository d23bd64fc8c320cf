/// What a client asks for.
package struct StatusRequest: Equatable, Sendable {
  /// Bytes of a request's first line and headers.
  static let mostBytes = 8192
  /// Bytes of a form; larger ones are refused unread.
  package static let mostBodyBytes = 16_384

  package enum Method: Equatable, Sendable {
    case get
    case head
    case post
    case other
  }

  package let method: Method
  /// Without its query.
  package let path: String
  /// What follows the first `?`; empty where there is none.
  package let query: String
  /// By name in lower case; values of a name that came twice are joined as RFC 9110 says, cookies by `; `.
  package let headers: [String: String]
  package var body: [UInt8] = []

  package init(method: Method, path: String, query: String = "", headers: [String: String] = [:]) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
  }

  /// What came so far.
  package enum Reading: Equatable {
    case more
    /// All headers are there; `end` is where a body begins.
    case whole(StatusRequest, end: Int)
    case malformed
    case tooLong
  }

  /// Reads the first line and the headers, once all of them are there.
  package static func read(_ bytes: [UInt8]) -> Reading {
    guard let end = endOfHeaders(bytes) else { return bytes.count >= mostBytes ? .tooLong : .more }
    guard end <= mostBytes else { return .tooLong }
    var lines = bytes[..<end].split(separator: 10, omittingEmptySubsequences: false)
      .map { $0.last == 13 ? $0.dropLast() : $0 }
    let line = lines.removeFirst()
    guard line.allSatisfy({ 0x20...0x7e ~= $0 }) else { return .malformed }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/"),
      let headers = headers(lines.prefix { !$0.isEmpty })
    else { return .malformed }
    let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return .whole(
      StatusRequest(
        method: method(words[0]), path: String(target[0]), query: target.count > 1 ? String(target[1]) : "",
        headers: headers), end: end)
  }

  private static func method(_ word: Substring) -> Method {
    switch word {
    case "GET": .get
    case "HEAD": .head
    case "POST": .post
    default: .other
    }
  }

  /// - Returns: nil where a line is no header, or folded, or has a control character.
  private static func headers(_ lines: some Sequence<ArraySlice<UInt8>>) -> [String: String]? {
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line[..<colon].allSatisfy({ 0x21...0x7e ~= $0 }), line.allSatisfy({ $0 >= 0x20 || $0 == 9 })
      else { return nil }
      let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
        .trimming { $0 == " " || $0 == "\t" }
      guard let before = headers[name] else {
        headers[name] = value
        continue
      }
      headers[name] = before + (name == "cookie" ? "; " : ", ") + value
    }
    return headers
  }

  /// Just after the empty line.
  private static func endOfHeaders(_ bytes: [UInt8]) -> Int? {
    var lineIsEmpty = false
    for (place, byte) in bytes.enumerated() {
      if byte == 10 {
        if lineIsEmpty { return place + 1 }
        lineIsEmpty = true
      } else if byte != 13 {
        lineIsEmpty = false
      }
    }
    return nil
  }
}

/// A body that a request announces.
package enum AnnouncedBody: Equatable {
  case bytes(Int)
  case tooLarge(Int)
  /// Sent in chunks: nobody knows how long it gets.
  case lengthMissing
  case malformed
}

extension StatusRequest {
  /// What its headers say of its body. Two lengths, or one beside chunks, are how requests are smuggled past a proxy.
  package var announcedBody: AnnouncedBody {
    let length = headers["content-length"]
    if headers["transfer-encoding"] != nil { return length == nil ? .lengthMissing : .malformed }
    guard let length else { return .bytes(0) }
    guard !length.isEmpty, length.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let count = Int(length) else {
      return .malformed
    }
    return count <= Self.mostBodyBytes ? .bytes(count) : .tooLarge(count)
  }
}

extension String {
  fileprivate func trimming(_ isBlank: (Character) -> Bool) -> String {
    guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) })
    else {
      return ""
    }
    return String(self[first...last])
  }
}
