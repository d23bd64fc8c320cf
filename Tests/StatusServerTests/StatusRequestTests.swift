import Testing

@testable import StatusServer

@Suite struct `A request for the status` {
  private func read(_ text: String) -> StatusRequest.Reading { StatusRequest.read(Array(text.utf8)) }

  @Test func `is whole with the empty line after its headers`() {
    #expect(read("") == .more)
    #expect(read("GET /metrics HTTP/1.1\r\nHost: a\r\n") == .more)
    let asked = "GET /metrics?a=b HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(
      read(asked)
        == .whole(
          .init(method: .get, path: "/metrics", query: "a=b", headers: ["host": "a"]), end: asked.utf8.count))
    #expect(read("HEAD / HTTP/1.0\n\n") == .whole(.init(method: .head, path: "/"), end: 17))
    #expect(
      read("POST /ready HTTP/1.1\r\n\r\nbody") == .whole(.init(method: .post, path: "/ready"), end: 24))
    #expect(read("PUT / HTTP/1.1\r\n\r\n") == .whole(.init(method: .other, path: "/"), end: 18))
  }

  @Test func `has its cookies under one name, and values without blanks`() throws {
    guard case .whole(let request, _) = read("GET / HTTP/1.1\nCookie: a=1\ncookie:b=2 \nAccept: c\n\n") else {
      throw TestFailure()
    }
    #expect(request.headers == ["cookie": "a=1; b=2", "accept": "c"])
  }

  @Test(arguments: [
    ("", AnnouncedBody.bytes(0)), ("Content-Length: 7", .bytes(7)), ("Content-Length: 16384", .bytes(16_384)),
    ("Content-Length: 16385", .tooLarge(16_385)), ("Content-Length: -1", .malformed),
    ("Content-Length: +1", .malformed), ("Content-Length: 1\nContent-Length: 2", .malformed),
    ("Content-Length: 99999999999999999999", .malformed), ("Transfer-Encoding: chunked", .lengthMissing),
    ("Transfer-Encoding: chunked\nContent-Length: 1", .malformed),
  ]) func `says how long its body is, once`(header: String, body: AnnouncedBody) throws {
    guard case .whole(let request, _) = read("POST / HTTP/1.1\n\(header.isEmpty ? "" : header + "\n")\n")
    else {
      throw TestFailure()
    }
    #expect(request.announcedBody == body)
  }

  @Test(arguments: [
    "\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET metrics HTTP/1.1\r\n\r\n",
    "GET /a b HTTP/1.1\r\n\r\n",
    "GET /\u{1} HTTP/1.1\r\n\r\n", "GET /é HTTP/1.1\r\n\r\n", "GET / HTTP/2\r\n\r\n",
    "GET / HTTP/1.1\r\nno header\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n folded: c\r\n\r\n",
    "GET / HTTP/1.1\r\nA: \u{0}\r\n\r\n",
  ]) func `is refused where its first line or a header is none`(text: String) {
    #expect(read(text) == .malformed)
  }

  @Test func `is refused where it is longer than 8 KiB`() {
    let head = "GET / HTTP/1.1\r\nA: "
    let most = StatusRequest.mostBytes
    #expect(read(head + String(repeating: "a", count: most - head.utf8.count - 1)) == .more)
    #expect(read(head + String(repeating: "a", count: most - head.utf8.count)) == .tooLong)
    #expect(read(head + String(repeating: "a", count: most) + "\r\n\r\n") == .tooLong)
  }
}

private struct TestFailure: Error {}

@Suite struct `An address to listen at` {
  @Test(arguments: [
    ("127.0.0.1:9464", "127.0.0.1:9464"), ("localhost:80", "127.0.0.1:80"), ("[::1]:1", "[::1]:1"),
    ("0.0.0.0:0", "0.0.0.0:0"),
    ("unix:/run/a.sock", "unix:/run/a.sock"),
  ]) func `is an address with a port, or a path`(text: String, shown: String) {
    #expect(ListenAddress(text)?.description == shown)
  }

  @Test(arguments: [
    "", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", "example.org:80",
    "unix:", "1.2.3:4",
    "unix:/" + String(repeating: "a", count: 200),
  ]) func `is nothing else`(text: String) {
    #expect(ListenAddress(text) == nil)
  }
}
