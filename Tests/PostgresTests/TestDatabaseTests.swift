import Postgres
import TestSupport
import Testing

@Suite struct `A test database` {
  @Test func `has the schema asked for, and nothing of other tests`() async throws {
    let schema = try SchemaFile(text: "-- step 1: table\nCREATE TABLE t (n int);\n")
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          try await TestDatabase.withConnection(schema: schema) { db in
            try await db.execute("INSERT INTO t VALUES (1)")
            let count = try await db.query("SELECT count(*) FROM t").scalar(as: Int.self)
            #expect(count == 1)
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
