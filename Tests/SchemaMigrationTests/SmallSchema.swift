import Postgres
import SchemaMigration
import TestSupport

/// A schema of a few files, to be changed by tests.
struct SmallSchema: Sendable {
  static let table = "CREATE TABLE queue.task (id int PRIMARY KEY, note text);\n"
  static let claim = """
    CREATE OR REPLACE FUNCTION queue.claim(most int) RETURNS SETOF int LANGUAGE sql AS $$ SELECT id FROM queue.task LIMIT most $$;
    COMMENT ON FUNCTION queue.claim IS 'Claims.';
    """
  static let views = """
    CREATE OR REPLACE VIEW queue.tasks AS SELECT id, note FROM queue.task;
    CREATE OR REPLACE VIEW queue.numbers AS SELECT id FROM queue.tasks;
    COMMENT ON VIEW queue.tasks IS 'All tasks.';
    """
  static let rights = """
    GRANT USAGE ON SCHEMA queue TO trabecula_reader;
    GRANT SELECT ON queue.tasks TO trabecula_reader;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA queue FROM PUBLIC;
    ALTER TABLE queue.task ENABLE ROW LEVEL SECURITY;
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_policy WHERE polname = 'owner_sees_all') THEN
        CREATE POLICY owner_sees_all ON queue.task TO trabecula_owner USING (true);
      END IF;
    END $$;
    """

  /// Path in component `queue`, and text.
  var texts: [(path: String, sql: String)] = [
    ("steps/0001-task.sql", Self.table), ("claim.sql", Self.claim),
    ("views/tasks.sql", Self.views), ("rights.sql", Self.rights),
  ]

  subscript(path: String) -> String {
    get { texts.first { $0.path == path }?.sql ?? "" }
    set {
      if let index = texts.firstIndex(where: { $0.path == path }) {
        texts[index].sql = newValue
        return
      }
      // A new step stands behind the others, and before all code.
      let isStep = path.hasPrefix("steps/")
      let place = isStep ? texts.firstIndex { !$0.path.hasPrefix("steps/") } : nil
      texts.insert((path, newValue), at: place ?? texts.endIndex)
    }
  }

  func with(_ path: String, _ sql: String) -> SmallSchema {
    var copy = self
    copy[path] = sql
    return copy
  }

  func without(_ path: String) -> SmallSchema {
    var copy = self
    copy.texts.removeAll { $0.path == path }
    return copy
  }

  var files: [SchemaFile] {
    get throws { try [TestDatabase.roles] + SchemaFile.list(component: "queue", texts) }
  }

  @discardableResult
  func migrate(_ connection: PostgresConnection) async throws -> SchemaChanges {
    try await SchemaMigrator(files).migrate(connection)
  }

  /// A login of this suite alone, because logins belong to the whole server.
  static func makeLogin(_ name: String, _ connection: PostgresConnection) async throws {
    try await connection.execute(
      script: """
        DO $$ BEGIN CREATE ROLE \(name) LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
        """)
  }

  /// Code, owners, policies, rights and comments of the database, a line each.
  static func account(_ connection: PostgresConnection) async throws -> [String] {
    let rows = try await connection.query(
      """
      SELECT line FROM queue.schema_account('queue') AS line
        UNION ALL
        SELECT (SELECT i.identity FROM pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i) || ': ' || d.description
          FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i WHERE i.schema = 'queue'
        UNION ALL
        SELECT format('column %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod))
          FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'queue'::regnamespace)
            AND attnum > 0 AND NOT attisdropped
        ORDER BY 1
      """)
    return try rows.map { try $0.decode(String.self) }
  }
}
