import Postgres
import StudyStore
import StudyTasks
import TestSupport
import Testing

/// Files of a site by which a worker sees whether it has them.
@Suite struct `Some files of a site` {
  private func drawn(_ fixture: StoreFixture, _ worker: Int64) async throws -> Set<String> {
    let rows = try await fixture.connection.query(
      "SELECT image FROM trabecula.some_files($1, 'North')", worker)
    return Set(try rows.map { try $0.decode(at: 0, as: String.self) })
  }

  @Test func `are drawn from all of them, of which few are read`() async throws {
    try await StoreFixture.with { fixture in
      _ = try await fixture.store.submit(
        try StoreFixture.study(), cohort: "hips", cases: StoreFixture.cases(240))
      let worker = try await fixture.worker()
      var seen: Set<String> = []
      for _ in 0..<20 {
        let files = try await drawn(fixture, worker)
        #expect(files.count == 8)
        seen.formUnion(files)
      }
      // Every second case is of this site.
      #expect(
        seen.allSatisfy { name in Int(name.dropFirst().dropLast(4)).map { $0.isMultiple(of: 2) } ?? false })
      #expect(seen.count > 40)
      let few = try await rowsRead(fixture, worker)
      #expect((24...Self.mostRows(lanes: 1)).contains(few), "of 240 tasks \(few) rows are read")
      for cohort in 1...5 {
        _ = try await fixture.store.submit(
          try StoreFixture.study(), cohort: "more \(cohort)", cases: StoreFixture.cases(240))
      }
      let many = try await rowsRead(fixture, worker)
      #expect(
        (24...Self.mostRows(lanes: 6)).contains(many), "of six times as many tasks \(many) rows are read")
    }
  }

  /// Of each lane of the site, one a job here, both ends; and 64 times in all a task, which case it extracts, and that case.
  private static func mostRows(lanes: Int) -> Int { 2 * lanes + (64 + lanes) * 3 }

  /// The view also counts what the session did in transactions before that the server has not added up yet.
  private func rowsRead(_ fixture: StoreFixture, _ worker: Int64) async throws -> Int {
    try await fixture.connection.transaction { session in
      let counted = """
        SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_xact_user_tables
          WHERE relname IN ('live_task', 'image_case', 'case_task', 'job_case', 'subject', 'task')
        """
      let before = try session.query(counted).scalar(as: Int.self)
      try session.execute("SELECT FROM trabecula.some_files($1, 'North')", worker)
      return try session.query(counted).scalar(as: Int.self) - before
    }
  }

  @Test func `are those of open tasks where none is ready`() async throws {
    try await StoreFixture.with { fixture in
      _ = try await fixture.store.submit(
        try StoreFixture.study(), cohort: "hips", cases: StoreFixture.cases(4))
      _ = try await fixture.connection.query("SELECT trabecula.pause_job(1)")
      #expect(try await drawn(fixture, fixture.worker()) == ["i0.nii", "i2.nii"])
    }
  }
}
