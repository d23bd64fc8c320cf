import FlyingSocks
import Foundation
import Logging
import ServiceLifecycle
import StatusServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A status server` {
  /// Runs a server at a socket file of its own.
  private func withServer(
    pages: StatusServer.Pages = [
      "/metrics": { StatusAnswer(200, "a 1\n", contentType: "text/plain; version=0.0.4") }
    ],
    // Beside a whole suite an answer may take minutes.
    patience: Duration = .seconds(600), site: (any SignedInSite)? = nil,
    _ body: (ListenAddress, _ path: String) async throws -> Void
  ) async throws {
    let path = NSTemporaryDirectory() + "status-\(UUID().uuidString.prefix(8)).sock"
    let address = try #require(ListenAddress("unix:\(path)"))
    let server = try StatusServer(
      on: address, pages: pages, site: site, logger: Logger(label: "test"), patience: patience)
    let running = Task { try await server.run() }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(address, path)) } catch { outcome = .failure(error) }
    running.cancel()
    try await running.value
    #expect(!FileManager.default.fileExists(atPath: path), "its file goes with it")
    try outcome.get()
  }

  /// A Unix socket whose queue is full does not keep a client waiting but refuses it, until the server has let one in.
  private func connection(_ path: String) async throws -> AsyncSocket {
    try await wait {
      do {
        return try await AsyncSocket.connected(to: .unix(path: path), timeout: 600)
      } catch SocketError.disconnected {
        return nil
      }
    }
  }

  /// All that comes until the other side closes.
  private func answer(to request: String, _ path: String) async throws -> String {
    let socket = try await connection(path)
    try await socket.write(Data(request.utf8))
    return try await rest(of: socket)
  }

  private func rest(of socket: AsyncSocket) async throws -> String {
    var bytes: [UInt8] = []
    do {
      while true { bytes += try await socket.read(atMost: 4096) }
    } catch SocketError.disconnected {
      try socket.close()
    } catch SocketError.failed(_, let number, _) where number == ECONNRESET {
      // It closed before it had read all.
      try socket.close()
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `answers pages, and says what else is there`() async throws {
    try await withServer { _, path in
      let found = try await answer(to: "GET /metrics HTTP/1.1\r\n\r\n", path)
      #expect(
        found.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: 4\r\n")
      )
      #expect(found.hasSuffix("\r\n\r\na 1\n"))
      let head = try await answer(to: "HEAD /metrics HTTP/1.1\r\n\r\n", path)
      #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.hasSuffix("\r\n\r\n"))
      #expect(try await answer(to: "GET /other HTTP/1.1\r\n\r\n", path).hasSuffix("Here are /metrics.\n"))
      #expect(try await answer(to: "POST /metrics HTTP/1.1\r\n\r\n", path).hasPrefix("HTTP/1.1 405 "))
      #expect(try await answer(to: "hello\r\n\r\n", path).hasPrefix("HTTP/1.1 400 "))
    }
  }

  @Test func `gives up on who sends half a request, or one without end`() async throws {
    try await withServer { _, path in
      let long = "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: StatusRequestBounds.most)
      let said = try await answer(to: long, path)
      // What it left unread resets the connection, which may overtake the answer.
      #expect(said.isEmpty || said.hasPrefix("HTTP/1.1 431 "), "\(said)")
    }
    try await withServer(patience: .milliseconds(100)) { _, path in
      let slow = try await connection(path)
      do { try await slow.write(Data("GET /metr".utf8)) } catch is SocketError {
        // It was closed already.
      }
      #expect(try await rest(of: slow) == "", "it is closed without an answer")
    }
  }

  @Test func `answers while more clients hold on to it than it lets in`() async throws {
    try await withServer { _, path in
      var idle: [AsyncSocket] = []
      for _ in 0..<StatusServer.mostConnections * 4 { idle.append(try await connection(path)) }
      #expect(try await answer(to: "GET /metrics HTTP/1.1\r\n\r\n", path).hasSuffix("a 1\n"))
      // The first ones were dropped for those that came later.
      #expect(try await rest(of: idle[0]) == "")
      for socket in idle.dropFirst() { try socket.close() }
    }
  }

  @Test func `gives a form of bounded size to its site, and no form to its pages`() async throws {
    try await withServer(site: EchoingSite()) { _, path in
      func posting(_ text: String, to place: String = "/form", length: Int? = nil) -> String {
        "POST \(place) HTTP/1.1\r\nContent-Length: \(length ?? text.utf8.count)\r\n\r\n\(text)"
      }
      let large = String(repeating: "a", count: StatusRequest.mostBodyBytes)
      let chunked = "POST /form HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      for (request, expected) in [
        (posting("a=b&c"), "\r\n\r\na=b&c"), (posting("a=b&c", length: 3), "\r\n\r\na=b"),
        (posting(large), large),
        (posting("a", to: "/metrics"), "HTTP/1.1 405 "), (posting(large + "a"), "HTTP/1.1 413 "),
        (chunked, "HTTP/1.1 411 "), ("PUT /form HTTP/1.1\r\n\r\n", "\r\nAllow: GET, HEAD, POST\r\n"),
      ] {
        let said = try await answer(to: request, path)
        #expect(said.contains(expected), "\(request.prefix(80))")
      }
    }
  }

  @Test func `keeps whoever has signed in while strangers come and go`() async throws {
    let site = EchoingSite()
    try await withServer(site: site) { _, path in
      let patient = try await connection(path)
      try await patient.write(Data("GET /slow HTTP/1.1\r\nCookie: signed-in\r\n\r\n".utf8))
      _ = await site.hasBeenAsked.first { _ in true }
      var idle: [AsyncSocket] = []
      for _ in 0..<StatusServer.mostConnections * 2 { idle.append(try await connection(path)) }
      // The first stranger is dropped, so all of them have been accepted but those that wait at most.
      let toldFirst = try await rest(of: idle[0])
      #expect(toldFirst == "")
      site.goOn()
      let told = try await rest(of: patient)
      #expect(told.hasSuffix("at last"))
      for socket in idle.dropFirst() { try socket.close() }
    }
    try await withServer(patience: .milliseconds(100), site: site) { _, path in
      let stranger = try await answer(to: "GET /never HTTP/1.1\r\n\r\n", path)
      #expect(stranger == "", "a stranger's time is over")
    }
  }

  /// What is said of an address that cannot be had.
  private func refusal(at address: ListenAddress) -> String? {
    do throws(ListenError) {
      _ = try StatusServer(on: address, pages: [:], logger: Logger(label: "test"))
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `tells of an address that another has, and takes the file that a killed one left`() async throws
  {
    try await withServer { address, path in
      #expect(refusal(at: address)?.contains("another program listens there") == true)
      let said = try await answer(to: "GET /metrics HTTP/1.1\r\n\r\n", path)
      #expect(said.hasSuffix("a 1\n"))
    }
    let path = NSTemporaryDirectory() + "left-\(UUID().uuidString.prefix(8)).sock"
    let left = try Socket(domain: Int32(AF_UNIX))
    try left.bind(to: .unix(path: path))
    try left.close()
    let address = try #require(ListenAddress("unix:\(path)"))
    let server = try StatusServer(
      on: address, pages: [:], logger: Logger(label: "test"), patience: .seconds(600))
    let running = Task { try await server.run() }
    #expect(try await answer(to: "GET / HTTP/1.1\r\n\r\n", path).hasPrefix("HTTP/1.1 404 "))
    running.cancel()
    try await running.value
  }
}

/// Says what it was sent; `/slow` takes until `goOn`, `/never` until its time is over.
private final class EchoingSite: SignedInSite {
  let hasBeenAsked: AsyncStream<Void>
  private let asking: AsyncStream<Void>.Continuation
  private let mayGoOn: AsyncStream<Void>
  private let going: AsyncStream<Void>.Continuation

  init() {
    (hasBeenAsked, asking) = AsyncStream.makeStream()
    (mayGoOn, going) = AsyncStream.makeStream()
  }

  func goOn() { going.yield() }

  func patience(for request: StatusRequest) async -> Duration? {
    request.headers["cookie"] == "signed-in" ? .seconds(600) : nil
  }

  func answer(to request: StatusRequest) async -> StatusAnswer {
    switch request.path {
    case "/slow":
      asking.yield()
      _ = await mayGoOn.first { _ in true }
      return StatusAnswer(200, "at last")
    case "/never":
      do { try await Task.sleep(for: .seconds(600)) } catch { return StatusAnswer(503, "cancelled") }
      return StatusAnswer(500, "nobody stopped it")
    default: return StatusAnswer(200, Data(request.body), contentType: "text/plain")
    }
  }
}

/// What the server's documentation promises.
private enum StatusRequestBounds {
  static let most = 8192
}
