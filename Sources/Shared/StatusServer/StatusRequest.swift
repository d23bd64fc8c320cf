/// What a client asks for.
struct StatusRequest: Equatable {
  /// Bytes of a request, with all of its headers.
  static let mostBytes = 8192

  enum Method: Equatable {
    case get
    case head
    case other
  }

  let method: Method
  /// Without its query.
  let path: String

  /// What came so far.
  enum Reading: Equatable {
    case more
    case whole(StatusRequest)
    case malformed
    case tooLong
  }

  /// Reads the first line, once all headers are there; nothing of them is needed.
  static func read(_ bytes: [UInt8]) -> Reading {
    guard let end = endOfHeaders(bytes) else { return bytes.count >= mostBytes ? .tooLong : .more }
    guard end <= mostBytes else { return .tooLong }
    let line = bytes.prefix { $0 != 10 && $0 != 13 }
    guard line.allSatisfy({ 0x20...0x7e ~= $0 }) else { return .malformed }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
      return .malformed
    }
    let method: Method = words[0] == "GET" ? .get : words[0] == "HEAD" ? .head : .other
    return .whole(StatusRequest(method: method, path: String(words[1].prefix { $0 != "?" })))
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
