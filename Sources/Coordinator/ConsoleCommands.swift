import ArgumentParser
import CommandSupport
import Postgres
import TaskQueue

/// `coordinator retry`: tries failed cases again.
struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Try the failed cases of a job again, or one task.",
    discussion: """
      Works on running and on ended jobs; a cancelled or failed job is taken up where it was. Models and report are \
      then computed anew from all cases.
      """)

  @OptionGroup var database: DatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64?
  @Option(help: "Number of a task, instead of a job.") var task: Int64?
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard (job == nil) != (task == nil) else { throw ValidationError("Give a JOB, or --task N.") }
  }

  func run() async throws {
    try await perform(json, database) { queue in
      if let task { return try await queue.retry(task: task) }
      guard let job else { preconditionFailure("validated") }
      return try await queue.retryFailed(of: job)
    }
  }
}

/// `coordinator cancel`: ends a job.
struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "End a job; what runs of it stops with the next heartbeat of its worker.",
    discussion: "Features that were extracted stay; `coordinator retry` takes the job up again.")

  @OptionGroup var database: DatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await perform(json, database) { queue in try await queue.cancel(job: job) }
  }
}

/// `coordinator pause`: holds the tasks of a job or a site.
struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hold the tasks of a job or a site; running ones go on to their end.")

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var target: PauseTarget
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await perform(json, database) { queue in
      if let site = target.site { return try await queue.pause(site: site) }
      return try await queue.pause(job: target.validJob)
    }
  }
}

/// `coordinator resume`: gives held tasks back to the queue.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Give the held tasks of a job or a site back to the queue.")

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var target: PauseTarget
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await perform(json, database) { queue in
      if let site = target.site { return try await queue.resume(site: site) }
      return try await queue.resume(job: target.validJob)
    }
  }
}

/// A job or a site.
struct PauseTarget: ParsableArguments, Sendable {
  @Argument(help: "Number of the job.") var job: Int64?
  @Option(help: "Name of a site, instead of a job.") var site: String?

  func validate() throws {
    guard (job == nil) != (site == nil) else { throw ValidationError("Give a JOB, or --site SITE.") }
  }

  var validJob: Int64 {
    guard let job else { preconditionFailure("validated") }
    return job
  }
}

/// Does one act of the operator's console and prints what it did.
func perform(
  _ json: Bool, _ options: DatabaseOptions, _ act: (TaskQueue) async throws -> String
) async throws {
  let line = try await withDatabase(options) { connection in
    do {
      return try await act(TaskQueue(connection))
    } catch let error as PostgresError where error.sqlState == .invalidParameterValue {
      // Something was named that is not there.
      throw CommandFailure(ExitStatus.usage, error.inSentences)
    }
  }
  if json { return try StandardStreams.printJSON(["result": line]) }
  StandardStreams.print(line)
}
