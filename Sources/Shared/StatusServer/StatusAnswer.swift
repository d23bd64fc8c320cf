import Foundation

/// What a program says of itself.
package struct StatusAnswer: Equatable, Sendable {
  package let status: Int
  package let contentType: String
  package let text: String

  package init(_ status: Int, _ text: String, contentType: String = "text/plain; charset=utf-8") {
    self.status = status
    self.text = text
    self.contentType = contentType
  }

  /// 200 where all is well, else 503: what load balancers and Kubernetes ask for.
  package static func state(_ isWell: Bool, _ lines: [String]) -> StatusAnswer {
    StatusAnswer(isWell ? 200 : 503, lines.map { $0 + "\n" }.joined())
  }

  private static let reasons = [
    200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error", 503: "Service Unavailable",
  ]

  /// As it goes over the wire; each connection carries one.
  func bytes(withBody: Bool) -> Data {
    let body = Data(text.utf8)
    var head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\n"
    head += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
    head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n"
    if status == 405 { head += "Allow: GET, HEAD\r\n" }
    return Data((head + "\r\n").utf8) + (withBody ? body : Data())
  }
}
