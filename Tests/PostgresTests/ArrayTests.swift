import Foundation
import Postgres
import TestSupport
import Testing

private func roundTrip<T: PostgresTyped & PostgresDecodable>(_ value: T, _ db: PostgresConnection)
  async throws -> T
{
  try await db.query("SELECT $1", value).scalar()
}

@Suite struct `Arrays go to the server and come back` {
  @Test func `of every element type`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await roundTrip([true, false], db) == [true, false])
      #expect(try await roundTrip([Int16.min, 3], db) == [Int16.min, 3])
      #expect(try await roundTrip([Int32.min, 3, .max], db) == [Int32.min, 3, .max])
      #expect(try await roundTrip([Int64.min, 3, .max], db) == [Int64.min, 3, .max])
      #expect(try await roundTrip([Int.min, 3, .max], db) == [Int.min, 3, .max])
      #expect(try await roundTrip([Float.pi, -1], db) == [Float.pi, -1])
      #expect(try await roundTrip([Date(timeIntervalSince1970: 5)], db) == [Date(timeIntervalSince1970: 5)])
    }
  }

  @Test func `empty`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await roundTrip([] as [Double], db) == [])
      #expect(try await roundTrip([] as [Int], db) == [])
      #expect(try await roundTrip([] as [String], db) == [])
      #expect(try await roundTrip([] as [[UInt8]], db) == [])
      #expect(try await roundTrip([] as [Double?], db) == [])
    }
  }

  @Test func `with NULL elements, where the element type is optional`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await roundTrip(["a", nil, ""], db) == ["a", nil, ""])
      #expect(try await roundTrip([1.5, nil], db) == [1.5, nil])
      #expect(try await roundTrip([nil, nil] as [Int?], db) == [nil, nil])
      #expect(try await roundTrip([[1, 2], nil] as [[UInt8]?], db) == [[1, 2], nil])
      #expect(try await db.query("SELECT array_position($1, NULL)", [1.5, nil, 2]).scalar(as: Int.self) == 2)
    }
  }

  @Test(arguments: ["ARRAY[1.5, NULL]::float8[]", "ARRAY[1, NULL]::int8[]", "ARRAY[1, NULL]::int4[]"])
  func `a NULL element is an error where the element type is not optional`(array: String) async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT \(array) AS column_a")
      let error = #expect(throws: PostgresError.self) {
        try rows.only().decode("column_a", as: [Double].self)
      }
      #expect(error?.code == .decoding)
      #expect(error?.message.contains("column_a") == true)
    }
  }

  @Test func `a million numbers, bit for bit`() async throws {
    let values = (0..<1_000_000).map { $0 % 1000 == 0 ? Double.nan : Double($0) * 1.1 }
    try await TestDatabase.withConnection { db in
      let (back, count) = try await db.query("SELECT $1, cardinality($1)", values).only().decode(
        [Double].self, Int.self)
      #expect(count == values.count)
      #expect(back.elementsEqual(values) { $0.bitPattern == $1.bitPattern })
    }
  }

  @Test func `special numbers, as the server understands them`() async throws {
    try await TestDatabase.withConnection { db in
      let row = try await db.query("SELECT $1::text", [Double.nan, .infinity, -.infinity, -0.0, 0.1]).only()
      #expect(try row.decode(at: 0, as: String.self) == "{NaN,Infinity,-Infinity,-0,0.1}")
    }
  }

  @Test func `of a narrower number type than asked for`() async throws {
    try await TestDatabase.withConnection { db in
      let row = try await db.query(
        "SELECT ARRAY[1, 2]::int4[], ARRAY[1.5]::float4[], ARRAY[0.1, 2]::numeric[]"
      ).only()
      let (integers, floats, decimals) = try row.decode([Int].self, [Double].self, [Double].self)
      #expect(integers == [1, 2])
      #expect(floats == [1.5])
      #expect(decimals == [0.1, 2])
    }
  }

  @Test func `of two dimensions are an error`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT ARRAY[[1.0, 2.0], [3.0, 4.0]]::float8[]")
      let error = #expect(throws: PostgresError.self) { try rows.scalar(as: [Double].self) }
      #expect(error?.message.contains("2 dimensions") == true)
    }
  }

  @Test func `a column that is no array is an error`() async throws {
    try await TestDatabase.withConnection { db in
      let rows = try await db.query("SELECT 'no array at all, but long enough to be taken for one'::text")
      let error = #expect(throws: PostgresError.self) { try rows.scalar(as: [String].self) }
      #expect(error?.code == .decoding)
    }
  }
}
