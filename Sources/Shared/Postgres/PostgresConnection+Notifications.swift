import Dispatch
import Glibc

/// A caller of `nextNotification`, and the watch on the socket that serves it.
struct NotificationWaiter {
  let continuation: CheckedContinuation<PostgresNotification?, any Error>
  let source: any DispatchSourceRead
  let alarm: DispatchWorkItem
}

extension PostgresConnection {
  /// Subscribes to a channel.
  ///
  /// Needs a session of its own: through a transaction pooler nothing would arrive.
  public func listen(to channel: String) async throws(PostgresError) {
    guard keepsState else {
      throw PostgresError(
        .usage,
        "LISTEN does not work through a transaction pooler; poll instead, or connect to the server itself")
    }
    try await execute(script: "LISTEN \(try quoted(channel))")
  }

  /// Ends the subscription of a channel.
  public func unlisten(from channel: String) async throws(PostgresError) {
    try await execute(script: "UNLISTEN \(try quoted(channel))")
  }

  private func quoted(_ channel: String) throws(PostgresError) -> String {
    _ = try session.begin("LISTEN", timeout: nil)
    guard let identifier = session.raw.quotedIdentifier(channel) else {
      throw PostgresError(.usage, "not a channel name: \(channel)")
    }
    return identifier
  }

  /// Waits for the next notification on the channels listened to; holds no thread, and other calls go on
  /// meanwhile.
  ///
  /// A dead network may stay silent: after a `nil`, `ping` tells whether the server is still there.
  /// - Returns: `nil` when the time is over.
  /// - Throws: `.connectionLost`, `.cancelled`, or `.usage` where somebody waits already.
  public func nextNotification(timeout: Duration) async throws(PostgresError) -> PostgresNotification? {
    _ = try session.begin("LISTEN", timeout: nil)
    guard waiter == nil else {
      throw PostgresError(.usage, "another task waits for this connection's notifications already")
    }
    takeInput()
    if !session.notifications.isEmpty { return session.notifications.removeFirst() }
    do {
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          startWaiting(continuation, timeout)
        }
      } onCancel: {
        queue.async {
          self.assumeIsolated {
            $0.endWait(.failure(PostgresError(.cancelled, "stopped waiting for notifications")))
          }
        }
      }
    } catch let error as PostgresError {
      throw error
    } catch {
      preconditionFailure("only PostgresError ends a wait: \(error)")
    }
  }

  /// Forgets the notifications that have arrived and nobody has asked for.
  public func discardNotifications() { session.notifications.removeAll() }

  private func startWaiting(
    _ continuation: CheckedContinuation<PostgresNotification?, any Error>, _ timeout: Duration
  ) {
    guard !Task.isCancelled else {
      continuation.resume(throwing: PostgresError(.cancelled, "stopped waiting for notifications"))
      return
    }
    // A copy of the descriptor, because libpq may close its own before the source has let go of it.
    let descriptor = dup(session.raw.socket)
    guard descriptor >= 0 else {
      continuation.resume(throwing: session.lost(nil))
      return
    }
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { self.assumeIsolated { $0.takeInput() } }
    source.setCancelHandler { _ = Glibc.close(descriptor) }
    let alarm = DispatchWorkItem { self.assumeIsolated { $0.endWait(.success(nil)) } }
    waiter = NotificationWaiter(continuation: continuation, source: source, alarm: alarm)
    source.activate()
    queue.asyncAfter(deadline: .now() + .milliseconds(Int(timeout.millisecondsRoundedUp)), execute: alarm)
  }

  /// Reads all that has arrived outside of any call. To the last byte, because after a hang-up the source
  /// does not fire again for what was left.
  private func takeInput() {
    while !session.isClosed, session.hasInput {
      guard session.raw.consumeInput() else {
        endWait(.failure(session.lost(nil)))
        return
      }
      // Lets libpq look for notifications in what it read.
      _ = session.raw.isBusy
    }
    session.gatherNotifications()
    deliverNotifications()
  }

  /// Hands a notification to whoever waits; a closed session ends the wait.
  func deliverNotifications() {
    guard waiter != nil else { return }
    if !session.notifications.isEmpty {
      endWait(.success(session.notifications.removeFirst()))
    } else if session.isClosed {
      endWait(.failure(session.lost(nil)))
    }
  }

  private func endWait(_ outcome: Result<PostgresNotification?, PostgresError>) {
    guard let ended = waiter else { return }
    waiter = nil
    ended.source.cancel()
    ended.alarm.cancel()
    ended.continuation.resume(with: outcome.mapError { $0 as any Error })
  }

  /// Notifications until the connection is lost or the task cancelled.
  public nonisolated var notifications: PostgresNotifications { PostgresNotifications(connection: self) }
}

/// Notifications of a connection as they come. Ends by throwing only.
public struct PostgresNotifications: AsyncSequence, Sendable {
  let connection: PostgresConnection

  /// Waits for one notification after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let connection: PostgresConnection

    /// Waits for the next notification; never `nil`.
    /// - Throws: `PostgresError` once the connection is lost, or the task cancelled.
    public mutating func next() async throws(PostgresError) -> PostgresNotification? {
      while true {
        if let notification = try await connection.nextNotification(timeout: .seconds(60)) {
          return notification
        }
        try await connection.ping()
      }
    }
  }

  /// A new iterator; only one may wait at a time.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(connection: connection) }
}
