import Postgres
import SchemaMigration
import TaskQueue
import TestSupport
import Testing

/// What one login can do to the others with plain SQL.
@Suite struct `A hostile login` {
  /// A fixture whose database has been settled, as `coordinator migrate` does.
  private func withSettled(_ body: (RoleFixture) async throws -> Void) async throws {
    try await RoleFixture.with { fixture in
      #expect(try await fixture.admin.names("SELECT command FROM queue.settle_database()") == [])
      try await body(fixture)
    }
  }

  /// So that what is stopped fails instead of hanging.
  private func bePatient(_ session: QueueFixture) async throws {
    try await session.connection.execute("SET lock_timeout = '10min'")
  }

  /// How many sessions are ended by `end_stalling_sessions` with these limits. Returns once they are gone: the server ends
  /// them at leisure, and a second look would count them again.
  private func sessionsEnded(by limits: String, _ fixture: RoleFixture) async throws -> Int64 {
    let open = "(SELECT count(*) FROM queue.open_transactions())"
    let before = try await fixture.admin.connection.query("SELECT \(open)").scalar(as: Int64.self)
    let ended = try await fixture.admin.connection.query(
      "SELECT queue.end_stalling_sessions(\(limits))::bigint"
    ).scalar(as: Int64.self)
    try await fixture.admin.connection.wait(until: "\(open) <= \(before - ended)")
    return ended
  }

  @Test func `stops no grant, maintenance or migration with advisory locks`() async throws {
    try await RoleFixture.with { fixture in
      try await bePatient(fixture.admin)
      try await fixture.session(as: .northReader) { hostile in
        for key in [
          "hashtext('queue.act')", "hashtext('queue.lane')", "hashtext('queue.maintain')",
          "x'747261626563756c'::bigint",
        ] {
          try await hostile.connection.query("SELECT pg_advisory_lock(\(key))")
        }
        _ = try await fixture.admin.queue.grant(sites: ["South"], to: TestLogin.northWorker.rawValue)
        _ = try await fixture.admin.queue.revoke(sites: ["South"], from: TestLogin.northWorker.rawValue)
        _ = try await fixture.admin.job([("count", 1)], needs: ["a new lane"])
        let worker = try await fixture.admin.worker()
        #expect(try await fixture.admin.lose(worker).lostWorkers == 1)
        // What somebody altered by hand is mended, so there is something to migrate.
        try await fixture.admin.connection.execute("GRANT SELECT ON queue.audit TO PUBLIC")
        #expect(try await QueueFixture.migrate(fixture.admin.connection).mends)
      }
    }
  }

  @Test(arguments: [TestLogin.northWorker, .northOperator, .northReader, .coordinator, .stranger])
  func `cannot take what acts and migrations wait for`(login: TestLogin) async throws {
    try await RoleFixture.with { (fixture) async throws in
      for statement in [
        "SELECT FROM queue.turn FOR UPDATE", "SELECT FROM queue.turn FOR KEY SHARE",
        "BEGIN; LOCK TABLE queue.turn",
        "BEGIN; LOCK TABLE queue.schema_step IN SHARE ROW EXCLUSIVE MODE", "SELECT queue.take_turn('act')",
        "SELECT queue.end_stalling_sessions()", "SELECT queue.settle_database()",
      ] {
        #expect(try await fixture.refusal(of: statement, as: login) == .insufficientPrivilege, "\(statement)")
      }
    }
  }

