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
  private func honest(_ task: ClaimedTask, _ liar: StoreFixture) async throws -> Extract.Outcome {
    let payload = try JSONDecoder().decode(Extract.Payload.self, from: Data(task.payload.utf8))
    let (image, mask) = (StoreFixture.digest(0)!, StoreFixture.digest(7)!)
    let set = try await liar.store.featureSet(study.recipes[0], names: ["a", "b"])
    let key = FeatureKey(image: image, mask: mask, label: payload.label, recipe: study.recipes[0])
    return Extract.Outcome(
      imageSHA256: image, maskSHA256: mask, label: payload.label,
      rows: [Extract.Row(key: key, set: set, values: [1, 2])])
  }

  @Test func `about the features of a case is refused, and the truth is taken`() async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let truth = try await honest(task, liar)
      let other = FeatureRecipe(ExtractionParameters(), labelChannel: 1)
      let otherSet = try await liar.store.featureSet(other, names: ["a", "b"])
      let lies: [(words: String, change: (inout Extract.Outcome) -> Void)] = [
        ("not of the sources", { $0.rows = [] }),
        ("not of the sources", { $0.rows.append($0.rows[0]) }),
        ("is of label 2", { $0.label = 2 }),
        ("3 values are not as many", { $0.rows[0].values = [1, 2, 3] }),
        ("1 values are not as many", { $0.rows[0].values = [1] }),
        ("a row that should be there", { $0.rows[0].values = nil }),
        ("32 bytes", { $0.imageSHA256 = [1] }),
        ("a key is not that", { $0.imageSHA256 = StoreFixture.digest(99)! }),
        ("a key is not that", { $0.rows[0].key = FeatureKey(StoreFixture.digest(1)!) }),
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
      #expect(try await liar.store.complete(task, with: truth, by: worker) == .ok)
      let writer = try await admin.connection.query("SELECT written_by, worker_id FROM trabecula.feature_row")
        .only()
        .decode(String.self, Int64.self)
      #expect(writer == (TestLogin.northWorker.rawValue, worker))
    }
  }

  @Test(arguments: ["{%}", "[5:5]={%}", "{{%}}"]) func `by lists that are read as empty is refused`(
    shape: String
  ) async throws {
    try await with(.northWorker) { liar, admin in
      let worker = try await liar.worker()
      let task = try #require(try await liar.queue.claim(upTo: 1, kinds: ["extract"], for: worker).first)
      let truth = try await honest(task, liar)
      func complete() async throws -> String {
        try await liar.connection.query(
          """
          SELECT trabecula.complete_extract($1, $2, $3, replace($4, '%', $5::text)::int[], ARRAY[$6::bytea], $7, $8, $9,
            replace($4, '%', '2')::int[], ARRAY[1, 2]::float8[], ARRAY['{}'::jsonb])
          """, worker, task.id, task.fence, shape, truth.rows[0].set, truth.rows[0].key.bytes,
          truth.imageSHA256,
          truth.maskSHA256, Int64(truth.label)
        ).scalar(as: String.self)
      }
      if shape == "{%}" {
        #expect(try await complete() == "ok")
      } else {
        await expectRefusal("lists do not fit") { _ = try await complete() }
      }
      #expect(try await admin.count("trabecula.feature_row") == (shape == "{%}" ? 1 : 0))
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

  @Test func `about the names of features is refused`() async throws {
    try await with(.northWorker) { liar, _ in
      let recipe = study.recipes[0]
      func register(_ digest: [UInt8], _ names: [String]) async throws {
        try await liar.connection.query(
          "SELECT trabecula.feature_set_of($1, $2, $3, $4, $5)", digest, recipe.source.rawValue,
          Release.extractor,
          recipe.parameters, names)
      }
      let rotated = ["b", "a"]
      await expectRefusal("not that of its names") {
        try await register(recipe.setDigest(names: ["a", "b"]), rotated)
      }
      for name in ["<b>", "", "a b", String(repeating: "a", count: 201)] {
        await expectRefusal("name features so") {
          try await register(recipe.setDigest(names: [name]), [name])
        }
      }
      try await register(recipe.setDigest(names: ["a", "b"]), ["a", "b"])
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

  @Test func `about replicates and models is refused`() async throws {
    try await with(.everywhereWorker) { liar, admin in
      let worker = try await liar.worker()
      try await liar.extractEverything(study, as: worker)
      let tasks = try await liar.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker)
      for numbers in [[0], [0, 2], [0, 0], [0, 1, 2], []] {
        await expectRefusal("replicates that were asked for") {
          let bodies = numbers.map { (number: $0, body: [UInt8]("{}".utf8)) }
          _ = try await liar.store.complete(tasks[0], with: bodies, by: worker)
        }
      }
      for task in tasks {
        let range = try JSONDecoder().decode(Bootstrap.Payload.self, from: Data(task.payload.utf8))
        let bodies = (range.first..<range.first + range.count).map { (number: $0, body: [UInt8]("{}".utf8)) }
        #expect(try await liar.store.complete(task, with: bodies, by: worker) == .ok)
      }
      let last = try #require(try await liar.queue.claim(upTo: 1, kinds: ["aggregate"], for: worker).first)
      let forged = AggregateResult(
        report: "{}", models: "[{\"name\": \"Another\"}]", metrics: "[]", predictions: [])
      await expectRefusal("models that the study does not") {
        _ = try await liar.store.complete(last, with: forged, by: worker)
      }
      #expect(try await admin.store.report(of: 1) == nil)
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
}

extension StoreFixture {
  fileprivate init(_ connection: PostgresConnection) {
    self.init(connection: connection, store: StudyStore(connection), queue: TaskQueue(connection))
  }

  fileprivate func count(_ rows: String) async throws -> Int {
    try await connection.query("SELECT count(*) FROM \(rows)").scalar(as: Int.self)
  }
}

extension FeatureRecipe {
  /// Of another channel of the mask.
  fileprivate init(_ parameters: ExtractionParameters, labelChannel: Int) {
    var other = parameters
    other.labelChannel = labelChannel
    self.init(other)
  }
}
