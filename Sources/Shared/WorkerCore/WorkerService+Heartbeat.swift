import Logging
import Postgres
import TaskQueue

/// A worker that holds tasks keeps its lease.
extension WorkerService {
  /// A worker that holds tasks is heard of at least as often, however long its lease: views take it for silent after two minutes.
  private static let longestBeat = 30.0

  /// Keeps the lease of a worker that has tasks.
  ///
  /// Calls of one connection wait for each other, and a task may read for a minute in one. A heartbeat that has waited for
  /// a sixth of the lease goes over a connection of its own, which is opened for it alone: ten thousand workers need no
  /// second session each.
  func beat() async throws {
    var late: Task<Void, any Error>?
    defer { late?.cancel() }
    while true {
      try await Task.sleep(for: .seconds(min(settings.leaseInSeconds / 3, Self.longestBeat)))
      guard let question = plan.heartbeat else { continue }
      let beat = late ?? Task { try await link.call { try await self.answer(question, over: $0) } }
      late = beat
      if try await isOver(beat, within: .seconds(settings.leaseInSeconds / 6)) {
        late = nil
      } else if await link.isConnected {
        try await beatBeside(question)
      }
    }
  }

  private func answer(_ question: HeartbeatQuestion, over connection: PostgresConnection) async throws {
    let (patience, progress) = (settings.patience, runner.progress.takeNews())
    let queue = TaskQueue(connection)
    let answer = try await queue.heartbeat(of: question.worker, running: question.running, patience: patience)
    announce.yield(.answered(answer, to: question))
    try await queue.report(progress, by: question.worker)
    try await queue.maintain()
  }

  /// Once; the next heartbeat is soon.
  private func beatBeside(_ question: HeartbeatQuestion) async throws {
    do {
      let connection = try await PostgresConnection.connect(to: settings.database)
      let outcome: Result<Void, any Error>
      do {
        outcome = .success(try await answer(question, over: connection))
      } catch {
        outcome = .failure(error)
      }
      await connection.close()
      try outcome.get()
    } catch let error as PostgresError where error.isTransient || error.needsReconnect {
      logger.warning("database: \(error.message); a heartbeat over a connection of its own was not answered")
    }
  }

  /// Whether a call ends in time; it goes on where it does not.
  /// - Throws: what the call throws; `CancellationError`.
  private func isOver(_ call: Task<Void, any Error>, within patience: Duration) async throws -> Bool {
    let (ends, tell) = AsyncStream<Bool>.makeStream()
    Task {
      _ = await call.result
      tell.yield(true)
    }
    let alarm = Task {
      try await Task.sleep(for: patience)
      tell.yield(false)
    }
    defer { alarm.cancel() }
    for await isOver in ends {
      if isOver { try await call.value }
      return isOver
    }
    throw CancellationError()
  }
}
