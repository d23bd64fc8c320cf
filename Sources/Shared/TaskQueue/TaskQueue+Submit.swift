import Foundation
import Postgres

/// A task to be planned.
public struct TaskDraft: Sendable {
  /// The site whose workers may claim it; nil: those that serve all sites.
  public var site: Int32?
  /// JSON: what the worker needs to know beyond the job.
  public var payload: String
  /// What a worker must offer to claim it, beyond what its job requires.
  public var needs: [String]

  /// - Parameters:
  ///   - site: its number in table `queue.site`.
  ///   - payload: JSON.
  ///   - needs: as workers offer them.
  public init(site: Int32? = nil, payload: String, needs: [String] = []) {
    self.site = site
    self.payload = payload
    self.needs = needs
  }
}

/// The tasks of one kind; stages run one after the other, in the order of their kinds.
public struct StageDraft: Sendable {
  /// As table `queue.kind` has it.
  public var kind: String
  /// In the order in which they are to be claimed.
  public var tasks: [TaskDraft]

  /// The tasks of one kind.
  public init(kind: String, tasks: [TaskDraft]) {
    self.kind = kind
    self.tasks = tasks
  }
}

/// A job is planned and started in one transaction, with whatever else belongs to it.
extension TaskQueue {
  /// A statement stays within a few megabytes, however many tasks there are.
  private static let tasksInStatement = 10_000

  /// Makes sites known, so that tasks may belong to them.
  public static func addSites(_ names: [String], in session: PostgresSession) throws(PostgresError) {
    try session.query("SELECT queue.add_sites($1)", names)
  }

  /// Makes a job, or finds the one that was made with this key.
  ///
  /// - Parameters:
  ///   - key: digest of everything that the job depends on.
  ///   - name: for people.
  ///   - requirements: what a worker must offer to claim any of its tasks.
  ///   - failureBudget: how many tasks of one kind may fail before the job is held; nil: any number.
  ///   - session: of the transaction in which the job is planned.
  /// - Returns: its number, and whether it was there already: then nothing is to be planned.
  public static func planJob(
    key: [UInt8], name: String, requirements: [String] = [], failureBudget: Int32? = nil,
    in session: PostgresSession
  ) throws(PostgresError) -> (job: Int64, wasKnown: Bool) {
    try session.query(
      "SELECT job_id, was_known FROM queue.plan_job($1, $2, $3, $4)", key, name, requirements, failureBudget
    ).only().decode(Int64.self, Bool.self)
  }

  /// Gives a job that was planned before another budget of failures; nil: any number. A job that is held stays so until it is
  /// resumed or retried.
  public static func setFailureBudget(
    _ failureBudget: Int32?, of job: Int64, in session: PostgresSession
  ) throws(PostgresError) {
    try session.query("SELECT queue.set_failure_budget($1, $2)", job, failureBudget)
  }

  /// Plans the stages of a job, all tasks blocked. Call `start` when everything else is written.
  ///
  /// - Returns: ids of the tasks, stage by stage, in the order of the drafts.
  /// - Throws: `PostgresError` of code `.server` for a kind that is not defined or a job that was started.
  public static func plan(_ stages: [StageDraft], of job: Int64, in session: PostgresSession)
    throws(PostgresError) -> [[Int64]]
  {
    var ids: [[Int64]] = []
    for stage in stages {
      try session.query("SELECT queue.plan_stage($1, $2, $3)", job, stage.kind, Int32(stage.tasks.count))
      ids.append(try plan(stage, of: job, in: session))
    }
    return ids
  }

  private static func plan(_ stage: StageDraft, of job: Int64, in session: PostgresSession)
    throws(PostgresError) -> [Int64]
  {
    var ids: [Int64] = []
    var texts: [[String]: PostgresJSON] = [:]
    func json(_ needs: [String]) throws(PostgresError) -> PostgresJSON? {
      guard !needs.isEmpty else { return nil }
      if let known = texts[needs] { return known }
      do {
        let text = PostgresJSON(String(decoding: try JSONEncoder().encode(needs), as: UTF8.self))
        texts[needs] = text
        return text
      } catch {
        throw PostgresError(.schema, "needs of a task: \(error)")
      }
    }
    for first in stride(from: 0, to: stage.tasks.count, by: tasksInStatement) {
      let part = stage.tasks[first..<min(first + tasksInStatement, stage.tasks.count)]
      let rows = try session.query(
        "SELECT * FROM queue.plan_tasks($1, $2, $3, $4, $5)", job, stage.kind, part.map(\.site),
        part.map { PostgresJSON($0.payload) },
        try part.map { (task) throws(PostgresError) in try json(task.needs) })
      for row in rows { ids.append(try row.decode(at: 0)) }
    }
    return ids
  }

  /// Makes the first stage of a planned job ready and announces it.
  public static func start(job: Int64, in session: PostgresSession) throws(PostgresError) {
    try session.query("SELECT queue.start_job($1)", job)
  }
}
