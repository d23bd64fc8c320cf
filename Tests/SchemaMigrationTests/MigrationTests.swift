import Postgres
import SchemaMigration
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Migrating` {
  private let small = SmallSchema()

  @Test func `gives a fresh database all files, and twice does nothing`() async throws {
    try await TestDatabase.withConnection { db in
      let missing = try await SchemaMigrator(small.files).missing(in: db)
      #expect(missing.steps == ["queue/0001-task"])
      #expect(missing.files == ["queue/roles", "queue/claim", "queue/tasks", "queue/rights"])
      #expect(try await small.migrate(db) == missing)
      #expect(try await small.migrate(db).isEmpty)
      #expect(try await SchemaMigrator(small.files).missing(in: db).isEmpty)
      #expect(try await db.query("SELECT count(*) FROM queue.tasks").scalar(as: Int.self) == 0)
    }
  }

  @Test func `records steps with title and digest`() async throws {
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      let row = try await db.query(
        "SELECT component, title, digest, applied_at <= now() FROM queue.schema_step WHERE step = 1"
      ).only()
      let (component, title, digest, isPast) = try row.decode(
        String.self, String.self, String.self, Bool.self)
      #expect(component == "queue")
      #expect(title == "task")
      #expect(digest == (try small.files[1].digest))
      #expect(isPast)
    }
  }

  @Test func `gives everything to the owner of the schema`() async throws {
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      let others = try await db.query(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'queue'::regnamespace AND relowner <> 'trabecula_owner'::regrole"
      )
      #expect(others.isEmpty)
    }
  }

  @Test func `from many connections at once applies each step once`() async throws {
    try await TestDatabase.withFresh { target in
      var many = small
      for number in 2...12 {
        many["steps/\(number < 10 ? "000" : "00")\(number)-row.sql"] =
          "INSERT INTO queue.task VALUES (\(number));"
      }
      let schema = many
      let applied = try await withThrowingTaskGroup { group in
        for _ in 0..<6 {
          let db = try await PostgresConnection.connect(to: target)
          group.addTask { try await schema.migrate(db).steps }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(applied.count == 12)
      #expect(Set(applied).count == 12)
      let db = try await PostgresConnection.connect(to: target)
      #expect(try await db.query("SELECT count(*) FROM queue.task").scalar(as: Int.self) == 11)
    }
  }

  @Test func `refuses a step that was edited after it ran, and names it`() async throws {
    try await TestDatabase.withConnection { db in
      try await small.migrate(db)
      let edited = small.with("steps/0001-task.sql", SmallSchema.table + "-- a comment")
      let error = await #expect(throws: PostgresError.self) { try await edited.migrate(db) }
      #expect(error?.code == .schema)
      #expect(error?.message.contains("step 1 (task) of queue") == true)
    }
  }

  @Test func `refuses a database with a step that the program does not know`() async throws {
    try await TestDatabase.withConnection { db in
      try await small.with("steps/0002-more.sql", "ALTER TABLE queue.task ADD COLUMN rank int;").migrate(db)
      let error = await #expect(throws: PostgresError.self) { try await small.migrate(db) }
      #expect(error?.code == .schema)
      #expect(error?.message.contains("update the program") == true)
    }
  }

  @Test func `refuses code that the database replaced by newer code, unless it is told to bring it back`()
    async throws
  {
    let old = SmallSchema()
    let new = old.with("claim.sql", SmallSchema.claim.replacing("Claims.", with: "Claims tasks."))
      .without("views/tasks.sql").with(
        "views/all_tasks.sql", "CREATE OR REPLACE VIEW queue.all_tasks AS SELECT id FROM queue.task;\n"
      ).with("rights.sql", SmallSchema.rights.replacing("queue.tasks", with: "queue.all_tasks"))
    try await TestDatabase.withConnection { db in
      try await old.migrate(db)
      let made = try await SmallSchema.account(db)
      try await new.migrate(db)
      await #expect {
        try await old.migrate(db)
      } throws: {
        "\($0)".contains("the database had this program's queue/claim before")
          && "\($0)".contains("update the program")
      }
      #expect(try await new.migrate(db).isEmpty)
      var migrator = try SchemaMigrator(old.files)
      migrator.bringsBackOlderCode = true
      #expect(try await migrator.migrate(db).withdrawn == ["queue/all_tasks"])
      #expect(try await SmallSchema.account(db) == made)
      // Which makes it the newer one.
      #expect(try await old.migrate(db).isEmpty)
      await #expect(throws: PostgresError.self) { try await new.migrate(db) }
    }
  }

  @Test func `takes a file back to an earlier text where others are new`() async throws {
    let first = SmallSchema()
    let second = first.with("claim.sql", SmallSchema.claim.replacing("Claims.", with: "Claims tasks."))
    let third = first.with("views/tasks.sql", SmallSchema.views.replacing("All tasks.", with: "Tasks."))
    try await TestDatabase.withConnection { db in
      for schema in [first, second] { try await schema.migrate(db) }
      #expect(try await third.migrate(db).files == ["queue/claim", "queue/tasks"])
    }
  }

  @Test func `refuses steps with a gap and files of one name`() throws {
    #expect(throws: PostgresError.self) {
      try SchemaMigrator(small.with("steps/0003-more.sql", "SELECT 1").files)
    }
    #expect(throws: PostgresError.self) {
      try SchemaMigrator(small.with("views/claim.sql", "SELECT 1").files)
    }
  }

  @Test func `leaves everything as it was where a file fails, and tells the line`() async throws {
    try await TestDatabase.withConnection { db async throws in
      try await small.migrate(db)
      let before = try await SmallSchema.account(db)
      let broken =
        small
        .with("steps/0002-more.sql", "ALTER TABLE queue.task ADD COLUMN rank int;")
        .with("claim.sql", SmallSchema.claim + "\nSELECT 1;\nSELECT nonsense;\n")
      let error = await #expect(throws: PostgresError.self) { try await broken.migrate(db) }
      #expect(error?.message.contains("queue/claim, line 4: ") == true)
      #expect(try await SmallSchema.account(db) == before)
    }
  }

  @Test func `tells the line of a step that fails`() async throws {
    try await TestDatabase.withConnection { db in
      let broken = small.with("steps/0002-broken.sql", "SELECT 1;\nCREATE TABLE queue.c (\n  n nonsense);\n")
      let error = await #expect(throws: PostgresError.self) { try await broken.migrate(db) }
      #expect(error?.message.contains("queue/0002-broken, line 3: ") == true)
    }
  }

  @Test func `gives up where a table stays locked, and can be repeated`() async throws {
    try await TestDatabase.withFresh { target in
      let db = try await PostgresConnection.connect(to: target)
      let holder = try await PostgresConnection.connect(to: target)
      try await small.migrate(db)
      try await holder.execute(script: "BEGIN; SELECT * FROM queue.task")
      let longer = try small.with("steps/0002-more.sql", "ALTER TABLE queue.task ADD COLUMN rank int;").files
      let migrator = try SchemaMigrator(longer, lockTimeout: .milliseconds(20), attempts: 3)
      let error = await #expect(throws: PostgresError.self) { try await migrator.migrate(db) }
      #expect(error?.sqlState == .lockNotAvailable)
      #expect(error?.message.contains("queue/0002-more") == true)
      #expect(error?.isTransient == true)
      try await holder.execute(script: "ROLLBACK")
      #expect(try await migrator.migrate(db).steps == ["queue/0002-more"])
    }
  }

  @Test func `waits for a lock again and again`() async throws {
    try await TestDatabase.withFresh { target in
      let db = try await PostgresConnection.connect(to: target)
      let holder = try await PostgresConnection.connect(to: target)
      let observer = try await PostgresConnection.connect(to: target)
      try await small.migrate(db)
      try await holder.execute(script: "BEGIN; SELECT * FROM queue.task")
      let longer = try small.with("steps/0002-more.sql", "ALTER TABLE queue.task ADD COLUMN rank int;").files
      let migrator = try SchemaMigrator(longer, lockTimeout: .milliseconds(20), attempts: 1_000_000)
      async let changes = migrator.migrate(db)
      // At least one attempt has failed when a later one waits.
      var transactions: Set<String> = []
      while transactions.count < 2 {
        let waiting = try await observer.query(
          "SELECT xact_start::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        transactions.formUnion(try waiting.map { try $0.decode(String.self) })
        try await Task.sleep(for: .milliseconds(2))
      }
      try await holder.execute(script: "ROLLBACK")
      #expect(try await changes.steps == ["queue/0002-more"])
    }
  }

  @Test func `shows others the old state until all is new`() async throws {
    try await TestDatabase.withFresh { target in
      let db = try await PostgresConnection.connect(to: target)
      let holder = try await PostgresConnection.connect(to: target)
      let other = try await PostgresConnection.connect(to: target)
      try await small.migrate(db)
      try await holder.execute(script: "BEGIN; LOCK TABLE queue.schema_catalogue IN SHARE MODE")
      let newer =
        small
        .with("claim.sql", SmallSchema.claim.replacing("SELECT id", with: "SELECT 7 + id"))
        .with("steps/0002-rows.sql", "INSERT INTO queue.task VALUES (1);")
      let files = try newer.files
      async let changes = SchemaMigrator(files, lockTimeout: .seconds(600)).migrate(db)
      // It has done all but its last statement.
      try await other.wait(
        until:
          "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'queue.schema_catalogue'::regclass)")
      #expect(try await other.query("SELECT * FROM queue.claim(5)").isEmpty)
      try await holder.execute(script: "ROLLBACK")
      #expect(try await changes.steps == ["queue/0002-rows"])
      #expect(try await other.query("SELECT * FROM queue.claim(5)").scalar(as: Int.self) == 8)
    }
  }
}
