import DatabaseSchema
import Postgres
import StudyStore
import StudyTasks
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Acts and submissions with marks` {
  enum Act: String, CaseIterable {
    case erase = "SELECT trabecula.erase_subject('P2', 'North')"
    case delete = "SELECT trabecula.delete_job(1)"
  }

  /// The act is held up where it waits for its turn, and the submission comes then. Were the act to take its turn before it locks the
  /// cohort, it would wait for the submission, and the submission, which has locked the cohort, for the turn.
  @Test(arguments: Act.allCases) func `wait for each other in one order`(act: Act) async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      try await fixture.finish(as: worker)
      let holder = try await PostgresConnection.connect(to: fixture.target)
      let submitter = StudyStore(try await PostgresConnection.connect(to: fixture.target))
      var cases = StoreFixture.cases(6)
      cases[1].mark = "outside the body"
      let marked = cases
      try await holder.execute(script: "BEGIN; SELECT FROM queue.turn WHERE what = 'act' FOR UPDATE")
      async let said = fixture.act(act.rawValue, as: .coordinator)
      try await fixture.admin.connection.wait(until: Self.waiting(1))
      async let submission = submitter.submit(fixture.study, cohort: "hip", cases: marked, hasMarks: true)
      try await fixture.admin.connection.wait(until: Self.waiting(2))
      try await holder.execute(script: "ROLLBACK")
      #expect(try await said.contains(act == .erase ? "1 subject" : "Job 1 is deleted"))
      #expect(try await submission.marked == 1)
      #expect(try await fixture.count("trabecula.job_case WHERE failure_code = 'marked-by-reader'") == 1)
      await holder.close()
      await submitter.connection.close()
    }
  }

  /// So many sessions of this database wait for a lock. Not to be asked in a transaction, which sees no session that comes later.
  private static func waiting(_ sessions: Int) -> String {
    """
    (SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted
      AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())) = \(sessions)
    """
  }
}
