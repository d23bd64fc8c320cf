import ArgumentParser
import DatabaseSchema
import Foundation
import PoolerSupport
import Postgres
import PrivateServer
import SchemaMigration
import TaskQueue
import WorkerCore

/// A thousand workers of eight slots in one process, through pgbouncer in transaction mode: real connections, the
/// real client of the queue, the real rules of when to look for work; only the tasks sleep.
@main
struct WorkerFleet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker-fleet",
    abstract: "Simulate a fleet of workers with sleeping tasks behind a transaction pooler.",
    discussion: """
      Prints how long the longest task waited while some worker had a free slot, and how many statements a second the \
      database was sent while the fleet was busy and while it was idle.
      """)

  @Option(help: "Workers.") var workers = 1000
  @Option(help: "Slots of each.") var slots = 8
  @Option(help: "Sessions of the server that the pooler shares out.") var sessions = 20
  @Option(help: "Tasks of the study, in two stages.") var tasks = 40_000
  @Option(help: "Longest sleep of a task, in seconds; uniform from a tenth of it.") var sleep = 4.0
  @Option(help: "Seconds to measure the idle fleet, after it has settled.") var idle = 120.0
  @Option(help: "Longest seconds between two looks for work of an idle worker.") var pollInterval =
    PollPolicy.longest / .seconds(1)

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fleet-\(UUID().uuidString)")
    let server = try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable)
    let direct = try await PostgresConnection.connect(to: server.connectionString())
    _ = try await SchemaMigrator(DatabaseSchema.files).migrate(direct)
    try await direct.execute(
      script: """
        SELECT queue.define_kind('nap', place => 1, completes_plainly => true);
        SELECT queue.define_kind('sleep', place => 2, completes_plainly => true);
        """)
    try await TransactionPooler.with(server, database: PrivatePostgres.name, sessions: sessions) { pooled in
      try await simulate(direct, pooled)
    }
    await direct.close()
    try await server.stop()
    try FileManager.default.removeItem(at: folder)
  }

  private func simulate(_ direct: PostgresConnection, _ pooled: String) async throws {
    let observer = FleetObserver(workers: workers, slots: slots)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<workers {
        let worker = FleetWorker(
          number: number, slots: slots, longestSleep: sleep,
          poll: PollPolicy(longest: .seconds(pollInterval)),
          observer: observer)
        group.addTask { try await worker.run(pooled) }
      }
      group.addTask {
        try await measure(direct, observer)
        throw CancellationError()
      }
      do {
        while try await group.next() != nil {}
      } catch is CancellationError {
        group.cancelAll()
      }
    }
  }

  /// Settles, submits, waits for the end, and measures the idle fleet.
  private func measure(_ direct: PostgresConnection, _ observer: FleetObserver) async throws {
    try await observer.allHaveStarted()
    print("\(workers) workers of \(slots) slots through pgbouncer, \(sessions) sessions of the server")
    let start = ContinuousClock.now
    let before = await observer.statements
    let job = try await submit(direct)
    await observer.submitted()
    var record = "running"
    while record == "running" {
      try await Task.sleep(for: .milliseconds(200))
      record = try await direct.query("SELECT state FROM queue.job WHERE job_id = $1", job).scalar(
        as: String.self)
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let busy = Double(await observer.statements - before) / elapsed
    print("| busy | |\n|---|---|")
    print("| tasks ended, state of the job | \(await observer.ended), \(record) |")
    print("| seconds, tasks a second | \(text(elapsed)), \(text(Double(tasks) / elapsed)) |")
    print("| statements a second, a task | \(text(busy)), \(text(busy * elapsed / Double(tasks))) |")
    print("| tasks of a claim, mean | \(text(await observer.meanClaim)) |")
    try await waits(direct, observer)
    // Waits double, so after three times the longest interval every worker has reached it.
    print("the fleet settles for \(Int(pollInterval * 2)) s, then is measured for \(Int(idle)) s")
    try await Task.sleep(for: .seconds(pollInterval * 2))
    let first = await observer.statements
    try await Task.sleep(for: .seconds(idle))
    let rate = Double(await observer.statements - first) / idle
    print("| idle | |\n|---|---|")
    print(
      "| statements a second, for a hundred workers | \(text(rate)), \(text(rate * 100 / Double(workers))) |")
    let lost = try await direct.query("SELECT count(*) FROM queue.worker WHERE state <> 'active'").scalar(
      as: Int.self)
    print("| workers that the database holds for lost | \(lost) |")
  }

  private func submit(_ direct: PostgresConnection) async throws -> Int64 {
    try await direct.transaction { session in
      let job = try TaskQueue.planJob(key: Array("fleet".utf8), name: "fleet", in: session).job
      let half = (0..<tasks / 2).map { _ in TaskDraft(payload: "{}") }
      _ = try TaskQueue.plan(
        [StageDraft(kind: "nap", tasks: half), StageDraft(kind: "sleep", tasks: half)], of: job,
        in: session)
      try TaskQueue.start(job: job, in: session)
      return job
    }
  }

  /// How long tasks were ready, and the fleet had a free slot, before they were claimed.
  private func waits(_ direct: PostgresConnection, _ observer: FleetObserver) async throws {
    let rows = try await direct.query(
      """
      SELECT extract(epoch FROM s.opened_at)::float8, extract(epoch FROM h.claimed_at)::float8
        FROM queue.task_history h JOIN queue.stage s USING (job_id, kind)
      """, timeout: .seconds(600))
    var longest = 0.0
    var longestWithFreeSlot = 0.0
    for row in rows {
      let opened: Double = try row.decode(at: 0)
      let claimed: Double = try row.decode(at: 1)
      longest = max(longest, claimed - opened)
      longestWithFreeSlot = max(longestWithFreeSlot, await observer.freeSeconds(from: opened, to: claimed))
    }
    print("| longest wait of a task, s | \(text(longest)) |")
    print("| longest wait of a task while a slot was idle, s | \(text(longestWithFreeSlot)) |")
  }

  private func text(_ value: Double) -> String { String(format: "%.2f", value) }
}
