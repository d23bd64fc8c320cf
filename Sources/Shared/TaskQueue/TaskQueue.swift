import Postgres

/// The queue as workers and coordinators use it: submit, claim, renew, finish, reap.
///
/// Each call is one function of schema `queue`, which holds the rules; the files below `SQL` tell the life of a task. The
/// queue knows kinds, sites, needs and payloads, but not what a task computes.
public struct TaskQueue: Sendable {
  /// The session that calls go through.
  public let connection: PostgresConnection

  /// A queue in the database of this connection; the login says what may be done with it.
  public init(_ connection: PostgresConnection) {
    self.connection = connection
  }

  /// How this library calls the functions of the database; see table `queue.protocol`.
  public static let protocolVersion: Int32 = 1

  /// Channel on which ready tasks are announced, at most once a batch.
  public static let readyChannel = "trabecula_ready"
  /// Channel on which one worker, of this number, hears that a slot of a limit is free that it was turned away from.
  public static func channel(of worker: Int64) -> String { "\(readyChannel)_\(worker)" }
  /// Channel on which the end of a job is announced.
  public static let doneChannel = "trabecula_done"
}

/// A task that this process may work on until its fence is taken back.
public struct ClaimedTask: Equatable, Sendable {
  /// Its number in table `queue.task`.
  public let id: Int64
  /// Number of this claim; only its holder can end the task.
  public let fence: Int64
  /// The job that it belongs to.
  public let job: Int64
  /// As table `queue.kind` has it.
  public let kind: String
  /// JSON, as its draft had it.
  public let payload: String
  /// Attempts that ended in an error before this one.
  public let failures: Int
  /// Attempts that ended with the death of their worker before this one.
  public let crashes: Int

  /// A claim, as tests make it.
  public init(
    id: Int64, fence: Int64, job: Int64, kind: String, payload: String, failures: Int, crashes: Int
  ) {
    self.id = id
    self.fence = fence
    self.job = job
    self.kind = kind
    self.payload = payload
    self.failures = failures
    self.crashes = crashes
  }
}

/// What became of a completion or failure.
public enum Verdict: String, Sendable {
  /// The task has ended and its result is stored.
  case ok
  /// This very claim was ended before; the answer was lost on the way.
  case already
  /// The claim was taken back; nothing was written.
  case stale
  /// The failure is recorded and the task will be tried again.
  case retry
  /// The failure is final.
  case failed
  /// The task is put off, and spent no attempt.
  case snoozed
  /// The task is left to other machines, and spent no attempt.
  case elsewhere
  /// No other machine is there that could do the task; nothing was written.
  case nowhere
}

extension ClaimedTask {
  static func list(_ rows: PostgresRows) throws(PostgresError) -> [ClaimedTask] {
    var tasks: [ClaimedTask] = []
    for row in rows {
      tasks.append(
        ClaimedTask(
          id: try row.decode("task_id"), fence: try row.decode("fence"), job: try row.decode("job_id"),
          kind: try row.decode("kind"), payload: try row.decode("payload"),
          failures: try row.decode("failures"), crashes: try row.decode("crashes")))
    }
    return tasks
  }
}

extension Verdict {
  /// Reads an array of verdicts, one for each of these tasks in their order.
  /// - Throws: `.schema` where there are more or fewer, or names that this program does not know.
  public static func list(_ rows: PostgresRows, of tasks: [ClaimedTask]) throws(PostgresError)
    -> [Int64: Verdict]
  {
    let answers = try rows.scalar(as: [String].self)
    guard answers.count == tasks.count else {
      throw PostgresError(
        .schema,
        "The database answered \(tasks.count) ended tasks with \(answers.count) verdicts; update the program."
      )
    }
    var verdicts: [Int64: Verdict] = [:]
    for (task, answer) in zip(tasks, answers) { verdicts[task.id] = try Verdict(answered: answer) }
    return verdicts
  }
}

extension [Int64: Verdict] {
  /// The verdict of a task among those of a call.
  /// - Throws: `.schema` where the database gave none.
  public func verdict(of task: ClaimedTask) throws(PostgresError) -> Verdict {
    guard let verdict = self[task.id] else {
      throw PostgresError(.schema, "The database gave no verdict for task \(task.id); update the programs.")
    }
    return verdict
  }
}

/// A failure as operators and researchers read it.
public struct TaskFailure: Error, Equatable, Sendable {
  /// Short, stable name: `missing-file`, `out-of-memory`, …
  public let code: String
  /// What was tried and what was found, in a sentence without paths or names of people.
  public let sentence: String
  /// What to do.
  public let remedy: String
  /// True where another attempt may succeed.
  public let isRetryable: Bool

  /// Why a task failed, and what to do about it.
  public init(code: String, sentence: String, remedy: String, isRetryable: Bool) {
    self.code = code
    self.sentence = sentence
    self.remedy = remedy
    self.isRetryable = isRetryable
  }
}
