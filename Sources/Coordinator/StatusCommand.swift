import ArgumentParser
import CommandSupport
import Postgres
import StudyExports
import StudyStore
import TaskQueue

/// `coordinator status`: how far the jobs are.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how far a job is; without a number, all jobs.")

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64?
  @Flag(help: "Repeat until the job has ended.") var watch = false
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    if watch, job == nil { throw ValidationError("--watch needs the number of a job.") }
  }

  func run() async throws {
    try await withDatabase(database, writes: false) { connection in
      let store = StudyStore(connection)
      guard let job else { return try await list(store) }
      // A standby announces nothing.
      let announces = try await !connection.query("SELECT pg_is_in_recovery()").scalar(as: Bool.self)
      if watch, announces, await connection.keepsState {
        try await connection.listen(to: TaskQueue.doneChannel)
      }
      var pace = AnnouncementPace()
      while true {
        guard let record = try await store.job(job) else {
          throw CommandFailure(ExitStatus.usage, "There is no job \(job); `coordinator status` lists them.")
        }
        var line = try await store.statusLine(of: record)
        if record.state == .running { line.obstacles = try await store.obstacles(of: job) }
        if record.state == .succeeded { line.changedFiles = try await store.changedSites(of: job) }
        try show([line])
        if record.state == .failed || record.state == .succeeded, line.hasFailures {
          throw ExitStatus.someCasesFailed
        }
        guard watch, record.state == .running else { return }
        if try await connection.nextNotification(timeout: .seconds(2)) != nil {
          try await Task.sleep(for: pace.wait(at: .now))
          await connection.discardNotifications()
        }
      }
    }
  }

  private func list(_ store: StudyStore) async throws {
    var lines: [StatusLine] = []
    for record in try await store.jobs() {
      lines.append(try await store.statusLine(of: record))
    }
    if lines.isEmpty, !json { return try StandardStreams.print("No study has been submitted.") }
    try show(lines)
  }

  private func show(_ lines: [StatusLine]) throws {
    if json { return try StandardStreams.printJSON(lines) }
    for line in lines { try StandardStreams.print(line.text) }
  }
}

/// A job and its stages, as status prints them.
struct StatusLine: Encodable {
  struct Stage: Encodable {
    var kind: String
    var total: Int
    var succeeded: Int
    var failed: Int
    var remaining: Int
    var perSecond: Double?
    var etaSeconds: Double?
  }

  var job: Int64
  var name: String
  var state: String
  var failure: String?
  /// Why nothing of it is claimed although nobody paused it.
  var held: String?
  /// Sites of which no case is left.
  var lostSites: [String]
  /// Sites of which files were others when they were extracted than when the study was submitted; of a job that is asked for by its
  /// number, when it has succeeded.
  var changedFiles: [ChangedSite] = []
  var seconds: Double
  var stages: [Stage]
  /// What its tasks wait for; asked for one job, not for a list.
  var obstacles: [JobObstacle]?

  init(
    _ record: JobRecord, _ progress: [StageProgress], _ hold: JobHold?, lostSites: [String],
    obstacles: [JobObstacle]? = nil
  ) {
    job = record.id
    name = record.name
    state = record.state.rawValue
    failure = record.failure
    held = hold.map { "\($0.sentence) \($0.advice(job: record.id))" }
    self.lostSites = lostSites
    self.obstacles = obstacles
    seconds = record.seconds
    stages = progress.map {
      Stage(
        kind: $0.kind, total: $0.total, succeeded: $0.succeeded, failed: $0.failed, remaining: $0.remaining,
        perSecond: $0.perSecond, etaSeconds: $0.etaInSeconds)
    }
  }

  /// Whether the job as a whole, or part of it, has failed.
  var hasFailures: Bool { state == JobRecord.State.failed.rawValue || stages.contains { $0.failed > 0 } }

  var text: String {
    let parts = stages.map { stage in
      let failed = stage.failed > 0 ? " (\(stage.failed) failed)" : ""
      let eta = stage.etaSeconds.map { ", \(duration($0)) left" } ?? ""
      return "\(stage.kind) \(stage.succeeded + stage.failed)/\(stage.total)\(failed)\(eta)"
    }
    let reason = (held ?? failure).map { ": \($0)" } ?? ""
    let lost = lostSites.isEmpty ? "" : " without \(siteNames(lostSites)), no case of which is left"
    let changed = changedFiles.map { " (\($0.sentence))" }.joined()
    let standing = (held == nil ? state : "held") + lost + changed
    let line =
      "job \(job) \(name), \(standing)\(reason), \(duration(seconds)); \(parts.joined(separator: "; "))"
    return ([line] + (obstacles ?? []).map(\.line)).joined(separator: "\n")
  }
}

extension StudyStore {
  func statusLine(of record: JobRecord) async throws -> StatusLine {
    let progress = try await progress(of: record.id)
    let mayLack = record.state == .succeeded && progress.contains { $0.failed > 0 }
    return StatusLine(
      record, progress, try await hold(of: record.id),
      lostSites: mayLack ? try await lostSites(of: record.id) : [])
  }
}

extension JobObstacle {
  /// Indented below the line of its job.
  var line: String {
    let whose = [kind, site].compactMap(\.self).joined(separator: ", ")
    return "  waits: \(why)\(whose.isEmpty ? "" : " (\(whose))"). \(whatToDo)"
  }
}

/// `site A`, or `sites A, B`.
func siteNames(_ sites: [String]) -> String {
  (sites.count == 1 ? "site " : "sites ") + sites.joined(separator: ", ")
}

extension ChangedSite {
  /// Without a full stop.
  var sentence: String {
    "\(site): the features of \(cases) \(cases == 1 ? "case" : "cases") are of other images or masks than were seen when the study "
      + "was submitted"
  }
}

extension JobHold {
  func advice(job: Int64) -> String {
    (remedy.map { "\($0) " } ?? "")
      + "Then coordinator retry \(job) tries them again; coordinator resume \(job) goes on without them."
  }
}

/// Seconds as people read them: `7 s`, `3 min 20 s`, `2 h 5 min`.
func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
