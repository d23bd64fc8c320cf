import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `Row-level security` {
  /// One done case with a feature row at each site.
  func extractEverywhere(_ fixture: RoleFixture) async throws {
    try await fixture.admin.connection.execute(
      script: """
        INSERT INTO trabecula.cohort (name) VALUES ('hips');
        INSERT INTO trabecula.subject (cohort_id, site_id, code) VALUES (1, 1, 'NORTH-77'), (1, 2, 'SOUTH-77');
        INSERT INTO trabecula.image_case (subject_id, image, mask, label)
          SELECT subject_id, code || '.nii', 'mask.nii', 1 FROM trabecula.subject WHERE code LIKE '%-77';
        INSERT INTO trabecula.job_case (job_id, case_id, open_tasks, state)
          SELECT 1, case_id, 0, 'done' FROM trabecula.image_case WHERE image LIKE '%-77.nii';
        INSERT INTO trabecula.feature_set (digest, source, extractor, parameters, names) VALUES ('x', 'handcrafted', '1', '{}', '{a}');
        INSERT INTO trabecula.feature_row (feature_key, feature_set_id, image_sha256, mask_sha256, label, feature_values)
          SELECT sha256(image::bytea), 1, sha256('i'), sha256('m'), 1, '{1}' FROM trabecula.image_case WHERE image LIKE '%-77.nii';
        INSERT INTO trabecula.case_feature (job_id, case_id, source, feature_key)
          SELECT 1, case_id, 'handcrafted', sha256(image::bytea) FROM trabecula.image_case WHERE image LIKE '%-77.nii';
        INSERT INTO trabecula.prediction (job_id, case_id, model, part, probability)
          SELECT 1, case_id, 'Rad', 'test', 0.5 FROM trabecula.job_case WHERE state = 'done';
        INSERT INTO trabecula.replicate (job_id, replicate, task_id, body) VALUES (1, 0, 1, 'x');
        INSERT INTO trabecula.model (job_id, name, body) VALUES (1, 'Rad', '{}');
        INSERT INTO trabecula.metric (job_id, model, cohort, site, name, method, n)
          VALUES (1, 'Rad', 'test', NULL, 'auc', 'x', 1), (1, 'Rad', 'test', 'North', 'auc', 'x', 1), (1, 'Rad', 'test', 'South', 'auc', 'x', 1);
        """)
  }

  @Test(arguments: [
    (TestLogin.coordinator, [2, 2, 2, 2, 1, 1, 3]), (.operatorOfAll, [2, 2, 2, 2, 1, 1, 3]),
    (.reader, [2, 2, 2, 2, 1, 1, 3]), (.northReader, [1, 1, 1, 1, 0, 0, 1]),
    (.northOperator, [1, 1, 1, 1, 0, 0, 1]),
  ])
  func `shows features and results of the login's sites`(login: TestLogin, counts: [Int]) async throws {
    try await RoleFixture.with { fixture in
      try await extractEverywhere(fixture)
      try await fixture.session(as: login) { session in
        var found: [Int] = []
        for what in [
          "site", "feature_row", "case_feature", "prediction", "replicate", "model", "metric",
        ] {
          found.append(try await session.count("trabecula.\(what)"))
        }
        #expect(found == counts)
      }
    }
  }

  @Test func `shows an operator the tasks, workers and patients of its sites`() async throws {
    try await RoleFixture.with { fixture in
      try await extractEverywhere(fixture)
      _ = try await fixture.session(as: .southWorker) { try await $0.worker() }
      try await fixture.session(as: .northOperator) { (session) async throws in
        #expect(
          try await session.names("SELECT code FROM trabecula.subject WHERE code LIKE '%-77'") == ["NORTH-77"]
        )
        #expect(
          try await session.names("SELECT task_id::text FROM queue.live_task ORDER BY 1") == [
            "1", "2", "5",
          ])
        #expect(try await session.count("queue.worker_overview") == 0)
        #expect(try await session.count("queue.audit") == 0)
      }
      try await fixture.session(as: .operatorOfAll) { (session) async throws in
        #expect(try await session.count("queue.worker_overview") == 1)
        #expect(try await session.count("queue.audit") > 0)
      }
    }
  }

  static let overreach: [(TestLogin, String)] = [
    (.reader, "SELECT code FROM trabecula.subject"),
    (.reader, "SELECT image FROM trabecula.image_case"),
    (.reader, "SELECT mask, extra FROM trabecula.image_case"),
    (.reader, "SELECT extra FROM trabecula.job_case"),
    (.reader, "SELECT payload FROM queue.task"),
    (.reader, "SELECT body FROM trabecula.report"), (.reader, "SELECT FROM trabecula.failure_detail"),
    (.reader, "SELECT FROM queue.audit"), (.reader, "SELECT FROM queue.site_login"),
    (.reader, "SELECT queue.cancel_job(1)"), (.reader, "SELECT queue.retry_task(1)"),
    (.reader, "SELECT queue.retry_tasks(1, '{1}')"), (.reader, "SELECT FROM queue.task_timeline(1)"),
    (.reader, "SELECT trabecula.cases_of(NULL, 1)"), (.reader, "UPDATE queue.job SET paused = true"),
    (.operatorOfAll, "UPDATE queue.job SET paused = true"),
    (.operatorOfAll, "DELETE FROM queue.live_task"),
    (.operatorOfAll, "DELETE FROM queue.audit"),
    (.operatorOfAll, "UPDATE queue.audit SET login = 'x'"),
    (.operatorOfAll, "TRUNCATE queue.audit"),
    (.operatorOfAll, "INSERT INTO queue.audit (act, object) VALUES ('x', 'x')"),
    (.operatorOfAll, "SELECT queue.grant_all_sites('test_stranger')"),
    (.operatorOfAll, "SELECT queue.claim_tasks(1, '{cut}', 1)"),
    (.operatorOfAll, "SELECT trabecula.cases_of(NULL, 1)"),
    (.operatorOfAll, "SELECT queue.end_job(1, 'failed', 'x', 'x')"),
    (.northOperator, "SELECT queue.cancel_job(1)"), (.northOperator, "SELECT queue.pause_job(1)"),
    (.northOperator, "SELECT queue.set_priority(1, 3)"),
    (.coordinator, "DELETE FROM queue.audit"), (.coordinator, "UPDATE queue.audit SET login = 'x'"),
    (.coordinator, "TRUNCATE queue.audit"), (.coordinator, "DELETE FROM queue.job"),
    (.coordinator, "UPDATE queue.live_task SET state = 'ready'"),
    (.coordinator, "UPDATE queue.site_login SET site_id = 1"),
    (.coordinator, "ALTER TABLE queue.audit DISABLE TRIGGER ALL"),
    (.coordinator, "ALTER TABLE queue.job DISABLE ROW LEVEL SECURITY"),
    (.coordinator, "SELECT queue.claim_tasks(1, '{cut}', 1)"),
    (.coordinator, "SET ROLE trabecula_owner"),
    (.stranger, "SELECT queue.login_sites()"), (.stranger, "SELECT FROM queue.site"),
  ]

  @Test func `and grants refuse everything else`() async throws {
    try await RoleFixture.with { fixture in
      for (login, statement) in Self.overreach {
        let refusal = try await fixture.refusal(of: statement, as: login)
        #expect(refusal == .insufficientPrivilege, "\(login): \(statement)")
      }
    }
  }

  @Test(arguments: [
    "SELECT queue.pause_site('South')", "SELECT queue.retry_task(3)",
    "SELECT queue.drain_worker(1)",
  ])
  func `knows nothing of the sites of others when their operator acts`(statement: String) async throws {
    try await RoleFixture.with { fixture in
      _ = try await fixture.session(as: .southWorker) { try await $0.worker() }
      #expect(try await fixture.refusal(of: statement, as: .northOperator) == .invalidParameterValue)
      #expect(try await fixture.refusal(of: statement, as: .operatorOfAll) == nil)
    }
  }

  @Test(arguments: [
    "UPDATE queue.audit SET act = 'x'", "DELETE FROM queue.audit", "TRUNCATE queue.audit",
  ])
  func `is not even needed for the audit, which refuses its owner and the superuser`(statement: String)
    async throws
  {
    try await RoleFixture.with { fixture in
      let before = try await fixture.admin.count("queue.audit")
      #expect(before > 0)
      for prefix in ["", "SET ROLE trabecula_owner; "] {
        await #expect(throws: PostgresError.self) {
          try await fixture.admin.connection.execute(script: prefix + statement)
        }
        try await fixture.admin.connection.execute(script: "RESET ROLE")
      }
      #expect(try await fixture.admin.count("queue.audit") == before)
    }
  }
}
