import DatabaseSchema
import Foundation
import Postgres
import PrivateServer
import Subprocess
import TaskQueue

/// Claim and complete tasks a second: the queue with all its guarantees against one plain table driven by pgbench,
/// both on the same private PostgreSQL, in turn, cell by cell.
@main
struct QueueRate {
  /// Seconds that each cell is measured, after the tasks are there.
  static let seconds = 5
  static let cells: [(clients: Int, batch: Int)] = [(1, 1), (4, 1), (1, 10), (4, 10), (1, 50), (4, 50)]

  static func main() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trabecula-bench-\(UUID().uuidString)")
    let server = try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable)
    defer { try? FileManager.default.removeItem(at: folder) }
    let target = server.connectionString(database: "postgres")
    let connection = try await PostgresConnection.connect(to: target)
    _ = try await SchemaMigrator(DatabaseSchema.file()).migrate(connection)
    print("clients  batch  plain table (pgbench)  queue  ratio")
    for cell in cells {
      let plain = try await PlainTable(server: server).rate(cell.clients, cell.batch, connection)
      let queue = try await queueRate(cell.clients, cell.batch, target, connection)
      print(
        String(
          format: "%7d  %5d  %14.0f tasks/s  %6.0f tasks/s  %.2f", cell.clients, cell.batch, plain, queue,
          queue / plain))
    }
    await connection.close()
    try await server.stop()
  }

  /// Tasks a second that so many workers claim and complete in batches.
  static func queueRate(_ clients: Int, _ batch: Int, _ target: String, _ connection: PostgresConnection)
    async throws -> Double
  {
    try await submit(connection, tasks: 60_000 * (batch == 1 ? 1 : 4))
    let start = ContinuousClock.now
    let deadline = start + .seconds(seconds)
    let done = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<clients {
        group.addTask { try await work(until: deadline, batch, target) }
      }
      return try await group.reduce(0, +)
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    try await connection.execute("TRUNCATE trabecula.live_task")
    return Double(done) / elapsed
  }

  static func work(until deadline: ContinuousClock.Instant, _ batch: Int, _ target: String) async throws
    -> Int
  {
    let connection = try await PostgresConnection.connect(to: target)
    let queue = TaskQueue(connection)
    let worker = try await queue.register(
      WorkerDescription(
        host: "bench", processID: 1, slots: batch, version: "bench", sites: nil, leaseInSeconds: 600))
    var done = 0
    while ContinuousClock.now < deadline {
      let tasks = try await queue.claim(upTo: batch, kinds: ["extract"], for: worker)
      done += try await queue.complete(tasks, by: worker).count
    }
    await connection.close()
    return done
  }

  static func submit(_ connection: PostgresConnection, tasks: Int) async throws {
    try await connection.execute(
      "INSERT INTO trabecula.cohort (name) VALUES ('bench') ON CONFLICT DO NOTHING")
    try await connection.transaction { session in
      let job = try session.query(
        """
        INSERT INTO trabecula.job (key, name, study, cohort_id)
          VALUES (sha256(nextval('trabecula.fence')::text::bytea), 'bench', '{}', 1) RETURNING job_id
        """
      ).scalar(as: Int64.self)
      _ = try TaskQueue.plan(
        [StageDraft(kind: "extract", tasks: (0..<tasks).map { _ in TaskDraft(payload: "{}") })], of: job,
        in: session)
      try TaskQueue.openFirstStage(of: job, in: session)
    }
    try await connection.execute("VACUUM ANALYZE trabecula.live_task")
  }
}
