import CommandSupport
import Foundation
import Postgres
import PrivateServer

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
          WHERE datname = current_database() AND application_name = 'trabecula worker'
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
    let proxies = await run.slots.map { ($0.proxy, $0.proxy.connections) }
    try await setDatabase("default_transaction_read_only", "on")
    _ = try await terminateSessions()
    for (proxy, before) in proxies { try await proxy.connected(atLeast: before + 2) }
    try await run.link.call {
      try await $0.execute(script: "ALTER DATABASE \(database) RESET default_transaction_read_only")
    }
    return true
  }

  /// Fills the disk until a worker is told so, then frees it.
  func fillDisk() async throws -> Bool {
    guard let folder else { return false }
    let ballast = folder.appendingPathComponent("ballast")
    let proxies = await run.slots.map(\.proxy)
    try SmallDisk.fill(ballast)
    let isNoticed = await noticed(by: proxies)
    try FileManager.default.removeItem(at: ballast)
    // Joins it where it still runs.
    await run.rejoin(try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable))
    return isNoticed
  }

  /// Waits until a worker is told of the full disk, or its session ends because the server went down over it.
  private func noticed(
    by proxies: [WireProxy], as states: Set<String> = ["53100", "57P01", "57P02", "57P03", WireProxy.hangUp]
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      for proxy in proxies {
        group.addTask {
          // Cancelled when the study is over.
          (try? await proxy.error(states)) != nil
        }
      }
      let first = await group.next() ?? false
      group.cancelAll()
      return first
    }
  }

  /// A completion waits for a lock that the harness has, and the harness asks for one that the completion has.
  func deadlock() async throws -> Bool {
    let connection = try await PostgresConnection.connect(
      to: await run.server.connectionString(database: run.database))
    let before = await errors("40P01")
    do {
      try await connection.transaction { session in
        // Only the workers look for deadlocks, so only they become victims.
        try session.execute("SET LOCAL deadlock_timeout = '1h'")
        try session.query("SELECT FROM trabecula.stage_shard FOR UPDATE")
        try Self.waitForWaiter(session)
        try session.query(
          "SELECT FROM trabecula.live_task WHERE state = 'running' FOR UPDATE", timeout: .seconds(20))
      }
    }
    await connection.close()
    return await errors("40P01") > before
  }

  /// A completion waits for a row that another transaction then changes, which repeatable read does not stand.
  func conflict() async throws -> Bool {
    let connection = try await PostgresConnection.connect(
      to: await run.server.connectionString(database: run.database))
    let proxies = await run.slots.map(\.proxy)
    async let isNoticed = noticed(by: proxies, as: ["40001"])
    try await connection.transaction { session in
      try session.execute("UPDATE trabecula.stage_shard SET total = total")
      try Self.waitForWaiter(session)
    }
    await connection.close()
    return await isNoticed
  }

  /// Until somebody waits for a lock, which the server announces nowhere.
  private static func waitForWaiter(_ session: PostgresSession) throws {
    for _ in 0..<4000 {
      let someoneWaits = try session.query("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
      if try someoneWaits.scalar(as: Bool.self) { return }
      usleep(2_000)
    }
    throw ProgramFailure("nobody waited for a lock")
  }

  private func errors(_ state: String) async -> Int {
    await run.slots.map { $0.proxy.errors(state) }.reduce(0, +)
  }
}
