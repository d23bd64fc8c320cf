import Foundation

/// What a program says of itself.
package struct StatusAnswer: Equatable, Sendable {
  package struct Header: Equatable, Sendable {
    package let name: String
    package let value: String

    /// - Parameter value: without control characters, which would begin another header.
    package init(_ name: String, _ value: String) {
      precondition(value.unicodeScalars.allSatisfy { 0x20...0x7e ~= $0.value }, "a header is visible ASCII")
      self.name = name
      self.value = value
    }
  }

  package let status: Int
  package let contentType: String
  package let body: Data
  package var headers: [Header]

  package init(_ status: Int, _ body: Data, contentType: String, headers: [Header] = []) {
    self.status = status
    self.body = body
    self.contentType = contentType
    self.headers = headers
  }

  package init(
    _ status: Int, _ text: String, contentType: String = "text/plain; charset=utf-8", headers: [Header] = []
  ) {
    self.init(status, Data(text.utf8), contentType: contentType, headers: headers)
  }

  /// 200 where all is well, else 503: what load balancers and Kubernetes ask for.
  package static func state(_ isWell: Bool, _ lines: [String]) -> StatusAnswer {
    StatusAnswer(isWell ? 200 : 503, lines.map { $0 + "\n" }.joined())
  }

  private static let reasons = [
    200: "OK", 303: "See Other", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
    422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 503: "Service Unavailable",
  ]

  /// As it goes over the wire; each connection carries one.
  func bytes(withBody: Bool) -> Data {
    var head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\n"
    head += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
    head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n"
    for header in headers { head += "\(header.name): \(header.value)\r\n" }
    return Data((head + "\r\n").utf8) + (withBody ? body : Data())
  }
}
