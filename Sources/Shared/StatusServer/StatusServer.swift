import FlyingSocks
import Foundation
import Logging
import ServiceLifecycle

/// What people sign in to, at the address of a `StatusServer`: everything but its pages.
package protocol SignedInSite: Sendable {
  /// How long the answer may take, of a request by somebody who has signed in; nil for strangers.
  func patience(for request: StatusRequest) async -> Duration?

  func answer(to request: StatusRequest) async -> StatusAnswer
}

/// Answers `/metrics`, `/health` and `/ready`, to whoever may reach its address, and what people sign in to.
///
/// A stranger costs a few kilobytes for a few seconds at most: 8 KiB of headers and 16 KiB of a form, five seconds from beginning
/// to end, and where more than `mostConnections` are open the oldest one is dropped. Those who have signed in are given the time
/// that their site says, in as many connections of their own. A connection carries one answer.
package struct StatusServer: Service {
  /// What is said at a path.
  package typealias Pages = [String: @Sendable () async -> StatusAnswer]

  /// Of strangers, and as many of those who have signed in.
  package static let mostConnections = 64
  /// For a request and its answer.
  package static let longestExchange = Duration.seconds(5)
  /// Bytes of a body that is refused are read and dropped up to here, so that whoever sent it hears why.
  private static let mostDropped = 1 << 20

  private let socket: Socket
  private let address: ListenAddress
  private let pages: Pages
  private let site: (any SignedInSite)?
  private let logger: Logger
  private let patience: Duration
  private let open = OpenConnections(most: mostConnections)

  /// Takes the address, so that a program that cannot have it says so before it does anything else.
  /// - Parameter patience: how long a request and its answer may take.
  /// - Throws: `ListenError`.
  package init(
    on address: ListenAddress, pages: Pages, site: (any SignedInSite)? = nil, logger: Logger,
    patience: Duration = longestExchange
  ) throws(ListenError) {
    self.patience = patience
    self.address = address
    self.pages = pages
    self.site = site
    self.logger = logger
    socket = try Self.listening(on: address)
  }

  package func run() async throws {
    defer { release() }
    let pool = SocketPool.make()
    try await pool.prepare()
    let listener = try AsyncSocket(socket: socket, pool: pool)
    logger.info("answers /metrics, /health and /ready at \(address)")
    try await cancelWhenGracefulShutdown {
      do {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await pool.run() }
          group.addTask { try await accept(from: listener) }
          defer { group.cancelAll() }
          try await group.next()
        }
      } catch {
        // A pool that is stopped says that it is disconnected.
        guard Task.isCancelled else { throw error }
      }
    }
  }

  private func release() {
    do {
      try socket.close()
    } catch {
      logger.warning("closing \(address): \(error)")
    }
    if case .unix(let path) = address { Self.removeFile(path) }
  }

  // MARK: Connections

  /// Runs until it is cancelled. What goes wrong with one connection, or for lack of file descriptors, ends no other.
  private func accept(from listener: AsyncSocket) async throws {
    defer { open.cancelAll() }
    while !Task.isCancelled {
      do {
        let connection = try await listener.accept()
        // Not a child of a group: the oldest is cancelled alone. It ends when its time is over in any case.
        open.add { number in Task { await exchange(on: connection, number) } }
      } catch is CancellationError {
        return
      } catch {
        logger.debug("a connection could not be accepted: \(error)")
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  private func exchange(on connection: AsyncSocket, _ number: Int) async {
    do {
      let deadline = ContinuousClock.now + patience
      switch try await within(deadline, { try await read(from: connection) }) {
      case .refused(let answer, let dropping):
        try await within(deadline) { try await refuse(answer, on: connection, dropping: dropping) }
      case .request(let request):
        let allowed = pages[request.path] == nil ? await site?.patience(for: request) : nil
        if allowed != nil { open.admit(number) }
        try await within(allowed.map { .now + $0 } ?? deadline) {
          let answer = await answer(to: request)
          try Task.checkCancellation()
          try await connection.write(answer.bytes(withBody: request.method != .head))
        }
      }
    } catch {
      // Whoever went away, or was too slow, gets no answer.
      logger.trace("a connection ended: \(error)")
    }
    do {
      try connection.close()
    } catch {
      logger.debug("closing a connection: \(error)")
    }
    open.remove(number)
  }

  /// - Throws: `CancellationError` when the time is over, or what the body throws.
  private func within<Value: Sendable>(
    _ deadline: ContinuousClock.Instant, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(until: deadline, clock: .continuous)
        return nil
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() ?? nil else { throw CancellationError() }
      return value
    }
  }

  // MARK: Requests

  private enum Received: Sendable {
    case request(StatusRequest)
    /// With the bytes of its body that are still to come.
    case refused(StatusAnswer, dropping: Int)
  }

  private func read(from connection: AsyncSocket) async throws -> Received {
    var bytes: [UInt8] = []
    while true {
      switch StatusRequest.read(bytes) {
      case .more: bytes += try await connection.read(atMost: StatusRequest.mostBytes + 1 - bytes.count)
      case .malformed: return .refused(StatusAnswer(400, "This is no request of HTTP/1.1.\n"), dropping: 0)
      case .tooLong:
        return .refused(
          StatusAnswer(431, "A request has \(StatusRequest.mostBytes) bytes at most.\n"), dropping: 0)
      case .whole(let request, let end):
        return try await readBody(of: request, Array(bytes[end...]), from: connection)
      }
    }
  }

  /// Reads the form of a POST to the site; nothing else has a body that anybody reads.
  private func readBody(
    of request: StatusRequest, _ begun: [UInt8], from connection: AsyncSocket
  ) async throws -> Received {
    guard request.method == .post, site != nil, pages[request.path] == nil else { return .request(request) }
    switch request.announcedBody {
    case .malformed:
      return .refused(StatusAnswer(400, "It is not clear where this request ends.\n"), dropping: 0)
    case .lengthMissing:
      return .refused(StatusAnswer(411, "A form is sent with its Content-Length.\n"), dropping: 0)
    case .tooLarge(let count):
      return .refused(
        StatusAnswer(413, "A form has \(StatusRequest.mostBodyBytes) bytes at most.\n"),
        dropping: min(count - begun.count, Self.mostDropped))
    case .bytes(let count):
      var request = request
      request.body = Array(begun.prefix(count))
      while request.body.count < count {
        request.body += try await connection.read(atMost: count - request.body.count)
      }
      return .request(request)
    }
  }

  private func refuse(_ answer: StatusAnswer, on connection: AsyncSocket, dropping: Int) async throws {
    try await connection.write(answer.bytes(withBody: true))
    var left = dropping
    while left > 0 { left -= try await connection.read(atMost: min(left, 4096)).count }
  }

  private func answer(to request: StatusRequest) async -> StatusAnswer {
    if let page = pages[request.path] {
      guard request.method == .get || request.method == .head else { return refusal(of: "GET, HEAD") }
      return await page()
    }
    guard request.method != .other else { return refusal(of: site == nil ? "GET, HEAD" : "GET, HEAD, POST") }
    if let site { return await site.answer(to: request) }
    guard request.method != .post else { return refusal(of: "GET, HEAD") }
    return StatusAnswer(404, "Here are \(pages.keys.sorted().joined(separator: ", ")).\n")
  }

  private func refusal(of others: String) -> StatusAnswer {
    StatusAnswer(405, "Answered are \(others).\n", headers: [StatusAnswer.Header("Allow", others)])
  }
}
