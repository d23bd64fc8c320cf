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

  package init(state: State, takenBack: [Int64]) {
    self.state = state
    self.takenBack = takenBack
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
    let rows = try await connection.query(
      "SELECT task_id, fence, job_id, kind, payload::text AS payload, failures, crashes"
        + " FROM trabecula.claim_tasks($1, $2, $3)",
      worker, kinds, Int32(most))
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

  /// Says for which jobs this worker does not have the weights, so that it claims none of their deep tasks.
  package func lackWeights(ofJobs jobs: [Int64], on worker: Int64) async throws(PostgresError) {
    try await connection.query("SELECT trabecula.lack_weights($1, $2)", worker, jobs)
  }

  /// Extends the worker's lease and learns which of its running tasks are no longer its own.
  package func heartbeat(of worker: Int64, running: [Int64]) async throws(PostgresError) -> HeartbeatAnswer {
    let row = try await connection.query(
      "SELECT state, taken_back FROM trabecula.heartbeat($1, $2)", worker, running
    ).only()
    let name: String = try row.decode("state")
    guard let state = HeartbeatAnswer.State(rawValue: name) else {
      throw PostgresError(
        .schema, "The database answered the unknown worker state '\(name)'; update the program.")
    }
    return HeartbeatAnswer(state: state, takenBack: try row.decode("taken_back"))
  }

  /// Ends tasks that have no result of their own.
  package func complete(_ tasks: [ClaimedTask], by worker: Int64) async throws(PostgresError)
    -> [Int64: Verdict]
  {
    let rows = try await connection.query(
      "SELECT task_id, verdict FROM trabecula.complete_tasks($1, $2, $3)",
      worker, tasks.map(\.id), tasks.map(\.fence))
    var verdicts: [Int64: Verdict] = [:]
    for row in rows {
      verdicts[try row.decode("task_id")] = try Verdict(row.decode("verdict", as: String.self))
    }
    return verdicts
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
  @discardableResult
  package func maintain() async throws(PostgresError) -> MaintenanceCounts {
    let (lost, taken, promoted) = try await connection.query(
      "SELECT lost_workers, tasks_taken_back, tasks_promoted FROM trabecula.maintain()"
    ).only().decode(Int.self, Int.self, Int.self)
    return MaintenanceCounts(lostWorkers: lost, tasksTakenBack: taken, tasksPromoted: promoted)
  }

  /// True where no task is left that could become ready: nothing ready, running, delayed or blocked.
  package func isIdle() async throws(PostgresError) -> Bool {
    try await connection.query(
      "SELECT NOT EXISTS (SELECT FROM trabecula.live_task WHERE state <> 'held')"
    ).scalar(as: Bool.self)
  }
}
