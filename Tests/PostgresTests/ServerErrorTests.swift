import Foundation
import Postgres
import TestSupport
import Testing

/// The error of a statement that must fail.
private func failure(
  _ db: PostgresConnection, _ sql: String, _ parameters: [any PostgresEncodable] = []
) async throws -> PostgresError {
  let statement = PostgresStatement(sql, parameters: parameters.map(\.postgresValue))
  return try #require(await #expect(throws: PostgresError.self) { try await db.query(statement) })
}

@Suite struct `Errors of the server` {
  @Test func `a syntax error carries SQLSTATE, statement and position, and the connection goes on`()
    async throws
  {
    try await TestDatabase.withConnection { db in
      let error = try await failure(db, "SELEC 1")
      #expect(error.code == .server)
      #expect(error.sqlState == .syntaxError)
      #expect(error.statement == "SELEC 1")
      #expect(error.position == 1)
      #expect(!error.isTransient && !error.needsReconnect)
      #expect(try await db.query("SELECT 1").scalar(as: Int.self) == 1)
    }
  }

  @Test func `the server's hint is passed on`() async throws {
    try await TestDatabase.withConnection { db in
      let error = try await failure(db, "SELECT no_such_function($1)", [1])
      #expect(error.sqlState == .undefinedFunction)
      #expect(error.hint?.isEmpty == false)
      #expect(error.description.contains("hint: "))
    }
  }

  @Test func `a violated constraint is named, and no value appears in the description`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (code text CONSTRAINT codes_are_unique UNIQUE)")
      try await db.execute("INSERT INTO t VALUES ($1)", "patient-17")
      let error = try await failure(db, "INSERT INTO t VALUES ($1)", ["patient-17"])
      #expect(error.sqlState == .uniqueViolation)
      #expect(error.constraint == "codes_are_unique")
      #expect(error.detail?.contains("patient-17") == true)
      #expect(!error.description.contains("patient-17"))
      #expect(error.description.contains("codes_are_unique"))
    }
  }

  @Test func `a message raised in a function arrives`() async throws {
    try await TestDatabase.withConnection { db in
      let block =
        "DO $$ BEGIN RAISE 'no such job' USING HINT = 'see job_progress', ERRCODE = 'no_data_found'; END $$"
      let error = try await failure(db, block)
      #expect(error.message == "no such job")
      #expect(error.hint == "see job_progress")
      #expect(error.sqlState == "P0002")
    }
  }

  @Test func `text with a zero byte is refused before it is cut short`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await failure(db, "SELECT 1 \0 FROM nowhere").code == .usage)
      #expect(try await failure(db, "SELECT $1", ["a\0b"]).sqlState == "22021")
    }
  }

  @Test func `COPY as a query is refused and does not hang`() async throws {
    try await TestDatabase.withConnection { db in
      let error = try await failure(db, "COPY pg_class TO STDOUT")
      #expect(error.code == .usage)
      #expect(error.needsReconnect)
    }
  }

  @Test func `several statements run as a script, as one transaction`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)")
      await #expect(throws: PostgresError.self) {
        try await db.execute(script: "DELETE FROM t; SELECT 1 / 0")
      }
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 2)
    }
  }
}

@Suite struct `What an error means for the caller` {
  @Test(
    arguments: [
      ("08006", true), ("57P01", true), ("57P02", true), ("57P03", true), ("40001", true), ("40P01", true),
      ("53300", true), ("53100", true), ("55P03", true), ("25006", true), ("23505", false), ("42601", false),
      ("22012", false), ("57014", true),
    ] as [(SQLState, Bool)])
  func `a SQLSTATE is transient or final`(state: SQLState, isTransient: Bool) {
    #expect(PostgresError(.server, "", sqlState: state).isTransient == isTransient)
  }

  @Test func `a refused password is final, an unreachable server is not`() {
    #expect(!PostgresError(.connectionFailed, "", sqlState: "28P01").isTransient)
    #expect(PostgresError(.connectionFailed, "").isTransient)
    #expect(PostgresError(.connectionFailed, "", sqlState: "57P03").isTransient)
  }

  @Test func `a pooler without its server speaks of a violated protocol, and may be asked again`() {
    var error = PostgresError(.server, "server conn crashed?", sqlState: .protocolViolation)
    #expect(!error.isTransient, "the server itself means a wrong message by it")
    error.closedConnection = true
    #expect(error.isTransient && error.needsReconnect)
  }

  @Test func `an unknown outcome is not to be repeated blindly`() {
    #expect(!PostgresError(.outcomeUnknown, "").isTransient)
  }

  @Test func `a read-only server calls for another connection`() {
    #expect(PostgresError(.server, "", sqlState: .readOnlyTransaction).needsReconnect)
    #expect(!PostgresError(.server, "", sqlState: .deadlockDetected).needsReconnect)
  }

  @Test func `a long statement is shown in one line and cut`() {
    let error = PostgresError(
      .server, "no", statement: "SELECT\n  " + String(repeating: "column, ", count: 100))
    #expect(!error.description.contains("\n"))
    #expect(error.description.count < 250)
  }
}
