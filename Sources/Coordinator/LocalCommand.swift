import ArgumentParser
import CommandSupport
import FileSources
import Foundation
import Postgres
import PrivateServer
import StudyExports
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import WorkerCore

/// `coordinator local`: a whole study on one machine.
struct LocalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "local",
    abstract: "Run a study on this machine: private PostgreSQL, workers, report.",
    discussion: """
      The database stays in the data folder and is there again for the next run, which extracts nothing twice. It \
      listens on a Unix socket only and never runs as root: root in a data folder of somebody else goes on as that user. \
      libpq's environment (PGHOST, PGSERVICE, …) is not read. It runs on for the commands after this one, until --stop or until \
      nobody has been connected for the time of --keep. After Ctrl-C the same command goes on where it was.
      """)

  @OptionGroup var options: StudyOptions
  @Option(name: .customShort("j"), help: "Worker processes.") var workers = 2
  @Option(
    help: "Folder for the database and logs; by default STUDY-data here, by the name in the study file.")
  var data: String?
  @Option(help: "Folder for the report; by default STUDY-report here.") var out: String?
  @Flag(help: "Stop the database that an earlier run left running in the data folder, and do nothing else.")
  var stop = false
  @Option(help: "How long the database runs on without a connection, as 30m or 8h.")
  var keep = CommandDuration(hours: 8)
  @OptionGroup var figures: FigureOptions
  @Flag(help: "Print the outcome as JSON.") var json = false

  private struct Outcome: Encodable {
    var job: Int64
    var state: String
    var cases: Int
    var failed: Int
    var extracted: Int
    /// Sites of which no case is left.
    var lostSites: [String]
    /// Whether a line of the leakage audit fails.
    var auditFailed: Bool
    var report: String
    var psql: String
  }

  func validate() throws {
    guard 1...1024 ~= workers else { throw ValidationError("-j must be from 1 to 1024.") }
  }

  func run() async throws {
    LibpqEnvironment.forget()
    let worker = try WorkerProcesses.besideThisProgram()
    let folder = try dataFolder()
    try becomeOwner(of: folder)
    if stop { return try await stopServer(in: folder) }
    try requireInstalled()
    try requireWritableFolder(folder, option: "--data")
    if let out { try requireWritableFolder(URL(fileURLWithPath: out, isDirectory: true), option: "--out") }
    noteMissingGnuplot()
    let input = try await StudyInput(options)
    input.tellSize()
    try requireLearners(of: input.file.study)
    try requireRoom(in: folder, forValues: input.storedValues)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        ExitStatus.cannotWrite,
        "\(folder.path): the data folder cannot be made (\(error.localizedDescription)); choose another with --data."
      )
    }
    let server = try await startServer(in: folder)
    StandardStreams.note("database \(server.psqlCommand)")
    try await leaveRunning(server, in: folder)
    let logins = LocalLogins(server: server)
    try await logins.prepare()
    let outcome = try await run(input, on: server, as: logins, worker: worker, logs: folder)
    try tell(outcome)
    if outcome.failed > 0 { throw ExitStatus.someCasesFailed }
    if outcome.auditFailed { throw ExitStatus.auditFailed }
  }

  private func dataFolder() throws -> URL {
    let path: String
    do throws(StudyError) {
      path =
        if let data { data } else {
          "\(try StudyFile(at: URL(fileURLWithPath: options.study)).study.name)-data"
        }
    } catch {
      throw CommandFailure(ExitStatus.badData, error.message)
    }
    return URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
  }

  /// Root goes on as the user to whom the data folder belongs.
  private func becomeOwner(of folder: URL) throws {
    do {
      try FolderOwner.become(of: folder)
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }

  private func startServer(in folder: URL) async throws -> PrivatePostgres {
    do {
      return try await PrivatePostgres.start(in: folder, lifetime: .untilStopped, tuning: .durable)
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }

  private func stopServer(in folder: URL) async throws {
    do {
      StandardStreams.note(
        try await PrivatePostgres.stop(in: folder)
          ? "The database in \(folder.path) was stopped; what it holds is kept."
          : "No database runs in \(folder.path): nothing to stop.")
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }

  private func requireInstalled() throws {
    do {
      try PrivatePostgres.requireInstalled()
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }

  /// Says that the server runs on, how it is stopped, and where it lies; and leaves it a process that ends it.
  private func leaveRunning(_ server: PrivatePostgres, in folder: URL) async throws {
    let place = server.place.folder
    if place.deletingLastPathComponent().path != folder.path {
      StandardStreams.note(
        "The database lies in \(place.path): PostgreSQL runs as another user here, who may not enter \(folder.path)."
      )
    }
    try await KeepServerCommand.start(for: folder, time: keep.duration)
    StandardStreams.note(
      "It runs on after this command, and ends by itself when nobody has been connected for "
        + "\(duration(keep.duration / .seconds(1))). To stop it now: "
        + "coordinator local \(options.study) --data \(folder.path) --stop")
  }

  private func run(
    _ input: StudyInput, on server: PrivatePostgres, as logins: LocalLogins, worker: String, logs: URL
  ) async throws -> Outcome {
    let database = logins.coordinatorConfiguration
    let submission = try await withDatabase(database) { connection in
      let submission = try await input.submit(
        options.again ? .anew : .known, to: connection, picturesStay: true)
      StandardStreams.note(submission.summary)
      try await input.requireFiles(of: submission.job, connection)
      return submission
    }
    // The server may be restarted while the study runs; the workers come back, and so does this program.
    let link = DatabaseLink(database) { StandardStreams.note($0.description) }
    let run = LocalRun(
      server: server, input: input, worker: worker, workers: workers, logs: logs, link: link,
      cache: options.images.cache)
    let job = try await withSignalsDeferred(isPatient: false) { try await run.finish(submission.job) }
    await link.close()
    let folder = URL(fileURLWithPath: out ?? "\(job.name)-report", isDirectory: true).standardizedFileURL
    guard job.state == .succeeded else {
      try await withDatabase(database) {
        try await tellFailed(job.id, in: folder, $0, next: "run the same command again")
      }
      throw CommandFailure(
        job.isHeld ? ExitStatus.tryAgain : ExitStatus.badData,
        "Job \(job.id) \(job.state.rawValue): \(job.failure ?? "no reason given")")
    }
    let (stored, rest) = try await withDatabase(database) { connection in
      try await givingOut {
        let stored = try await StoredReport.read(of: job.id, withPicturesIn: folder, connection)
        return (
          stored,
          try await RepeatFolder(of: job.id, report: stored.body, includingFeatures: true, connection)
        )
      }
    }
    try await givingOut {
      try await stored.write(to: folder, dotsPerInch: figures.dpi)
      try rest.write(input, study: URL(fileURLWithPath: options.study), to: folder)
    }
    stored.warnOfChangedFiles()
    stored.tellAlarms()
    return Outcome(
      job: job.id, state: job.state.rawValue, cases: submission.cases, failed: stored.lostCases,
      extracted: submission.toExtract, lostSites: stored.lostSites, auditFailed: stored.failsAudit,
      report: folder.appendingPathComponent("report.json").path, psql: server.psqlCommand)
  }

  private func tell(_ outcome: Outcome) throws {
    if json { return try StandardStreams.printJSON(outcome) }
    try StandardStreams.print("report   \(outcome.report)")
    if outcome.failed > 0 {
      try StandardStreams.print("\(outcome.failed) of \(outcome.cases) cases failed; the report says why.")
      if !outcome.lostSites.isEmpty {
        try StandardStreams.print(
          "No case is left of \(siteNames(outcome.lostSites)): all results are of the other sites alone.")
      }
    }
  }
}

/// One job on this machine: workers beside a private server until the job ends.
struct LocalRun: Sendable {
  let server: PrivatePostgres
  let input: StudyInput
  /// Path of the program.
  let worker: String
  let workers: Int
  let logs: URL
  let link: DatabaseLink
  let cache: CacheOptions

  /// How often the progress line is renewed.
  private static let refresh = Duration.milliseconds(500)

  func finish(_ job: Int64) async throws -> JobRecord {
    if let record = try await link.call({ try await StudyStore($0).job(job) }) {
      guard record.state == .running else { return record }
      // Whoever runs the study again has mended something.
      if record.isHeld {
        StandardStreams.note(try await link.call { try await TaskQueue($0).retryFailed(of: job) })
      }
    }
    return try await withThrowingTaskGroup(of: JobRecord?.self) { group in
      let processes = try processes()
      group.addTask {
        try await processes.run(workers)
        return nil
      }
      group.addTask { try await watch(job) }
      defer { group.cancelAll() }
      while let finished = try await group.next() {
        if let finished { return finished }
      }
      throw CommandFailure(ExitStatus.tryAgain, "All workers ended before job \(job) did.")
    }
  }

  private func processes() throws -> WorkerProcesses {
    let link = self.link
    let host = ProcessInfo.processInfo.hostName
    return WorkerProcesses(
      executable: worker,
      arguments: [
        "-j", "1", "--root", input.source.name, "--parent", "\(ProcessInfo.processInfo.processIdentifier)",
      ] + (input.weights.map { ["--weights", $0.path] } ?? [])
        + (input.source.folder == nil ? cache.arguments : []),
      environment: LocalLogins(server: server).workerEnvironment, logs: logs
    ) { processID in
      try await link.call { connection in
        let queue = TaskQueue(connection)
        try await queue.expire(host: host, processID: processID)
        try await queue.maintain()
      }
    }
  }

  private func watch(_ job: Int64) async throws -> JobRecord? {
    var display = ProgressDisplay()
    var listening = 0
    var patience = NeedPatience(
      length: input.source.folder == nil ? NeedPatience.lengthForRemotes : NeedPatience.length)
    var pace = AnnouncementPace()
    while true {
      let generation = await link.generation
      let mustListen = generation != listening
      let (record, stages, unmet) = try await link.call { connection in
        if mustListen { try await connection.listen(to: TaskQueue.doneChannel) }
        let store = StudyStore(connection)
        return (
          try await store.job(job), try await store.progress(of: job),
          try await TaskQueue(connection).unmetNeeds(for: nil, of: job)
        )
      }
      listening = generation
      guard let record else { return nil }
      if record.state != .running {
        display.finish(stages)
        return record
      }
      if record.isHeld {
        display.finish(stages)
        return record
      }
      display.show(stages)
      if DeferredSignal.isPending {
        display.finish(stages)
        StandardStreams.note(
          "Interrupted; workers end what they are at (again Ctrl-C: at once). \(Self.left(of: stages)) The same command goes on from "
            + "there: what is done is kept.")
        throw CancellationError()
      }
      if patience.isOver(unmet, at: .now) { throw needsNotMet(unmet, job) }
      if try await link.call({ try await $0.nextNotification(timeout: Self.refresh) }) != nil {
        try await Task.sleep(for: pace.wait(at: .now))
        try await link.call { await $0.discardNotifications() }
      }
    }
  }
}

extension LocalRun {
  /// What is still to be done of a job.
  private static func left(of stages: [StageProgress]) -> String {
    let open = stages.filter { $0.remaining > 0 }.map { "\($0.remaining) of \($0.total) tasks of \($0.kind)" }
    return open.isEmpty ? "Nothing is left but the report." : "Left: \(open.joined(separator: ", "))."
  }

  /// Nobody else will come: files or weights that were here are not any more.
  private func needsNotMet(_ needs: [String], _ job: Int64) -> CommandFailure {
    CommandFailure(
      ExitStatus.somethingMissing,
      "All that is left of job \(job) needs what is not here any more: \(needs.joined(separator: ", ")). Look whether the"
        + " images below \(input.source.name) can be read, and the weights, and run the same command again: what is done is"
        + " kept.")
  }
}

extension PrivatePostgres {
  /// The command that opens psql on this server.
  var psqlCommand: String { "psql \"\(connectionString())\"" }
}
