import Foundation
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import Testing

/// A study with deep features, and a worker that can pretend to compute them.
private struct DeepFixture {
  let base: StoreFixture
  let worker: Int64

  static func with(_ body: (DeepFixture) async throws -> Void) async throws {
    try await StoreFixture.with { base in
      try await body(DeepFixture(base: base, worker: base.worker(offers: [weights])))
    }
  }

  private static let digest = String(repeating: "a", count: 64)
  static let weights = TaskNeed.weights(name: "net.safetensors", sha256: digest)

  static func study(_ deep: String, binWidth: Int = 25) throws -> Study {
    let yaml = """
      study: hip
      manifest: m.csv
      extraction: {setting: {binWidth: \(binWidth)}, featureClass: {firstorder: [Mean]}}
      deep: {weights: net.safetensors, sha256: \(digest), \(deep)}
      bootstrap: {replicates: 2}
      """
    return try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/studies/hip.yaml")).study
  }

  func submit(_ study: Study, cases: Int = 3) async throws -> Submission {
    try await base.store.submit(study, cohort: "hips", cases: StoreFixture.cases(cases))
  }

  /// In their order.
  func claim(_ kind: String = "extract", upTo most: Int = 100, for other: Int64? = nil) async throws
    -> [ClaimedTask]
  {
    try await base.queue.claim(upTo: most, kinds: [kind], for: other ?? worker).sorted { $0.id < $1.id }
  }

  func sources(_ task: ClaimedTask) throws -> [FeatureSource] { try payload(task).sources }

  func payload(_ task: ClaimedTask) throws -> Extract.Payload {
    try JSONDecoder().decode(Extract.Payload.self, from: Data(task.payload.utf8))
  }

  /// Ends a task with values of each source that names source and case.
  func complete(_ task: ClaimedTask, of study: Study) async throws {
    #expect(try await base.store.complete(task, with: outcome(of: task, in: study), by: worker) == .ok)
  }

  func outcome(of task: ClaimedTask, in study: Study) async throws -> Extract.Outcome {
    let payload = try payload(task)
    let number = UInt8(payload.image.dropFirst().prefix { $0 != "." })!
    let (image, mask) = (StoreFixture.digest(number)!, StoreFixture.digest(7)!)
    var rows: [Extract.Row] = []
    for recipe in study.recipes where payload.sources.contains(recipe.source) {
      let set = try await base.set(of: recipe, in: task.job)
      rows.append(
        Extract.Row(
          key: FeatureKey(
            image: image, mask: mask, label: payload.label, recipe: recipe,
            site: study.owner(ofRowsAt: payload.site)), set: set,
          values: recipe.source == .deep
            ? [Double](repeating: Double(number) + 100, count: 512) : [Double(number)],
          diagnostics: #"{"of": "\#(recipe.source.rawValue)"}"#))
    }
    return Extract.Outcome(imageSHA256: image, maskSHA256: mask, label: payload.label, rows: rows)
  }

  func fail(_ task: ClaimedTask, _ code: String) async throws {
    let failure = TaskFailure(code: code, sentence: "\(code).", remedy: "Mend it.", isRetryable: false)
    #expect(try await base.queue.fail(task, because: failure, by: worker) == .failed)
  }

  func states(of job: Int64) async throws -> [StudyCase.State] {
    try await base.store.cases(of: job).map(\.state)
  }

  func stage(_ kind: String, of job: Int64) async throws -> StageProgress? {
    try await base.store.progress(of: job).first { $0.kind == kind }
  }
}

@Suite struct `Submitting a study with deep features` {
  @Test func `extracts both sources of a case in one task that needs the weights`() async throws {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: shared")
      let job = try await fixture.submit(study).job
      #expect(try await fixture.claim(for: fixture.base.worker()).isEmpty)
      let tasks = try await fixture.claim()
      #expect(
        try tasks.map(fixture.sources) == [
          [.handcrafted, .deep], [.handcrafted, .deep], [.handcrafted, .deep],
        ])
      for task in tasks { try await fixture.complete(task, of: study) }
      let cohort = try await fixture.base.store.cohort(of: job)
      #expect(cohort.features.map(\.source) == [.handcrafted, .deep])
      #expect(cohort.features[1].values[cohort.cases[0].id]?.first == 100)
      #expect(cohort.cases.allSatisfy { $0.state == .done })
      let notes = try await fixture.base.connection.query(
        "SELECT count(*) FROM trabecula.feature_row JOIN trabecula.feature_set USING (feature_set_id)"
          + " WHERE diagnostics ->> 'of' = source")
      #expect(try notes.scalar(as: Int64.self) == 6)
    }
  }

