import Postgres
import TestSupport
import Testing

@Suite struct `A connection` {
  @Test func `answers a query`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT $1 + 1 AS n, $2 AS word", 41, "ok")
      #expect(try rows.only().decode("n", as: Int.self) == 42)
      #expect(try rows.only().decode(at: 1, as: String.self) == "ok")
    }
  }
}
