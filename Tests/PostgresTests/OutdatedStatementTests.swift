import Postgres
import TestSupport
import Testing

/// A migration replaces functions beside running programs, whose prepared statements then fit them no more.
@Suite struct `A statement that was prepared for a function with another result` {
  private let call = "SELECT * FROM f($1)"
  private let old = "CREATE FUNCTION f(a int) RETURNS TABLE (n int) LANGUAGE sql AS 'SELECT a'"
  private let new = """
    DROP FUNCTION f;
    CREATE FUNCTION f(a int) RETURNS TABLE (n int, note text) LANGUAGE sql AS $$ SELECT a, 'new' $$;
    """

  /// A session that has prepared the call, and another that migrates.
  private func withPrepared(_ body: (PostgresConnection, PostgresConnection) async throws -> Void)
    async throws
  {
    try await TestDatabase.withFresh { target in
      let migrator = try await PostgresConnection.connect(to: target)
      try await migrator.execute(script: old)
      let worker = try await PostgresConnection.connect(to: target)
      for _ in 0..<3 { #expect(try await worker.query(call, Int32(1)).scalar(as: Int.self) == 1) }
      try await body(worker, migrator)
    }
  }

  @Test func `is prepared anew`() async throws {
    try await withPrepared { worker, migrator in
      try await migrator.execute(script: new)
      for _ in 0..<4 {
        #expect(try await worker.query(call, Int32(1)).only().decode(Int.self, String.self).1 == "new")
      }
    }
  }

  @Test func `is prepared anew in a pipeline, which is carried out once`() async throws {
    try await withPrepared { worker, migrator in
      try await migrator.execute(script: "CREATE TABLE t (n int)")
      let statements = [
        PostgresStatement("INSERT INTO t VALUES ($1)", Int32(1)), PostgresStatement(call, Int32(1)),
        PostgresStatement("INSERT INTO t VALUES ($1)", Int32(2)),
      ]
      for _ in 0..<3 { try await worker.pipeline(statements) }
      try await migrator.execute(script: new)
      #expect(try await worker.pipeline(statements)[1].only().decode(Int.self, String.self).1 == "new")
      #expect(try await worker.query("SELECT count(*) FROM t").scalar(as: Int.self) == 8)
    }
  }

  @Test func `fails a transaction as something to try again`() async throws {
    try await withPrepared { worker, migrator in
      try await migrator.execute(script: new)
      let transaction: @Sendable (PostgresSession) throws -> String = {
        let row = try $0.query("SELECT * FROM f($1)", Int32(1)).only()
        return try row.decode(Int.self, String.self).1
      }
      let error = await #expect(throws: PostgresError.self) { try await worker.transaction(transaction) }
      #expect(error?.isOutdated == true)
      #expect(error?.isTransient == true)
      #expect(try await worker.transaction(transaction) == "new")
    }
  }

  @Test func `of another signature fails once and for all`() async throws {
    try await withPrepared { worker, migrator in
      try await migrator.execute(
        script: "DROP FUNCTION f; CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'")
      for _ in 0..<4 {
        let error = await #expect(throws: PostgresError.self) { try await worker.query(call, Int32(1)) }
        #expect(error?.sqlState == .undefinedFunction)
        #expect(error?.isTransient == false)
      }
    }
  }
}
