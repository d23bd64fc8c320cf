import Postgres
import SchemaMigration
import TaskQueue
import TestSupport
import Testing

/// What PostgreSQL's catalogues say of the schema; each list must be empty.
@Suite struct `In the schema` {
  @Test(arguments: [
    (
      "every object belongs to the owner",
      """
      SELECT oid::regclass::text FROM pg_class WHERE relnamespace = ANY ('{queue,trabecula}'::regnamespace[])
          AND pg_get_userbyid(relowner) <> 'trabecula_owner'
        UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = ANY ('{queue,trabecula}'::regnamespace[])
          AND pg_get_userbyid(proowner) <> 'trabecula_owner'
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspname IN ('queue', 'trabecula')
          AND pg_get_userbyid(nspowner) <> 'trabecula_owner'
      """
    ),
    (
      "nobody logs in as a role of the schema",
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'trabecula\\_%' AND (rolcanlogin OR rolsuper OR rolcreaterole OR rolbypassrls)"
    ),
    (
      "nothing is granted to PUBLIC",
      """
      SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
          WHERE p.pronamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND a.grantee = 0
        UNION ALL SELECT c.oid::regclass::text FROM pg_class c,
            aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
          WHERE c.relnamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND a.grantee = 0
        UNION ALL SELECT n.nspname FROM pg_namespace n, aclexplode(n.nspacl) a
          WHERE n.nspname IN ('queue', 'trabecula') AND a.grantee = 0
      """
    ),
    (
      "every function pins its search path, temporary objects last",
      """
      SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = ANY ('{queue,trabecula}'::regnamespace[])
        AND NOT ARRAY['search_path=queue, pg_temp', 'search_path=trabecula, pg_temp', 'search_path=pg_catalog, pg_temp']
          && coalesce(proconfig, '{}')
        -- What a body names that was parsed when the function was made is fixed.
        AND prosqlbody IS NULL
      """
    ),
    (
      "a function that others may call runs as the owner",
      """
      SELECT DISTINCT p.oid::regprocedure::text FROM pg_proc p, aclexplode(p.proacl) a
        WHERE p.pronamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND a.grantee <> p.proowner AND NOT p.prosecdef
      """
    ),
    (
      "every table has a key, so that its rows may change where they are published",
      """
      SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = ANY ('{queue,trabecula}'::regnamespace[])
        AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
      """
    ),
    (
      "row-level security is forced on every table",
      """
      SELECT oid::regclass::text FROM pg_class WHERE relnamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND relkind IN ('r', 'p')
        AND NOT (relrowsecurity AND relforcerowsecurity)
      """
    ),
    (
      "no parameter of a function has the name of a column of a table that its text names: the column would be taken for it",
      """
      SELECT p.oid::regprocedure || ': ' || p.proargnames[n] FROM pg_proc p, generate_subscripts(p.proargnames, 1) AS n
        WHERE p.pronamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND p.prokind = 'f'
          AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
          AND coalesce(p.proargmodes[n], 'i') IN ('i', 'v') AND p.prosrc !~ '#variable_conflict use_variable'
          AND EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND c.relkind IN ('r', 'p') AND a.attnum > 0
              AND a.attname = p.proargnames[n] AND p.prosrc ~ ('\\m' || c.relname || '\\M'))
      """
    ),
    (
      "every view runs with the rights of who reads it",
      """
      SELECT oid::regclass::text FROM pg_class WHERE relnamespace = ANY ('{queue,trabecula}'::regnamespace[]) AND relkind IN ('v', 'm')
        AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))
      """
    ),
    (
      "every object carries a comment",
      """
      SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = ANY ('{queue,trabecula}'::regnamespace[])
          AND c.relkind IN ('r', 'p', 'v', 'S') AND obj_description(c.oid, 'pg_class') IS NULL
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')
        UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = ANY ('{queue,trabecula}'::regnamespace[])
          AND obj_description(p.oid, 'pg_proc') IS NULL
        UNION ALL SELECT polname || ' on ' || polrelid::regclass FROM pg_policy
          WHERE obj_description(oid, 'pg_policy') IS NULL
        UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND obj_description(oid, 'pg_trigger') IS NULL
        UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'trabecula\\_%' AND shobj_description(oid, 'pg_authid') IS NULL
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspname IN ('queue', 'trabecula') AND obj_description(oid, 'pg_namespace') IS NULL
      """
    ),
  ])
  func `holds`(rule: String, violations: String) async throws {
    try await RoleFixture.with { fixture in
      // Partitions that maintenance makes must keep the rules too.
      try await fixture.admin.connection.query("SELECT queue.make_history_partitions(current_date, 3)")
      #expect(try await fixture.admin.names(violations) == [], "\(rule)")
    }
  }
}

@Suite struct `Migrating` {
  func withMigrator(_ attributes: String, _ body: (PostgresConnection, String) async throws -> Void)
    async throws
  {
    try await TestDatabase.withFresh { target in
      let admin = try await PostgresConnection.connect(to: target)
      let name = "test_migrator_\(try await admin.query("SELECT current_database()").scalar(as: String.self))"
      try await admin.execute(script: "CREATE ROLE \(name) LOGIN \(attributes)")
      try await admin.execute(
        script:
          "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO \(name)', current_database()); END $$")
      let outcome: Result<Void, any Error>
      do {
        let connection = try await PostgresConnection.connect(to: target + " user='\(name)'")
        outcome = .success(try await body(connection, name))
        await connection.close()
      } catch {
        outcome = .failure(error)
      }
      await admin.close()
      try outcome.get()
    }
  }

  @Test func `works for a login that may create roles`() async throws {
    // The roles are there first, as in a cluster with a second database.
    try await RoleFixture.with { _ in }
    try await withMigrator("CREATEROLE") { connection, _ in
      let steps = try await QueueFixture.migrate(connection)
      #expect(!steps.isEmpty)
      #expect(try await QueueFixture.migrate(connection).isEmpty)
    }
  }

  @Test func `by a login that may not tells what an administrator must run`() async throws {
    try await RoleFixture.with { _ in }
    try await withMigrator("") { connection, name in
      await #expect {
        try await QueueFixture.migrate(connection)
      } throws: { error in
        (error as? PostgresError)?.hint?.contains("GRANT trabecula_owner TO \(name);") == true
      }
    }
  }
}
