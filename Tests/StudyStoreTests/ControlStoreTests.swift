import Foundation
import ImageFilters
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Regions that models are held against` {
  private func study(controls: String) throws -> Study {
    try StudyFile(
      yaml: "study: hip\nmanifest: m.csv\nextraction: {featureClass: {firstorder: [Energy, Mean]}}\n"
        + "bootstrap: {replicates: 40, per_task: 20}\n" + controls,
      besides: URL(fileURLWithPath: "/studies/hip.yaml")
    ).study
  }

  @Test func `are tasks of their case, whose rows no model reads`() async throws {
    try await StoreFixture.with { fixture in
      let study = try study(controls: "controls: [shuffled, beside]\n")
      let worker = try await fixture.worker()
      let job = try await fixture.store.submit(study, cohort: "hip", cases: StoreFixture.cases(4))
      #expect(job.cases == 4 && job.toExtract == 4)
      #expect(try await fixture.extractEverything(study, as: worker) == 12)
      let cohort = try await fixture.store.cohort(of: job.job)
      #expect(cohort.cases.allSatisfy { $0.state == .done })
      #expect(cohort.features.count == 1 && cohort.features[0].values.count == 4)
      #expect(cohort.varied.keys.sorted { $0.description < $1.description } == [.beside, .shuffled])
      #expect(cohort.varied.values.allSatisfy { $0[.handcrafted]?.count == 4 && $0.count == 1 })
      let rows = try await fixture.connection.query(
        "SELECT count(DISTINCT feature_key), count(*) FILTER (WHERE variant = '') FROM trabecula.case_feature"
      ).only().decode(Int.self, Int.self)
      #expect(rows == (12, 4))
    }
  }

  @Test func `serve again, and without controls the region's own rows do`() async throws {
    try await StoreFixture.with { fixture in
      let worker = try await fixture.worker()
      let without = try study(controls: "")
      _ = try await fixture.store.submit(without, cohort: "hip", cases: StoreFixture.cases(4))
      #expect(try await fixture.extractEverything(without, as: worker) == 4)
      let controlled = try study(controls: "controls: true\n")
      let first = try await fixture.store.submit(controlled, cohort: "hip", cases: StoreFixture.cases(4))
      // The regions' rows are there; what stands in their place is to be computed.
      #expect(first.reused == 0)
      #expect(try await fixture.extractEverything(controlled, as: worker) == 8)
      let second = try await fixture.store.submit(
        controlled, cohort: "hip", cases: StoreFixture.cases(4), again: .anew)
      #expect(second.reused == 4)
      #expect(try await fixture.store.cohort(of: second.job).varied[.beside]?[.handcrafted]?.count == 4)
      let third = try await fixture.store.submit(
        without, cohort: "hip", cases: StoreFixture.cases(4), again: .anew)
      #expect(third.reused == 4)
      #expect(try await fixture.store.cohort(of: third.job).varied.isEmpty)
    }
  }

  @Test func `are not made of repeat segmentations and of unknown outcomes`() async throws {
    try await StoreFixture.with { fixture in
      var cases = StoreFixture.cases(4)
      cases[0].row.outcome = nil
      cases[1].row.extra[Manifest.repeatColumn] = "B"
      _ = try await fixture.store.submit(
        study(controls: "controls: [beside]\n"), cohort: "hip", cases: cases)
      let tasks = try await fixture.connection.query(
        "SELECT count(*), count(*) FILTER (WHERE payload ? 'variant') FROM queue.task WHERE kind = 'extract'"
      ).only().decode(Int.self, Int.self)
      #expect(tasks == (6, 2))
    }
  }

  @Test func `are forgotten and computed again with what a login wrote`() async throws {
    try await StoreFixture.with { fixture in
      let study = try study(controls: "controls: [beside]\n")
      let worker = try await fixture.worker()
      let job = try await fixture.store.submit(study, cohort: "hip", cases: StoreFixture.cases(4)).job
      #expect(try await fixture.extractEverything(study, as: worker) == 8)
      let login = try await fixture.connection.query("SELECT session_user::text").scalar(as: String.self)
      _ = try await fixture.store.discardRows(of: login)
      let left = try await fixture.connection.query("SELECT count(*) FROM trabecula.case_feature")
      #expect(try left.scalar(as: Int.self) == 0)
      #expect(try await fixture.extractEverything(study, as: worker) == 8)
      let cohort = try await fixture.store.cohort(of: job)
      #expect(cohort.varied[.beside]?[.handcrafted]?.count == 4 && cohort.features[0].values.count == 4)
    }
  }
}
