import FlyingSocks
import Foundation
import Logging
import ServiceLifecycle

/// Answers `/metrics`, `/health` and `/ready`, to whoever may reach its address.
///
/// A client costs a few kilobytes for a few seconds at most: it may send 8 KiB, has five seconds from beginning to end, and
/// where more than `mostConnections` are open the oldest one is dropped. A connection carries one answer.
package struct StatusServer: Service {
  /// What is said at a path.
  package typealias Pages = [String: @Sendable () async -> StatusAnswer]

  package static let mostConnections = 64
  /// For a request and its answer.
  package static let longestExchange = Duration.seconds(5)

  private let socket: Socket
  private let address: ListenAddress
  private let pages: Pages
  private let logger: Logger
  private let patience: Duration

  /// Takes the address, so that a program that cannot have it says so before it does anything else.
  /// - Parameter patience: how long a request and its answer may take.
  /// - Throws: `ListenError`.
  package init(
    on address: ListenAddress, pages: Pages, logger: Logger, patience: Duration = longestExchange
  ) throws(ListenError) {
    self.patience = patience
    self.address = address
    self.pages = pages
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
    var open = OpenConnections(most: Self.mostConnections)
    defer { open.cancelAll() }
    while !Task.isCancelled {
      do {
        let connection = try await listener.accept()
        // Not a child of a group: the oldest is cancelled alone. It ends within `patience` in any case.
        open.add(Task { await exchange(on: connection) })
      } catch is CancellationError {
        return
      } catch {
        logger.debug("a connection could not be accepted: \(error)")
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  private func exchange(on connection: AsyncSocket) async {
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let (answer, withBody) = try await answer(to: connection)
          try await connection.write(answer.bytes(withBody: withBody))
        }
        group.addTask { try await Task.sleep(for: patience) }
        defer { group.cancelAll() }
        try await group.next()
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
  }

  private func answer(to connection: AsyncSocket) async throws -> (StatusAnswer, withBody: Bool) {
    var bytes: [UInt8] = []
    while true {
      switch StatusRequest.read(bytes) {
      case .more: bytes += try await connection.read(atMost: StatusRequest.mostBytes + 1 - bytes.count)
      case .malformed: return (StatusAnswer(400, "This is no request of HTTP/1.1.\n"), true)
      case .tooLong:
        return (StatusAnswer(431, "A request has \(StatusRequest.mostBytes) bytes at most.\n"), true)
      case .whole(let request): return (await answer(to: request), request.method != .head)
      }
    }
  }

  private func answer(to request: StatusRequest) async -> StatusAnswer {
    guard request.method != .other else { return StatusAnswer(405, "Only GET and HEAD are answered.\n") }
    guard let page = pages[request.path] else {
      return StatusAnswer(404, "Here are \(pages.keys.sorted().joined(separator: ", ")).\n")
    }
    return await page()
  }
}

/// Connections that are open, the oldest first.
struct OpenConnections {
  private let most: Int
  private var tasks: [Task<Void, Never>] = []

  init(most: Int) { self.most = most }

  /// Adds a connection; where that is one too many, the oldest is dropped.
  mutating func add(_ task: Task<Void, Never>) {
    tasks.append(task)
    if tasks.count > most { tasks.removeFirst().cancel() }
  }

  func cancelAll() {
    for task in tasks { task.cancel() }
  }
}
