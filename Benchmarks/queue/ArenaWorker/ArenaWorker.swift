import ArgumentParser
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import TaskQueue
import UnixSignals
import WorkerCore

/// A worker of the arena: empty tasks, each noted in a journal when it starts.
@main
struct ArenaWorker: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arena-worker",
    abstract: "Run empty tasks of Benchmarks/queue/arena until ended by a signal.",
    discussion: """
      "client" is the queue's client in a loop: a batch is ended and the next one claimed in one transaction; when there is \
      nothing, it listens. "worker" is what worker run is: WorkerService with as many slots.
      """)

  enum Mode: String, ExpressibleByArgument { case client, worker }

  @Argument(help: "client or worker.") var mode: Mode
  @Argument(help: "Connection string.") var database: String
  @Argument(help: "File for what was started and when.") var journal: String
  @Option(help: "Tasks of a claim, or slots.") var batch = 50
  @Option(help: "Seconds of a lease.") var lease = 10.0
  @Option(help: "Seconds that a task takes, or a batch of the client.") var nap = 0.0

  func run() async throws {
    let journal = try Journal(journal)
    switch mode {
    case .client:
      try await ClientLoop(database: database, batch: batch, lease: lease, nap: nap, journal: journal).run()
    case .worker:
      var settings = WorkerSettings(database: PostgresConfiguration(database), version: "arena")
      settings.slots = batch
      settings.leaseInSeconds = lease
      var logger = Logger(label: "arena")
      logger.logLevel = .error
      try await ServiceGroup(
        services: [
          WorkerService(settings: settings, kinds: [Nap(seconds: nap, journal: journal)], logger: logger)
        ],
        gracefulShutdownSignals: [.sigterm], logger: logger
      ).run()
    }
  }
}

/// A task that does nothing.
struct Nap: TaskKind {
  static let name = "nap"
  let seconds: Double
  let journal: Journal

  func perform(_ payload: Stamp, of task: ClaimedTask, with tools: TaskTools) async throws(TaskError) {
    journal.started([payload])
    guard seconds > 0 else { return }
    do { try await Task.sleep(for: .seconds(seconds)) } catch { throw TaskError.cancelled }
  }

  func store(_ ended: [EndedTask<Void>], by worker: Int64, on connection: PostgresConnection) async throws
    -> [Int64: Verdict]
  {
    try await TaskQueue(connection).complete(ended.map(\.task), by: worker)
  }
}
