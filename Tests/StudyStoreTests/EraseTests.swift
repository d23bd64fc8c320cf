import Postgres
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A person who is erased` {
  /// Tables, columns of text, JSON and bytes, and partitions too: every row of every table as text.
  private static let tables = """
    SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = ANY ('{queue,trabecula}'::regnamespace[])
    """

  /// Tables that have something of P2 anywhere: code, paths, digest of the image.
  private func mentions(_ fixture: ActFixture) async throws -> [String] {
    var found: [String] = []
    for row in try await fixture.admin.connection.query(PostgresStatement(Self.tables)) {
      let table = try row.decode(at: 0, as: String.self)
      for word in Self.words {
        let rows = try await fixture.count("\(table) t WHERE t::text ~ '\(word)'")
        if rows > 0 { found.append("\(table): \(word)") }
      }
    }
    return found
  }

  private static let words = [
    "(^|[^[:alnum:]])P2($|[^[:alnum:]])", "i2\\.nii", "m2\\.nii", String(repeating: "02", count: 32),
  ]

  @Test(arguments: [TestLogin.coordinator, .operatorOfAll])
  func `is in no table any more`(login: TestLogin) async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      try await fixture.finish(as: worker)
      // A second job, in which P2 failed, and another case's failure speaks of it.
      let again = try await fixture.admin.store.submit(
        StoreFixture.study(replicates: 2), cohort: "other", cases: StoreFixture.cases(4, mask: { _ in 9 }))
      let tasks = try await fixture.admin.queue.claim(upTo: 9, kinds: ["extract"], for: worker)
      let failure = TaskFailure(
        code: "same-image", sentence: "i2.nii is of P2 and of P20.", remedy: "Ask P2.", isRetryable: false)
      for task in tasks.prefix(2) {
        _ = try await fixture.admin.queue.fail(task, because: failure, by: worker)
      }
      _ = try await fixture.admin.queue.fail(
        tasks[2], because: TaskFailure(code: "a", sentence: "P2", remedy: "", isRetryable: true), by: worker)
      try await fixture.act(
        "SELECT trabecula.exclude_case(2, \(try await fixture.number("P3", in: 2)), 'as P2')",
        as: .coordinator)
      #expect(try await mentions(fixture).count > 8)

      let sql = "SELECT trabecula.erase_subject('P2', 'North', ARRAY['hip', 'other'])"
      // A report is everybody's.
      await fixture.expectRefusal(sql, as: .northOperator, .insufficientPrivilege, "all sites")
      let said = try await fixture.act(sql, as: login)
      #expect(
        said
          == "Erased at site North: 2 subjects, 2 cases, 1 feature row, 1 prediction; 1 report is superseded. Submit these studies again without the subject."
      )
      #expect(try await mentions(fixture) == [])
      #expect(try await fixture.count("trabecula.job_case WHERE failure_text LIKE '%P20%'") == 1)
      #expect(try await fixture.admin.store.supersession(of: 1)?.contains("erased") == true)
      #expect(try await fixture.admin.store.supersession(of: again.job) == nil)
      let audit = try await fixture.admin.connection.query(
        "SELECT login || ' ' || object || ' ' || (before ->> 'cases') FROM queue.audit WHERE act = 'erase_subject'"
      ).scalar(as: String.self)
      #expect(audit == "\(login.rawValue) site North 2")
      await fixture.expectRefusal(sql, as: login, .invalidParameterValue, "no such subject")
      // The study as it was is a job of its own, not that which lacks the person now.
      let anew = try await fixture.admin.store.submit(
        fixture.study, cohort: "hip", cases: StoreFixture.cases(6))
      #expect(!anew.wasKnown)
      #expect(anew.toExtract == 1)
    }
  }

  @Test func `leaves a running job that goes on without, and takes its claims along`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let tasks = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      try await fixture.act("SELECT trabecula.erase_subject('P2', 'North')", as: .northOperator)
      var verdicts: [Verdict] = []
      for task in tasks {
        verdicts.append(try await fixture.admin.completeExtraction(task, of: fixture.study, by: worker))
      }
      #expect(verdicts.count { $0 == .stale } == 1)
      #expect(try await mentions(fixture) == [])
      // Somebody else, when replicates were computed with them: none of those is taken.
      let early = try await fixture.admin.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker)
      try await fixture.act("SELECT trabecula.erase_subject('P1', 'South')", as: .operatorOfAll)
      let bodies = [0, 1].map(StoreFixture.replicate)
      #expect(try await fixture.admin.store.complete(early[0], with: bodies, by: worker) == .stale)
      try await fixture.finish(as: worker)
      #expect(try await fixture.states() == ["P0 done", "P3 done", "P4 done", "P5 done"])
      #expect(try await fixture.admin.store.supersession(of: 1) == nil)
      #expect(try await fixture.admin.store.report(of: 1)?.contains("P1") == false)
    }
  }

  @Test func `leaves the rows of an image that another subject has too`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      try await fixture.admin.connection.query(
        "UPDATE trabecula.image_case SET image_sha256 = $1 WHERE image = 'i4.nii'", StoreFixture.digest(2)!)
      let said = try await fixture.act("SELECT trabecula.erase_subject('P2', 'North')", as: .coordinator)
      #expect(said.contains("0 feature rows"))
    }
  }

  @Test func `is nobody whom one may not name, nor one of two without a word which`() async throws {
    try await ActFixture.with { fixture in
      await fixture.expectRefusal(
        "SELECT trabecula.erase_subject('P1', 'South')", as: .northOperator, .invalidParameterValue,
        "has no site")
      for login in [TestLogin.reader, .everywhereWorker, .stranger] {
        await fixture.expectRefusal(
          "SELECT trabecula.erase_subject('P0', 'North')", as: login, .insufficientPrivilege)
      }
      _ = try await fixture.admin.store.submit(fixture.study, cohort: "other", cases: StoreFixture.cases(2))
      await fixture.expectRefusal(
        "SELECT trabecula.erase_subject('P0', 'North')", as: .coordinator, .invalidParameterValue,
        "hip, other")
      try await fixture.act("SELECT trabecula.erase_subject('P0', 'North', ARRAY['other'])", as: .coordinator)
      #expect(try await fixture.count("trabecula.subject WHERE code = 'P0'") == 1)
    }
  }
}
