import DatabaseSchema
import Foundation
import Postgres
import PrivateServer
import SchemaMigration
import Subprocess
import SystemPackage
import TaskQueue

/// Takes the measurements.
struct Bench: Sendable {
  let server: PrivatePostgres
  let seconds: Int
  let repeats: Int

  struct Figure: Sendable {
    var rate: Double
    /// Write-ahead log, bytes a task.
    var logBytes: Double
    /// Of the rate that the first contender had in the same round.
    var share = 1.0
  }

  var target: String { server.connectionString(database: "postgres") }

  /// The median of each contender. They take short turns, because the disk and the neighbours of a shared machine change
  /// within a minute, and a share is the median of the rounds' shares, not the quotient of two medians. Those that work
  /// on the same tables share them; all rounds go on with what the last one left, as in a long run: index entries of
  /// what was claimed before are there until autovacuum comes.
  func medians(_ contenders: [Contender], clients: Int, batch: Int, ended: Int = 0) async throws
    -> [Contender: Figure]
  {
    for (_, sharers) in Dictionary(grouping: contenders, by: \.tables) {
      let most = min(60_000, 8_000 * batch) * seconds * repeats * sharers.count
      try await prepare(sharers[0], ready: most, ended: ended)
    }
    var figures: [Contender: [Figure]] = [:]
    for _ in 0..<repeats {
      try await query("CHECKPOINT")
      var first: Double?
      for contender in contenders {
        var figure = try await measure(contender, clients: clients, batch: batch, seconds: seconds)
        first = first ?? figure.rate
        figure.share = figure.rate / (first ?? figure.rate)
        figures[contender, default: []].append(figure)
      }
    }
    return figures.mapValues { found in
      Figure(
        rate: median(found.map(\.rate)), logBytes: median(found.map(\.logBytes)),
        share: median(found.map(\.share)))
    }
  }

  private func query(_ sql: String) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    try await connection.query(sql, timeout: .seconds(600))
    await connection.close()
  }

  func prepare(_ contender: Contender, ready: Int, ended: Int = 0) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    _ = try await SchemaMigrator(DatabaseSchema.files).migrate(connection)
    for script in contender.preparation(ready: ready, ended: ended) + ["CHECKPOINT"] {
      try await connection.execute(script: script, timeout: .seconds(3600))
    }
    await connection.close()
  }

  func measure(_ contender: Contender, clients: Int, batch: Int, seconds: Int) async throws -> Figure {
    let connection = try await PostgresConnection.connect(to: target)
    let ready = try await remainder(contender, connection)
    let position = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
    let before = try await connection.query("SELECT (\(position))::float8").scalar(as: Double.self)
    let start = ContinuousClock.now
    if let script = contender.script(batch: batch) {
      try await pgbench(script, clients, seconds, firstWorker: try await workers(clients, connection))
    } else {
      try await work(clients, batch, until: start + .seconds(seconds))
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let after = try await connection.query("SELECT (\(position))::float8").scalar(as: Double.self)
    let left = try await remainder(contender, connection)
    await connection.close()
    guard left > clients * batch else {
      throw PostgresError(.usage, "\(contender.rawValue): the tasks ran out; measure for a shorter time")
    }
    let done = Double(ready - left)
    return Figure(rate: done / elapsed, logBytes: (after - before) / done)
  }

  private func remainder(_ contender: Contender, _ connection: PostgresConnection) async throws -> Int {
    try await connection.query(PostgresStatement(contender.remainder), timeout: .seconds(600))
      .scalar(as: Int.self)
  }

  /// Registers workers with consecutive numbers.
  private func workers(_ count: Int, _ connection: PostgresConnection) async throws -> Int64 {
    var first: Int64 = 0
    for index in 0..<count {
      let id = try await register(TaskQueue(connection))
      if index == 0 { first = id }
    }
    return first
  }

  private func register(_ queue: TaskQueue) async throws -> Int64 {
    try await queue.register(
      WorkerDescription(
        host: "bench", processID: 1, slots: 1, version: "bench", sites: nil, leaseInSeconds: 36_000))
  }

  private func pgbench(_ script: String, _ clients: Int, _ seconds: Int, firstWorker: Int64) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("cycle-\(UUID().uuidString).sql")
    try Data(script.utf8).write(to: file)
    let variables = server.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
    let outcome = try await Subprocess.run(
      .name("pgbench"),
      arguments: [
        "-n", "-M", "prepared", "-c", "\(clients)", "-j", "\(min(clients, 2))", "-T", "\(seconds)", "-D",
        "first_worker=\(firstWorker)", "-f", file.path, "postgres",
      ],
      environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)),
      output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
    try FileManager.default.removeItem(at: file)
    guard outcome.terminationStatus.isSuccess else {
      throw PostgresError(.usage, "pgbench failed (package postgresql): \(outcome.standardError)")
    }
  }

  private func work(_ clients: Int, _ batch: Int, until deadline: ContinuousClock.Instant) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<clients {
        group.addTask {
          let connection = try await PostgresConnection.connect(to: target)
          let queue = TaskQueue(connection)
          let worker = try await register(queue)
          var held = try await queue.claim(upTo: batch, kinds: ["nap"], for: worker)
          while ContinuousClock.now < deadline {
            let (verdicts, claimed) = try await queue.complete(
              held, claimingUpTo: batch, kinds: ["nap"], for: worker)
            precondition(verdicts.count == held.count && verdicts.values.allSatisfy { $0 == .ok })
            held = claimed
          }
          await connection.close()
        }
      }
      try await group.waitForAll()
    }
  }

  func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

