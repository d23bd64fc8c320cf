import Foundation
import Postgres
import TestSupport
import Testing

/// Sends a value, has the server cast it to what it claims to be, and reads it back.
private func roundTrip<T: PostgresTyped & PostgresDecodable>(_ value: T, _ db: PostgresConnection)
  async throws -> T
{
  let row = try await db.query("SELECT $1 AS value, pg_typeof($1)::text AS type", value).only()
  let isNull = value.postgresValue.bytes == nil
  let type = try row.decode("type", as: String.self)
  #expect(isNull || !type.isEmpty)
  return try row.decode("value")
}

@Suite struct `Values go to the server and come back` {
  @Test func `integers and booleans, with their extremes`() async throws {
    try await TestDatabase.withConnection { db async throws in
      for value in [true, false] { #expect(try await roundTrip(value, db) == value) }
      for value in [Int16.min, 0, .max] { #expect(try await roundTrip(value, db) == value) }
      for value in [Int32.min, 0, .max] { #expect(try await roundTrip(value, db) == value) }
      for value in [Int64.min, -1, .max] { #expect(try await roundTrip(value, db) == value) }
      for value in [Int.min, 0, .max] { #expect(try await roundTrip(value, db) == value) }
    }
  }

  @Test func `floating-point numbers, bit for bit`() async throws {
    try await TestDatabase.withConnection { db async throws in
      for value in [
        0, -0.0, 0.1, .pi, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      ] {
        #expect(try await roundTrip(value, db).bitPattern == value.bitPattern)
        #expect(try await roundTrip(Float(value), db).bitPattern == Float(value).bitPattern)
      }
    }
  }

  @Test func `text as it is`() async throws {
    let texts = ["", "trabecula", "Knochenbälkchen 骨小梁 🦴", "a'b\"c\\d\ne", "$1; DROP TABLE x"]
    try await TestDatabase.withConnection { db async throws in
      for text in texts { #expect(try await roundTrip(text, db) == text) }
      #expect(try await roundTrip(texts, db) == texts)
    }
  }

  @Test func `bytes, zero and empty included`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let all = (0...255).map { UInt8($0) }
      for bytes in [[], [0], all] {
        #expect(try await roundTrip(bytes, db) == bytes)
        #expect(try await roundTrip(Data(bytes), db) == Data(bytes))
      }
      #expect(try await roundTrip([all, [], [7]], db) == [all, [], [7]])
    }
  }

  @Test func `identifiers`() async throws {
    try await TestDatabase.withConnection { db in
      let id = try #require(UUID(uuidString: "01234567-89AB-CDEF-0123-456789ABCDEF"))
      let row = try await db.query("SELECT $1, $1::text", id).only()
      let (same, text) = try row.decode(UUID.self, String.self)
      #expect(same == id)
      #expect(text == "01234567-89ab-cdef-0123-456789abcdef")
      #expect(try await roundTrip([id, id], db) == [id, id])
    }
  }

  @Test func `instants to the microsecond, as the server reads them`() async throws {
    try await TestDatabase.withConnection { db in
      try await db.execute("SET timezone TO 'UTC'")
      let date = Date(timeIntervalSince1970: 1_700_000_000.123456)
      let (same, text) = try await db.query("SELECT $1, $1::text", date).only().decode(Date.self, String.self)
      #expect(abs(same.timeIntervalSince(date)) < 1e-6)
      #expect(text == "2023-11-14 22:13:20.123456+00")
      for date in [Date.distantPast, .distantFuture, Date(timeIntervalSince1970: 0)] {
        #expect(try await roundTrip(date, db) == date)
      }
    }
  }

  @Test func `JSON, which the server normalises`() async throws {
    try await TestDatabase.withConnection { db in
      let row = try await db.query("SELECT $1, $1->>'b', $1::json", PostgresJSON(#"{"b":"ä","a":[1, 2]}"#))
        .only()
      let (json, member, plain) = try row.decode(PostgresJSON.self, String.self, PostgresJSON.self)
      #expect(json.text == #"{"a": [1, 2], "b": "ä"}"#)
      #expect(member == "ä")
      #expect(plain == json)
      #expect(try await roundTrip([json, json], db) == [json, json])
    }
  }

  @Test func `NULL of every type`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await roundTrip(nil as Bool?, db) == nil)
      #expect(try await roundTrip(nil as Int?, db) == nil)
      #expect(try await roundTrip(nil as Double?, db) == nil)
      #expect(try await roundTrip(nil as String?, db) == nil)
      #expect(try await roundTrip(nil as [UInt8]?, db) == nil)
      #expect(try await roundTrip(nil as UUID?, db) == nil)
      #expect(try await roundTrip(nil as Date?, db) == nil)
      #expect(try await roundTrip(nil as PostgresJSON?, db) == nil)
      #expect(try await roundTrip(nil as [Double]?, db) == nil)
      #expect(try await roundTrip("here" as String?, db) == "here")
    }
  }
}
