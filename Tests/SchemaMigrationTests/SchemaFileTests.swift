import Postgres
import SchemaMigration
import Testing

@Suite struct `A schema file` {
  @Test(
    arguments: [
      ("roles.sql", "roles", SchemaFile.Purpose.roles), ("rights.sql", "rights", .rights),
      ("claim.sql", "claim", .code), ("views/failures.sql", "failures", .code),
      ("steps/0012-lanes.sql", "0012-lanes", .step(12)),
      ("Sources/Shared/TaskQueue/SQL/steps/0001-tables.sql", "0001-tables", .step(1)),
    ])
  func `has the purpose that its path says`(path: String, name: String, purpose: SchemaFile.Purpose) throws {
    let file = try SchemaFile(component: "queue", path: path, sql: "")
    #expect(file.name == name)
    #expect(file.purpose == purpose)
  }

  @Test(arguments: ["steps/1-tables.sql", "steps/tables.sql", "claim.txt", "claim"])
  func `with another name is refused`(path: String) {
    let error = #expect(throws: PostgresError.self) {
      try SchemaFile(component: "queue", path: path, sql: "")
    }
    #expect(error?.code == .schema)
    #expect(error?.message.contains(path) == true)
  }

  @Test(arguments: ["Queue", "my lab", "", "a,b"])
  func `belongs to a component that can name a schema`(component: String) {
    #expect(throws: PostgresError.self) { try SchemaFile(component: component, path: "claim.sql", sql: "") }
  }

  @Test func `has the digest that sha256sum prints`() throws {
    // printf 'CREATE TABLE a (n int);' | sha256sum
    #expect(
      try SchemaFile(component: "queue", path: "a.sql", sql: "CREATE TABLE a (n int);").digest
        == "7f03d9c862ed8d33c0e406cce105b2d302ecdffbba7c18c32f0f1226e34dbaf2")
  }
}

@Suite struct `A script of SQL` {
  private func statements(_ sql: String) -> [String] {
    let script = SQLScript(sql)
    return script.statements.map { script.text($0.range) }
  }

  @Test(
    arguments: [
      ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
      ("SELECT ';'; SELECT 'it''s;'", ["SELECT ';'", "SELECT 'it''s;'"]),
      (#"SELECT E'\';'; SELECT 2"#, [#"SELECT E'\';'"#, "SELECT 2"]),
      (#"SELECT '\'; SELECT 2"#, [#"SELECT '\'"#, "SELECT 2"]),
      ("SELECT \"a;\"\"b\"; SELECT 2", ["SELECT \"a;\"\"b\"", "SELECT 2"]),
      ("-- one; two\nSELECT 1; /* a; /* b; */ c; */ SELECT 2", ["SELECT 1", "SELECT 2"]),
      ("DO $$ BEGIN; END $$; SELECT 2", ["DO $$ BEGIN; END $$", "SELECT 2"]),
      ("DO $a$ $$;$$ ; $a$; SELECT $1; SELECT 2", ["DO $a$ $$;$$ ; $a$", "SELECT $1", "SELECT 2"]),
      (
        "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
        ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"]
      ),
      (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
        [
          "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
          "SELECT 3",
        ]
      ),
      ("BEGIN; SELECT 1; END;", ["BEGIN", "SELECT 1", "END"]),
      ("", []), (" ; ;", []),
    ])
  func `falls into its statements`(sql: String, expected: [String]) {
    #expect(statements(sql) == expected)
  }

  @Test func `keeps positions when calls are put in`() throws {
    let sql = "SELECT 1;\nCREATE FUNCTION queue.f() RETURNS int LANGUAGE sql AS 'SELECT ä';\nSELECT x;"
    let script = try CodeScript(
      SchemaFile(component: "queue", path: "f.sql", sql: sql), components: ["queue"])
    #expect(script.text.contains("CALL queue.schema_make_way_for_routine('{queue}', 'queue', 'f', "))
    for word in ["SELECT 1", "CREATE FUNCTION queue.f", "SELECT x"] {
      let sent = try #require(position(of: word, in: script.text))
      #expect(script.positionInFile(sent) == position(of: word, in: sql))
    }
  }

  private func position(of word: String, in text: String) -> Int? {
    text.firstRange(of: word).map {
      text.unicodeScalars.distance(from: text.startIndex, to: $0.lowerBound) + 1
    }
  }

  @Test func `that creates a function without its schema is refused, with the line`() throws {
    let file = try SchemaFile(
      component: "queue", path: "f.sql",
      sql: "SELECT 1;\n\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS '';")
    let error = #expect(throws: PostgresError.self) { try CodeScript(file, components: ["queue"]) }
    #expect(error?.message.contains("queue/f, line 3") == true)
  }
}