  /// Hand-crafted features are undefined at times; what a network gives never is.
  @Test func `takes no deep feature that is not a number`() async throws {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: shared")
      _ = try await fixture.submit(study, cases: 1)
      let task = try #require(try await fixture.claim().first)
      var told = try await fixture.outcome(of: task, in: study)
      let deep = try #require(told.rows.indices.last)
      for place in [0, 511] {
        var lie = told
        lie.rows[deep].values?[place] = .nan
        let error = await #expect(throws: PostgresError.self) {
          _ = try await fixture.base.store.complete(task, with: lie, by: fixture.worker)
        }
        #expect(error?.sqlState == .checkViolation)
        #expect(error?.message.contains("a deep feature is undefined") == true)
      }
      told.rows[0].values = [.nan]
      #expect(try await fixture.base.store.complete(task, with: told, by: fixture.worker) == .ok)
    }
  }

  /// A perturbed region that leaves the image has no value of any feature, and must not cost its case.
  @Test func `takes a perturbed region's deep features that are all undefined, and none in part`()
    async throws
  {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: shared}\nrobustness: {rotation: [-4, 4]")
      let job = try await fixture.submit(study, cases: 1).job
      for task in try await fixture.claim() {
        var told = try await fixture.outcome(of: task, in: study)
        told.variant = try fixture.payload(task).variant
        if told.variant != nil {
          let deep = try #require(told.rows.indices.last)
          var lie = told
          lie.rows[deep].values?[5] = .nan
          await #expect(throws: PostgresError.self) {
            _ = try await fixture.base.store.complete(task, with: lie, by: fixture.worker)
          }
          for row in told.rows.indices { told.rows[row].values = told.rows[row].values?.map { _ in .nan } }
        }
        #expect(try await fixture.base.store.complete(task, with: told, by: fixture.worker) == .ok)
      }
      #expect(try await fixture.states(of: job) == [.done])
      #expect(try await fixture.stage("extract", of: job)?.succeeded == 3)
    }
  }

  @Test func `in tasks of its own ends a case with the last of them`() async throws {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: own")
      let job = try await fixture.submit(study, cases: 2).job
      // A worker without the weights takes what needs none; the others take the rest.
      let first = try await fixture.claim(for: fixture.base.worker())
      #expect(try first.map(fixture.sources) == [[.handcrafted], [.handcrafted]])
      #expect(try await fixture.base.queue.release(first, by: 2) == 2)
      let all = try await fixture.claim()
      #expect(try all.map(fixture.sources) == [[.handcrafted], [.handcrafted], [.deep], [.deep]])
      for task in all.prefix(2) { try await fixture.complete(task, of: study) }
      #expect(try await fixture.states(of: job) == [.pending, .pending])
      try await fixture.complete(all[2], of: study)
      #expect(try await fixture.states(of: job) == [.done, .pending])
      #expect(try await fixture.claim("bootstrap").isEmpty)
      try await fixture.complete(all[3], of: study)
      #expect(try await fixture.states(of: job) == [.done, .done])
      #expect(try await fixture.claim("bootstrap").count == 1)
      #expect(try await fixture.stage("extract", of: job)?.succeeded == 4)
    }
  }

  @Test func `loses a case once, and tells the failure of its first task whichever comes first`() async throws
  {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: own")
      let job = try await fixture.submit(study, cases: 3).job
      let tasks = try await fixture.claim()
      let (extract, deep) = (tasks.prefix(3), Array(tasks.suffix(3)))
      try await fixture.fail(deep[0], "slice-too-small")
      try await fixture.fail(extract[0], "mask-empty")
      for task in extract.dropFirst() { try await fixture.complete(task, of: study) }
      try await fixture.fail(deep[1], "slice-too-small")
      try await fixture.complete(deep[2], of: study)
      let cases = try await fixture.base.store.cases(of: job)
      #expect(cases.compactMap { $0.loss?.code }.sorted() == ["mask-empty", "slice-too-small"])
      #expect(try await fixture.stage("extract", of: job)?.failed == 3)
      let told = try await fixture.base.connection.query(
        "SELECT task_id FROM trabecula.failure_detail ORDER BY 1")
      #expect(try told.map { try $0.decode(at: 0, as: Int64.self) } == [extract[0].id, deep[1].id])
      #expect(try await fixture.base.store.job(job)?.state == .running)
      // Both tasks of the first case are tried again together.
      let again = try await fixture.base.queue.retry(task: extract[0].id)
      #expect(again.hasPrefix("Job 1: 1 failed case is ready again"))
      #expect(try await fixture.claim().map(\.id) == [extract[0].id, deep[0].id])
    }
  }

  @Test func `again with another deep setting computes deep features only, and the other way round`()
    async throws
  {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: shared")
      _ = try await fixture.submit(study)
      for task in try await fixture.claim() { try await fixture.complete(task, of: study) }
      let second = try await fixture.submit(DeepFixture.study("task: shared, slices: 3"))
      #expect(second == Submission(job: 2, wasKnown: false, cases: 3, reused: 0))
      #expect(try await fixture.claim().map(fixture.sources) == [[.deep], [.deep], [.deep]])
      let third = try await fixture.submit(DeepFixture.study("task: shared", binWidth: 10))
      #expect(third == Submission(job: 3, wasKnown: false, cases: 3, reused: 0))
      #expect(
        try await fixture.claim().map(fixture.sources) == [
          [.handcrafted], [.handcrafted], [.handcrafted],
        ])
      let fourth = try await fixture.submit(DeepFixture.study("task: own"))
      #expect(fourth == Submission(job: 4, wasKnown: false, cases: 3, reused: 3))
      #expect(try await fixture.states(of: 4) == [.done, .done, .done])
      #expect(try await fixture.base.store.cohort(of: 4).features.map(\.values.count) == [3, 3])
    }
  }

  @Test func `leaves tasks that need the weights to workers that have them`() async throws {
    try await DeepFixture.with { fixture in
      _ = try await fixture.submit(DeepFixture.study("task: shared"))
      let without = try await fixture.base.worker()
      let answer = try await fixture.base.queue.heartbeat(of: without, running: [])
      #expect(answer.wanted == [DeepFixture.weights.text])
      #expect(try await fixture.claim(for: without).isEmpty)
      #expect(try await fixture.claim(upTo: 2).count == 2)
      let files = [TaskNeed.files(site: "North"), .files(site: "South")]
      let offers = ([.extractor(Release.extractor), DeepFixture.weights] + files).map(\.text)
      try await fixture.base.queue.offer(offers, by: without)
      #expect(try await fixture.claim(for: without).count == 1)
      let counted = try await fixture.base.connection.query(
        "SELECT (SELECT count(*) FROM queue.attempt_failure) + (SELECT sum(failures) FROM queue.live_task)"
      )
      #expect(try counted.scalar(as: Int64.self) == 0)
    }
  }

  @Test func `leaves tasks to workers of its extractor, and says so`() async throws {
    try await StoreFixture.with { fixture in
      _ = try await fixture.store.submit(
        StoreFixture.study(), cohort: "hips", cases: StoreFixture.cases(1))
      let other = try await fixture.queue.register(
        WorkerDescription(
          host: "test", processID: 1, slots: 9, version: "test", sites: nil, leaseInSeconds: 600,
          offers: [TaskNeed.extractor("another 1").text]))
      #expect(try await fixture.queue.claim(upTo: 9, kinds: ["extract"], for: other).isEmpty)
      let said = try await fixture.connection.query("SELECT why, what_to_do FROM trabecula.stuck_tasks")
        .only()
      #expect(try said.decode("why", as: String.self) == "no worker offers what it needs")
      #expect(try said.decode("what_to_do", as: String.self).contains("extractor:\(Release.extractor)"))
    }
  }
}
