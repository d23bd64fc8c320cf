import Cancellation
import Postgres
import TaskQueue

/// What a task has at hand while it is done: the database, and a thread to compute on.
public struct TaskTools: Sendable {
  /// The worker's number in the queue.
  public let worker: Int64
  package let database: DatabaseLink
  package let computation: Computation
  /// Starts the clock of a look.
  private let beginLook: @Sendable () -> Computation
  /// Attempts of the task that failed before.
  private let failures: Int
  /// Keeps what the task says of its progress.
  private let note: @Sendable (Double) -> Void

  package init(
    worker: Int64, database: DatabaseLink, computation: Computation, failures: Int,
    beginLook: @escaping @Sendable () -> Computation, note: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.worker = worker
    self.database = database
    self.computation = computation
    self.failures = failures
    self.beginLook = beginLook
    self.note = note
  }

  /// Says how far the task is, in percent; operators see it with the next heartbeat. Costs nothing worth counting: a task may
  /// say it as often as it likes, from any thread.
  public func report(percent: Double) { note(percent) }

  /// Reads from the database.
  ///
  /// - Parameter body: a call that may be repeated: it is, while the database is away, and where it answers with a
  ///   deadlock, a serialization failure or a lack of disk or memory.
  public func fetch<Value: Sendable>(
    _ body: @Sendable (PostgresConnection) async throws -> Value
  ) async throws(TaskError) -> Value {
    do {
      return try await database.call(body)
    } catch {
      throw taskError(error)
    }
  }

  /// Computes on a thread of its own, within the worker's time limit.
  /// - Parameter body: looks at the token between its parts, and ends when it is cancelled.
  public func compute<Value: Sendable>(
    _ body: @escaping @Sendable (CancellationToken) throws -> Value
  ) async throws(TaskError) -> Value {
    do {
      return try await computation.run(body)
    } catch {
      throw taskError(error)
    }
  }

  /// Looks at what this machine has, on a thread of its own and within a short time of its own, which is no part of the
  /// task's: a file system that hangs is no fault of the task.
  /// - Parameter body: looks at the token between its parts, and ends when it is cancelled.
  /// - Returns: nil where the machine did not answer in time.
  public func look<Value: Sendable>(
    _ body: @escaping @Sendable (CancellationToken) throws -> Value
  ) async throws(TaskError) -> Value? {
    do {
      return try await beginLook().run(body)
    } catch is OverTime {
      return nil
    } catch {
      throw taskError(error)
    }
  }

  /// The same for what waits for another program: it ends what it has begun when the time is over.
  package func look<Value: Sendable>(
    by body: @Sendable (Computation) async throws -> Value
  ) async throws(TaskError) -> Value? {
    do {
      return try await body(beginLook())
    } catch is OverTime {
      return nil
    } catch {
      throw taskError(error)
    }
  }

  /// Sorts what a part of the task has thrown.
  package func taskError(_ error: any Error) -> TaskError {
    guard let overTime = error as? OverTime else { return TaskError(error) }
    return .failure(TaskFailure(overTime, failures: failures))
  }
}
