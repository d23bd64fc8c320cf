import DatabaseSchema
import Foundation
import Postgres
import PrivateServer
import SchemaMigration
import Subprocess
import SystemPackage
import TaskQueue
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The table of contents schema.sql` {
  @Test func `lists what the programs carry, and nothing else`() throws {
    #expect(try DatabaseSchema.files.count == DatabaseSchema.listedPaths.count)
    for (path, file) in zip(DatabaseSchema.listedPaths, try DatabaseSchema.files) {
      let text = try String(
        contentsOf: ReferenceData.repository.appendingPathComponent(path), encoding: .utf8)
      #expect(file.sql == text, "\(path) is not what was built in")
    }
  }

  @Test func `lists every file of SQL`() throws {
    let sources = ReferenceData.repository.appendingPathComponent("Sources/Shared")
    let enumerator = try #require(FileManager.default.enumerator(atPath: sources.path))
    let found = enumerator.compactMap { $0 as? String }.filter { $0.hasSuffix(".sql") }
      .filter { !$0.hasPrefix("DatabaseSchema/") && !$0.hasPrefix("SchemaMigration/") }
    #expect(Set(found.map { "Sources/Shared/" + $0 }) == Set(DatabaseSchema.listedPaths))
  }

  @Test func `records each file with its digest; make schema writes that`() throws {
    for file in try DatabaseSchema.files {
      let record =
        if case .step(let number) = file.purpose {
          "CALL queue.schema_record_step('\(file.component)', \(number), '\(file.title)', '\(file.digest)');"
        } else {
          "CALL queue.schema_record_file('\(file.component)', '\(file.name)', '\(file.digest)');"
        }
      #expect(DatabaseSchema.contents.contains(record + "\n"), "\(file.label) has changed; run: make schema")
    }
  }

  @Test func `says by its version how many steps the queue has, and programs ask for them`() throws {
    let files = try DatabaseSchema.files.filter { $0.component == "queue" }
    let steps = files.count { $0.name.contains(#/^[0-9]/#) }
    let version = try #require(files.first { $0.name == "protocol" })
    #expect(version.sql.contains("VALUES (\(steps), "))
    // Who raises one and forgets the other writes programs that meet a database without the new step.
    #expect(DatabaseVersion.Program.this.oldestSchema == steps)
  }

  @Test func `keeps code out of the steps`() throws {
    for file in try DatabaseSchema.files where file.name.contains(#/^[0-9]/#) {
      #expect(
        !file.sql.contains(#/(?im)^\s*(create|create or replace)\s+(function|procedure|view|trigger)\b/#),
        "\(file.label)")
      #expect(!file.sql.contains(#/(?im)^\s*(comment on|grant|revoke|create policy)\b/#), "\(file.label)")
    }
  }

  @Test func `run by psql makes what a migration makes, which then finds nothing to do`() async throws {
    let schema = ReferenceData.repository.appendingPathComponent("schema.sql").path
    let migrator = try SchemaMigrator(DatabaseSchema.files)
    let installed = try await TestDatabase.withFresh { target in
      // From another folder than that of the file.
      let (status, output) = try await psql(["-d", target, "-f", schema], in: "/")
      #expect(status == 0, "\(output)")
      #expect(output.isEmpty, "\(output)")
      let connection = try await PostgresConnection.connect(to: target)
      #expect(try await migrator.migrate(connection).isEmpty)
      let before = try await catalogue(of: connection)
      // Only an empty database is installed.
      let (refusal, words) = try await psql(["-d", target, "-f", schema], in: "/")
      #expect(refusal == 3)
      #expect(words.contains("coordinator migrate"))
      #expect(try await catalogue(of: connection) == before)
      await connection.close()
      return before
    }
    let migrated = try await TestDatabase.withConnection { connection in
      #expect(try await !migrator.migrate(connection).isEmpty)
      #expect(try await migrator.migrate(connection).isEmpty)
      return try await catalogue(of: connection)
    }
    #expect(installed == migrated)
  }

  @Test func `runs again in full over what is there, and changes nothing`() async throws {
    try await TestDatabase.withConnection(schema: DatabaseSchema.files) { db in
      let before = try await catalogue(of: db)
      try await db.execute(script: "UPDATE queue.schema_file SET digest = ''")
      let changes = try await SchemaMigrator(DatabaseSchema.files).migrate(db)
      #expect(
        changes.files.count == (try DatabaseSchema.files.filter { !$0.name.contains(#/^[0-9]/#) }.count))
      #expect(!changes.mends)
      #expect(try await catalogue(of: db) == before)
    }
  }

  private func psql(_ arguments: [String], in folder: String) async throws -> (Int32, String) {
    let result = try await run(
      .name("psql"), arguments: Arguments(["-X"] + arguments), workingDirectory: FilePath(folder),
      output: .string(limit: 1 << 20), error: .combinedWithOutput)
    guard case .exited(let status) = result.terminationStatus else { return (-1, "a signal") }
    return (status, result.standardOutput)
  }

  /// Every function, view, column, comment, owner, policy, right, and what is recorded of steps and files.
  private func catalogue(of connection: PostgresConnection) async throws -> [String] {
    let rows = try await connection.query(
      """
      SELECT line FROM unnest('{queue,trabecula}'::text[]) AS component, queue.schema_account(component) AS line
        UNION ALL
        SELECT i.identity || ': ' || d.description
          FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
          WHERE coalesce(i.schema, i.name) IN ('queue', 'trabecula') OR i.identity LIKE '% on queue.%'
            OR i.identity LIKE '% on trabecula.%'
        UNION ALL
        SELECT format('column %s %s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
            a.attnotnull, pg_get_expr(f.adbin, f.adrelid))
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
          WHERE c.relnamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
          WHERE connamespace = ANY ('{queue,trabecula}'::regnamespace[])
        UNION ALL
        SELECT indexdef FROM pg_indexes WHERE schemaname IN ('queue', 'trabecula')
        UNION ALL
        SELECT format('step %s %s %s %s', component, step, title, digest) FROM queue.schema_step
        UNION ALL
        SELECT format('file %s %s %s', component, name, digest) FROM queue.schema_file
        UNION ALL
        SELECT format('object %s %s %s', component, class, identity) FROM queue.schema_object
        ORDER BY 1
      """)
    return try rows.map { try $0.decode(String.self) }
  }
}
