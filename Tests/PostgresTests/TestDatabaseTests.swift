import Postgres
import SchemaMigration
import TestSupport
import Testing

@Suite struct `A test database` {
  @Test func `has the schema asked for, and nothing of other tests`() async throws {
    let schema = [
      try TestDatabase.roles,
      try SchemaFile(component: "queue", path: "steps/0001-table.sql", sql: "CREATE TABLE queue.t (n int);"),
    ]
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          try await TestDatabase.withConnection(schema: schema) { db in
            try await db.execute("INSERT INTO queue.t VALUES (1)")
            let count = try await db.query("SELECT count(*) FROM queue.t").scalar(as: Int.self)
            #expect(count == 1)
          }
        }
      }
      for try await _ in group {}
    }
  }
}
