import Foundation
import Postgres
import StudyPlan
import StudyTasks
import TaskQueue
import Testing

@Suite struct `Tasks of a study with other learners` {
  @Test func `are given to workers that have the libraries, and stand among the stuck ones until then`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let study = try StudyFile(
        yaml: "study: hip\nmanifest: m.csv\nextraction: {featureClass: {firstorder: [Energy, Mean]}}\n"
          + "bootstrap: {replicates: 4, per_task: 2}\ncomparisons: {learners: [svm]}\n",
        besides: URL(fileURLWithPath: "/studies/hip.yaml")
      ).study
      let plain = try await fixture.worker()
      _ = try await fixture.store.submit(study, cohort: "hip", cases: StoreFixture.cases(4))
      // Extractions need no library.
      #expect(try await fixture.extractEverything(study, as: plain) == 4)
      #expect(try await fixture.queue.claim(upTo: 9, kinds: ["bootstrap"], for: plain).isEmpty)
      let stuck = try await fixture.connection.query(
        "SELECT string_agg(DISTINCT why || ': ' || what_to_do, '; ') FROM trabecula.stuck_tasks"
      ).scalar(as: String.self)
      #expect(stuck.contains("library:libsvm 3.24"), Comment(rawValue: stuck))
      let able = try await fixture.worker(offers: study.modellingNeeds)
      #expect(try await fixture.queue.claim(upTo: 9, kinds: ["bootstrap"], for: able).count == 2)
    }
  }
}