  @Test func `does no maintenance in the name of the leader`() async throws {
    try await RoleFixture.with { fixture in
      let term = try await fixture.admin.connection.query("SELECT queue.lead('here', NULL, 60)").scalar(
        as: Int64.self)
      try await bePatient(fixture.admin)
      try await fixture.session(as: .northWorker) { hostile in
        try await hostile.connection.execute(script: "BEGIN; SELECT queue.maintain(\(term))")
        // The leader renews its lease, which waits for nobody.
        #expect(
          try await fixture.admin.connection.query("SELECT queue.lead('here', $1, 60)", term).scalar(
            as: Int64.self)
            == term)
      }
    }
  }

  @Test func `that keeps an act open loses its session, whatever limits it lifts`() async throws {
    try await withSettled { fixture in
      try await bePatient(fixture.admin)
      try await fixture.session(as: .northOperator) { hostile in
        try await hostile.connection.execute(
          script: "SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT queue.pause_site('North')")
        try await fixture.session(as: .reader) { reader in
          try await reader.connection.execute(script: "BEGIN; SELECT FROM queue.site")
          #expect(try await sessionsEnded(by: "", fixture) == 0)
          #expect(try await sessionsEnded(by: "'0', '1 hour'", fixture) == 1)
          // One that only reads keeps nobody waiting, until it is forgotten.
          #expect(try await reader.count("queue.site") == 2)
          #expect(try await sessionsEnded(by: "'1 hour', '1 hour', '0'", fixture) == 1)
          await #expect(throws: PostgresError.self) { try await reader.count("queue.site") }
        }
        await #expect(throws: PostgresError.self) { try await hostile.count("queue.site") }
      }
      #expect(
        try await fixture.admin.names("SELECT queue.pause_site('North')").first?.contains("is paused:")
          == true)
    }
  }

  @Test func `that sleeps, or waits for nothing, within an act loses its session`() async throws {
    try await withSettled { fixture in
      try await bePatient(fixture.admin)
      try await fixture.admin.connection.query("SELECT pg_advisory_lock(1)")
      for pastime in ["pg_sleep(600)", "pg_advisory_lock(1)"] {
        try await fixture.session(as: .northOperator) { hostile in
          let act = Task {
            try await hostile.connection.execute(script: "SELECT queue.pause_site('North'), \(pastime)")
          }
          try await fixture.admin.connection.wait(
            until: "EXISTS (SELECT FROM queue.open_transactions() WHERE has_written AND stalled > '0')")
          #expect(try await sessionsEnded(by: "'0', '1 hour'", fixture) == 1)
          await #expect(throws: PostgresError.self, "\(pastime)") { try await act.value }
        }
      }
    }
  }

  /// Between two statements, where it could compute as well: how long its transaction lasts is what counts.
  @Test func `that keeps what it writes to itself has a minute where it works, and ten where it operates`()
    async throws
  {
    try await withSettled { fixture in
      try await bePatient(fixture.admin)
      try await fixture.session(as: .northWorker) { hostile in
        let worker = try await hostile.worker(sites: ["North"])
        try await hostile.connection.execute(script: "BEGIN; SELECT FROM queue.heartbeat(\(worker), '{}')")
        try await fixture.session(as: .northOperator) { acting in
          try await acting.connection.execute(script: "BEGIN; SELECT queue.pause_site('North')")
          #expect(try await sessionsEnded(by: "'1 hour', '1 hour', '1 hour'", fixture) == 0)
          #expect(try await sessionsEnded(by: "'1 hour', '1 hour', '1 hour', '0'", fixture) == 1)
          await #expect(throws: PostgresError.self) { try await hostile.connection.execute("COMMIT") }
          #expect(try await sessionsEnded(by: "'1 hour', '0', '1 hour', '0'", fixture) == 1)
          await #expect(throws: PostgresError.self) { try await acting.connection.execute("COMMIT") }
        }
      }
      let limits = try await fixture.admin.names(
        "SELECT pg_get_function_arguments('queue.end_stalling_sessions'::regproc)")
      #expect(limits.first?.contains("longest_completion interval DEFAULT '00:01:00'::interval") == true)
    }
  }

  /// An act on few tasks is done in a minute; one on a million is let end.
  @Test func `that operates has the longer, the more tasks a job has that it may act on`() async throws {
    try await withSettled { fixture in
      func minutes() async throws -> Int {
        try await fixture.admin.connection.query(
          "SELECT extract(epoch FROM queue.longest_act())::int / 60"
        ).scalar(as: Int.self)
      }
      #expect(try await minutes() == 1)
      for (tasks, expected) in [(1_000, 1), (200_000, 3), (5_000_000, 10)] {
        try await fixture.admin.connection.execute(
          """
          WITH job AS (INSERT INTO queue.job (key, name, state) VALUES (sha256($1::int::text::bytea), 'big', 'running') RETURNING job_id),
            stage AS (INSERT INTO queue.stage (job_id, kind, position) SELECT job_id, 'cut', 1 FROM job RETURNING job_id)
          INSERT INTO queue.stage_shard (job_id, kind, shard, total, remaining) SELECT job_id, 'cut', 0, $1, $1 FROM stage
          """, tasks)
        #expect(try await minutes() == expected)
      }
      let limits = try await fixture.admin.names(
        "SELECT pg_get_function_arguments('queue.end_stalling_sessions'::regproc)")
      #expect(limits.first?.contains("longest_act interval DEFAULT NULL") == true)
    }
  }

  @Test func `loses its sites at once, whatever it is writing`() async throws {
    try await withSettled { fixture in
      try await bePatient(fixture.admin)
      try await fixture.session(as: .northWorker) { hostile in
        let worker = try await hostile.worker(sites: ["North"])
        try await hostile.connection.execute(
          script:
            "SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT FROM queue.heartbeat(\(worker), '{}')"
        )
        #expect(
          try await fixture.admin.queue.revoke(sites: ["North"], from: TestLogin.northWorker.rawValue)
            == "Login test_north_worker may see and serve no site.")
        await #expect(throws: PostgresError.self) { try await hostile.connection.execute("COMMIT") }
      }
    }
  }

  @Test func `that has no duty here cannot even connect`() async throws {
    try await withSettled { fixture in
      let error = await #expect(throws: PostgresError.self) {
        try await TestLogin.stranger.connect(to: fixture.target)
      }
      #expect(error?.message.contains("permission denied for database") == true)
    }
  }

  @Test func `that forgets a transaction is ended by the database`() async throws {
    try await withSettled { fixture in
      let limit = try await fixture.session(as: .northWorker) {
        try await $0.text("SHOW idle_in_transaction_session_timeout")
      }
      #expect(limit == "1min")
    }
  }

  @Test(arguments: [
    "CREATE TEMP TABLE t (a int)", "SELECT lo_create(0)", "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "CREATE TABLE public.t (a int)",
  ])
  func `fills no disk`(statement: String) async throws {
    try await withSettled { (fixture) async throws in
      for login in [TestLogin.northWorker, .northReader] {
        #expect(try await fixture.refusal(of: statement, as: login) == .insufficientPrivilege, "\(login)")
      }
    }
  }

  @Test func `sees neither what others execute nor sessions of other sites`() async throws {
    try await withSettled { fixture in
      try await fixture.session(as: .southWorker) { south in
        try await south.connection.query("SELECT 'a secret of the south'")
        try await fixture.session(as: .northWorker) { north in
          try await north.connection.query("SELECT 1")
          try await fixture.session(as: .northOperator) { (hostile) async throws in
            #expect(
              try await hostile.names(
                "SELECT query FROM pg_stat_activity WHERE query LIKE '%secret of the s' || 'outh%'")
                == [])
            #expect(
              try await hostile.names("SELECT login::text FROM queue.session_overview") == [
                "test_north_worker"
              ])
            // Not through the function either that the view asks.
            #expect(
              try await hostile.names("SELECT login::text FROM queue.sessions()") == ["test_north_worker"])
          }
          try await fixture.session(as: .operatorOfAll) { (all) async throws in
            #expect(
              Set(try await all.names("SELECT login::text FROM queue.session_overview"))
                .isSuperset(of: ["test_north_worker", "test_south_worker"]))
          }
        }
      }
    }
  }

  @Test func `gets nothing from the grants of a role that had its name`() async throws {
    try await RoleFixture.with { fixture in
      let name = "test_returned_\(try await fixture.admin.text("SELECT current_database()::text"))"
      let create = "CREATE ROLE \(name) LOGIN IN ROLE trabecula_worker"
      try await fixture.admin.connection.execute(script: create)
      _ = try await fixture.admin.queue.grantAllSites(to: name)
      _ = try await fixture.admin.queue.grant(sites: ["North"], to: name)
      try await fixture.admin.connection.execute(script: "DROP ROLE \(name); \(create)")
      let returned = try await PostgresConnection.connect(to: fixture.target + " user='\(name)'")
      await #expect(throws: PostgresError.self) {
        try await returned.query("SELECT queue.register_worker('h', 1, 1, 'v', NULL, 60, 1, '{}')")
      }
      #expect(
        try await fixture.admin.queue.grant(sites: ["South"], to: name)
          == "Login \(name) may see and serve South.")
      await returned.close()
      try await fixture.admin.connection.execute(script: "DROP ROLE \(name)")
    }
  }

  @Test func `without a limit of connections is named to the operators`() async throws {
    try await RoleFixture.with { fixture in
      let found = try await fixture.session(as: .operatorOfAll) {
        try await $0.names("SELECT about FROM queue.db_health WHERE what = 'logins without a limit'")
      }
      #expect(found.first?.contains("CONNECTION LIMIT") == true)
    }
  }
}

