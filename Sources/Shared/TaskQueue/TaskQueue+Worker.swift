import Postgres

/// What a worker process says of itself when it starts.
public struct WorkerDescription: Sendable {
  /// Name of its machine, for operators.
  public var host: String
  /// Its process there.
  public var processID: Int32
  /// How many tasks it runs at a time.
  public var slots: Int
  /// Of its program, for operators.
  public var version: String
  /// Sites it serves; nil serves all.
  public var sites: [String]?
  /// A worker that is silent for longer is declared lost.
  public var leaseInSeconds: Double
  /// What it has of what tasks may need: it claims those only whose needs are all among these.
  public var offers: [String]
  /// The kinds of task that it claims; nil: any.
  public var kinds: [String]?

  /// A process that is about to be registered.
  public init(
    host: String, processID: Int32, slots: Int, version: String, sites: [String]?, leaseInSeconds: Double,
    offers: [String] = [], kinds: [String]? = nil
  ) {
    self.host = host
    self.processID = processID
    self.slots = slots
    self.version = version
    self.sites = sites
    self.leaseInSeconds = leaseInSeconds
    self.offers = offers
    self.kinds = kinds
  }
}

/// Answer to a heartbeat.
public struct HeartbeatAnswer: Equatable, Sendable {
  /// How the database regards a worker.
  public enum State: String, Sendable {
    /// It may claim.
    case active
    /// It is to end what it runs, claim nothing more and exit.
    case draining
    /// It said goodbye, or its sites were revoked.
    case stopped
    /// Its lease ran out, and its tasks went back; it may register anew.
    case lost
  }

  /// How the database regards this worker.
  public let state: State
  /// Tasks that the worker still runs although they were taken back or cancelled.
  public let takenBack: [Int64]
  /// Whether a job is unfinished, so that work may be ready soon.
  public let workIsAhead: Bool
  /// What tasks that wait at its sites need and it does not offer.
  public let wanted: [String]

  /// An answer, as tests make it.
  public init(state: State, takenBack: [Int64], workIsAhead: Bool, wanted: [String] = []) {
    self.state = state
    self.takenBack = takenBack
    self.workIsAhead = workIsAhead
    self.wanted = wanted
  }

  fileprivate init(_ row: PostgresRow) throws(PostgresError) {
    state = try State(answered: row.decode("state"))
    takenBack = try row.decode("taken_back")
    workIsAhead = try row.decode("work_ahead")
    wanted = try row.decode("wanted")
  }
}

/// What one round of maintenance did.
public struct MaintenanceCounts: Equatable, Sendable {
  /// Workers that were declared lost.
  public let lostWorkers: Int
  /// Tasks that they held.
  public let tasksTakenBack: Int
  /// Retries whose time has come.
  public let tasksPromoted: Int

  /// Counts, as tests make them.
  public init(lostWorkers: Int, tasksTakenBack: Int, tasksPromoted: Int) {
    self.lostWorkers = lostWorkers
    self.tasksTakenBack = tasksTakenBack
    self.tasksPromoted = tasksPromoted
  }
}

extension TaskQueue {
  /// Registers a worker process.
  /// - Returns: its id, never used before or again.
  /// - Throws: SQLSTATE `TR001` where the database does not serve this program's protocol.
  public func register(_ worker: WorkerDescription) async throws(PostgresError) -> Int64 {
    try await connection.query(
      "SELECT queue.register_worker($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      worker.host, worker.processID, Int32(worker.slots), worker.version, worker.sites, worker.leaseInSeconds,
      TaskQueue.protocolVersion, worker.offers, worker.kinds
    ).scalar(as: Int64.self)
  }

  /// Claims ready tasks of these kinds at the worker's sites whose needs it offers, best priority first.
  /// - Returns: as many as asked for, or fewer; those that another claim has locked are passed over.
  public func claim(upTo most: Int, kinds: [String], for worker: Int64) async throws(PostgresError)
    -> [ClaimedTask]
  {
    try ClaimedTask.list(try await connection.query(Self.claimStatement(most, kinds, worker)))
  }

  /// Ends tasks of kinds that leave no result and claims others, in one round trip and one transaction.
  ///
  /// Where its answer is lost, the ended ones answer `already` when repeated, and `releaseOthers` hands back the
  /// claimed ones.
  public func complete(_ ended: [ClaimedTask], claimingUpTo most: Int, kinds: [String], for worker: Int64)
    async throws(PostgresError) -> (verdicts: [Int64: Verdict], claimed: [ClaimedTask])
  {
    let answers = try await connection.pipeline([
      Self.completeStatement(ended, worker), Self.claimStatement(most, kinds, worker),
    ])
    return (try Verdict.list(answers[0], of: ended), try ClaimedTask.list(answers[1]))
  }

