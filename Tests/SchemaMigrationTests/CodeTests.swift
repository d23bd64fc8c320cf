import Postgres
import SchemaMigration
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Code that has changed` {
  private let small = SmallSchema()

  /// Migrates from one state to the other, and expects the catalogue of a database that was made with the later one.
  private func upgrade(
    from old: SmallSchema? = nil, to new: SmallSchema,
    _ check: (PostgresConnection, SchemaChanges) async throws -> Void
  ) async throws {
    let upgraded = try await TestDatabase.withConnection { db in
      try await (old ?? small).migrate(db)
      let changes = try await new.migrate(db)
      try await check(db, changes)
      #expect(try await new.migrate(db).isEmpty)
      return try await SmallSchema.account(db)
    }
    // One after the other: who held a database and waited for a second could wait in a circle with other tests.
    let fresh = try await TestDatabase.withConnection { other in
      try await new.migrate(other)
      return try await SmallSchema.account(other)
    }
    #expect(upgraded == fresh)
  }

  @Test func `replaces the body of a function, which stays the same object`() async throws {
    let new = small.with(
      "claim.sql", SmallSchema.claim.replacing("LIMIT most", with: "ORDER BY id LIMIT most"))
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      let identity = "SELECT 'queue.claim'::regproc::oid::bigint"
      let old = try await db.query(identity).scalar(as: Int64.self)
      #expect(try await new.migrate(db) == SchemaChanges(files: ["queue/claim"]))
      #expect(try await db.query(identity).scalar(as: Int64.self) == old)
      let body = try await db.query("SELECT prosrc FROM pg_proc WHERE proname = 'claim'").scalar(
        as: String.self)
      #expect(body.contains("ORDER BY"))
    }
  }

  @Test func `replaces a comment`() async throws {
    try await upgrade(
      to: small.with("claim.sql", SmallSchema.claim.replacing("'Claims.'", with: "'Claims tasks.'"))
    ) { db, _ in
      let comment: String = try await db.query("SELECT obj_description('queue.claim'::regproc)").scalar()
      #expect(comment == "Claims tasks.")
    }
  }

  @Test(
    arguments: [
      // Other parameters, fewer and more, under other names, without a default; another result, other columns.
      "queue.claim(most bigint) RETURNS SETOF int", "queue.claim() RETURNS SETOF int",
      "queue.claim(most int, kind text DEFAULT 'a') RETURNS SETOF int",
      "queue.claim(upto int) RETURNS SETOF int",
      "queue.claim(most int) RETURNS int", "queue.claim(most int) RETURNS SETOF queue.task",
      "queue.claim(most int, OUT id int, OUT note text) RETURNS SETOF record",
      "queue.\"claim\"(most int) RETURNS TABLE (id int, note text, rank int)",
    ])
  func `leaves one function where its signature or result is another`(signature: String) async throws {
    let claim = """
      CREATE OR REPLACE FUNCTION \(signature) LANGUAGE plpgsql AS $$ BEGIN RETURN; END $$;
      COMMENT ON FUNCTION queue.claim IS 'Claims otherwise.';
      """.replacing(signature.hasSuffix("RETURNS int") ? "RETURN;" : "\u{0}", with: "RETURN 1;")
    try await upgrade(to: small.with("claim.sql", claim)) { db, _ in
      let count = try await db.query("SELECT FROM pg_proc WHERE proname = 'claim'").count
      #expect(count == 1)
    }
    // And back, which takes parameters and defaults away.
    try await upgrade(from: small.with("claim.sql", claim), to: small) { _, _ in }
  }

  @Test func `keeps overloads that a file makes`() async throws {
    let claim = SmallSchema.claim.replacing(
      "COMMENT ON FUNCTION queue.claim", with: "COMMENT ON FUNCTION queue.claim(int)")
    let second = "\nCREATE OR REPLACE FUNCTION queue.claim(kind text) RETURNS int LANGUAGE sql AS 'SELECT 1';"
    let new = small.with("claim.sql", claim + second)
    try await upgrade(to: new) { db, _ in
      let count = try await db.query("SELECT FROM pg_proc WHERE proname = 'claim'").count
      #expect(count == 2)
    }
    try await upgrade(
      from: new, to: new.with("claim.sql", claim + second.replacing("SELECT 1", with: "SELECT 2"))
    ) { _, _ in }
  }

  @Test func `makes a view anew whose columns are others, with those that stand on it`() async throws {
    let views = SmallSchema.views.replacing(
      "SELECT id, note FROM queue.task;", with: "SELECT note, id FROM queue.task;")
    try await upgrade(to: small.with("views/tasks.sql", views)) { db, _ in
      let columns = try await db.query(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = 'queue.tasks'::regclass ORDER BY attnum")
      let names = try columns.map { try $0.decode(String.self) }
      #expect(names == ["note", "id"])
    }
  }

  @Test func `follows a column that a step adds`() async throws {
    let new =
      small
      .with("steps/0002-rank.sql", "ALTER TABLE queue.task ADD COLUMN rank int NOT NULL DEFAULT 0;")
      .with("views/tasks.sql", SmallSchema.views.replacing("id, note", with: "id, rank, note"))
    try await upgrade(to: new) { _, changes in
      #expect(changes == SchemaChanges(steps: ["queue/0002-rank"], files: ["queue/tasks"]))
    }
  }

  @Test func `goes where no file makes it any more`() async throws {
    let old =
      small
      .with(
        "extra.sql",
        """
        CREATE OR REPLACE FUNCTION queue.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE OR REPLACE TRIGGER watched AFTER INSERT ON queue.task EXECUTE FUNCTION queue.watch();
        CREATE OR REPLACE VIEW queue.extra AS SELECT * FROM queue.numbers;
        """)
    try await upgrade(from: old, to: small) { db, changes in
      #expect(changes == SchemaChanges(withdrawn: ["queue/extra"]))
      let isGone = try await db.query("SELECT FROM pg_trigger WHERE tgname = 'watched'").isEmpty
      #expect(isGone)
    }
    // Moved to another file, it stays.
    let moved = old.without("extra.sql").with(
      "views/tasks.sql", SmallSchema.views + "\n" + old["extra.sql"])
    try await upgrade(from: old, to: moved) { db, _ in
      let count = try await db.query("SELECT FROM pg_trigger WHERE tgname = 'watched'").count
      #expect(count == 1)
    }
  }

  @Test func `leaves alone what others put into the schema`() async throws {
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      try await db.execute(script: "CREATE VIEW queue.of_the_lab AS SELECT id FROM queue.tasks")
      try await db.execute(
        script: "CREATE FUNCTION queue.of_the_lab() RETURNS int LANGUAGE sql AS 'SELECT 1'")
      try await small.with("claim.sql", SmallSchema.claim + "\nSELECT 1;").migrate(db)
      try await small.with("claim.sql", SmallSchema.claim + "\nSELECT 2;").migrate(db)
      #expect(try await db.query("SELECT queue.of_the_lab()").scalar(as: Int.self) == 1)
      #expect(try await db.query("SELECT FROM queue.of_the_lab").isEmpty)
    }
  }

  @Test func `is refused where something of others stands on it, by name`() async throws {
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      try await db.execute(script: "CREATE VIEW public.of_the_lab AS SELECT id FROM queue.numbers")
      let views = SmallSchema.views.replacing(
        "SELECT id, note FROM queue.task;", with: "SELECT note, id FROM queue.task;")
      let new = small.with("views/tasks.sql", views)
      let error = await #expect(throws: PostgresError.self) { try await new.migrate(db) }
      #expect(error?.message.contains("view public.of_the_lab depends on it") == true)
      try await db.execute(script: "DROP VIEW public.of_the_lab")
      #expect(try await new.migrate(db) == SchemaChanges(files: ["queue/tasks"]))
    }
  }

  @Test func `of one component leaves the others alone`() async throws {
    try await TestDatabase.withConnection { db in
      let lab = [
        try SchemaFile(
          component: "lab", path: "steps/0001-sample.sql", sql: "CREATE TABLE lab.sample (id int);"),
        try SchemaFile(
          component: "lab", path: "samples.sql",
          sql: "CREATE OR REPLACE FUNCTION lab.samples() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
      ]
      _ = try await SchemaMigrator(small.files + lab).migrate(db)
      let new = small.with("claim.sql", SmallSchema.claim + "\nSELECT 1;")
      #expect(try await new.migrate(db) == SchemaChanges(files: ["queue/claim"]))
      #expect(try await SchemaMigrator(new.files + lab).migrate(db).isEmpty)
      #expect(try await db.query("SELECT lab.samples()").scalar(as: Int.self) == 1)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A catalogue that is not as it was` {
  private let small = SmallSchema()

  @Test(
    arguments: [
      "ALTER TABLE queue.task OWNER TO CURRENT_USER", "ALTER FUNCTION queue.claim OWNER TO CURRENT_USER",
      "ALTER SCHEMA queue OWNER TO CURRENT_USER", "DROP POLICY owner_sees_all ON queue.task",
      "ALTER TABLE queue.task DISABLE ROW LEVEL SECURITY",
      "REVOKE SELECT ON queue.tasks FROM trabecula_reader",
      "GRANT EXECUTE ON FUNCTION queue.claim TO PUBLIC", "DROP VIEW queue.numbers",
      "DROP FUNCTION queue.claim",
      "CREATE OR REPLACE VIEW queue.numbers AS SELECT 1 AS id",
      "REVOKE USAGE ON SCHEMA queue FROM trabecula_reader",
    ])
  func `is mended`(damage: String) async throws {
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      let good = try await SmallSchema.account(db)
      try await db.execute(script: damage)
      #expect(try await SmallSchema.account(db) != good)
      #expect(try await small.migrate(db) == SchemaChanges(mends: true))
      #expect(try await SmallSchema.account(db) == good)
      #expect(try await small.migrate(db).isEmpty)
    }
  }

  /// What a dump leaves that was restored where there are no roles: rows that nobody sees, the bookkeeping's too.
  @Test func `is mended by its new owner where all tables are closed to everybody`() async throws {
    try await TestDatabase.withFresh { target in
      let db = try await PostgresConnection.connect(to: target)
      for login in ["migrating_alice", "migrating_bob"] { try await SmallSchema.makeLogin(login, db) }
      try await small.migrate(db)
      let good = try await SmallSchema.account(db)
      try await db.execute(
        script: """
          DO $$ DECLARE r record; BEGIN
            EXECUTE format('ALTER DATABASE %I OWNER TO migrating_alice', current_database());
            ALTER SCHEMA queue OWNER TO migrating_alice;
            FOR r IN SELECT oid::regclass AS t, relkind FROM pg_class WHERE relnamespace = 'queue'::regnamespace AND relkind IN ('r', 'v') LOOP
              EXECUTE format('ALTER TABLE %s OWNER TO migrating_alice', r.t);
              CONTINUE WHEN r.relkind = 'v';
              EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.t);
              EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.t);
            END LOOP;
            FOR r IN SELECT oid::regprocedure AS f FROM pg_proc WHERE pronamespace = 'queue'::regnamespace LOOP
              EXECUTE format('ALTER ROUTINE %s OWNER TO migrating_alice', r.f);
            END LOOP;
            DROP POLICY owner_sees_all ON queue.task;
          END $$
          """)
      // Somebody else may not.
      let bob = try await PostgresConnection.connect(to: target + " user='migrating_bob'")
      let refusal = await #expect(throws: PostgresError.self) { try await small.migrate(bob) }
      #expect(refusal?.sqlState == .insufficientPrivilege)
      // Without membership in the owner's role even the new owner may not.
      let alice = try await PostgresConnection.connect(to: target + " user='migrating_alice'")
      await #expect(throws: PostgresError.self) { try await small.migrate(alice) }
      try await db.execute(script: "GRANT trabecula_owner TO migrating_alice")
      #expect(try await small.migrate(alice).mends)
      try await db.execute(script: "REVOKE trabecula_owner FROM migrating_alice")
      #expect(try await small.migrate(db).isEmpty)
      let mended = try await SmallSchema.account(db)
      #expect(mended.filter { !good.contains($0) }.filter { !$0.contains("schema_") } == [])
      #expect(good.filter { !mended.contains($0) }.filter { !$0.contains("schema_") } == [])
    }
  }

  @Test func `that belongs to somebody else is refused by name`() async throws {
    try await TestDatabase.withFresh { target in
      let db = try await PostgresConnection.connect(to: target)
      for login in ["migrating_carol", "migrating_dave"] { try await SmallSchema.makeLogin(login, db) }
      try await small.migrate(db)
      try await db.execute(
        script: "ALTER TABLE queue.task OWNER TO migrating_carol; GRANT trabecula_owner TO migrating_dave")
      let dave = try await PostgresConnection.connect(to: target + " user='migrating_dave'")
      let error = await #expect(throws: PostgresError.self) { try await small.migrate(dave) }
      try await db.execute(script: "REVOKE trabecula_owner FROM migrating_dave")
      #expect(error?.sqlState == .insufficientPrivilege)
      #expect(error?.message.contains("1 of the objects in queue belong to migrating_carol") == true)
      #expect(error?.hint?.contains("Migrate as migrating_carol, or as a superuser") == true)
    }
  }
}
