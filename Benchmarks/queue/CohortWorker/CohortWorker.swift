import ArgumentParser
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals
import WorkerCore

/// Machines of Benchmarks/queue/cohort in one process: each is `WorkerService`, what `worker run` is, with all that it says to the
/// database; only the files are not read, and the computation is a sleep.
@main
struct CohortWorker: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cohort-worker",
    abstract: "Simulate machines of Benchmarks/queue/cohort until their cohort is done.",
    discussion: """
      SIGTERM is the notice of a preemption, and SIGKILL the loss of the machine. What a machine begins and ends is written \
      to the journal at once.
      """)

  @Argument(help: "Connection string, of the pooler.") var database: String
  @Argument(help: "File for what was begun and how it ended.") var journal: String
  @Option(help: "Machines of this process.") var machines = 1
  @Option(help: "Tasks that each computes at a time.") var slots = 8
  @Option(help: "Median seconds of a task; 0 for none at all.") var seconds = 1.0
  @Option(help: "Standard deviation of the logarithm of a task's seconds.") var spread = 0.5
  @Option(help: "Of the lengths of tasks.") var seed: UInt64 = 1
  @Option(help: "Feature set of the job: the SHA-256 of its names, hexadecimal.") var featureSet: String
  @Option(help: "Features of a case.") var values = 1197
  @Option(help: "File with what an extraction says of a region, JSON.") var diagnostics: String
  @Option(help: "What every task needs beside files.") var extractorNeed: String
  @Option(help: "Site whose files these machines do not have (repeatable).") var lacking: [String] = []
  @Option(help: "Seconds of a lease.") var lease = 30.0
  @Option(help: "Seconds that tasks get to finish after a notice.") var grace = 20.0
  @Option(help: "Seconds from a notice to the loss of the machine.") var notice = 30.0

  func validate() throws {
    guard 1...10_000 ~= machines, 1...1_000 ~= slots, 0...100_000 ~= values else {
      throw ValidationError("--machines, --slots or --values is out of range.")
    }
    guard 0...86_400 ~= seconds, 0...3 ~= spread else {
      throw ValidationError("--seconds must be from 0 to 86400, --spread from 0 to 3.")
    }
  }

  func run() async throws {
    let journal = try Journal(journal)
    let lengths = TaskLengths(median: seconds, spread: spread, seed: seed)
    let diagnostics = try String(contentsOfFile: diagnostics, encoding: .utf8)
    var logger = Logger(label: "cohort")
    logger.logLevel = .error
    let services = (0..<machines).map { _ in
      let kind = SimulatedExtract(
        lengths: lengths, featureSet: featureSet, values: values, diagnostics: diagnostics,
        lacking: Set(lacking),
        journal: journal)
      // A machine that has nothing more to do ends, the others go on.
      return ServiceGroupConfiguration.ServiceConfiguration(
        service: WorkerService(settings: settings, kinds: [kind], logger: logger),
        successTerminationBehavior: .ignore)
    }
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigterm], logger: logger)
    ).run()
  }

  /// As `worker run --drain` has them.
  private var settings: WorkerSettings {
    var settings = WorkerSettings(database: PostgresConfiguration(database), version: "cohort")
    settings.slots = slots
    settings.drains = true
    settings.leaseInSeconds = lease
    settings.grace = .seconds(grace)
    settings.notice = .seconds(notice)
    settings.offers = [extractorNeed]
    return settings
  }
}
