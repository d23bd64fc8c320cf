import DatabaseSchema
import Postgres
import TaskQueue
import TestSupport

/// A queue in a fresh database, with sites North and South.
struct QueueFixture {
  let connection: PostgresConnection
  let queue: TaskQueue

  @discardableResult
  static func with<Value: Sendable>(_ body: (QueueFixture) async throws -> Value) async throws -> Value {
    try await TestDatabase.withConnection(schema: DatabaseSchema.file()) { connection in
      try await prepare(connection)
      return try await body(QueueFixture(connection: connection, queue: TaskQueue(connection)))
    }
  }

  /// The same with a second connection to the same database.
  static func withTwo(_ body: (QueueFixture, QueueFixture) async throws -> Void) async throws {
    try await TestDatabase.withFresh { target in
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

  static func prepare(_ connection: PostgresConnection) async throws {
    _ = try await migrate(connection)
    try await connection.execute("INSERT INTO trabecula.site (name) VALUES ('North'), ('South')")
    try await connection.execute("INSERT INTO trabecula.cohort (name) VALUES ('hips')")
  }

  static func migrate(_ connection: PostgresConnection) async throws -> [Int] {
    try await SchemaMigrator(DatabaseSchema.file()).migrate(connection)
  }

  /// Submits a job with these many tasks of each kind.
  func job(extract: Int = 0, bootstrap: Int = 0, aggregate: Int = 0, site: Int32? = nil) async throws -> Int64
  {
    try await connection.transaction { session in
      let job = try session.query(
        "INSERT INTO trabecula.job (key, name, study, cohort_id) VALUES (sha256(nextval('trabecula.fence')::text::bytea), 'hip', '{}', 1) RETURNING job_id"
      ).scalar(as: Int64.self)
      func stage(_ kind: String, _ count: Int) -> StageDraft {
        StageDraft(
          kind: kind,
          tasks: (0..<count).map {
            TaskDraft(site: kind == "extract" ? site : nil, payload: "{\"n\": \($0)}")
          })
      }
      let tasks = try TaskQueue.plan(
        [stage("extract", extract), stage("bootstrap", bootstrap), stage("aggregate", aggregate)], of: job,
        in: session)
      try session.execute(
        """
        WITH subject AS (
          INSERT INTO trabecula.subject (cohort_id, site_id, code) VALUES (1, 1, 'S' || $1) RETURNING subject_id
        ), cases AS (
          INSERT INTO trabecula.image_case (subject_id, image, mask, label)
            SELECT subject_id, t::text, 'm', 1 FROM subject, unnest($2::bigint[]) AS t RETURNING case_id, image
        ), listed AS (
          INSERT INTO trabecula.job_case (job_id, case_id, open_tasks) SELECT $1, case_id, 1 FROM cases
        )
        INSERT INTO trabecula.case_task (task_id, job_id, case_id) SELECT image::bigint, $1, case_id FROM cases
        """, job, tasks[0])
      try TaskQueue.openFirstStage(of: job, in: session)
      return job
    }
  }

  func worker(sites: [String]? = nil, lease: Double = 60) async throws -> Int64 {
    try await queue.register(
      WorkerDescription(
        host: "test", processID: 1, slots: 4, version: "test", sites: sites, leaseInSeconds: lease))
  }

  func claim(_ most: Int, _ kinds: [String] = ["extract", "bootstrap", "aggregate"], for worker: Int64)
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
      "SELECT trabecula.advance_queues('{extract,bootstrap,aggregate}', NULL, -2147483648)")
    return try await connection.query("SELECT min(from_task) FROM trabecula.ready_queue").scalar(
      as: Int64.self)
  }

  /// Ends the lease of a worker as if it had been silent, and does maintenance.
  func lose(_ worker: Int64) async throws -> MaintenanceCounts {
    try await connection.execute(
      "UPDATE trabecula.worker SET lease_until = now() - interval '1 second' WHERE worker_id = $1", worker)
    return try await queue.maintain()
  }
}
