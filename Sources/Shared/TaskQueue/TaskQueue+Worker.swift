import Postgres

/// What a worker process says of itself when it starts.
package struct WorkerDescription: Sendable {
  package var host: String
  package var processID: Int32
  package var slots: Int
  package var version: String
  /// Sites it serves; nil serves all.
  package var sites: [String]?
  /// A worker that is silent for longer is declared lost.
  package var leaseInSeconds: Double

  package init(
    host: String, processID: Int32, slots: Int, version: String, sites: [String]?, leaseInSeconds: Double
  ) {
    self.host = host
    self.processID = processID
    self.slots = slots
    self.version = version
    self.sites = sites
    self.leaseInSeconds = leaseInSeconds
  }
}

/// Answer to a heartbeat.
package struct HeartbeatAnswer: Equatable, Sendable {
  package enum State: String, Sendable {
    case active, draining, stopped, lost
  }

  package let state: State
  /// Tasks that the worker still runs although they were taken back or cancelled.
  package let takenBack: [Int64]
  /// Whether a job is unfinished, so that work may be ready soon.
  package let workIsAhead: Bool

  package init(state: State, takenBack: [Int64], workIsAhead: Bool) {
    self.state = state
    self.takenBack = takenBack
    self.workIsAhead = workIsAhead
  }

  fileprivate init(_ row: PostgresRow) throws(PostgresError) {
    let name: String = try row.decode("state")
    guard let state = State(rawValue: name) else {
      throw PostgresError(
        .schema, "The database answered the unknown worker state '\(name)'; update the program.")
    }
    self.state = state
    takenBack = try row.decode("taken_back")
    workIsAhead = try row.decode("work_ahead")
  }
}

/// What one round of maintenance did.
package struct MaintenanceCounts: Equatable, Sendable {
  package let lostWorkers: Int
  package let tasksTakenBack: Int
  package let tasksPromoted: Int

  package init(lostWorkers: Int, tasksTakenBack: Int, tasksPromoted: Int) {
    self.lostWorkers = lostWorkers
    self.tasksTakenBack = tasksTakenBack
    self.tasksPromoted = tasksPromoted
  }
}

extension TaskQueue {
  /// Registers a worker process.
  /// - Returns: its id, never used before or again.
  package func register(_ worker: WorkerDescription) async throws(PostgresError) -> Int64 {
    try await connection.query(
      "SELECT trabecula.register_worker($1, $2, $3, $4, $5, $6)",
      worker.host, worker.processID, Int32(worker.slots), worker.version, worker.sites, worker.leaseInSeconds
    ).scalar(as: Int64.self)
  }

  /// Claims ready tasks of these kinds, best priority first.
  package func claim(upTo most: Int, kinds: [String], for worker: Int64) async throws(PostgresError)
    -> [ClaimedTask]
  {
    try ClaimedTask.list(try await connection.query(Self.claimStatement(most, kinds, worker)))
  }

  /// Ends tasks without results of their own and claims others, in one round trip and one transaction.
  ///
  /// Where its answer is lost, the ended ones answer `already` when repeated, and `releaseOthers` hands back the
  /// claimed ones.
  package func complete(_ ended: [ClaimedTask], claimingUpTo most: Int, kinds: [String], for worker: Int64)
    async throws(PostgresError) -> (verdicts: [Int64: Verdict], claimed: [ClaimedTask])
  {
    let answers = try await connection.pipeline([
      Self.completeStatement(ended, worker), Self.claimStatement(most, kinds, worker),
    ])
    return (try Verdict.list(answers[0], of: ended), try ClaimedTask.list(answers[1]))
  }

  /// One statement for all that an idle worker needs: a sign of life, maintenance, and a claim.
  ///
  /// - Parameter silence: the longest time until it will be heard of again; its lease is extended by that much,
  ///   because a worker without tasks has nothing to lose. The claim of a task ends it.
  /// - Parameter patience: as for `heartbeat`.
  package func lookForWork(
    upTo most: Int, kinds: [String], for worker: Int64, silence: Duration,
    patience: Duration = shortestPatience
  ) async throws(PostgresError) -> (answer: HeartbeatAnswer, claimed: [ClaimedTask]) {
    let rows = try await connection.query(
      """
      SELECT h.state, h.taken_back, h.work_ahead, c.task_id, c.fence, c.job_id, c.kind, c.payload::text AS payload,
          c.failures, c.crashes
        FROM trabecula.heartbeat($1, '{}', $4, $5) h CROSS JOIN LATERAL trabecula.maintain() m
          LEFT JOIN LATERAL trabecula.claim_tasks($1, $2, $3) c ON true
      """, worker, kinds, Int32(most), silence / .seconds(1), patience / .seconds(1))
    guard let first = rows.first else {
      throw PostgresError(.schema, "The database answered a heartbeat with nothing; update the program.")
    }
    let isEmpty = try first.decode("task_id", as: Int64?.self) == nil
    return (try HeartbeatAnswer(first), isEmpty ? [] : try ClaimedTask.list(rows))
  }

