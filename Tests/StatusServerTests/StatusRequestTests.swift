import Testing

@testable import StatusServer

@Suite struct `A request for the status` {
  private func read(_ text: String) -> StatusRequest.Reading { StatusRequest.read(Array(text.utf8)) }

  @Test func `is whole with the empty line after its headers`() {
    #expect(read("") == .more)
    #expect(read("GET /metrics HTTP/1.1\r\nHost: a\r\n") == .more)
    #expect(
      read("GET /metrics?a=b HTTP/1.1\r\nHost: a\r\n\r\n") == .whole(.init(method: .get, path: "/metrics")))
    #expect(read("HEAD / HTTP/1.0\n\n") == .whole(.init(method: .head, path: "/")))
    #expect(read("POST /ready HTTP/1.1\r\n\r\nbody") == .whole(.init(method: .other, path: "/ready")))
  }

  @Test(arguments: [
    "\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET metrics HTTP/1.1\r\n\r\n",
    "GET /a b HTTP/1.1\r\n\r\n",
    "GET /\u{1} HTTP/1.1\r\n\r\n", "GET /é HTTP/1.1\r\n\r\n", "GET / HTTP/2\r\n\r\n",
  ]) func `is refused where its first line is none`(text: String) {
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
