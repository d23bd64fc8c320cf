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
      #expect(rest == [3, 4, 5])
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
    "complete_tasks(WORKER, '{3}', '{FENCE}')", "fail_task(WORKER, 3, FENCE, 'x', 'x', 'x', false)",
    "release_tasks(WORKER, '{3}', '{FENCE}')", "release_others(WORKER, '{}')", "stop_worker(WORKER)",
    "heartbeat(WORKER, '{3}')", "claim_tasks(WORKER, '{extract}', 1)", "queue_is_idle(WORKER)",
    "complete_bootstrap(WORKER, '{3}', '{FENCE}', '{3}', '{0}', '{x}')",
    "complete_extract(WORKER, 3, FENCE, '{}', '{}', sha256('x'), sha256('x'), 1, '{}', '{}', '{}')",
    "complete_aggregate(WORKER, 3, FENCE, '{}', '[]', '[]', '{}', '{}', '{}', '{}')",
    "study_of(WORKER, 2)", "cases_of(WORKER, 2)", "replicates_of(WORKER, 3)",
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
          let refusal = try await fixture.refusal(of: "SELECT * FROM trabecula.\(named)", as: .northWorker)
          #expect(refusal == .insufficientPrivilege, "\(call)")
        }
        #expect(try await south.queue.complete([task], by: worker) == [3: .ok])
      }
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
        #expect(try await fixture.admin.count("trabecula.live_task WHERE state = 'running'") == 1)
      }
    }
  }

  @Test func `touches no table and no view`() async throws {
    try await RoleFixture.with { fixture in
      let names = try await fixture.admin.names(
        "SELECT 'trabecula.' || relname FROM pg_class WHERE relnamespace = 'trabecula'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')"
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
      try await fixture.session(as: .everywhereWorker) { session in
        let worker = try await session.worker()
        func isRefused(_ call: String) async throws -> Bool {
          try await session.refusal(of: "SELECT * FROM trabecula.\(call)") == .insufficientPrivilege
        }
        #expect(try await isRefused("replicates_of(\(worker), 3)"))
        #expect(try await isRefused("cases_of(NULL, 3)"))
        let task = try await session.claim(1, ["bootstrap"], for: worker)[0]
        #expect(try await !isRefused("cases_of(\(worker), 3)"))
        #expect(try await isRefused("cases_of(\(worker), 1)"), "another job's")
        #expect(try await isRefused("replicates_of(\(worker), 3)"), "only an aggregation needs replicates")
        _ = try await session.queue.complete([task], by: worker)
        #expect(try await isRefused("cases_of(\(worker), 3)"), "its task has ended")
      }
    }
  }

  static let overreach = [
    "SET ROLE trabecula_owner", "SET ROLE trabecula_coordinator", "SET SESSION AUTHORIZATION trabecula",
    "ALTER FUNCTION trabecula.claim_tasks SET search_path = public",
    "ALTER FUNCTION trabecula.claim_tasks SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION trabecula.require_own_worker(named bigint) RETURNS void LANGUAGE sql AS 'SELECT'",
    "CREATE FUNCTION trabecula.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE trabecula.own (n int)",
    "DROP FUNCTION trabecula.require_own_worker", "GRANT trabecula_owner TO test_north_worker",
    "SELECT trabecula.end_job(1, 'failed', 'x', 'x')",
    "SELECT trabecula.abandon_job(1, 'failed', 'x', 'x', 'x')",
    "SELECT trabecula.open_next_stage(1)", "SELECT trabecula.start_job(1)",
    "SELECT trabecula.make_ready('{1}')",
    "SELECT trabecula.take_back(1, 1)", "SELECT trabecula.end_failed(1, 'x', 'x', 'x')",
    "SELECT trabecula.count_ended(1, 'extract', 0::smallint, 1, 0)",
    "SELECT trabecula.expire_worker('test', 1)",
    "SELECT trabecula.record_act('x', 'x', NULL, NULL)", "SELECT trabecula.guard_table('pg_class')",
    "SELECT trabecula.keep_history(0)", "SELECT trabecula.maintain_history(1, 0)",
    "SELECT trabecula.lead('x', NULL, 9)",
    "SELECT trabecula.cancel_job(1)", "SELECT trabecula.pause_site('North')",
    "SELECT trabecula.retry_failed(1)",
    "SELECT trabecula.set_priority(1, 9)", "SELECT trabecula.drain_worker(1)",
    "SELECT trabecula.reopen_job(1, '{}')",
    "SELECT trabecula.grant_all_sites('test_north_worker')",
    "SELECT trabecula.grant_site('test_north_worker', 'South')",
    "SELECT trabecula.login_sites()", "SELECT nextval('trabecula.fence')",
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
            SET search_path = pg_temp, pg_catalog, trabecula;
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
        #expect(try await fixture.admin.claim(9, ["extract"], for: fixture.admin.worker()).count == 4)
      }
    }
  }
}