extension Bench {
  /// Rates without and with a snapshot that is held open all the time, and in the last tenth of that time.
  func underSnapshot(_ contender: Contender, seconds: Int) async throws -> (
    free: Double, kept: Double, last: Double
  ) {
    // More than any contender was seen to end: 60,000 a second.
    let ready = 80_000 * seconds
    try await prepare(contender, ready: ready)
    let free = try await measure(contender, clients: 4, batch: 50, seconds: seconds).rate
    try await prepare(contender, ready: ready)
    let holder = try await PostgresConnection.connect(to: target)
    try await holder.execute(script: "BEGIN ISOLATION LEVEL REPEATABLE READ")
    try await holder.query("SELECT count(*) FROM pg_class")
    let most = seconds * 9 / 10
    let early = try await measure(contender, clients: 4, batch: 50, seconds: most).rate
    let last = try await measure(contender, clients: 4, batch: 50, seconds: max(1, seconds - most)).rate
    try await holder.execute(script: "ROLLBACK")
    await holder.close()
    return (free, (early * Double(most) + last * Double(seconds - most)) / Double(seconds), last)
  }

  /// Seconds to enqueue so many tasks with a payload as an extraction has.
  func enqueue(_ count: Int) async throws -> (queue: Double, plain: Double) {
    try await prepare(.client, ready: 1)
    try await prepare(.plainTable, ready: 1)
    let connection = try await PostgresConnection.connect(to: target)
    let payloads = (0..<count).map {
      #"{"image": "site/case-\#($0)/t2.nii.gz", "label": 1, "mask": "m.nii.gz"}"#
    }
    var start = ContinuousClock.now
    try await connection.transaction { session in
      let job = try TaskQueue.planJob(key: Array("enqueue \(count)".utf8), name: "bench", in: session).job
      _ = try TaskQueue.plan(
        [StageDraft(kind: "nap", tasks: payloads.map { TaskDraft(payload: $0) })], of: job, in: session)
      try TaskQueue.start(job: job, in: session)
    }
    let queue = (ContinuousClock.now - start) / .seconds(1)
    start = .now
    try await connection.transaction { session in
      for first in stride(from: 0, to: count, by: 10_000) {
        try session.execute(
          "INSERT INTO plain_task SELECT $1 + n, 'ready', NULL, body FROM unnest($2::jsonb[]) WITH ORDINALITY AS t(body, n)",
          Int64(first + 10), payloads[first..<min(count, first + 10_000)].map { PostgresJSON($0) })
      }
    }
    let plain = (ContinuousClock.now - start) / .seconds(1)
    await connection.close()
    return (queue, plain)
  }

  /// A Python queue, the number of its processes and of tasks that each fetches at a time.
  struct PythonQueue {
    let name: String
    let processes: Int
    let batch: Int

    static let all = [
      PythonQueue(name: "procrastinate", processes: 1, batch: 1),
      PythonQueue(name: "procrastinate", processes: 4, batch: 1),
      PythonQueue(name: "pgqueuer", processes: 1, batch: 10),
      PythonQueue(name: "pgqueuer", processes: 4, batch: 10),
      PythonQueue(name: "pgqueuer", processes: 4, batch: 50),
    ]
  }

  /// Tasks a second of a Python queue, which makes its own tables in a database of its own.
  func rate(of queue: PythonQueue, _ python: String) async throws -> Double {
    let connection = try await PostgresConnection.connect(to: target)
    var found: [Double] = []
    for _ in 0..<repeats {
      try await connection.execute("DROP DATABASE IF EXISTS peer WITH (FORCE)")
      try await connection.execute("CREATE DATABASE peer", timeout: .seconds(600))
      let outcome = try await Subprocess.run(
        python.contains("/") ? .path(FilePath(python)) : .name(python),
        arguments: [
          "Benchmarks/queue/peers.py", queue.name, server.socketFolder.path, PrivatePostgres.name,
          "\(seconds)",
          "\(queue.processes)", "\(queue.batch)",
        ], output: .string(limit: 1 << 16), error: .string(limit: 1 << 20))
      guard let rate = Double(outcome.standardOutput.split(separator: "\n").last ?? "") else {
        throw PostgresError(.usage, "peers.py \(queue.name) failed: \(outcome.standardError)")
      }
      found.append(rate)
    }
    await connection.close()
    return median(found)
  }
}
