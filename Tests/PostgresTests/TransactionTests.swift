import Postgres
import TestSupport
import Testing

private struct Refusal: Error {}

@Suite struct `A transaction` {
  @Test func `is committed when its body returns`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n int)")
      let count = try await db.transaction { session in
        try session.execute("INSERT INTO t VALUES ($1), ($2)", 1, 2)
      }
      #expect(count == 2)
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 2)
    }
  }

  @Test func `is rolled back when its body throws, and the error passed on`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n int)")
      await #expect(throws: Refusal.self) {
        try await db.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          throw Refusal()
        }
      }
      await #expect(throws: PostgresError.self) {
        try await db.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          try session.execute("INSERT INTO t VALUES ('x')")
        }
      }
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `whose failed statement was swallowed does not pass for committed`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n int)")
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { session in
          try session.execute("INSERT INTO t VALUES (1)")
          #expect(throws: PostgresError.self) { try session.query("SELECT 1 / 0") }
        }
      }
      #expect(error?.message.contains("rolled back") == true)
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `refused at COMMIT reports the reason`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n int CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { session in try session.execute("INSERT INTO t VALUES (1), (1)") }
      }
      #expect(error?.code == .server)
      #expect(error?.constraint == "once")
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `whose COMMIT gets no answer has an unknown outcome`() async throws {
    try await TestDatabase.withConnection { db in
      // The deferred trigger runs within COMMIT and ends the session there.
      try await db.execute(
        script: """
          CREATE TABLE t (n int);
          CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(3600); RETURN NULL; END $$;
          CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION leave();
          """)
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { session in try session.execute("INSERT INTO t VALUES (1)") }
      }
      #expect(error?.code == .outcomeUnknown)
      #expect(error?.isTransient == false)
      #expect(error?.needsReconnect == true)
    }
  }

  @Test func `does not nest`() async throws {
    try await TestDatabase.withConnection { db in
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { outer in try outer.transaction { _ in } }
      }
      #expect(error?.code == .usage)
    }
  }

  @Test func `has the isolation asked for`() async throws {
    try await TestDatabase.withConnection { db in
      let level = try await db.transaction(isolation: .serializable, readOnly: true) { session in
        let row = try session.query(
          "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
        return try row.only().decode(String.self, String.self)
      }
      #expect(level == ("serializable", "on"))
    }
  }

  @Test func `lost to another is a serialization failure, and transient`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let db = try await PostgresConnection.connect(to: connectionString)
      let rival = try await PostgresConnection.connect(to: connectionString)
      try await db.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
      try await db.execute(script: "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t")
      try await rival.execute("UPDATE t SET n = 2")
      let error = await #expect(throws: PostgresError.self) { try await db.execute("UPDATE t SET n = 3") }
      #expect(error?.sqlState == .serializationFailure)
      #expect(error?.isTransient == true)
    }
  }

  @Test func `keeps other callers of the connection out`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TABLE t (n bigint)")
      try await withThrowingTaskGroup { group in
        for n in 0..<20 {
          group.addTask {
            try await db.transaction { session in
              try session.execute("INSERT INTO t VALUES ($1)", n)
              try session.execute("INSERT INTO t VALUES ($1)", n)
            }
          }
          group.addTask {
            let counts = try await db.query("SELECT count(*) FROM t").scalar(as: Int.self)
            #expect(counts.isMultiple(of: 2))
          }
        }
        for try await _ in group {}
      }
    }
  }
}
