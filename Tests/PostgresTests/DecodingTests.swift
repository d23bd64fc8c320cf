import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `Reading rows` {
  @Test func `by name, by position and whole`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT n AS number, n::text AS word FROM generate_series(1, 3) n")
      #expect(rows.columns == ["number", "word"])
      #expect(try rows.map { try $0.decode("number", as: Int.self) } == [1, 2, 3])
      #expect(try rows.map { try $0.decode(at: 1, as: String.self) } == ["1", "2", "3"])
      let (number, word) = try rows[2].decode(Int32.self, String?.self)
      #expect(number == 3 && word == "3")
    }
  }

  @Test func `a numeric is the nearest Double`() async throws {
    let cases = [
      ("0", 0.0), ("1", 1), ("-1", -1), ("0.1", 0.1), ("-0.0001", -0.0001), ("12345678.5", 12_345_678.5),
      ("1e20", 1e20), ("1e-20", 1e-20), ("100000000", 1e8), ("Infinity", .infinity),
      ("-Infinity", -.infinity),
      ("123456789012345678901234567890.123456", 1.2345678901234568e29),
    ]
    try await TestDatabase.withConnection { db async throws in
      for (text, value) in cases {
        #expect(try await db.query("SELECT $1::numeric", text).scalar(as: Double.self) == value)
      }
      #expect(try await db.query("SELECT 'NaN'::numeric").scalar(as: Double.self).isNaN)
    }
  }

  @Test func `a whole numeric, such as a sum of bigint, is an integer`() async throws {
    try await TestDatabase.withConnection { db in
      let sum = "SELECT sum(n) FROM unnest($1) n"
      #expect(try await db.query(sum, [20_000, -1]).scalar(as: Int.self) == 19_999)
      #expect(try await db.query(sum, [Int.max]).scalar(as: Int.self) == Int.max)
      let tooLarge = try await db.query(sum, [Int.max, 1])
      #expect(throws: PostgresError.self) { try tooLarge.scalar(as: Int.self) }
      let broken = try await db.query("SELECT 1.5")
      #expect(throws: PostgresError.self) { try broken.scalar(as: Int.self) }
    }
  }

  @Test func `an enum reads as text`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("CREATE TYPE mood AS ENUM ('calm', 'busy')")
      let row = try await db.query("SELECT $1::mood, ARRAY['busy', 'calm']::mood[]", "calm").only()
      let (one, many) = try row.decode(String.self, [String].self)
      #expect(one == "calm")
      #expect(many == ["busy", "calm"])
    }
  }

  @Test func `NULL is an error for a type that is not optional, and names the column`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT NULL::int AS absent")
      let error = #expect(throws: PostgresError.self) { try rows.only().decode("absent", as: Int.self) }
      #expect(error?.code == .decoding)
      #expect(error?.message.contains("absent") == true)
      #expect(try rows.only().decode("absent", as: Int?.self) == nil)
    }
  }

  @Test func `another type is an error that names both`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT 'x'::text AS word")
      let error = #expect(throws: PostgresError.self) { try rows.only().decode("word", as: Double.self) }
      #expect(error?.message.contains("text") == true)
      #expect(error?.message.contains("Double") == true)
    }
  }

  @Test func `a value too large for the type is an error`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT 70000")
      #expect(throws: PostgresError.self) { try rows.scalar(as: Int16.self) }
    }
  }

  @Test func `an infinite instant is an error`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT 'infinity'::timestamptz")
      #expect(throws: PostgresError.self) { try rows.scalar(as: Date.self) }
    }
  }

  @Test func `an unknown column, a missing row and a surplus one are errors`() async throws {
    try await TestDatabase.withConnection { db in
      let two = try await db.query("SELECT n FROM generate_series(1, 2) n")
      #expect(throws: PostgresError.self) { try two.only() }
      #expect(throws: PostgresError.self) { try two[0].decode("m", as: Int.self) }
      #expect(throws: PostgresError.self) { try two[0].decode(at: 1, as: Int.self) }
      #expect(throws: PostgresError.self) { try two[0].decode(Int.self, Int.self) }
      let none = try await db.query("SELECT 1 WHERE false")
      #expect(none.isEmpty)
      #expect(throws: PostgresError.self) { try none.scalar(as: Int.self) }
    }
  }

  @Test func `commands tell how many rows they touched`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await db.execute("CREATE TABLE t (n int)") == 0)
      #expect(try await db.execute("INSERT INTO t SELECT generate_series(1, 5)") == 5)
      #expect(try await db.execute("UPDATE t SET n = 0 WHERE n > $1", 3) == 2)
      #expect(try await db.execute("DELETE FROM t") == 5)
    }
  }
}
