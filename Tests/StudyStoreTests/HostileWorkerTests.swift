import DatabaseSchema
import Foundation
import ImageFilters
import Modelling
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing
import WorkerCore

/// A login of a worker that sends what its tasks cannot have come to: each is refused, and the task goes on as it was.
@Suite(.timeLimit(.minutes(15))) struct `A worker that lies` {
  private let study = try! StoreFixture.study()

  /// A submitted study of four cases, and a session of the login whose word is not to be believed.
  private func with<Value: Sendable>(
    _ login: TestLogin, _ body: (_ liar: StoreFixture, _ admin: StoreFixture) async throws -> Value
  ) async throws -> Value {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
      let admin = StoreFixture(try await PostgresConnection.connect(to: target))
      try await TestLogin.makeAll(admin.connection)
      _ = try await admin.store.submit(study, cohort: "hip", cases: StoreFixture.cases(4))
      _ = try await admin.queue.grant(sites: ["North"], to: TestLogin.northWorker.rawValue)
      _ = try await admin.queue.grantAllSites(to: TestLogin.everywhereWorker.rawValue)
      let liar = StoreFixture(try await login.connect(to: target))
      let value = try await body(liar, admin)
      await liar.connection.close()
      await admin.connection.close()
      return value
    }
  }

  private func expectRefusal(
    _ words: String, _ state: SQLState = .checkViolation, _ call: () async throws -> Void
  ) async {
    await #expect {
      try await call()
    } throws: {
      let error = $0 as? PostgresError
      return error?.sqlState == state && error?.message.contains(words) == true
    }
  }

  /// What an honest worker sends for a task, to be changed by a lie.
  private func honest(_ task: ClaimedTask, _ liar: StoreFixture, _ worker: Int64) async throws
    -> Extract.Outcome
  {
    let payload = try JSONDecoder().decode(Extract.Payload.self, from: Data(task.payload.utf8))
    let (image, mask) = (StoreFixture.digest(0)!, StoreFixture.digest(7)!)
    let digest = study.recipes[0].setDigest(
      names: ["original_firstorder_Energy", "original_firstorder_Mean"])
    let set = try #require(
      try await StudyStore(liar.connection, reader: worker).featureSet(named: digest, of: task.job))
    let key = FeatureKey(
      image: image, mask: mask, label: payload.label, recipe: study.recipes[0], site: payload.site)
    return Extract.Outcome(
      imageSHA256: image, maskSHA256: mask, label: payload.label,
      rows: [Extract.Row(key: key, set: set, values: [1, 2])])
  }

  @Test func `about the features of a case is refused, and the truth is taken`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let truth = try await honest(task, liar, worker)
      // Another job's set, of other parameters.
      let other = try StudyFile(
        yaml: "study: other\nmanifest: m.csv\nextraction: {featureClass: {firstorder: [Energy, Maximum]}}\n",
        besides: URL(fileURLWithPath: "/studies/other.yaml")
      ).study
      let otherJob = try await admin.store.submit(other, cohort: "other", cases: StoreFixture.cases(1)).job
      let otherSet = try await admin.set(of: other.recipes[0], in: otherJob)
      let lies: [(words: String, change: (inout Extract.Outcome) -> Void)] = [
        ("not of the sources", { $0.rows = [] }),
        ("not of the sources", { $0.rows.append($0.rows[0]) }),
        ("is of label 2", { $0.label = 2 }),
        ("is of another segment", { $0.segment = "tumour" }),
        ("is of another ring", { $0.ring = RegionRing("0,5") }),
        ("is of another variant", { $0.variant = .shuffled }),
        ("3 values are not as many", { $0.rows[0].values = [1, 2, 3] }),
        ("1 values are not as many", { $0.rows[0].values = [1] }),
        ("a row that should be there", { $0.rows[0].values = nil }),
        ("32 bytes", { $0.imageSHA256 = [1] }),
        ("larger than 1e100", { $0.rows[0].values = [.infinity, 1] }),
        ("larger than 1e100", { $0.rows[0].values = [1, -.infinity] }),
        ("larger than 1e100", { $0.rows[0].values = [.nan, 1.1e100] }),
        ("larger than 1e100", { $0.rows[0].values = [-1.1e100, .nan] }),
        ("other parameters", { $0.rows[0].set = otherSet }),
        ("larger than 1 MiB", { $0.rows[0].diagnostics = "\"\(String(repeating: "x", count: 1 << 21))\"" }),
      ]
      for lie in lies {
        var told = truth
        lie.change(&told)
        await expectRefusal(lie.words) { _ = try await liar.store.complete(task, with: told, by: worker) }
      }
      #expect(try await admin.count("trabecula.feature_row") == 0)
      #expect(try await admin.count("queue.live_task WHERE state = 'running'") == 1)
      // Where the row goes is not the worker's to say.
      var honest = truth
      honest.rows[0].key = FeatureKey(StoreFixture.digest(1)!)
      honest.rows[0].values = [1e100, .nan]
      #expect(try await liar.store.complete(task, with: honest, by: worker) == .ok)
      let stored = try await admin.connection.query("SELECT feature_key FROM trabecula.feature_row").only()
      #expect(try stored.decode(at: 0, as: [UInt8].self) == truth.rows[0].key.bytes)
      let writer = try await admin.connection.query("SELECT written_by, worker_id FROM trabecula.feature_row")
        .only()
        .decode(String.self, Int64.self)
      #expect(writer == (TestLogin.northWorker.rawValue, worker))
    }
  }

  @Test(arguments: ["ARRAY[1]", "ARRAY[1], ARRAY[5]", "ARRAY[1, 1]"])
  func `by lists that are read as empty is refused`(
    shape: String
  ) async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let truth = try await honest(task, liar, worker)
      func complete() async throws -> String {
        try await liar.connection.query(
          """
          SELECT trabecula.complete_extract($1, $2, $3,
            jsonb_build_object('image_sha256', $4::bytea, 'mask_sha256', $5::bytea, 'label', $6::bigint),
            array_fill(jsonb_build_object('set', $7::int, 'values', 2, 'diagnostics', '{}'::jsonb), \(shape)),
            ARRAY[1, 2]::float8[])
          """, worker, task.id, task.fence, truth.imageSHA256, truth.maskSHA256, Int64(truth.label),
          truth.rows[0].set
        ).scalar(as: String.self)
      }
      if shape == "ARRAY[1]" {
        #expect(try await complete() == "ok")
      } else {
        await expectRefusal("lists do not fit") { _ = try await complete() }
      }
      #expect(try await admin.count("trabecula.feature_row") == (shape == "ARRAY[1]" ? 1 : 0))
    }
  }

  @Test(arguments: [1e12, .infinity, .nan, 0, -5]) func `about how long it stays is refused`(lease: Double)
    async throws
  {
    try await with(.northWorker) { liar, admin in
      await expectRefusal("asked for a lease of", .invalidParameterValue) {
        try await liar.connection.query(
          "SELECT queue.register_worker('h', 1, 1, 'v', NULL, $1, $2, '{}')", lease, TaskQueue.protocolVersion
        )
      }
      let worker = try await liar.worker()
      try await liar.connection.query("SELECT queue.heartbeat($1, '{}', 1e12)", worker)
      #expect(try await admin.count("queue.worker WHERE lease_until > now() + interval '3 days'") == 0)
    }
  }

  @Test func `about the names of features is not heard`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let recipe = study.recipes[0]
      let names = ["a_firstorder_Energy", "a_firstorder_Mean"]
      await expectRefusal("permission denied", .insufficientPrivilege) {
        try await liar.connection.query(
          "SELECT trabecula.feature_set_of($1, $2, $3, $4, $5)", recipe.setDigest(names: names),
          recipe.source.rawValue, Release.extractor, recipe.parameters, names)
      }
      // Not even where somebody else has registered them.
      let set = try await admin.connection.transaction {
        try StudyStore.featureSet(recipe, names: names, in: $0)
      }
      let store = StudyStore(liar.connection, reader: worker)
      #expect(try await store.featureSet(named: recipe.setDigest(names: names), of: task.job) == nil)
      var told = try await honest(task, liar, worker)
      told.rows[0].set = set
      await expectRefusal("of other names") {
        _ = try await liar.store.complete(task, with: told, by: worker)
      }
    }
  }

  @Test func `at one site harms no other that has the same files, unless the study lets sites share`()
    async throws
  {
    for shares in [false, true] {
      try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
        let admin = StoreFixture(try await PostgresConnection.connect(to: target))
        try await TestLogin.makeAll(admin.connection)
        var study = study
        study.reusesAcrossSites = shares ? true : nil
        var cases = StoreFixture.cases(2)
        // The same patient's files at North and at South.
        cases[1].imageSHA256 = cases[0].imageSHA256
        _ = try await admin.store.submit(study, cohort: "hip", cases: cases)
        _ = try await admin.queue.grant(sites: ["North"], to: TestLogin.northWorker.rawValue)
        _ = try await admin.queue.grant(sites: ["South"], to: TestLogin.southWorker.rawValue)
        let north = StoreFixture(try await TestLogin.northWorker.connect(to: target))
        let south = StoreFixture(try await TestLogin.southWorker.connect(to: target))
        let (liar, worker) = (try await north.worker(), try await south.worker())
        let lie = try #require(try await north.queue.claim(upTo: 1, kinds: ["extract"], for: liar).first)
        #expect(try await north.store.complete(lie, with: honest(lie, north, liar), by: liar) == .ok)
        let task = try #require(try await south.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
        var truth = try await honest(task, south, worker)
        truth.rows[0].values = [3, 4]
        // Where sites share, it is asked for with the key that all have, and found.
        let shared = FeatureKey(
          image: truth.imageSHA256, mask: truth.maskSHA256, label: 1, recipe: study.recipes[0])
        #expect(try await south.store.storedRows(among: [truth.rows[0].key]).isEmpty)
        #expect(try await south.store.storedRows(among: [shared]).count == (shares ? 1 : 0))
        #expect(try await south.store.complete(task, with: truth, by: worker) == .ok)
        let used = try await admin.store.cohort(of: 1)
        let ofSouth = try #require(used.cases.first { $0.site == "South" })
        #expect(used.features[0].values[ofSouth.id] == (shares ? [1, 2] : [3, 4]))
        let again = try await admin.store.submit(study, cohort: "hip", cases: cases, again: .anew)
        #expect(again.reused == 2)
        #expect(try await admin.store.cohort(of: again.job).features == used.features)
        for session in [north, south, admin] { await session.connection.close() }
      }
    }
  }

  @Test func `about the kind of its task ends nothing`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let report = AggregateResult(report: "{\"forged\": true}", models: "[]", metrics: "[]", predictions: [])
      await expectRefusal("not ended by this function", .insufficientPrivilege) {
        _ = try await liar.store.complete(task, with: report, by: worker)
      }
      await expectRefusal("not ended by this function", .insufficientPrivilege) {
        _ = try await liar.store.complete(task, with: [(number: 0, body: [])], by: worker)
      }
      await expectRefusal("not ended by this function", .insufficientPrivilege) {
        _ = try await liar.queue.complete([task], by: worker)
      }
      #expect(try await admin.count("trabecula.report") + admin.count("trabecula.replicate") == 0)
      #expect(try await admin.count("queue.live_task WHERE state = 'running'") == 1)
    }
  }

  @Test func `about replicates is refused`() async throws {
    try await with(.everywhereWorker) { liar, admin in
      let worker = try await liar.worker()
      try await admin.extractEverything(study, as: admin.worker())
      let tasks = try await liar.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker)
      for numbers in [[0], [0, 2], [0, 0], [0, 1, 2], []] {
        await expectRefusal("replicates that were asked for") {
          _ = try await liar.store.complete(tasks[0], with: numbers.map(StoreFixture.replicate), by: worker)
        }
      }
      let lies = [
        "", "{", "[]", "{}", #"{"number": 0, "models": [{"name": "Another"}]}"#,
        #"{"number": 0, "models": []}"#,
        #"{"number": 1, "models": [{"name": "Rad"}]}"#, #"{"number": 0, "models": 7}"#,
        #"{"number": 0, "models": [{"name": "Rad", "bag": {"auc": 1e101}}]}"#,
        #"{"number": 0, "models": [{"name": "Rad", "cutoff": -1e300}]}"#, "\u{0}",
      ]
      for lie in lies {
        await expectRefusal("a replicate is not of its number") {
          let bodies = [(number: 0, body: [UInt8](lie.utf8)), StoreFixture.replicate(1)]
          _ = try await liar.store.complete(tasks[0], with: bodies, by: worker)
        }
      }
      #expect(try await admin.count("trabecula.replicate") == 0)
      #expect(
        try await liar.store.complete(tasks[0], with: [0, 1].map(StoreFixture.replicate), by: worker) == .ok)
    }
  }

  @Test func `about models, metrics, predictions and the report is refused`() async throws {
    try await with(.everywhereWorker) { liar, admin in
      let worker = try await liar.worker()
      try await admin.extractEverything(study, as: admin.worker())
      for task in try await liar.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker) {
        let range = try JSONDecoder().decode(Bootstrap.Payload.self, from: Data(task.payload.utf8))
        let bodies = (range.first..<range.first + range.count).map(StoreFixture.replicate)
        #expect(try await liar.store.complete(task, with: bodies, by: worker) == .ok)
      }
      // A case of another job, which the prediction of this one may not name.
      let other = try await admin.store.submit(study, cohort: "other", cases: StoreFixture.cases(1)).job
      let stranger = try await admin.store.cases(of: other)[0].id
      let own = try await admin.store.cases(of: 1)[0].id
      let last = try #require(try await liar.queue.claim(upTo: 1, kinds: ["aggregate"], for: worker).first)
      func metric(_ changed: String, _ with: String) -> String {
        #"[{"model": "Rad", "cohort": "test", "site": "North", "name": "auc", "estimate": 0.9, "method": "x", "n": 1}]"#
          .replacing(changed, with: with)
      }
      func prediction(_ item: Int64, _ model: String, _ probability: Double) -> [AggregateResult.Prediction] {
        [.init(caseID: item, model: model, part: "test", probability: probability)]
      }
      let truth = try await admin.aggregate(
        of: 1, metrics: metric("", ""), predictions: prediction(own, "Rad", 0.25))
      let lies: [(words: String, change: (inout AggregateResult) -> Void)] = [
        ("models that the study does not", { $0.models = #"[{"name": "Another"}]"# }),
        ("models that the study does not", { $0.models = "[]" }),
        ("models that the study does not", { $0.predictions = prediction(own, "Another", 0.25) }),
        ("a metric is not", { $0.metrics = metric("Rad", "Another") }),
        ("a metric is not", { $0.metrics = metric("North", "Nowhere") }),
        ("a metric is not", { $0.metrics = metric("0.9", "1e101") }),
        ("a metric is not", { $0.metrics = metric("0.9", "\"inf\"") }),
        ("a metric is not", { $0.metrics = metric("auc", "<b>") }),
        ("a metric is not", { $0.metrics = metric("\"n\": 1", "\"n\": -1") }),
        ("a prediction is not", { $0.predictions = prediction(stranger, "Rad", 0.25) }),
        ("a prediction is not", { $0.predictions = prediction(own, "Rad", 1.5) }),
        ("a prediction is not", { $0.predictions = prediction(own, "Rad", .nan) }),
        (
          "another version",
          { $0.report = $0.report.replacing("\"schema_version\": 1", with: "\"schema_version\": 2") }
        ),
        ("another job", { $0.report = $0.report.replacing("\"job_key\": \"", with: "\"job_key\": \"0") }),
        (
          "another study",
          { $0.report = $0.report.replacing("\"configuration_sha256\": \"", with: "\"x\": \"") }
        ),
        ("report has models", { $0.report = $0.report.replacing("\"Rad\"", with: "\"Another\"") }),
        ("not JSON", { $0.report = "The models are excellent." }),
        (
          "counts other cases",
          { $0.report = $0.report.replacing("\"submitted\" : 4", with: "\"submitted\" : 5") }
        ),
        ("counts other cases", { $0.report = $0.report.replacing("\"done\" : 4", with: "\"done\" : 3") }),
        (
          "counts other cases",
          {
            $0.report = $0.report.replacing(
              "\"exclusions\": []",
              with: "\"exclusions\": [{\"site\": \"North\", \"kind\": \"failed\", \"code\": \"x\"}]")
          }
        ),
        ("other numbers", { $0.metrics = metric("0.9", "0.8") }),
        ("other numbers", { $0.metrics = metric("\"n\": 1", "\"n\": 2") }),
        ("other numbers", { $0.report = $0.report.replacing("0.5", with: "0.6") }),
        (
          "other numbers",
          {
            $0.report = $0.report.replacing(
              "\"features\": []", with: "\"features\": [{\"name\": \"a\", \"coefficient\": 1}]")
          }
        ),
        ("another version", { $0.report = "{}" }),
      ]
      for lie in lies {
        var told = truth
        lie.change(&told)
        await expectRefusal(lie.words) { _ = try await liar.store.complete(last, with: told, by: worker) }
      }
      #expect(try await admin.store.report(of: 1) == nil)
      #expect(try await admin.count("trabecula.metric") + admin.count("trabecula.prediction") == 0)
      #expect(try await liar.store.complete(last, with: truth, by: worker) == .ok)
      #expect(try await admin.store.report(of: 1) == truth.report)
    }
  }

  /// Arrays that PostgreSQL takes and that are read as something else than they look.
  @Test(arguments: ["'[5:5]={1}'", "'{{1}}'", "'{NULL}'", "NULL"])
  func `by lists of another shape is refused by every call`(
    list: String
  ) async throws {
    try await with(.everywhereWorker) { liar, admin in
      let worker = try await liar.worker()
      let calls = [
        "queue.heartbeat(\(worker), \(list))", "queue.release_others(\(worker), \(list))",
        "queue.release_tasks(\(worker), \(list), \(list))", "queue.release_tasks(\(worker), '{1,2}', '{1}')",
        "queue.complete_plain(\(worker), \(list), \(list))",
        "queue.complete_plain(\(worker), '{1,2}', '{1}')",
        "queue.offer(\(worker), \(list)::text[])", "trabecula.stored_rows(\(list)::bytea[])",
        "trabecula.complete_bootstrap(\(worker), \(list), \(list), '{}', '{}', '{}')",
        "queue.register_worker('h', 1, 1, 'v', NULL, 60, \(TaskQueue.protocolVersion), \(list)::text[])",
      ]
      for call in calls {
        await expectRefusal("list", .invalidParameterValue) {
          _ = try await liar.connection.query(PostgresStatement("SELECT * FROM \(call)"))
        }
      }
      try await admin.extractEverything(study, as: admin.worker())
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["bootstrap"], for: worker).first)
      for lists in [
        "\(list), '{1}', '{x}'", "'{1}', \(list), '{x}'", "'{1}', '{1}', \(list)::bytea[]",
        "'{1,2}', '{1}', '{x}'",
      ] {
        await expectRefusal("list", .invalidParameterValue) {
          _ = try await liar.connection.query(
            PostgresStatement(
              "SELECT trabecula.complete_bootstrap(\(worker), '{\(task.id)}', '{\(task.fence)}', \(lists))"))
        }
      }
      #expect(try await admin.count("queue.live_task WHERE state = 'running'") == 1)
    }
  }

  @Test func `about a failure is heard in few words only`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      func fail(_ code: String) async throws -> Verdict {
        let failure = TaskFailure(
          code: code, sentence: String(repeating: "x", count: 60_000_000), remedy: "", isRetryable: false)
        return try await liar.queue.fail(task, because: failure, by: worker)
      }
      await expectRefusal("a code of a failure") { _ = try await fail("<script>") }
      #expect(try await fail("bad") == .failed)
      #expect(
        try await admin.connection.query("SELECT max(length(failure_text)) FROM trabecula.job_case").scalar(
          as: Int.self)
          == 4000)
    }
  }

  @Test func `about a failure moves no terminal's cursor`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let failure = TaskFailure(
        code: "bad", sentence: "a\u{1B}[2Jb\nJob 9 has succeeded\r", remedy: "x\u{9B}2J\u{202E}y",
        isRetryable: false)
      #expect(try await liar.queue.fail(task, because: failure, by: worker) == .failed)
      let told = try await admin.connection.query(
        "SELECT failure_text || remedy FROM trabecula.job_case WHERE failure_code = 'bad'"
      ).scalar(as: String.self)
      #expect(told == "a [2Jb Job 9 has succeeded x 2J y")
    }
  }

  @Test func `that a failure passes is believed twenty times at most`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      for wanted in ["2147483647", "NULL"] {
        let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
        try await admin.connection.execute(
          "UPDATE queue.live_task SET failures = 19 WHERE task_id = $1", task.id)
        let verdict = try await liar.connection.query(
          "SELECT queue.fail_task($1, $2, $3, 'x', 'x', 'x', true, \(wanted))", worker, task.id, task.fence
        ).scalar(as: String.self)
        #expect(verdict == "failed")
      }
    }
  }
}

extension StoreFixture {
  fileprivate init(_ connection: PostgresConnection) {
    self.init(connection: connection, store: StudyStore(connection), queue: TaskQueue(connection))
  }

  fileprivate func count(_ rows: String) async throws -> Int {
    try await connection.query("SELECT count(*) FROM \(rows)").scalar(as: Int.self)
  }
}
