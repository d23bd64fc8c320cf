import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `A login of a worker` {
  @Test func `claims tasks of its sites only, and of no site only with all sites`() async throws {
    try await RoleFixture.with { fixture in
      let north = try await fixture.session(as: .northWorker) { session in
        try await session.claim(9, for: session.worker()).map(\.id)
      }
      #expect(north == [1, 2])
      let rest = try await fixture.session(as: .everywhereWorker) { session in
        try await session.claim(9, for: session.worker()).map(\.id)
      }
      #expect(rest.sorted() == [3, 4, 5])
    }
  }

  @Test func `that was granted nothing is told what to run`() async throws {
    try await RoleFixture.with { fixture in
      await #expect {
        try await fixture.session(as: .unboundWorker) { try await $0.worker() }
      } throws: { error in
        (error as? PostgresError)?.sqlState == .insufficientPrivilege
          && (error as? PostgresError)?.hint?.contains("grant-site test_unbound_worker SITE") == true
      }
    }
  }

  @Test func `may not register for the site of another`() async throws {
    try await RoleFixture.with { fixture in
      await #expect {
        try await fixture.session(as: .northWorker) { try await $0.worker(sites: ["North", "South"]) }
      } throws: { error in
        (error as? PostgresError)?.sqlState == .insufficientPrivilege
          && (error as? PostgresError)?.hint?.contains("grant-site test_north_worker South") == true
      }
    }
  }

  static let foreignCalls = [
    "queue.complete_plain(WORKER, '{3}', '{FENCE}')",
    "queue.fail_task(WORKER, 3, FENCE, 'x', 'x', 'x', false)",
    "queue.release_tasks(WORKER, '{3}', '{FENCE}')", "queue.release_others(WORKER, '{}')",
    "queue.stop_worker(WORKER)", "queue.heartbeat(WORKER, '{3}')", "queue.offer(WORKER, '{x}')",
    "queue.claim_tasks(WORKER, '{cut}', 1)", "queue.queue_is_idle(WORKER)", "queue.unmet_needs(WORKER)",
    "trabecula.complete_bootstrap(WORKER, '{3}', '{FENCE}', '{3}', '{0}', '{x}')",
    "trabecula.complete_extract(WORKER, 3, FENCE, '{}', '{}', '{}')",
    "trabecula.feature_set_named(WORKER, 2, sha256('x'))",
    "trabecula.complete_aggregate(WORKER, 3, FENCE, '{}', '[]', '[]', '{}', '{}', '{}', '{}')",
    "trabecula.study_of(WORKER, 2)", "trabecula.cases_of(WORKER, 2)",
    "trabecula.replicates_of(WORKER, 3)",
  ]

  @Test func `does not speak for the worker of another, even knowing its number and its fence`() async throws
  {
    try await RoleFixture.with { fixture in
      try await fixture.session(as: .southWorker) { south in
        let worker = try await south.worker()
        let task = try await south.claim(1, for: worker)[0]
        #expect(task.id == 3)
        for call in Self.foreignCalls {
          let named = call.replacing("WORKER", with: "\(worker)").replacing("FENCE", with: "\(task.fence)")
          let refusal = try await fixture.refusal(of: "SELECT * FROM \(named)", as: .northWorker)
          #expect(refusal == .insufficientPrivilege, "\(call)")
        }
        #expect(try await south.queue.complete([task], by: worker) == [3: .ok])
      }
    }
  }

  @Test func `tells of itself in few words, lest views that read them all take seconds`() async throws {
    try await RoleFixture.with { fixture in
      try await fixture.session(as: .northWorker) { north in
        let worker = try await north.worker()
        let long = "array(SELECT repeat(chr(65 + i % 26), 5000) FROM generate_series(1, 100) i)"
        let protocolNumber = "(SELECT protocol_oldest FROM queue.protocol)"
        for call in [
          "queue.offer(\(worker), \(long))", "queue.offer(\(worker), NULL)",
          "queue.register_worker('h', 1, 1, 'v', NULL, 60, \(protocolNumber), \(long))",
          "queue.register_worker('h', 1, 1, 'v', NULL, 60, \(protocolNumber), '{}', \(long))",
          "queue.register_worker('h', 1, 2000000, 'v', NULL, 60, \(protocolNumber), '{}')",
        ] {
          #expect(try await north.refusal(of: "SELECT \(call)") == .invalidParameterValue, "\(call)")
        }
        try await north.connection.execute(
          "SELECT queue.register_worker(E'h\\x1b[2J' || repeat('x', 1000), 1, 1, 'v', NULL, 60, \(protocolNumber), '{}')"
        )
      }
      #expect(
        try await fixture.admin.names(
          "SELECT left(host, 6) || length(host) FROM queue.worker WHERE slots = 1 AND host LIKE 'h%'"
        )
        .contains("h [2Jx255"))
    }
  }

  @Test func `that names itself and the fence of another ends nothing`() async throws {
    try await RoleFixture.with { fixture in
      try await fixture.session(as: .southWorker) { south in
        let task = try await south.claim(1, for: south.worker())[0]
        try await fixture.session(as: .northWorker) { north in
          let own = try await north.worker()
          #expect(try await north.queue.complete([task], by: own) == [3: .stale])
          let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: false)
          #expect(try await north.queue.fail(task, because: failure, by: own) == .stale)
          #expect(try await north.queue.release([task], by: own) == 0)
        }
        #expect(try await fixture.admin.count("queue.live_task WHERE state = 'running'") == 1)
      }
    }
  }

  @Test func `touches no table and no view`() async throws {
    try await RoleFixture.with { fixture in
      let names = try await fixture.admin.names(
        """
        SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
          WHERE nspname IN ('queue', 'trabecula') AND c.oid <> 'queue.protocol'::regclass AND relkind IN ('r', 'p', 'v', 'S')
        """
      )
      #expect(names.count > 30)
      for name in names {
        for login in [TestLogin.everywhereWorker, .stranger] {
          #expect(
            try await fixture.refusal(of: "SELECT FROM \(name)", as: login) == .insufficientPrivilege,
            "\(login) \(name)")
        }
      }
    }
  }

  @Test func `reads a study only while it runs a task that needs it`() async throws {
    try await RoleFixture.with { fixture in
      let job = try await fixture.admin.job([("bootstrap", 1)])
      try await fixture.session(as: .everywhereWorker) { session in
        let worker = try await session.worker()
        func isRefused(_ call: String) async throws -> Bool {
          try await session.refusal(of: "SELECT * FROM trabecula.\(call)") == .insufficientPrivilege
        }
        #expect(try await isRefused("replicates_of(\(worker), \(job))"))
        #expect(try await isRefused("cases_of(NULL, \(job))"))
        let task = try await session.claim(1, ["bootstrap"], for: worker)[0]
        #expect(try await !isRefused("cases_of(\(worker), \(job))"))
        #expect(try await isRefused("cases_of(\(worker), 1)"), "another job's")
        #expect(
          try await isRefused("replicates_of(\(worker), \(job))"), "only an aggregation needs replicates")
        _ = try await session.queue.release([task], by: worker)
        #expect(try await isRefused("cases_of(\(worker), \(job))"), "it runs none any more")
      }
    }
  }

  static let overreach = [
    "SET ROLE trabecula_owner", "SET ROLE trabecula_coordinator", "SET SESSION AUTHORIZATION trabecula",
    "ALTER FUNCTION queue.claim_tasks SET search_path = public",
    "ALTER FUNCTION queue.claim_tasks SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION queue.require_own_worker(named bigint) RETURNS void LANGUAGE sql AS 'SELECT'",
    "CREATE FUNCTION queue.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE queue.own (n int)",
    "DROP FUNCTION queue.require_own_worker", "GRANT trabecula_owner TO test_north_worker",
    "SELECT queue.end_job(1, 'failed', 'x', 'x')",
    "SELECT queue.abandon_job(1, 'failed', 'x', 'x', 'x')",
    "SELECT queue.open_next_stages(ARRAY[1])", "SELECT queue.start_job(1)",
    "SELECT queue.make_ready('{1}')",
    "SELECT queue.complete_tasks(1, '{1}', '{1}', 'cut')", "SELECT queue.take_back(1, 1)",
    "SELECT queue.end_failed(1, 'x', 'x', 'x')",
    "SELECT queue.end_tasks(NULL, '{1}', NULL, NULL, 'succeeded', NULL, NULL, NULL)",
    "SELECT queue.expire_worker('test', 1)",
    "SELECT queue.record_act('x', 'x', NULL, NULL)", "SELECT queue.guard_table('pg_class')",
    "SELECT queue.keep_history(0)", "SELECT queue.maintain_history(1, 0)",
    "SELECT queue.lead('x', NULL, 9)",
    "SELECT queue.cancel_job(1)", "SELECT queue.pause_site('North')",
    "SELECT queue.retry_failed(1)",
    "SELECT queue.set_priority(1, 9)", "SELECT queue.drain_worker(1)",
    "SELECT queue.reopen_job(1, '{}')",
    "SELECT queue.grant_all_sites('test_north_worker')",
    "SELECT queue.grant_site('test_north_worker', 'South')",
    "SELECT queue.login_sites()", "SELECT queue.plan_job('x', 'x')", "SELECT queue.define_kind('x', 1)",
    "UPDATE queue.protocol SET protocol_oldest = 0", "SELECT nextval('queue.fence')",
  ]

  @Test func `may call no function but its own and change nothing`() async throws {
    try await RoleFixture.with { fixture in
      for statement in Self.overreach {
        let refusal = try await fixture.refusal(of: statement, as: .northWorker)
        #expect(refusal == .insufficientPrivilege, "\(statement)")
      }
    }
  }

  @Test func `does not lead functions astray with temporary objects and a search path of its own`()
    async throws
  {
    try await RoleFixture.with { fixture in
      try await fixture.session(as: .northWorker) { session in
        try await session.connection.execute(
          script: """
            CREATE TEMP TABLE site_login (login name, site_id int);
            INSERT INTO site_login VALUES (session_user, NULL);
            CREATE TEMP TABLE worker AS SELECT 1 AS worker_id;
            CREATE FUNCTION pg_temp.serves_all_sites() RETURNS boolean LANGUAGE sql AS 'SELECT true';
            CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'infinity'::timestamptz $$;
            CREATE FUNCTION pg_temp.require_own_worker(bigint) RETURNS void LANGUAGE sql AS 'SELECT';
            SET search_path = pg_temp, pg_catalog, queue;
            """)
        #expect(try await session.claim(9, for: session.worker()).map(\.id) == [1, 2])
      }
    }
  }

  @Test func `whose site is revoked stops, and its tasks go back`() async throws {
    try await RoleFixture.with { fixture in
      try await fixture.session(as: .northWorker) { north in
        let worker = try await north.worker()
        let tasks = try await north.claim(2, for: worker)
        let line = try await fixture.admin.queue.revoke(
          sites: ["North"], from: TestLogin.northWorker.rawValue)
        #expect(line == "Login test_north_worker may see and serve no site.")
        let answer = try await north.queue.heartbeat(of: worker, running: tasks.map(\.id))
        #expect(answer == HeartbeatAnswer(state: .stopped, takenBack: [1, 2], workIsAhead: true))
        #expect(try await north.queue.complete(tasks, by: worker) == [1: .stale, 2: .stale])
        #expect(try await fixture.admin.claim(9, ["cut"], for: fixture.admin.worker()).count == 4)
      }
    }
  }
}
