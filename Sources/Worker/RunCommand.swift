import ArgumentParser
import CommandSupport
import FileSources
import Foundation
import Logging
import Postgres
import RegionPictures
import StatusServer
import StudyPlan
import StudyTasks
import WorkerCore

/// `worker run`: claims tasks until it is told to stop.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Claim tasks from the queue and run them.",
    discussion: """
      SIGTERM or SIGINT stops it gracefully: it claims nothing more, finishes what it runs within --grace, hands the \
      rest back and exits with 0. Log lines name tasks by their number only.

      Deep features need the weights that the study was submitted with, known by their SHA-256. A worker that does not \
      have them leaves tasks that need them to other workers, and looks for the file once a minute.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var log: LogOptions
  @OptionGroup var listen: ListenOptions

  @Option(name: .customLong("site"), help: "Serve only this site (repeatable); without it, all sites.")
  var sites: [String] = []

  @Option(
    name: .customLong("kind"),
    help: "Run only this kind of task: extract, bootstrap or aggregate (repeatable).")
  var kinds: [KindName] = []

  @Option(name: .customShort("j"), help: "Tasks at a time.")
  var slots = 1

  @Option(
    help: ArgumentHelp(
      "What the image paths of the manifest are relative to: a folder, s3://BUCKET/PREFIX, or REMOTE:PATH of rclone.",
      valueName: "folder|remote"))
  var root = "."

  @OptionGroup var cache: CacheOptions

  @Option(
    name: .customLong("weights"),
    help: "Weights of deep features, where they do not lie below --root under the study's name (repeatable).")
  var weights: [String] = []

  @Option(
    help: ArgumentHelp(
      "A small picture of each region in its image is kept here, on this machine, whatever the study does with pictures.",
      discussion: "pictures.csv and pictures.html, a page to look at, are written when the worker ends.",
      valueName: "folder"))
  var pictures: String?

  @Flag(
    help: ArgumentHelp(
      "Exit when the queue holds nothing more to do.",
      discussion:
        "With exit code 69 where something is left, but no live worker has the files or weights that it needs."
    )
  )
  var drain = false

  @Option(name: .customLong("max-time"), help: "Stop gracefully after this long, as 90s, 30m or 8h.")
  var maximumTime: CommandDuration?

  @Option(help: "Seconds without a heartbeat after which the database declares this worker lost.")
  var lease = 30.0

  @Option(help: "Seconds that running tasks get to finish when the worker is told to stop.")
  var grace = 20.0

  @Option(
    help: ArgumentHelp(
      "Seconds from the order to stop until the process is killed; by default ten more than --grace.",
      discussion:
        "As the owner of the machine gives it. All of the ending fits into it: tasks get less than --grace where it leaves no room."
    ))
  var notice: Double?

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

  @Option(help: ArgumentHelp("Stop when the process with this number ends.", visibility: .hidden))
  var parent: Int32?

  func validate() throws {
    guard pollInterval >= 1 else { throw ValidationError("--poll-interval must be at least 1 second.") }
    guard 1...10_000 ~= slots else { throw ValidationError("-j must be from 1 to 10000.") }
    guard lease >= 1 else { throw ValidationError("--lease must be at least 1 second.") }
    guard grace >= 0 else { throw ValidationError("--grace must not be negative.") }
    guard pollInterval <= 86_400, lease <= 86_400 else {
      throw ValidationError("--poll-interval and --lease must be at most 86400 seconds, a day.")
    }
    guard notice.map({ 1...86_400 ~= $0 }) ?? true else {
      throw ValidationError("--notice must be from 1 to 86400 seconds.")
    }
    guard grace <= CommandDuration.longest else {
      throw ValidationError("--grace must be below a thousand years.")
    }
  }

  func run() async throws {
    let logger = log.logger("worker")
    let source = try await cache.source(root: root)
    let folder = try pictures.map { try PictureSheets.folder(at: $0) }
    do {
      var settings = settings
      // A remote is asked over a network, by a program that has to start first.
      if source.folder == nil {
        settings.lookLimit = WorkerSettings.lookLimitForRemotes
        settings.needPatience = NeedPatience.lengthForRemotes
      }
      let service = WorkerService(settings: settings, kinds: chosenKinds(source, folder), logger: logger)
      let watchers = try listen.server(service.watched, logger: logger)
      let ended: Result<Void, any Error>
      do {
        ended = .success(try await runUntilStopped(service, watchers: watchers, logger: logger))
      } catch {
        ended = .failure(error)
      }
      // However it ended, there are pictures to look at.
      if let folder { try PictureSheets.write(allOf: folder) }
      try ended.get()
    } catch let error as PostgresError {
      throw CommandFailure(error)
    } catch let error as WorkerError {
      throw CommandFailure(error)
    }
  }

  private var settings: WorkerSettings {
    var settings = WorkerSettings(
      database: database.configuration(for: "worker"), version: Release.version)
    settings.sites = sites.isEmpty ? nil : sites
    settings.slots = slots
    settings.offers = [TaskNeed.extractor(Release.extractor).text]
    settings.drains = drain
    settings.maximumTime = maximumTime?.duration
    settings.leaseInSeconds = lease
    settings.grace = .seconds(grace)
    settings.notice = notice.map { .seconds($0) }
    settings.listens = !noListen
    settings.pollInterval = .seconds(pollInterval)
    settings.taskLimit = taskLimit?.duration
    settings.parent = parent
    return settings
  }

  private func chosenKinds(_ source: any FileSource, _ pictures: PictureFolder?) -> [any TaskKind] {
    let all = StudyKinds.all(
      source: source, weights: weights.map { URL(fileURLWithPath: $0) }, pictures: pictures)
    return kinds.isEmpty ? all : all.filter { kind in kinds.contains { $0.name == type(of: kind).name } }
  }
}

extension WorkerService {
  /// What it tells those who watch it.
  fileprivate nonisolated var watched: Watched {
    Watched(
      program: "worker", version: Release.version,
      metrics: { await self.metrics.exposition(of: self.status(), at: .now) },
      isAlive: { _ = await self.status() }, readiness: { await self.status().answer })
  }
}

extension WorkerStatus {
  /// Ready or not, why, and which needs it offers.
  fileprivate var answer: StatusAnswer {
    let state =
      if worker == 0 {
        "not ready: not registered yet"
      } else if !isConnected {
        "not ready: worker \(worker) is not connected to the database"
      } else if !isClaiming {
        "not ready: worker \(worker) was told to stop"
      } else {
        "ready: worker \(worker)"
      }
    return .state(isReady, [state] + offers.map { "offers \($0)" })
  }
}

extension CommandFailure {
  /// What ended a worker before its time.
  init(_ error: WorkerError) {
    switch error {
    case .taskCannotBeStopped, .taskCannotBeEnded: self.init(ExitStatus.tryAgain, error.description)
    case .databaseIsAway: self.init(ExitStatus.databaseUnreachable, error.description)
    case .needsNotMet(let needs):
      self.init(ExitStatus.somethingMissing, "\(error) \(TaskNeed.remedies(for: needs))")
    }
  }
}

/// A kind of task by its name.
struct KindName: ExpressibleByArgument, Sendable {
  let name: String

  init?(argument: String) {
    guard StudyKinds.names.contains(argument) else { return nil }
    name = argument
  }

  static var allValueStrings: [String] { StudyKinds.names }
}
