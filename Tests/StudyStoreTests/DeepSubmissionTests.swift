import Foundation
import Postgres
import StudyPlan
import StudyStore
import TaskQueue
import Testing

/// A study with deep features, and a worker that can pretend to compute them.
private struct DeepFixture {
  let base: StoreFixture
  let worker: Int64

  static func with(_ body: (DeepFixture) async throws -> Void) async throws {
    try await StoreFixture.with { base in
      try await body(DeepFixture(base: base, worker: base.worker()))
    }
  }

  static func study(_ deep: String, binWidth: Int = 25) throws -> Study {
    let yaml = """
      study: hip
      manifest: m.csv
      extraction: {setting: {binWidth: \(binWidth)}}
      deep: {weights: net.safetensors, sha256: \(String(repeating: "a", count: 64)), \(deep)}
      bootstrap: {replicates: 2}
      """
    return try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/studies/hip.yaml")).study
  }

  func submit(_ study: Study, cases: Int = 3) async throws -> Submission {
    try await base.store.submit(study, cohort: "hips", cases: StoreFixture.cases(cases))
  }

  func claim(_ kinds: String...) async throws -> [ClaimedTask] {
    try await base.queue.claim(upTo: 100, kinds: kinds, for: worker)
  }

  func sources(_ task: ClaimedTask) throws -> [FeatureSource] { try payload(task).sources }

  private func payload(_ task: ClaimedTask) throws -> ExtractPayload {
    try JSONDecoder().decode(ExtractPayload.self, from: Data(task.payload.utf8))
  }

  /// Ends a task with one value a source that names source and case.
  func complete(_ task: ClaimedTask, of study: Study) async throws {
    let payload = try payload(task)
    let number = UInt8(payload.image.dropFirst().prefix { $0 != "." })!
    let (image, mask) = (StoreFixture.digest(number)!, StoreFixture.digest(7)!)
    var rows: [FeatureRowWrite] = []
    for recipe in study.recipes where payload.sources.contains(recipe.source) {
      let name = recipe.source == .deep ? "deep_resnet18_000" : "original_firstorder_Mean"
      let set = try await base.store.featureSet(recipe, names: [name])
      rows.append(
        FeatureRowWrite(
          key: FeatureKey.row(image: image, mask: mask, label: payload.label, recipe: recipe), set: set,
          values: [Double(number) + (recipe.source == .deep ? 100 : 0)],
          diagnostics: #"{"of": "\#(recipe.source.rawValue)"}"#))
    }
    let result = ExtractResult(imageSHA256: image, maskSHA256: mask, label: payload.label, rows: rows)
    #expect(try await base.store.complete(task, with: result, by: worker) == .ok)
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
      #expect(try await fixture.claim("extract").isEmpty)
      let tasks = try await fixture.claim("deep")
      #expect(
        try tasks.map(fixture.sources) == [
          [.handcrafted, .deep], [.handcrafted, .deep], [.handcrafted, .deep],
        ])
      for task in tasks { try await fixture.complete(task, of: study) }
      let cohort = try await fixture.base.store.cohort(of: job)
      #expect(cohort.features.map(\.source) == [.handcrafted, .deep])
      #expect(cohort.features[1].values[cohort.cases[0].id] == [100])
      #expect(cohort.cases.allSatisfy { $0.state == .done })
      let notes = try await fixture.base.connection.query(
        "SELECT count(*) FROM trabecula.feature_row JOIN trabecula.feature_set USING (feature_set_id)"
          + " WHERE diagnostics ->> 'of' = source")
      #expect(try notes.scalar(as: Int64.self) == 6)
    }
  }