  /// One statement for all that an idle worker needs: a sign of life, maintenance, and a claim.
  ///
  /// - Parameters:
  ///   - most: how many tasks to claim.
  ///   - kinds: which kinds of task.
  ///   - worker: its number.
  ///   - silence: the longest time until it will be heard of again; its lease is extended by that much, because a worker
  ///     without tasks has nothing to lose. The claim of a task ends it.
  ///   - patience: as for `heartbeat`.
  public func lookForWork(
    upTo most: Int, kinds: [String], for worker: Int64, silence: Duration,
    patience: Duration = shortestPatience
  ) async throws(PostgresError) -> (answer: HeartbeatAnswer, claimed: [ClaimedTask]) {
    let rows = try await connection.query(
      """
      SELECT h.state, h.taken_back, h.work_ahead, h.wanted, c.task_id, c.fence, c.job_id, c.kind, c.payload::text AS payload,
          c.failures, c.crashes
        FROM queue.heartbeat($1, '{}', $4, $5) h CROSS JOIN LATERAL queue.maintain() m
          LEFT JOIN LATERAL queue.claim_tasks($1, $2, $3) c ON true
      """, worker, kinds, Int32(most), silence / .seconds(1), patience / .seconds(1))
    guard let first = rows.first else {
      throw PostgresError(.schema, "The database answered a heartbeat with nothing; update the program.")
    }
    let isEmpty = try first.decode("task_id", as: Int64?.self) == nil
    return (try HeartbeatAnswer(first), isEmpty ? [] : try ClaimedTask.list(rows))
  }

  /// Says what a worker has of what tasks may need, in place of what it said before.
  public func offer(_ offers: [String], by worker: Int64) async throws(PostgresError) {
    try await connection.query("SELECT queue.offer($1, $2)", worker, offers)
  }

  /// How long a claim is left to a worker that does not name it, at least.
  public static let shortestPatience = Duration.seconds(300)

  /// Extends the worker's lease and learns which of its running tasks are no longer its own.
  ///
  /// - Parameters:
  ///   - worker: its number.
  ///   - running: the tasks that it knows of.
  ///   - patience: tasks that the worker has held for longer and does not name go back.
  public func heartbeat(of worker: Int64, running: [Int64], patience: Duration = shortestPatience)
    async throws(PostgresError) -> HeartbeatAnswer
  {
    try HeartbeatAnswer(
      try await connection.query(
        "SELECT state, taken_back, work_ahead, wanted FROM queue.heartbeat($1, $2, forgotten_seconds => $3)",
        worker, running, patience / .seconds(1)
      ).only())
  }

  /// Ends tasks of kinds that leave no result; kinds with results have functions of their own.
  public func complete(_ tasks: [ClaimedTask], by worker: Int64) async throws(PostgresError)
    -> [Int64: Verdict]
  {
    try Verdict.list(try await connection.query(Self.completeStatement(tasks, worker)), of: tasks)
  }

  private static func claimStatement(_ most: Int, _ kinds: [String], _ worker: Int64) -> PostgresStatement {
    PostgresStatement(
      "SELECT task_id, fence, job_id, kind, payload::text AS payload, failures, crashes"
        + " FROM queue.claim_tasks($1, $2, $3)",
      worker, kinds, Int32(most))
  }

  private static func completeStatement(_ tasks: [ClaimedTask], _ worker: Int64) -> PostgresStatement {
    PostgresStatement(
      "SELECT queue.complete_plain($1, $2, $3)",
      worker, tasks.map(\.id), tasks.map(\.fence))
  }

  /// Records a failed attempt: retried later where that may help, final otherwise.
  /// - Returns: `retry`, `failed`, `already` or `stale`.
  public func fail(_ task: ClaimedTask, because failure: TaskFailure, by worker: Int64)
    async throws(PostgresError) -> Verdict
  {
    let answer = try await connection.query(
      "SELECT queue.fail_task($1, $2, $3, $4, $5, $6, $7)",
      worker, task.id, task.fence, failure.code, failure.sentence, failure.remedy, failure.isRetryable
    ).scalar(as: String.self)
    return try Verdict(answered: answer)
  }

