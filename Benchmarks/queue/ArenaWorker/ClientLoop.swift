import Postgres
import TaskQueue

/// The queue's client as a program of its own would use it.
struct ClientLoop {
  /// How long it trusts that it would have heard of work.
  private static let longestSilence = Duration.seconds(2)
  private static let kinds = ["nap"]

  let database: String
  let batch: Int
  let lease: Double
  let nap: Double
  let journal: Journal

  /// Works until the process ends, over new connections where one is lost.
  func run() async throws {
    while true {
      do {
        try await work()
      } catch let error as PostgresError where error.code != .usage {
        // The server restarts, or has ended this session: what was claimed goes back with the lease.
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  private func work() async throws {
    let connection = try await PostgresConnection.connect(to: database)
    let queue = TaskQueue(connection)
    let worker = try await queue.register(
      WorkerDescription(
        host: "arena", processID: 1, slots: batch, version: "arena", sites: nil, leaseInSeconds: lease))
    try await connection.listen(to: TaskQueue.readyChannel)
    var held: [ClaimedTask] = []
    while true {
      if held.isEmpty {
        await connection.discardNotifications()
        held = try await queue.lookForWork(
          upTo: batch, kinds: Self.kinds, for: worker, silence: Self.longestSilence * 2
        ).claimed
        if held.isEmpty {
          _ = try await connection.nextNotification(timeout: Self.longestSilence)
          continue
        }
      }
      journal.started(held.map { Stamp(payload: $0.payload) })
      if nap > 0 { try await Task.sleep(for: .seconds(nap)) }
      held = try await queue.complete(held, claimingUpTo: batch, kinds: Self.kinds, for: worker).claimed
    }
  }
}
