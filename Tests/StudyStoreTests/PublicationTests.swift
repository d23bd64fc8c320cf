import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing
import WorkerCore

/// Changes of rows without a key are refused where they are published, as for logical replication.
@Suite(.timeLimit(.minutes(15))) struct `A database that is published` {
  @Test func `lets logins be revoked and cases be tried again`() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.connection.execute(
        script: "SET client_min_messages = error; CREATE PUBLICATION all_of_it FOR ALL TABLES")
      try await TestLogin.makeAll(fixture.connection)
      let login = TestLogin.northWorker.rawValue
      let study = try StoreFixture.study(replicates: 0)
      let job = try await fixture.store.submit(study, cohort: "hip", cases: StoreFixture.cases(4)).job
      _ = try await fixture.queue.grant(sites: ["North"], to: login)
      _ = try await fixture.queue.revoke(sites: [], from: login)
      let worker = try await fixture.worker()
      let lost = try await fixture.queue.claim(upTo: 1, kinds: ["extract"], for: worker)[0]
      let failure = TaskFailure(code: "bad", sentence: "Bad.", remedy: "Mend it.", isRetryable: false)
      #expect(try await fixture.queue.fail(lost, because: failure, by: worker) == .failed)
      #expect(try await fixture.extractEverything(study, as: worker) == 3)
      let last = try #require(try await fixture.queue.claim(upTo: 1, kinds: ["aggregate"], for: worker).first)
      let metric = #"[{"model": "Rad", "cohort": "test", "name": "auc", "method": "x", "n": 1}]"#
      let result = try await fixture.aggregate(of: job, metrics: metric)
      #expect(try await fixture.store.complete(last, with: result, by: worker) == .ok)
      try await fixture.connection.query("SELECT trabecula.retry_failed($1)", job)
      #expect(try await fixture.connection.query("SELECT FROM trabecula.metric").isEmpty)
      #expect(try await fixture.extractEverything(study, as: worker) == 1)
    }
  }
}
