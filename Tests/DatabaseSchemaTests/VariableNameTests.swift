import DatabaseSchema
import Postgres
import TestSupport
import Testing

/// Where a function says `#variable_conflict use_column`, a column of a table that it reads wins over its own variable of that
/// name, in silence: a limit or a list of kinds then means the column, and a claim reads what it should not.
@Suite(.timeLimit(.minutes(15))) struct `Variables of functions whose columns win` {
  @Test func `are called as no column of a relation that the function names`() async throws {
    try await TestDatabase.withConnection(schema: DatabaseSchema.files) { db in
      let found = try await hidden(db)
      #expect(found == "")
    }
  }

  @Test func `are found where a new column is called as one of them`() async throws {
    try await TestDatabase.withConnection(schema: DatabaseSchema.files) { db in
      try await db.execute(script: "ALTER TABLE queue.worker ADD COLUMN most int, ADD COLUMN held_jobs int")
      #expect(
        try await hidden(db)
          == "queue.claim_tasks: held_jobs (queue.worker), queue.claim_tasks: most (queue.worker), "
          + "queue.meet_suspects: held_jobs (queue.worker)")
    }
  }

  /// Parameters and declared variables that a column hides. What a function returns has the names of columns on purpose.
  private func hidden(_ db: PostgresConnection) async throws -> String {
    try await db.query(
      #"""
      WITH body AS (
        SELECT n.nspname || '.' || p.proname AS function, p.prosrc AS text, p.proargnames AS names,
            coalesce(p.proargmodes, array_fill('i'::"char", ARRAY[cardinality(p.proargnames)])) AS modes
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE n.nspname IN ('queue', 'trabecula') AND p.prosrc LIKE '%#variable_conflict use_column%'
      ), variable AS (
        SELECT b.function, b.text, a.name
          FROM body b CROSS JOIN LATERAL unnest(b.names, b.modes) AS a(name, mode) WHERE a.mode IN ('i', 'b', 'v')
        UNION
        SELECT b.function, b.text, found.words[1]
          FROM body b CROSS JOIN LATERAL regexp_matches(
            substring(b.text FROM 'DECLARE(.*?)\mBEGIN\M'), '^\s*([a-z_][a-z_0-9]*)\s', 'gn') AS found(words)
      )
      SELECT coalesce(string_agg(line, ', ' ORDER BY line COLLATE "C"), '') FROM (
        SELECT DISTINCT format('%s: %s (%s.%s)', v.function, v.name, n.nspname, c.relname) AS line
          FROM variable v
            JOIN pg_attribute a ON a.attname = v.name AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v') AND v.text ~ format('\m%s\M', c.relname)
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('queue', 'trabecula')
          -- Views of the console have the names of tables of the queue.
          WHERE n.nspname = 'queue' OR c.relkind <> 'v') AS listed
      """#
    ).scalar(as: String.self)
  }
}
