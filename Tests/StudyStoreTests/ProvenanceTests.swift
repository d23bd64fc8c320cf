import DatabaseSchema
import Foundation
import Modelling
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing

/// Who vouches for features, and what becomes of a study when a login is no longer believed.
@Suite(.timeLimit(.minutes(15))) struct `The rows of a login` {
  /// A study of two cases at North, which one login extracts, and two at South, which the fixture does.
  private func withStudy(
    _ body: (_ north: StoreFixture, _ admin: StoreFixture, _ study: Study) async throws -> Void
  ) async throws {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
      let connection = try await PostgresConnection.connect(to: target)
      let admin = StoreFixture(
        connection: connection, store: StudyStore(connection), queue: TaskQueue(connection))
      try await TestLogin.makeAll(connection)
      let study = try StoreFixture.study()
      _ = try await admin.store.submit(study, cohort: "hip", cases: StoreFixture.cases(4))
      _ = try await admin.queue.grant(sites: ["North"], to: TestLogin.northWorker.rawValue)
      let login = try await TestLogin.northWorker.connect(to: target)
      let north = StoreFixture(connection: login, store: StudyStore(login), queue: TaskQueue(login))
      try await body(north, admin, study)
      await login.close()
      await connection.close()
    }
  }

  /// Ends the extractions that a login may claim, in its own session; what it may not read is read by the administrator.
  private func extract(_ study: Study, in session: StoreFixture, told admin: StoreFixture) async throws -> Int
  {
    let worker = try await session.worker()
    let tasks = try await session.queue.claim(upTo: 9, kinds: ["extract"], for: worker)
    for task in tasks {
      let verdict = try await session.completeExtraction(
        task, of: study, set: admin.set(of: study.recipes[0], in: task.job), by: worker)
      #expect(verdict == .ok)
    }
    return tasks.count
  }

  private func finish(_ job: Int64, in admin: StoreFixture) async throws {
    let worker = try await admin.worker()
    for task in try await admin.queue.claim(upTo: 9, kinds: ["bootstrap"], for: worker) {
      let range = try JSONDecoder().decode(Bootstrap.Payload.self, from: Data(task.payload.utf8))
      let bodies = (range.first..<range.first + range.count).map(StoreFixture.replicate)
      #expect(try await admin.store.complete(task, with: bodies, by: worker) == .ok)
    }
    let last = try #require(try await admin.queue.claim(upTo: 1, kinds: ["aggregate"], for: worker).first)
    #expect(try await admin.store.complete(last, with: admin.aggregate(of: job), by: worker) == .ok)
  }

  private func states(_ admin: StoreFixture) async throws -> [String] {
    try await admin.store.cases(of: 1).map { "\($0.site) \($0.state.rawValue) \($0.loss?.code ?? "")" }
      .sorted()
  }

  @Test func `are shown with login, worker and files`() async throws {
    try await withStudy { north, admin, study in
      #expect(try await extract(study, in: north, told: admin) == 2)
      let known = try await admin.store.provenance(of: 1)
      #expect(known.map(\.login) == [TestLogin.northWorker.rawValue, TestLogin.northWorker.rawValue])
      #expect(known.allSatisfy { $0.source == "handcrafted" && $0.host == "test" && $0.worker != nil })
      #expect(known[0].imageSHA256 == StoreFixture.digest(0) && known[0].maskSHA256 == StoreFixture.digest(7))
      let changed = try await admin.connection.query("SELECT file FROM trabecula.changed_files")
      #expect(changed.isEmpty)
    }
  }

  @Test func `of other files than were submitted are shown, each file by itself`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      _ = try await fixture.store.submit(
        study, cohort: "hip", cases: StoreFixture.cases(3) { $0 == 1 ? 8 : 7 })
      #expect(try await fixture.extractEverything(study, as: fixture.worker()) == 3)
      let changed = try await fixture.connection.query(
        "SELECT site, file, seen_sha256, read_sha256 FROM trabecula.changed_files"
      ).only().decode(String.self, String.self, [UInt8].self, [UInt8].self)
      #expect(changed.0 == "South" && changed.1 == "mask")
      #expect(changed.2 == StoreFixture.digest(8) && changed.3 == StoreFixture.digest(7))
    }
  }

  @Test func `are discarded, and another login computes them anew`() async throws {
    try await withStudy { north, admin, study in
      #expect(try await extract(study, in: north, told: admin) == 2)
      #expect(try await extract(study, in: admin, told: admin) == 2)
      try await finish(1, in: admin)
      let report = try await admin.store.report(of: 1)
      _ = try await admin.queue.revoke(sites: [], from: TestLogin.northWorker.rawValue)
      let said = try await admin.store.discardRows(of: TestLogin.northWorker.rawValue)
      #expect(said.contains("2 feature rows are discarded") && said.contains("1 report is superseded"))
      #expect(
        try await states(admin) == [
          "North failed discarded", "North failed discarded", "South done ", "South done ",
        ])
      // The report stands in the database as it was, with a mark.
      let marked = try await admin.connection.query(
        "SELECT body, superseded_because FROM trabecula.report"
      ).only().decode(String.self, String.self)
      #expect(marked.0 == report && marked.1.contains("discarded"))
      let audited = try await admin.connection.query(
        "SELECT object, before ->> 'feature_rows' FROM queue.audit WHERE act = 'discard_rows'"
      ).only().decode(String.self, String.self)
      #expect(audited == ("login \(TestLogin.northWorker.rawValue)", "2"))
      // A study that is submitted again does not find them.
      let again = try await admin.store.submit(
        study, cohort: "hip", cases: StoreFixture.cases(4), again: .anew)
      #expect(again.reused == 2 && again.toExtract == 2)
      _ = try await admin.queue.cancel(job: again.job)
      _ = try await admin.queue.retryFailed(of: 1)
      #expect(try await extract(study, in: admin, told: admin) == 2)
      try await finish(1, in: admin)
      #expect(try await states(admin) == ["North done ", "North done ", "South done ", "South done "])
      #expect(
        Set(try await admin.store.provenance(of: 1).map(\.login)).contains(TestLogin.northWorker.rawValue)
          == false)
    }
  }

  @Test func `are tried again at once where the job is under way`() async throws {
    try await withStudy { north, admin, study in
      #expect(try await extract(study, in: north, told: admin) == 2)
      _ = try await admin.queue.revoke(sites: [], from: TestLogin.northWorker.rawValue)
      _ = try await admin.store.discardRows(of: TestLogin.northWorker.rawValue)
      #expect(try await admin.store.cases(of: 1).allSatisfy { $0.state == .pending })
      #expect(try await extract(study, in: admin, told: admin) == 4)
      try await finish(1, in: admin)
    }
  }

  @Test func `are not for a worker to discard`() async throws {
    try await withStudy { north, admin, study in
      #expect(try await extract(study, in: north, told: admin) == 2)
      let error = await #expect(throws: PostgresError.self) {
        _ = try await north.store.discardRows(of: TestLogin.northWorker.rawValue)
      }
      #expect(error?.sqlState == .insufficientPrivilege)
      #expect(try await admin.store.provenance(of: 1).count == 2)
    }
  }
}