  @Test func `in tasks of its own ends a case with the last of them, and the stages in their order`()
    async throws
  {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: own")
      let job = try await fixture.submit(study, cases: 2).job
      #expect(try await fixture.claim("deep").isEmpty)
      let first = try await fixture.claim("extract")
      #expect(try first.map(fixture.sources) == [[.handcrafted], [.handcrafted]])
      for task in first { try await fixture.complete(task, of: study) }
      #expect(try await fixture.states(of: job) == [.pending, .pending])
      let second = try await fixture.claim("extract", "deep")
      #expect(second.map(\.kind) == ["deep", "deep"])
      try await fixture.complete(second[0], of: study)
      #expect(try await fixture.states(of: job) == [.done, .pending])
      try await fixture.complete(second[1], of: study)
      #expect(try await fixture.states(of: job) == [.done, .done])
      #expect(try await fixture.claim("bootstrap").count == 1)
      #expect(try await fixture.stage("deep", of: job)?.succeeded == 2)
    }
  }

  @Test func `loses a case once, and tells the failure of its first task whichever comes first`() async throws
  {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: own")
      let job = try await fixture.submit(study, cases: 3).job
      let extract = try await fixture.claim("extract")
      try await fixture.fail(extract[0], "mask-empty")
      for task in extract.dropFirst() { try await fixture.complete(task, of: study) }
      let deep = try await fixture.claim("deep")
      try await fixture.fail(deep[0], "slice-too-small")
      try await fixture.fail(deep[1], "slice-too-small")
      try await fixture.complete(deep[2], of: study)
      let cases = try await fixture.base.store.cases(of: job)
      #expect(cases.compactMap { $0.loss?.code }.sorted() == ["mask-empty", "slice-too-small"])
      #expect(try await fixture.stage("extract", of: job)?.failed == 1)
      #expect(try await fixture.stage("deep", of: job)?.failed == 2)
      let told = try await fixture.base.connection.query("SELECT task_id FROM trabecula.failure_detail ORDER BY 1")
      #expect(try told.map { try $0.decode(at: 0, as: Int64.self) } == [extract[0].id, deep[1].id])
      #expect(try await fixture.base.store.job(job)?.state == .running)
    }
  }

  @Test func `tells the same failure when the later task fails first`() async throws {
    try await DeepFixture.with { fixture in
      let job = try await fixture.submit(DeepFixture.study("task: own"), cases: 1).job
      // Both stages ready at once, as no schedule of today has it: the sentence must not depend on the schedule.
      try await fixture.base.connection.execute(
        script:
          "SELECT trabecula.make_ready(ARRAY(SELECT task_id FROM trabecula.live_task WHERE kind = 'deep'))")
      let tasks = try await fixture.claim("extract", "deep")
      try await fixture.fail(tasks[1], "slice-too-small")
      try await fixture.fail(tasks[0], "mask-empty")
      #expect(try await fixture.base.store.cases(of: job)[0].loss?.code == "mask-empty")
    }
  }

  @Test func `again with another deep setting computes deep features only, and the other way round`()
    async throws
  {
    try await DeepFixture.with { fixture in
      let study = try DeepFixture.study("task: shared")
      _ = try await fixture.submit(study)
      for task in try await fixture.claim("deep") { try await fixture.complete(task, of: study) }
      let second = try await fixture.submit(DeepFixture.study("task: shared, slices: 3"))
      #expect(second == Submission(job: 2, wasKnown: false, cases: 3, reused: 0))
      #expect(try await fixture.claim("deep").map(fixture.sources) == [[.deep], [.deep], [.deep]])
      let third = try await fixture.submit(DeepFixture.study("task: shared", binWidth: 10))
      #expect(third == Submission(job: 3, wasKnown: false, cases: 3, reused: 0))
      #expect(
        try await fixture.claim("extract").map(fixture.sources) == [
          [.handcrafted], [.handcrafted], [.handcrafted],
        ])
      let fourth = try await fixture.submit(DeepFixture.study("task: own"))
      #expect(fourth == Submission(job: 4, wasKnown: false, cases: 3, reused: 3))
      #expect(try await fixture.states(of: 4) == [.done, .done, .done])
      #expect(try await fixture.base.store.cohort(of: 4).features.map(\.values.count) == [3, 3])
    }
  }

  @Test func `leaves deep tasks to workers that have the weights`() async throws {
    try await DeepFixture.with { fixture in
      let job = try await fixture.submit(DeepFixture.study("task: shared")).job
      let claimed = try await fixture.claim("deep")
      try await fixture.base.queue.lackWeights(ofJobs: [job], on: fixture.worker)
      #expect(try await fixture.base.queue.release(claimed, by: fixture.worker) == 3)
      #expect(try await fixture.claim("extract", "deep").isEmpty)
      let other = try await fixture.base.worker()
      #expect(try await fixture.base.queue.claim(upTo: 2, kinds: ["deep"], for: other).count == 2)
      try await fixture.base.queue.lackWeights(ofJobs: [], on: fixture.worker)
      #expect(try await fixture.claim("deep").count == 1)
      let counted = try await fixture.base.connection.query(
        "SELECT (SELECT count(*) FROM trabecula.attempt_failure) + (SELECT sum(failures) FROM trabecula.live_task)"
      )
      #expect(try counted.scalar(as: Int64.self) == 0)
    }
  }
}