@Suite struct `Settling a database` {
  @Test func `tells a login that may not which commands an administrator runs`() async throws {
    try await RoleFixture.with { fixture in
      let name = "test_settler_\(try await fixture.admin.text("SELECT current_database()::text"))"
      try await fixture.admin.connection.execute(
        script: "CREATE ROLE \(name) LOGIN; GRANT trabecula_owner TO \(name)")
      let migrator = try await PostgresConnection.connect(to: fixture.target + " user='\(name)'")
      let commands = try await migrator.query("SELECT command FROM queue.settle_database()").map {
        try $0.decode(at: 0) as String
      }
      #expect(commands.contains { $0.hasPrefix("REVOKE TEMPORARY ON DATABASE") })
      #expect(
        commands.contains { $0.hasPrefix("ALTER DATABASE") && $0.contains("log_parameter_max_length = 0") })
      await migrator.close()
      // The administrator does as told.
      for command in commands { try await fixture.admin.connection.execute(script: command) }
      #expect(try await fixture.admin.names("SELECT command FROM queue.settle_database()") == [])
      try await fixture.admin.connection.execute(
        script: "REVOKE trabecula_owner FROM \(name); DROP ROLE \(name)")
    }
  }

  @Test func `keeps values of parameters out of the server's log`() async throws {
    try await RoleFixture.with { fixture in
      let database = try await fixture.admin.text("SELECT current_database()::text")
      try await fixture.admin.connection.execute(
        script: "ALTER DATABASE \(database) SET log_min_duration_statement = 0")
      try await fixture.admin.connection.execute("SET log_min_duration_statement = 0")
      let wanted = try await fixture.admin.names(
        "SELECT reason FROM queue.database_wants() WHERE command LIKE '%log_parameter_max_length = 0'")
      #expect(wanted.first?.hasPrefix("the server's log gets values of parameters now") == true)
      #expect(try await fixture.admin.names("SELECT command FROM queue.settle_database()") == [])
      try await fixture.session(as: .coordinator) { (session) async throws in
        #expect(try await session.text("SHOW log_min_duration_statement") == "0")
        #expect(try await session.text("SHOW log_parameter_max_length") == "0")
      }
    }
  }

  @Test func `leaves a limit that an administrator chose`() async throws {
    try await RoleFixture.with { fixture in
      let database = try await fixture.admin.text("SELECT current_database()::text")
      try await fixture.admin.connection.execute(
        script: "ALTER DATABASE \(database) SET idle_in_transaction_session_timeout = '5min'")
      #expect(try await fixture.admin.names("SELECT command FROM queue.settle_database()") == [])
      #expect(
        try await fixture.admin.text("SELECT queue.database_setting('idle_in_transaction_session_timeout')")
          == "5min")
    }
  }
}
