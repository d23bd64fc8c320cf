import Postgres
import TestSupport
import Testing

@Suite struct `A pipeline` {
  private let insertion = "INSERT INTO t VALUES ($1) RETURNING n"

  private func withTable(_ body: (PostgresConnection) async throws -> Void) async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n bigint CONSTRAINT positive CHECK (n > 0))")
      try await body(db)
    }
  }

  @Test func `returns the rows of each statement, in order`() async throws {
    try await withTable { db in
      let rows = try await db.pipeline((1...100).map { PostgresStatement(insertion, $0) })
      #expect(try rows.map { try $0.scalar(as: Int.self) } == Array(1...100))
      #expect(try await db.pipeline([]).isEmpty)
    }
  }

  @Test func `with a failing statement in the middle does nothing, and names that statement`() async throws {
    try await withTable { db async throws in
      let statements =
        [1, 2, -3, 4].map { PostgresStatement(insertion, $0) } + [PostgresStatement("SELECT 1")]
      for _ in 0..<3 {
        let error = await #expect(throws: PostgresError.self) { try await db.pipeline(statements) }
        #expect(error?.constraint == "positive")
        #expect(error?.statement == insertion)
        #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
      }
    }
  }

  @Test func `of independent statements tells how each fared`() async throws {
    try await withTable { db in
      for _ in 0..<2 {
        let outcomes = try await db.pipelineEach([1, -2, 3].map { PostgresStatement(insertion, $0) })
        #expect(try outcomes[0].get().scalar(as: Int.self) == 1)
        #expect(throws: PostgresError.self) { try outcomes[1].get() }
        #expect(try outcomes[2].get().scalar(as: Int.self) == 3)
      }
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 4)
    }
  }

  @Test func `joins the transaction it is in`() async throws {
    try await withTable { db async throws in
      await #expect(throws: PostgresError.self) {
        try await db.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          try session.pipeline([PostgresStatement(insertion, 2), PostgresStatement(insertion, -1)])
        }
      }
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `larger than all buffers on the way gets through`() async throws {
    try await withTable { db in
      let text = String(repeating: "x", count: 100_000)
      let rows = try await db.pipeline((0..<200).map { _ in PostgresStatement("SELECT $1", text) })
      #expect(try rows.allSatisfy { try $0.scalar(as: String.self) == text })
    }
  }

  @Test func `stops at its deadline, and the connection goes on`() async throws {
    try await withTable { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.pipeline(
          [PostgresStatement(insertion, 1), PostgresStatement("SELECT pg_sleep(3600)")],
          timeout: .milliseconds(50))
      }
      #expect(error?.code == .timeout)
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `works without prepared statements`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let db = try await PostgresConnection.connect(
        to: PostgresConfiguration(connectionString, preparesStatements: false))
      for _ in 0..<3 {
        let rows = try await db.pipeline((1...5).map { PostgresStatement("SELECT $1", $0) })
        #expect(try rows.map { try $0.scalar(as: Int.self) } == Array(1...5))
        #expect(try await db.query("SELECT $1", 7).scalar(as: Int.self) == 7)
      }
      #expect(try await db.query("SELECT count(*) FROM pg_prepared_statements").scalar(as: Int.self) == 0)
      let error = await #expect(throws: PostgresError.self) { try await db.listen(to: "news") }
      #expect(error?.code == .usage)
    }
  }
}

@Suite struct `Prepared statements` {
  @Test func `are made at the second use and shared by a pipeline`() async throws {
    try await TestDatabase.withConnection { db in
      let count = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1'"
      for _ in 0..<5 { try await db.query("SELECT $1", 1) }
      try await db.pipeline((0..<5).map { PostgresStatement("SELECT $1", $0) })
      #expect(try await db.query(count).scalar(as: Int.self) == 1)
    }
  }

  @Test func `survive a change of the table they read`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
      for _ in 0..<3 { #expect(try await db.query("SELECT * FROM t").columns == ["n"]) }
      try await db.execute("ALTER TABLE t ADD COLUMN m int")
      for _ in 0..<3 { #expect(try await db.query("SELECT * FROM t").columns == ["n", "m"]) }
    }
  }

  @Test func `deallocated behind our back are made anew`() async throws {
    try await TestDatabase.withConnection { db in
      for _ in 0..<3 { try await db.query("SELECT $1", 1) }
      try await db.execute("DEALLOCATE ALL")
      for _ in 0..<3 { #expect(try await db.query("SELECT $1", 2).scalar(as: Int.self) == 2) }
    }
  }

  @Test func `stay within their number`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.perform { session in
        for n in 0..<300 {
          for _ in 0..<2 { try session.query("SELECT \(n)") }
        }
      }
      let count = try await db.query("SELECT count(*) FROM pg_prepared_statements").scalar(as: Int.self)
      #expect(count == 256)
    }
  }
}
