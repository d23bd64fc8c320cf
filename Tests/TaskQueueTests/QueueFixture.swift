import DatabaseSchema
import Postgres
import SchemaMigration
import TaskQueue
import TestSupport

/// A queue in a fresh database, with sites North and South.
struct QueueFixture {
  let connection: PostgresConnection
  let queue: TaskQueue

  @discardableResult
  static func with<Value: Sendable>(_ body: (QueueFixture) async throws -> Value) async throws -> Value {
    try await withDatabase { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await prepare(connection)
      let value = try await body(QueueFixture(connection: connection, queue: TaskQueue(connection)))
      await connection.close()
      return value
    }
  }

  /// Connection string of a fresh database that is migrated; see `prepare`.
  static func withDatabase<Value: Sendable>(_ body: (String) async throws -> Value) async throws -> Value {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files, body)
  }

  /// The same with a second connection to the same database.
  static func withTwo(_ body: (QueueFixture, QueueFixture) async throws -> Void) async throws {
    try await withDatabase { target in
      let (first, second) = (
        try await PostgresConnection.connect(to: target), try await PostgresConnection.connect(to: target)
      )
      try await prepare(first)
      try await body(
        QueueFixture(connection: first, queue: TaskQueue(first)),
        QueueFixture(connection: second, queue: TaskQueue(second)))
      await first.close()
      await second.close()
    }
  }

  /// Adds the kinds of these tests and the sites to a migrated database.
  static func prepare(_ connection: PostgresConnection) async throws {
    try await connection.execute(script: kinds + "SELECT queue.add_sites('{North,South}');")
  }

  /// Kinds of these tests, as a program of another field would define them: what `cut` loses is lost alone, `count` and
  /// `tell` are about all that was cut.
  static let kinds = """
    SELECT queue.define_kind('cut', place => 1, completes_plainly => true);
    SELECT queue.define_kind('count', place => 2, failure_costs => 'job', retry_redoes => 'changed', completes_plainly => true);
    SELECT queue.define_kind('tell', place => 3, failure_costs => 'job', retry_redoes => 'always', completes_plainly => true);
    """

  static func migrate(_ connection: PostgresConnection) async throws -> SchemaChanges {
    try await SchemaMigrator(DatabaseSchema.files).migrate(connection)
  }

  /// Submits a job with these many tasks of each kind; those to cut belong to the site.
  func job(cut: Int = 0, count: Int = 0, tell: Int = 0, site: Int32? = nil) async throws -> Int64 {
    try await job([("cut", cut), ("count", count), ("tell", tell)], site: site)
  }

  /// - Parameters:
  ///   - stages: kind and number of tasks; those of the first belong to the site.
  ///   - needs: of each task of the first stage.
  ///   - budget: how many tasks of a kind may fail.
  func job(
    _ stages: [(kind: String, tasks: Int)], site: Int32? = nil, needs: [String] = [], budget: Int32? = nil
  ) async throws -> Int64 {
    try await connection.transaction { session in
      let number = try session.query("SELECT count(*) FROM queue.job").scalar(as: Int.self)
      let job = try TaskQueue.planJob(
        key: Array("job \(number)".utf8), name: "hip", failureBudget: budget, in: session
      ).job
      let drafts = stages.enumerated().map { place, stage in
        StageDraft(
          kind: stage.kind,
          tasks: (0..<stage.tasks).map {
            TaskDraft(
              site: place == 0 ? site : nil, payload: "{\"n\": \($0)}", needs: place == 0 ? needs : [])
          })
      }
      _ = try TaskQueue.plan(drafts, of: job, in: session)
      try TaskQueue.start(job: job, in: session)
      return job
    }
  }

  func worker(sites: [String]? = nil, lease: Double = 600, offers: [String] = [], kinds: [String]? = nil)
    async throws -> Int64
  {
    try await queue.register(
      WorkerDescription(
        host: "test", processID: 1, slots: 4, version: "test", sites: sites, leaseInSeconds: lease,
        offers: offers, kinds: kinds))
  }

  func claim(_ most: Int, _ kinds: [String] = ["cut", "count", "tell"], for worker: Int64)
    async throws -> [ClaimedTask]
  {
    try await queue.claim(upTo: most, kinds: kinds, for: worker)
  }

  func count(_ what: String) async throws -> Int {
    try await connection.query("SELECT count(*) FROM \(what)").scalar(as: Int.self)
  }

  /// The first column of all rows.
  func names(_ sql: String) async throws -> [String] {
    try await connection.query(sql).map { try $0.decode(at: 0) }
  }

  func text(_ sql: String) async throws -> String {
    try await connection.query(sql).scalar(as: String.self)
  }

  /// Lets claims begin at the first ready task, as every thousandth claim does by itself.
  /// - Returns: where they now begin; `Int64.max` where all queues are empty.
  func advance() async throws -> Int64 {
    try await connection.query(
      "SELECT queue.advance_lanes('{cut,count,tell}', NULL, NULL, -2147483648)")
    return try await connection.query("SELECT min(from_task) FROM queue.lane").scalar(
      as: Int64.self)
  }

  /// Lets so much time pass for all that the queue has written down; less than none is a clock that was set back.
  func pass(_ time: Duration) async throws {
    let seconds = Double(time.components.seconds)
    let columns = [
      "worker": ["heartbeat_at", "started_at", "lease_until"], "live_task": ["claimed_at", "due_at"],
      "lane": ["checked_at"], "leader": ["renewed_at", "lease_until"], "stage_sample": ["taken_at"],
      "stage": ["opened_at", "closed_at"], "job": ["submitted_at", "ended_at", "over_budget_since"],
    ]
    for (table, instants) in columns {
      let moved = instants.map { "\($0) = \($0) - make_interval(secs => \(seconds))" }.joined(separator: ", ")
      try await connection.execute("UPDATE queue.\(table) SET \(moved)")
    }
  }

  /// Ends the lease of a worker as if it had been silent, and does maintenance.
  func lose(_ worker: Int64) async throws -> MaintenanceCounts {
    try await connection.execute(
      "UPDATE queue.worker SET lease_until = now() - interval '1 second' WHERE worker_id = $1", worker)
    return try await queue.maintain()
  }
}