  /// Says for which jobs this worker does not have the weights, so that it claims none of their deep tasks.
  package func lackWeights(ofJobs jobs: [Int64], on worker: Int64) async throws(PostgresError) {
    try await connection.query("SELECT trabecula.lack_weights($1, $2)", worker, jobs)
  }

  /// How long a claim is left to a worker that does not name it, at least.
  package static let shortestPatience = Duration.seconds(300)

  /// Extends the worker's lease and learns which of its running tasks are no longer its own.
  ///
  /// - Parameter patience: tasks that the worker has held for longer and does not name go back.
  package func heartbeat(of worker: Int64, running: [Int64], patience: Duration = shortestPatience)
    async throws(PostgresError) -> HeartbeatAnswer
  {
    try HeartbeatAnswer(
      try await connection.query(
        "SELECT state, taken_back, work_ahead FROM trabecula.heartbeat($1, $2, forgotten_seconds => $3)",
        worker, running, patience / .seconds(1)
      ).only())
  }

  /// Ends tasks that have no result of their own.
  package func complete(_ tasks: [ClaimedTask], by worker: Int64) async throws(PostgresError)
    -> [Int64: Verdict]
  {
    try Verdict.list(try await connection.query(Self.completeStatement(tasks, worker)), of: tasks)
  }

  private static func claimStatement(_ most: Int, _ kinds: [String], _ worker: Int64) -> PostgresStatement {
    PostgresStatement(
      "SELECT task_id, fence, job_id, kind, payload::text AS payload, failures, crashes"
        + " FROM trabecula.claim_tasks($1, $2, $3)",
      worker, kinds, Int32(most))
  }

  private static func completeStatement(_ tasks: [ClaimedTask], _ worker: Int64) -> PostgresStatement {
    PostgresStatement(
      "SELECT trabecula.complete_tasks($1, $2, $3)",
      worker, tasks.map(\.id), tasks.map(\.fence))
  }

  /// Records a failed attempt: retried later where that may help, final otherwise.
  package func fail(_ task: ClaimedTask, because failure: TaskFailure, by worker: Int64)
    async throws(PostgresError) -> Verdict
  {
    let answer = try await connection.query(
      "SELECT trabecula.fail_task($1, $2, $3, $4, $5, $6, $7)",
      worker, task.id, task.fence, failure.code, failure.sentence, failure.remedy, failure.isRetryable
    ).scalar(as: String.self)
    return try Verdict(answer)
  }

  /// Hands claimed tasks back, unexecuted.
  /// - Returns: how many were still this worker's.
  @discardableResult
  package func release(_ tasks: [ClaimedTask], by worker: Int64) async throws(PostgresError) -> Int {
    guard !tasks.isEmpty else { return 0 }
    return try await connection.query(
      "SELECT trabecula.release_tasks($1, $2, $3)", worker, tasks.map(\.id), tasks.map(\.fence)
    ).scalar(as: Int.self)
  }

  /// After a lost connection: hands back claims that were committed but never reached this process.
  @discardableResult
  package func releaseOthers(than running: [Int64], of worker: Int64) async throws(PostgresError) -> Int {
    try await connection.query("SELECT trabecula.release_others($1, $2)", worker, running).scalar(
      as: Int.self)
  }

  /// Ends the lease of a worker process that was seen to die.
  @discardableResult
  package func expire(host: String, processID: Int32) async throws(PostgresError) -> Int {
    try await connection.query("SELECT trabecula.expire_worker($1, $2)", host, processID).scalar(as: Int.self)
  }

  /// Says goodbye; what the worker still holds goes back.
  @discardableResult
  package func stop(worker: Int64) async throws(PostgresError) -> Int {
    try await connection.query("SELECT trabecula.stop_worker($1)", worker).scalar(as: Int.self)
  }

  /// Declares silent workers lost, returns their tasks, promotes delayed ones.
  ///
  /// - Parameter term: of the leading coordinator; an older one does nothing. nil, as workers call it, does nothing
  ///   while somebody leads.
  @discardableResult
  package func maintain(inTerm term: Int64? = nil) async throws(PostgresError) -> MaintenanceCounts {
    let (lost, taken, promoted) = try await connection.query(
      "SELECT lost_workers, tasks_taken_back, tasks_promoted FROM trabecula.maintain($1)", term
    ).only().decode(Int.self, Int.self, Int.self)
    return MaintenanceCounts(lostWorkers: lost, tasksTakenBack: taken, tasksPromoted: promoted)
  }

  /// True where no task is left that this worker could come to run: nothing of its sites is ready, running, delayed
  /// or blocked.
  package func isIdle(for worker: Int64) async throws(PostgresError) -> Bool {
    try await connection.query("SELECT trabecula.queue_is_idle($1)", worker).scalar(as: Bool.self)
  }
}
