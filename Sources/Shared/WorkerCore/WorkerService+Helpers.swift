import Logging
import Postgres
import TaskQueue

#if canImport(Glibc)
  import Glibc
#endif

/// What runs beside the work until it is over.
extension WorkerService {
  /// After an announcement a thousand idle workers look for work spread over this time.
  private static let herdInterval = Duration.milliseconds(50)
  /// Looks for work when it is announced to all, or to this worker, once a second at most.
  func listen() async throws {
    var policy = ListenPolicy(listens: settings.listens)
    var pace = AnnouncementPace()
    var known: Int64?
    while true {
      let generation = await link.generation
      let worker = plan.worker
      // A worker that was declared lost goes on with another number, on the same connection.
      let mustListen = policy.mustListen(on: generation) || settings.listens && known != worker
      known = worker
      let heard = try await link.call { connection in
        if mustListen, await connection.keepsState {
          try await connection.listen(to: TaskQueue.readyChannel)
          try await connection.listen(to: TaskQueue.channel(of: worker))
        }
        return try await connection.nextNotification(timeout: .seconds(60)) != nil
      }
      if policy.waited(on: generation, heard: heard) {
        try await Task.sleep(for: pace.wait(at: .now) + Self.herdInterval * Double.random(in: 0..<1))
        try await link.call { await $0.discardNotifications() }
        announce.yield(.lookForWork)
      }
    }
  }

  func limitTime() async throws {
    guard let limit = settings.maximumTime else { return try await untilCancelled() }
    try await Task.sleep(for: limit)
    announceStop()
    try await untilCancelled()
  }

  func watchParent() async throws {
    guard let parent = settings.parent else { return try await untilCancelled() }
    while getppid() == parent { try await Task.sleep(for: .seconds(1)) }
    logger.warning("the process that started this worker has ended")
    announceStop()
    try await untilCancelled()
  }

  /// A worker that was told to stop ends although the database is away: what it holds goes back with its lease.
  func limitStopping() async throws {
    for await _ in stopping { break }
    try await Task.sleep(for: settings.ending.callsEnd)
    throw WorkerError.databaseIsAway
  }

  private func untilCancelled() async throws { try await Task.sleep(for: .seconds(3600 * 24 * 3650)) }
}
