import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `COPY` {
  private let statement = "COPY t (id, name, feature_values) FROM STDIN (FORMAT binary)"

  private func withTable(_ body: (PostgresConnection) async throws -> Void) async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute(
        "CREATE TABLE t (id bigint CONSTRAINT positive CHECK (id > 0), name text, feature_values float8[])")
      try await body(db)
    }
  }

  @Test func `brings in a hundred thousand rows`() async throws {
    try await withTable { db in
      let count = try await db.perform { session in
        try session.copyIn(
          statement,
          rows: (1...100_000).lazy.map { [$0, "row \($0)", [Double($0), 0.5]] as [any PostgresEncodable] })
      }
      #expect(count == 100_000)
      let row = try await db.query("SELECT count(*), sum(id), sum(feature_values[1]) FROM t").only()
      let (rows, ids, values) = try row.decode(Int.self, Int.self, Double.self)
      #expect(rows == 100_000)
      #expect(ids == 5_000_050_000)
      #expect(values == 5_000_050_000)
    }
  }

  @Test func `keeps NULL and empty apart`() async throws {
    try await withTable { db in
      try await db.copyIn(
        statement, rows: [[1, nil as String?, [] as [Double]], [2, "", nil as [Double]?]])
      let rows = try await db.query("SELECT name, feature_values FROM t ORDER BY id")
      let first = try rows[0].decode(String?.self, [Double]?.self)
      let second = try rows[1].decode(String?.self, [Double]?.self)
      #expect(first.0 == nil && first.1 == [])
      #expect(second.0 == "" && second.1 == nil)
    }
  }

  @Test func `of nothing brings in nothing`() async throws {
    try await withTable { db async throws in #expect(try await db.copyIn(statement, rows: []) == 0) }
  }

  @Test func `takes text and CSV, cut anywhere`() async throws {
    try await withTable { db in
      let count = try await db.perform { session in
        try session.copyIn("COPY t (id, name) FROM STDIN (FORMAT csv)", text: ["1,\"a", ", b\"\n2", ",c\n"])
      }
      #expect(count == 2)
      #expect(try await db.query("SELECT name FROM t WHERE id = 1").scalar(as: String.self) == "a, b")
    }
  }

  @Test func `with a row that breaks a rule brings in nothing, and the connection goes on`() async throws {
    try await withTable { db async throws in
      let rows = (0..<200_000).map { [100_000 - $0, "x", [1.0]] as [any PostgresEncodable] }
      let error = await #expect(throws: PostgresError.self) { try await db.copyIn(statement, rows: rows) }
      #expect(error?.constraint == "positive")
      #expect(try await db.query("SELECT count(*) FROM t").scalar(as: Int.self) == 0)
    }
  }

  @Test func `with values of another type is refused`() async throws {
    try await withTable { db in
      let error = await #expect(throws: PostgresError.self) {
        try await db.copyIn(statement, rows: [[Int32(1), "x", [1.0]]])
      }
      #expect(error?.code == .server)
    }
  }

  @Test(arguments: ["COPY nowhere FROM STDIN", "SELECT 1"])
  func `that cannot begin is an error, and the connection goes on`(sql: String) async throws {
    try await withTable { db async throws in
      await #expect(throws: PostgresError.self) { try await db.copyIn(sql, rows: []) }
      #expect(try await db.query("SELECT 1").scalar(as: Int.self) == 1)
    }
  }
}
