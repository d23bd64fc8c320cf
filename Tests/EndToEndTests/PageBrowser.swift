import FlyingSocks
import Foundation
import Testing

/// What a browser does with the page, but for looking at it: keeps cookies, sends forms.
actor PageBrowser {
  struct Answer: Sendable {
    let status: Int
    let headers: [String]
    let body: String

    func header(_ name: String) -> String? {
      headers.first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map {
        String($0.dropFirst(name.count + 2))
      }
    }

    /// The value of a hidden field.
    func field(_ name: String) -> String? {
      body.firstRange(of: "name=\"\(name)\" value=\"").map {
        String(body[$0.upperBound...].prefix { $0 != "\"" })
      }
    }
  }

  nonisolated let socketPath: String
  private(set) var cookies: [String: String] = [:]

  init(socketPath: String) { self.socketPath = socketPath }

  func setCookies(_ cookies: [String: String]) { self.cookies = cookies }

  func get(_ path: String, headers: [String] = []) async throws -> Answer {
    try await send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n" + lines(headers) + "\r\n")
  }

  func post(_ path: String, _ fields: [String: String], headers: [String] = []) async throws -> Answer {
    let body = fields.map { "\(encoded($0.key))=\(encoded($0.value))" }.joined(separator: "&")
    return try await send(
      "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        + "Content-Length: \(body.utf8.count)\r\n" + lines(headers) + "\r\n" + body)
  }

  /// Fills in the form of signing in.
  func signIn(_ login: String, _ password: String) async throws -> Answer {
    let form = try await get("/sign-in")
    return try await post(
      "/sign-in", ["token": form.field("token") ?? "", "login": login, "password": password, "next": "/"])
  }

  /// Confirms an act, as its page asks for it.
  func act(_ query: String, _ more: [String: String] = [:]) async throws -> Answer {
    let page = try await get("/act?" + query)
    guard page.status == 200 else { return page }
    var fields = more
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      fields[String(parts[0])] = String(parts[1])
    }
    fields["token"] = page.field("token")
    return try await post("/act", fields)
  }

  private func lines(_ headers: [String]) -> String {
    let kept = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    return (headers + (kept.isEmpty ? [] : ["Cookie: \(kept)"])).map { $0 + "\r\n" }.joined()
  }

  private func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }

  private func send(_ request: String) async throws -> Answer {
    // A busy machine may take longer to ask than the server waits for a request.
    for _ in 0..<20 {
      let bytes = try await exchange(request)
      if !bytes.isEmpty { return try read(bytes) }
    }
    throw SocketError.disconnected
  }

  private func exchange(_ request: String) async throws -> [UInt8] {
    let socket = try await AsyncSocket.connected(to: .unix(path: socketPath), timeout: 600)
    var bytes: [UInt8] = []
    do {
      try await socket.write(Data(request.utf8))
      while true { bytes += try await socket.read(atMost: 65_536) }
    } catch is SocketError {
      try socket.close()
    }
    return bytes
  }

  private func read(_ bytes: [UInt8]) throws -> Answer {
    let text = String(decoding: bytes, as: UTF8.self)
    let end = try #require(text.firstRange(of: "\r\n\r\n"))
    let head = text[..<end.lowerBound].components(separatedBy: "\r\n")
    for line in head where line.hasPrefix("Set-Cookie: ") {
      let parts = line.dropFirst("Set-Cookie: ".count).prefix { $0 != ";" }.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      cookies[String(parts[0])] = line.contains("Max-Age=0") ? nil : String(parts[1])
    }
    return Answer(
      status: try #require(Int(head[0].dropFirst("HTTP/1.1 ".count).prefix(3))),
      headers: Array(head.dropFirst()),
      body: String(text[end.upperBound...]))
  }
}
