import Cancellation
import Foundation
import Synchronization

/// Stands between a worker and its server, on a port of the loopback address, and does to their conversation what a
/// network may do: it loses an answer, repeats a request, falls silent, goes away.
///
/// It knows enough of the protocol to see that a call completes a task and that its transaction has ended.
package final class WireProxy: Sendable {
  /// What to do to the next completion.
  package enum Action: Sendable {
    /// Pass it on only when `release` is called.
    case hold
    /// Once it is committed, cut the connection instead of passing the answer on.
    case cutAfterCommit
    /// Once it is committed, send the same bytes again, and keep the second answer.
    case repeatAfterCommit
  }

  struct Controls {
    var armed: (action: Action, done: Promise<[String?]>)?
    var isHolding = false
    /// Connections up to this number are silent.
    var silentUpTo = 0
    /// Connections up to this number are cut.
    var cutUpTo = 0
    /// New connections are closed at once.
    var isRefusing = false
    var isClosed = false
    var connections = 0
    var errors: [String: Int] = [:]
    var errorWaiters: [(states: Set<String>, done: Promise<String>)] = []
    var connectionWaiters: [(count: Int, done: Promise<Void>)] = []

    func errors(_ states: Set<String>) -> Int { states.reduce(0) { $0 + errors[$1, default: 0] } }
  }

  package let port: UInt16
  let controls = Mutex(Controls())
  private let target: String
  private let listener: Socket

  /// - Parameter target: the Unix socket of the server.
  package init(to target: String) throws {
    (listener, port) = try Socket.listening()
    self.target = target
    Thread.detachNewThread { [self] in accept() }
  }

  /// Cuts all connections and refuses new ones.
  package func close() {
    controls.withLock { $0.isClosed = true }
    listener.shutDown()
  }

  /// Cuts all connections, and refuses new ones until `admit`.
  package func refuse() {
    controls.withLock {
      $0.cutUpTo = $0.connections
      $0.isRefusing = true
    }
  }

  package func admit() { controls.withLock { $0.isRefusing = false } }

  /// Does something to the next completion.
  /// - Parameter isArmed: is called as soon as no completion goes by any more.
  /// - Returns: when it is done; the texts of the second answer, also those in arrays, where it was repeated.
  @discardableResult
  package func next(_ action: Action, isArmed: @Sendable () -> Void = {}) async throws -> [String?] {
    let done = Promise<[String?]>()
    return try await done.value {
      controls.withLock { $0.armed = (action, done) }
      isArmed()
    }
  }

  /// Leaves completions alone again.
  package func disarm() {
    controls.withLock {
      $0.armed = nil
      $0.isHolding = false
    }
  }

  /// Passes on what was held.
  package func release() { controls.withLock { $0.isHolding = false } }

  /// Stops forwarding on all connections that there are, without closing them.
  package func fallSilent() { controls.withLock { $0.silentUpTo = $0.connections } }

  /// Waits until the server has answered more often than that with one of these SQLSTATEs.
  package func error(_ states: Set<String>, beyond count: Int) async throws {
    let done = Promise<String>()
    _ = try await done.value {
      let isThere = controls.withLock { controls in
        if controls.errors(states) <= count { controls.errorWaiters.append((states, done)) }
        return controls.errors(states) > count
      }
      if isThere { done.resolve(.success("")) }
    }
  }

  /// How often the server answered with one of these SQLSTATEs.
  package func errors(_ states: Set<String>) -> Int { controls.withLock { $0.errors(states) } }

  /// What `error` calls a server that hangs up unasked.
  package static let hangUp = "hang-up"

  /// Waits until there have been so many connections.
  package func connected(atLeast count: Int) async throws {
    let done = Promise<Void>()
    try await done.value {
      let isThere = controls.withLock { controls in
        if controls.connections < count { controls.connectionWaiters.append((count, done)) }
        return controls.connections >= count
      }
      if isThere { done.resolve(.success(())) }
    }
  }

  /// How many connections there have been.
  package var connections: Int { controls.withLock { $0.connections } }

  private func accept() {
    while let client = listener.accepted() {
      let (number, waiting) = controls.withLock { controls in
        controls.connections += 1
        let number = controls.connections
        let waiting = controls.connectionWaiters.filter { $0.count <= number }
        controls.connectionWaiters.removeAll { $0.count <= number }
        return (number, waiting)
      }
      for waiter in waiting { waiter.done.resolve(.success(())) }
      guard !controls.withLock({ $0.isRefusing }), let server = Socket.connected(to: target) else { continue }
      Thread.detachNewThread { [self] in
        var connection = ProxiedConnection(client: client, server: server, number: number, proxy: self)
        connection.run()
      }
    }
  }
}
