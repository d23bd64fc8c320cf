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

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64?
  @Option(help: "Number of a task, instead of a job.") var task: Int64?
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard (job == nil) != (task == nil) else { throw ValidationError("Give a JOB, or --task N.") }
  }

  func run() async throws {
    try await act(json, database) { queue in
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

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await act(json, database) { queue in try await queue.cancel(job: job) }
  }
}

/// `coordinator pause`: holds the tasks of a job or a site.
struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hold the tasks of a job or a site; running ones go on to their end.")

  @OptionGroup var target: HeldTasks

  func run() async throws {
    try await target.perform(
      onSite: { try await $0.pause(site: $1) }, onJob: { try await $0.pause(job: $1) })
  }
}

/// `coordinator resume`: gives held tasks back to the queue.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Give the held tasks of a job or a site back to the queue.")

  @OptionGroup var target: HeldTasks

  func run() async throws {
    try await target.perform(
      onSite: { try await $0.resume(site: $1) }, onJob: { try await $0.resume(job: $1) })
  }
}

/// A job or a site, whose tasks are held or given back.
struct HeldTasks: ParsableArguments, Sendable {
  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64?
  @Option(help: "Name of a site, instead of a job.") var site: String?
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard (job == nil) != (site == nil) else { throw ValidationError("Give a JOB, or --site SITE.") }
  }

  func perform(
    onSite: (TaskQueue, String) async throws -> String, onJob: (TaskQueue, Int64) async throws -> String
  ) async throws {
    try await act(json, database) { queue in
      if let site { return try await onSite(queue, site) }
      guard let job else { preconditionFailure("validated") }
      return try await onJob(queue, job)
    }
  }
}

/// Does one act of the operator's console and prints what it did.
func act(
  _ json: Bool, _ options: StudyDatabaseOptions, _ body: (TaskQueue) async throws -> String
) async throws {
  let line = try await withDatabase(options) { connection in
    do {
      return try await body(TaskQueue(connection))
    } catch let error as PostgresError
      where [.invalidParameterValue, .objectNotInPrerequisiteState].contains(error.sqlState)
    {
      // Something was named that is not there, or does not stand as the act needs it.
      throw CommandFailure(ExitStatus.usage, error.inSentences)
    } catch let error as PostgresError
      where [.serializationFailure, .deadlockDetected].contains(error.sqlState)
    {
      throw CommandFailure(ExitStatus.tryAgain, error.inSentences)
    }
  }
  if json { return try StandardStreams.printJSON(["result": line]) }
  try StandardStreams.print(line)
}