  /// Leaves a task that cannot be done on this machine to another one, if there is one: neither a failure nor a crash.
  /// - Parameter reason: why not, in a sentence that operators read in the task's timeline.
  /// - Returns: `elsewhere`, `nowhere` or `stale`.
  public func decline(_ task: ClaimedTask, because reason: String, by worker: Int64)
    async throws(PostgresError) -> Verdict
  {
    let answer = try await connection.query(
      "SELECT queue.decline_task($1, $2, $3, $4)", worker, task.id, task.fence, reason
    ).scalar(as: String.self)
    return try Verdict(answered: answer)
  }

  /// Puts a task off, because something that it waits for is not there yet: neither a failure nor a crash.
  /// - Parameters:
  ///   - span: at most 30 days.
  ///   - reason: for operators; names nobody.
  /// - Returns: `snoozed`, `already` or `stale`.
  public func snooze(_ task: ClaimedTask, for span: Duration, because reason: String, by worker: Int64)
    async throws(PostgresError) -> Verdict
  {
    let answer = try await connection.query(
      "SELECT queue.snooze_task($1, $2, $3, $4, $5)", worker, task.id, task.fence, span / .seconds(1), reason
    ).scalar(as: String.self)
    return try Verdict(answered: answer)
  }

  /// Notes how far tasks are that a worker holds; of claims that were taken back nothing.
  /// - Parameter progress: of each its number, the fence of the claim, and percent, 0 to 100.
  public func report(_ progress: [(task: Int64, fence: Int64, percent: Double)], by worker: Int64)
    async throws(PostgresError)
  {
    guard !progress.isEmpty else { return }
    try await connection.query(
      "SELECT queue.report_progress($1, $2, $3, $4)", worker, progress.map(\.task), progress.map(\.fence),
      progress.map(\.percent))
  }

  /// Hands claimed tasks back, unexecuted.
  /// - Returns: how many were still this worker's.
  @discardableResult
  public func release(_ tasks: [ClaimedTask], by worker: Int64) async throws(PostgresError) -> Int {
    guard !tasks.isEmpty else { return 0 }
    return try await connection.query(
      "SELECT queue.release_tasks($1, $2, $3)", worker, tasks.map(\.id), tasks.map(\.fence)
    ).scalar(as: Int.self)
  }

  /// After a lost connection: hands back claims that were committed but never reached this process.
  /// - Returns: how many there were.
  @discardableResult
  public func releaseOthers(than running: [Int64], of worker: Int64) async throws(PostgresError) -> Int {
    try await connection.query("SELECT queue.release_others($1, $2)", worker, running).scalar(
      as: Int.self)
  }

  /// Ends the lease of a worker process that was seen to die.
  /// - Returns: how many workers that were.
  @discardableResult
  public func expire(host: String, processID: Int32) async throws(PostgresError) -> Int {
    try await connection.query("SELECT queue.expire_worker($1, $2)", host, processID).scalar(as: Int.self)
  }

  /// Says goodbye; what the worker still holds goes back.
  /// - Returns: how many tasks that were.
  @discardableResult
  public func stop(worker: Int64) async throws(PostgresError) -> Int {
    try await connection.query("SELECT queue.stop_worker($1)", worker).scalar(as: Int.self)
  }

  /// Declares silent workers lost, returns their tasks, promotes delayed ones.
  ///
  /// - Parameter term: of the leading coordinator; an older one does nothing. nil, as workers call it, does nothing
  ///   while somebody leads.
  @discardableResult
  public func maintain(inTerm term: Int64? = nil) async throws(PostgresError) -> MaintenanceCounts {
    let (lost, taken, promoted) = try await connection.query(
      "SELECT lost_workers, tasks_taken_back, tasks_promoted FROM queue.maintain($1)", term
    ).only().decode(Int.self, Int.self, Int.self)
    return MaintenanceCounts(lostWorkers: lost, tasksTakenBack: taken, tasksPromoted: promoted)
  }

  /// True where no task is left that this worker could come to run: nothing of its sites and kinds is ready, running,
  /// delayed or blocked.
  public func isIdle(for worker: Int64) async throws(PostgresError) -> Bool {
    try await connection.query("SELECT queue.queue_is_idle($1)", worker).scalar(as: Bool.self)
  }

  /// What all that is left for a worker needs and no live worker offers; empty where something goes on, or can.
  ///
  /// - Parameters:
  ///   - worker: counts tasks of its sites and kinds; nil, as coordinators ask, those of all live workers.
  ///   - job: counts its tasks only.
  public func unmetNeeds(for worker: Int64?, of job: Int64? = nil) async throws(PostgresError) -> [String] {
    try await connection.query("SELECT coalesce(queue.unmet_needs($1, $2), '{}')", worker, job)
      .scalar(as: [String].self)
  }
}
