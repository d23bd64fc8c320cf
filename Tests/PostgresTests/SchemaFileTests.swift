import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `A schema file` {
  private let text = """
    -- A header
    -- that is not run.

    -- step 1: tables

    CREATE TABLE a (n int);
    -- a comment of step 1

    -- step 2: more tables
    CREATE TABLE b (n int);

    """

  @Test func `is a list of titled steps`() throws {
    let steps = try SchemaFile(text: text).steps
    #expect(steps.map(\.number) == [1, 2])
    #expect(steps.map(\.title) == ["tables", "more tables"])
    #expect(steps[0].sql == "CREATE TABLE a (n int);\n-- a comment of step 1")
    #expect(steps.map(\.firstLine) == [6, 10])
  }

  @Test func `may grow without changing what was there`() throws {
    let grown = try SchemaFile(text: text + "\n\n-- step 3: last\nSELECT 1;\n")
    #expect(Array(grown.steps.prefix(2)) == (try SchemaFile(text: text).steps))
  }

  @Test(
    arguments: [
      "", "CREATE TABLE a (n int);", "-- step 2: tables\nSELECT 1;",
      "-- step 1: a\nSELECT 1;\n-- step 3: b\nSELECT 1;",
      "-- step 1: a\nSELECT 1;\n-- step 1: a\nSELECT 1;", "-- step 1: nothing\n\n-- step 2: b\nSELECT 1;",
      "-- step 1: \nSELECT 1;",
    ])
  func `with no steps, a gap or an empty one is refused`(text: String) {
    let error = #expect(throws: PostgresError.self) { try SchemaFile(text: text) }
    #expect(error?.code == .schema)
  }

  @Test func `that is not there is an error with its name`() {
    let error = #expect(throws: PostgresError.self) {
      try SchemaFile(contentsOf: URL(fileURLWithPath: "/nowhere/schema.sql"))
    }
    #expect(error?.message.contains("schema.sql") == true)
  }
}

@Suite(.timeLimit(.minutes(5))) struct `Migrating` {
  private static let first = "-- step 1: table a\nCREATE TABLE a (n int);\n"
  private static let second = "-- step 2: rows\nINSERT INTO a VALUES (1);\n"
  private let old = Self.first
  private let new = Self.first + Self.second

  private func migrate(_ text: String, _ db: PostgresConnection) async throws -> [Int] {
    try await SchemaMigrator(SchemaFile(text: text)).migrate(db)
  }

  @Test func `gives a fresh database all steps, an old one what it lacks, and twice does nothing`()
    async throws
  {
    try await TestDatabase.withConnection { db in
      let file = try SchemaFile(text: new)
      #expect(try await SchemaMigrator(file).missingSteps(in: db) == file.steps)
      #expect(try await migrate(old, db) == [1])
      #expect(try await migrate(old, db) == [])
      #expect(try await SchemaMigrator(file).missingSteps(in: db).map(\.number) == [2])
      #expect(try await migrate(new, db) == [2])
      #expect(try await migrate(new, db) == [])
      #expect(try await db.query("SELECT n FROM a").count == 1)
    }
  }

  @Test func `records steps with title, digest and time`() async throws {
    try await TestDatabase.withConnection { db in
      _ = try await migrate(new, db)
      let row = try await db.query(
        "SELECT title, digest, applied_at <= now() FROM trabecula.schema_step WHERE step = 1"
      ).only()
      let (title, digest, isPast) = try row.decode(String.self, String.self, Bool.self)
      #expect(title == "table a")
      // printf 'CREATE TABLE a (n int);' | sha256sum
      #expect(digest == "7f03d9c862ed8d33c0e406cce105b2d302ecdffbba7c18c32f0f1226e34dbaf2")
      #expect(isPast)
    }
  }

  @Test func `from many connections at once applies each step once`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let text = new + (3...12).map { "-- step \($0): row\nINSERT INTO a VALUES (\($0));\n" }.joined()
      let applied = try await withThrowingTaskGroup { group in
        for _ in 0..<6 {
          let db = try await PostgresConnection.connect(to: connectionString)
          group.addTask { try await migrate(text, db) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(applied.sorted() == Array(1...12))
      let db = try await PostgresConnection.connect(to: connectionString)
      #expect(try await db.query("SELECT count(*) FROM a").scalar(as: Int.self) == 11)
    }
  }

  @Test func `refuses a step that was changed after it was applied, and names it`() async throws {
    try await TestDatabase.withConnection { db in
      _ = try await migrate(old, db)
      let changed = "-- step 1: table a\nCREATE TABLE a (n bigint);\n" + Self.second
      let error = await #expect(throws: PostgresError.self) { try await migrate(changed, db) }
      #expect(error?.code == .schema)
      #expect(error?.message.contains("step 1 (table a)") == true)
    }
  }

  @Test func `refuses a database newer than the file, and says to update the program`() async throws {
    try await TestDatabase.withConnection { db in
      _ = try await migrate(new, db)
      let error = await #expect(throws: PostgresError.self) { try await migrate(old, db) }
      #expect(error?.code == .schema)
      #expect(error?.message.contains("update the program") == true)
    }
  }

  @Test func `stops before a step that fails, and tells the line`() async throws {
    try await TestDatabase.withConnection { db async throws in
      let broken = old + "-- step 2: broken\nCREATE TABLE b (n int);\nCREATE TABLE c (\n  n nonsense);\n"
      let error = await #expect(throws: PostgresError.self) { try await migrate(broken, db) }
      #expect(error?.message.contains("step 2 (broken), line 6 of the schema file") == true)
      #expect(try await db.query("SELECT to_regclass('b') IS NULL").scalar(as: Bool.self))
      #expect(try await migrate(new, db) == [2])
    }
  }

  @Test func `gives up where a table stays locked, and can be repeated`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let db = try await PostgresConnection.connect(to: connectionString)
      let holder = try await PostgresConnection.connect(to: connectionString)
      _ = try await migrate(old, db)
      try await holder.execute(script: "BEGIN; SELECT * FROM a")
      let longer = old + "-- step 2: column\nALTER TABLE a ADD COLUMN m int;\n"
      let migrator = SchemaMigrator(try SchemaFile(text: longer), lockTimeout: .milliseconds(20))
      let error = await #expect(throws: PostgresError.self) { try await migrator.migrate(db) }
      #expect(error?.sqlState == .lockNotAvailable)
      #expect(error?.isTransient == true)
      try await holder.execute(script: "ROLLBACK")
      #expect(try await migrator.migrate(db) == [2])
    }
  }
}
