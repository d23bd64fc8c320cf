import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// Waits for another session to be in a statement that begins so; the server is asked, no time is assumed.
private func untilRunning(_ prefix: String, seenBy observer: PostgresConnection) async throws {
  try await observer.wait(
    until: """
      EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
          AND starts_with(query, '\(prefix)'))
      """)
}

@Suite(.timeLimit(.minutes(15))) struct `Interrupting a call` {
  @Test func `a deadline stops the statement, and the connection goes on`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.query("SELECT pg_sleep(3600)", timeout: .milliseconds(50))
      }
      #expect(error?.code == .timeout)
      #expect(error?.isTransient == true)
      #expect(error?.needsReconnect == false)
      #expect(try await db.query("SELECT 1").scalar(as: Int.self) == 1)
    }
  }

  @Test func `cancelling the task stops the statement, and the connection goes on`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let db = try await PostgresConnection.connect(to: connectionString)
      let observer = try await PostgresConnection.connect(to: connectionString)
      let sleep = Task { try await db.query("SELECT pg_sleep(3600)") }
      try await untilRunning("SELECT pg_sleep", seenBy: observer)
      sleep.cancel()
      let error = await #expect(throws: PostgresError.self) { try await sleep.value }
      #expect(error?.code == .cancelled)
      #expect(try await db.query("SELECT 1").scalar(as: Int.self) == 1)
    }
  }

  @Test func `a cancelled task sends nothing`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n int)")
      let call = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        try await db.execute("INSERT INTO t VALUES (1)")
      }
      let error = await #expect(throws: PostgresError.self) { try await call.value }
      #expect(error?.code == .cancelled)
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `cancelling inside a transaction rolls it back`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let db = try await PostgresConnection.connect(to: connectionString)
      let observer = try await PostgresConnection.connect(to: connectionString)
      try await db.execute("CREATE TABLE t (n int)")
      let work = Task {
        try await db.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          try session.query("SELECT pg_sleep(3600)")
        }
      }
      try await untilRunning("SELECT pg_sleep", seenBy: observer)
      work.cancel()
      let error = await #expect(throws: PostgresError.self) { _ = try await work.value }
      #expect(error?.code == .cancelled)
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test(arguments: [true, false])
  func `a terminated session is lost, and the error transient`(duringStatement: Bool) async throws {
    try await TestDatabase.withFresh { connectionString in
      let db = try await PostgresConnection.connect(to: connectionString)
      let killer = try await PostgresConnection.connect(to: connectionString)
      let backend = try await db.query("SELECT pg_backend_pid()").scalar(as: Int32.self)
      let call = duringStatement ? Task { try await db.query("SELECT pg_sleep(3600)") } : nil
      if duringStatement { try await untilRunning("SELECT pg_sleep", seenBy: killer) }
      #expect(try await killer.query("SELECT pg_terminate_backend($1, 5000)", backend).scalar(as: Bool.self))
      let error = await #expect(throws: PostgresError.self) {
        if let call { _ = try await call.value } else { try await db.query("SELECT 1") }
      }
      #expect(error?.code == .connectionLost)
      #expect(error?.isTransient == true)
      #expect(error?.needsReconnect == true)
      #expect(await db.isClosed)
      let again = await #expect(throws: PostgresError.self) { try await db.query("SELECT 1") }
      #expect(again?.code == .connectionLost)
    }
  }

  @Test func `a server that falls silent costs the timeout and the grace, and the connection`() async throws {
    try await TestDatabase.withConnection { db in
      let backend = try await db.query("SELECT pg_backend_pid()").scalar(as: Int32.self)
      #expect(kill(backend, SIGSTOP) == 0)
      let error = await #expect(throws: PostgresError.self) { try await db.query("SELECT 1", timeout: .zero) }
      #expect(kill(backend, SIGCONT) == 0)
      #expect(error?.code == .timeout)
      #expect(error?.needsReconnect == true)
      #expect(await db.isClosed)
    }
  }

  @Test func `a lock not given in time is transient`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let holder = try await PostgresConnection.connect(to: connectionString)
      let db = try await PostgresConnection.connect(to: connectionString)
      try await holder.execute(script: "CREATE TABLE t (n int)")
      try await holder.execute(script: "BEGIN; LOCK TABLE t")
      try await db.execute("SET lock_timeout = '10ms'")
      let error = await #expect(throws: PostgresError.self) { try await db.query("SELECT * FROM t") }
      #expect(error?.sqlState == .lockNotAvailable)
      #expect(error?.isTransient == true)
    }
  }

  @Test func `blocked connections leave the shared pool free`() async throws {
    try await TestDatabase.withFresh { connectionString in
      // More connections that block than the pool has threads.
      let sleepers = ProcessInfo.processInfo.activeProcessorCount + 2
      let observer = try await PostgresConnection.connect(to: connectionString)
      try await withThrowingTaskGroup { group in
        for _ in 0..<sleepers {
          let db = try await PostgresConnection.connect(to: connectionString)
          group.addTask { try await db.query("SELECT pg_sleep(3600)") }
        }
        let count =
          "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(3600)' AND state = 'active'"
        try await observer.wait(until: "(\(count)) >= \(sleepers)")
        group.cancelAll()
        while let result = await group.nextResult() {
          #expect(throws: PostgresError.self) { try result.get() }
        }
      }
    }
  }
}
