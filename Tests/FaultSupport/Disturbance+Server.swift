import Cancellation
import Foundation
import Postgres
import PrivateServer
import WorkerCore

extension Disturbance {
  func restart(_ mode: PrivatePostgres.StopMode) async throws -> Bool {
    guard let folder else { return false }
    try await run.restartServer(mode, in: folder)
    return true
  }

  func terminateSessions() async throws -> Int {
    try await run.link.call {
      try await $0.query(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'trabecula worker%'
        """
      ).scalar(as: Int.self)
    }
  }

  func setDatabase(_ setting: String, _ value: String) async throws {
    let database = run.database
    try await run.link.call {
      try await $0.execute(script: "ALTER DATABASE \(database) SET \(setting) = \(value)")
    }
  }

  /// New sessions cannot write and the old ones end, as after a failover; until a worker has noticed.
  func makeReadOnly() async throws -> Bool {
    let database = run.database
    let slots = await run.slots.map { ($0, $0.proxy.connections) }
    try await setDatabase("default_transaction_read_only", "on")
    _ = try await terminateSessions()
    for (slot, before) in slots { try await connected(slot, atLeast: before + 2) }
    try await run.link.call {
      try await $0.execute(script: "ALTER DATABASE \(database) RESET default_transaction_read_only")
    }
    return true
  }

  /// Waits until a worker has connected so often, or has ended because its site has no task left.
  private func connected(_ slot: StudyRun.Slot, atLeast count: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await slot.proxy.connected(atLeast: count) }
      group.addTask { _ = try await slot.process?.end() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Fills the disk until a worker is told so, then frees it.
  func fillDisk() async throws -> Bool {
    guard let folder else { return false }
    let ballast = folder.appendingPathComponent("ballast")
    let signs = await signs(["53100", "57P01", "57P02", "57P03", WireProxy.hangUp])
    try SmallDisk.fill(ballast)
    faultIsThere.resolve(.success(()))
    let result: Result<Bool, any Error>
    do { result = .success(try await noticed(signs)) } catch { result = .failure(error) }
    try FileManager.default.removeItem(at: ballast)
    // Joins it where it still runs.
    await run.rejoin(try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable))
    return try result.get()
  }

  /// By which a worker is known to have noticed a fault: one of these answers of the server, beyond those that it had before.
  private struct Signs {
    let states: Set<String>
    let before: [(proxy: WireProxy, errors: Int)]
  }

  private func signs(_ states: Set<String>) async -> Signs {
    Signs(states: states, before: await run.slots.map { ($0.proxy, $0.proxy.errors(states)) })
  }

  /// Waits until a worker is told of the fault; of a full disk, or that its session ends because the server went down over it.
  private func noticed(_ signs: Signs) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for (proxy, errors) in signs.before {
        group.addTask {
          do {
            try await proxy.error(signs.states, beyond: errors)
            return true
          } catch is CancellationError {
            // The study is over.
            return false
          }
        }
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
  }

  /// A completion waits for a lock that the harness has, and the harness asks for one that the completion has.
  func deadlock() async throws -> Bool {
    let before = await errors("40P01")
    let faultIsThere = faultIsThere
    while await errors("40P01") == before {
      try await ownTransaction { session in
        // Only the worker looks for deadlocks, once, a second after its wait began. So it becomes the victim; or, where the
        // harness came later than that, nobody, and the harness gives up first.
        try session.execute("SET LOCAL deadlock_timeout = '1h'")
        try session.query("SELECT FROM queue.stage_shard FOR UPDATE")
        faultIsThere.resolve(.success(()))
        guard let waiting = try Self.waitForWaiter(session) else { return }
        try session.query(
          """
          SELECT FROM queue.live_task l WHERE l.state = 'running' AND l.worker_id IN (
              SELECT w.worker_id FROM queue.worker w WHERE w.login = $1)
            ORDER BY l.task_id FOR UPDATE
          """, waiting)
      }
    }
    return true
  }

  /// A completion waits for a row that another transaction then changes, which repeatable read does not stand.
  func conflict() async throws -> Bool {
    let signs = await signs(["40001"])
    let faultIsThere = faultIsThere
    var someoneWaited = false
    while !someoneWaited {
      someoneWaited = try await ownTransaction { session in
        try session.execute("UPDATE queue.stage_shard SET total = total")
        faultIsThere.resolve(.success(()))
        return try Self.waitForWaiter(session) != nil
      }
    }
    return try await noticed(signs)
  }

  /// An administrator cancels a completion that waits.
  func cancelStatement() async throws -> Bool {
    let signs = await signs(["57014"])
    let faultIsThere = faultIsThere
    var isCancelled = false
    while !isCancelled {
      isCancelled = try await ownTransaction { session in
        try session.query("SELECT FROM queue.stage_shard FOR UPDATE")
        faultIsThere.resolve(.success(()))
        guard try Self.waitForWaiter(session) != nil else { return false }
        return try session.query(
          """
          SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) > 0 FROM pg_stat_activity
            WHERE datname = current_database() AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
              AND application_name LIKE 'trabecula worker%'
          """
        ).scalar(as: Bool.self)
      }
    }
    return try await noticed(signs)
  }

  /// A transaction of the harness itself. Where the server does not give it a lock in time it begins anew: on a busy
  /// machine that says nothing about the programs.
  @discardableResult
  private func ownTransaction<Value: Sendable>(
    _ body: @Sendable (PostgresSession) throws -> Value
  ) async throws -> Value {
    while true {
      try Task.checkCancellation()
      let target = await run.server.connectionString(database: run.database)
      let result: Result<Value, any Error>
      do {
        let connection = try await PostgresConnection.connect(to: target)
        do {
          result = .success(
            try await connection.transaction { session in
              try session.execute("SET LOCAL lock_timeout = '3s'")
              return try body(session)
            })
        } catch {
          result = .failure(error)
        }
        await connection.close()
      }
      if case .failure(let error as PostgresError) = result, error.isTransient { continue }
      return try result.get()
    }
  }

  /// Until a worker waits for a lock of this session, which the server announces nowhere.
  /// - Returns: its login; nil where none came within some seconds.
  private static func waitForWaiter(_ session: PostgresSession) throws -> String? {
    for _ in 0..<1500 {
      // Else the list of sessions stays as it was at first.
      try session.query("SELECT pg_stat_clear_snapshot()")
      let waiter = try session.query(
        """
        SELECT usename::text FROM pg_stat_activity
          WHERE datname = current_database() AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
            AND application_name LIKE 'trabecula worker%' LIMIT 1
        """)
      if let first = waiter.first { return try first.decode(at: 0) }
      usleep(2_000)
    }
    return nil
  }

  private func errors(_ state: String) async -> Int {
    await run.slots.map { $0.proxy.errors([state]) }.reduce(0, +)
  }
}
