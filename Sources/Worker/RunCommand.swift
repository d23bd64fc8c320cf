import ArgumentParser
import CommandSupport
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import StudyPlan
import TaskQueue
import UnixSignals
import WorkerCore

/// `worker run`: claims tasks until it is told to stop.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Claim tasks from the queue and run them.",
    discussion: """
      SIGTERM or SIGINT stops it gracefully: it claims nothing more, finishes what it runs within --grace, hands the \
      rest back and exits with 0. Log lines name tasks by their number only.

      Tasks of kind deep need the weights that the study was submitted with, known by their SHA-256. A worker that does \
      not have them hands such tasks back, leaves them to other workers and looks for the file once a minute.
      """)

  @OptionGroup var database: DatabaseOptions

  @Option(name: .customLong("site"), help: "Serve only this site (repeatable); without it, all sites.")
  var sites: [String] = []

  @Option(
    name: .customLong("kind"),
    help: "Run only this kind of task: extract, deep, bootstrap or aggregate (repeatable).")
  var kinds: [TaskKind] = []

  @Option(name: .customShort("j"), help: "Tasks at a time.")
  var slots = 1

  @Option(help: "Folder that the image paths of the manifest are relative to.")
  var root = "."

  @Option(
    name: .customLong("weights"),
    help: "Weights of deep features, where they do not lie below --root under the study's name (repeatable).")
  var weights: [String] = []

  @Flag(help: "Exit when the queue holds nothing more to do.")
  var drain = false

  @Option(name: .customLong("max-time"), help: "Stop gracefully after this long, as 90s, 30m or 8h.")
  var maximumTime: CommandDuration?

  @Option(help: "Seconds without a heartbeat after which the database declares this worker lost.")
  var lease = 30.0

  @Option(help: "Seconds that running tasks get to finish when the worker is told to stop.")
  var grace = 20.0

  @Flag(
    name: .customLong("no-listen"),
    help: "Poll only. Not needed behind a transaction pooler (pgbouncer), which is recognised.")
  var noListen = false

  @Option(
    name: .customLong("poll-interval"),
    help: "Longest seconds between two looks for work of an idle worker that hears of none.")
  var pollInterval = PollPolicy.longest / .seconds(1)

  @Option(
    name: .customLong("task-limit"),
    help: ArgumentHelp(
      "Stop a task that computes for longer than this, as 90s, 30m or 8h.",
      discussion:
        "It is tried once more, then fails as `time-limit`. A worker that cannot stop it lets the others "
        + "finish and ends with exit code 75, to be started again."))
  var taskLimit: CommandDuration?

  @Option(
    name: .customLong("call-timeout"),
    help: ArgumentHelp(
      "Seconds that the database may take for one call before the connection is given up.",
      discussion:
        "A claim that comes later still goes back after five times as long, or five minutes if that is more.")
  )
  var callTimeout = 60.0

  @Option(help: ArgumentHelp("Stop when the process with this number ends.", visibility: .hidden))
  var parent: Int32?

  func validate() throws {
    guard pollInterval >= 1 else { throw ValidationError("--poll-interval must be at least 1 second.") }
    guard slots > 0 else { throw ValidationError("-j must be at least 1.") }
    guard lease >= 1 else { throw ValidationError("--lease must be at least 1 second.") }
    guard grace >= 0 else { throw ValidationError("--grace must not be negative.") }
    guard callTimeout > 0 else { throw ValidationError("--call-timeout must be positive.") }
  }

  func run() async throws {
    var logger = Logger(label: "worker") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .info
    let rootURL = URL(fileURLWithPath: root, isDirectory: true)
    guard FileManager.default.fileExists(atPath: rootURL.appendingPathComponent(".").path) else {
      throw CommandFailure(ExitStatus.usage, "--root \(root) is not a folder.")
    }
    var configuration = database.configuration(for: "worker")
    configuration.statementTimeout = .seconds(callTimeout)
    let service = WorkerService(
      settings: WorkerSettings(
        configuration: configuration, sites: sites.isEmpty ? nil : sites,
        kinds: kinds.isEmpty ? TaskKind.allCases : kinds, slots: slots, root: rootURL,
        weights: weights.map { URL(fileURLWithPath: $0) }, drains: drain, maximumTime: maximumTime?.duration,
        leaseInSeconds: lease, grace: .seconds(grace), listens: !noListen,
        pollInterval: .seconds(pollInterval), taskLimit: taskLimit?.duration, parent: parent),
      logger: logger)
    let group = ServiceGroup(
      configuration: .init(
        services: [
          .init(
            service: service, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .cancelGroup)
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do {
      try await group.run()
    } catch let error as PostgresError {
      throw CommandFailure(error)
    }
  }
}

extension TaskKind: ExpressibleByArgument {}

/// A duration as `90s`, `30m`, `8h` or `2d`.
struct CommandDuration: ExpressibleByArgument, Sendable {
  let duration: Duration

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = argument.last, let factor = units[unit], let number = Double(argument.dropLast()),
      number > 0
    else { return nil }
    duration = .seconds(number * factor)
  }
}
