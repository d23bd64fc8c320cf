import Logging
import Postgres
import TaskQueue

/// A database may be migrated while this worker runs. It lets a worker of a protocol that it serves no longer drain.
extension WorkerService {
  /// Asked at the start, and at the end: a worker that was told to go may be too old for its database.
  func requireMatchingVersion() async throws {
    try await link.call { try await TaskQueue($0).requireMatchingVersion() }
  }

  /// Runs a part of this service. Where the database lacks what it calls, the worker hands back what it holds and tells
  /// which of the two is to be updated.
  func withVersionTold(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as PostgresError where TaskQueue.mayBeRefusal(error) {
      logger.error("database: \(error.message)")
      do {
        try await sayGoodbye()
      } catch let refusal as PostgresError where TaskQueue.mayBeRefusal(refusal) {
        logger.error("worker \(plan.worker): its tasks go back with its lease")
      }
      try await requireMatchingVersion()
      throw error
    }
  }
}
