import DatabaseSchema
import Postgres
import SchemaMigration
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing

@Suite struct `Submitting a study` {
  @Test func `twice is the same job and extracts nothing again`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let cases = StoreFixture.cases(5)
      let first = try await fixture.store.submit(study, cohort: "hips", cases: cases)
      #expect(first == Submission(job: 1, wasKnown: false, cases: 5, reused: 0))
      let second = try await fixture.store.submit(study, cohort: "hips", cases: cases.reversed())
      #expect(second.job == 1 && second.wasKnown)
    }
  }

  @Test func `of a site that is not known is refused by the database, and nothing is written`() async throws {
    try await StoreFixture.with { fixture in
      _ = try await fixture.store.submit(
        StoreFixture.study(), cohort: "hips", cases: StoreFixture.cases(2))
      let refused = await #expect(throws: PostgresError.self) {
        try await fixture.connection.query(
          """
          SELECT * FROM trabecula.ingest_cases(1, '{North,Nowhere}', '{A,B}', '{a.nii,b.nii}', '{a.nii,b.nii}', '{1,1}',
            '{NULL,NULL}', '{NULL,NULL}', '{NULL,NULL}', '{NULL,NULL}', '{NULL,NULL}', '{NULL,NULL}', '{"{}","{}"}', '{NULL,NULL}', '{NULL,NULL}', false)
          """)
      }
      #expect(
        refused?.message.contains("of a site that is not known") == true, "\(String(describing: refused))")
      let subjects = try await fixture.connection.query("SELECT count(*) FROM trabecula.subject").scalar(
        as: Int.self)
      #expect(subjects == 2)
    }
  }

  /// Values are read as they lie: compressing doubles costs time and saves next to nothing.
  @Test func `will store the values of features out of line and as they are`() async throws {
    try await StoreFixture.with { fixture in
      let storage = try await fixture.connection.query(
        """
        SELECT attstorage::text FROM pg_attribute WHERE attrelid = 'trabecula.feature_row'::regclass AND attname = 'feature_values'
        """
      ).scalar(as: String.self)
      #expect(storage == "e")
      // As a row shows it: eight bytes a value, though all are the same.
      let bytes = try await fixture.connection.query(
        """
        WITH made AS (INSERT INTO trabecula.feature_set (digest, source, extractor, parameters, names)
            VALUES (sha256('x'), 'handcrafted', 'x', '{}', array_fill('f'::text, ARRAY[1000])) RETURNING feature_set_id),
          written AS (INSERT INTO trabecula.feature_row (feature_key, feature_set_id, image_sha256, mask_sha256, label, feature_values)
            SELECT sha256('k'), feature_set_id, sha256('i'), sha256('m'), 1, array_fill(1.5::float8, ARRAY[1000]) FROM made
            RETURNING feature_key)
        SELECT count(*) FROM written
        """
      ).scalar(as: Int.self)
      #expect(bytes == 1)
      let size = try await fixture.connection.query(
        "SELECT pg_column_size(feature_values) FROM trabecula.feature_row WHERE feature_key = sha256('k')"
      ).scalar(as: Int32.self)
      #expect(size >= 8_000)
    }
  }

  @Test func `tells what its job waits for, and not what others do`() async throws {
    try await StoreFixture.with { fixture in
      let north = StoreFixture.cases(6).filter { $0.row.site == "North" }
      let south = StoreFixture.cases(6).filter { $0.row.site == "South" }
      let first = try await fixture.store.submit(StoreFixture.study(), cohort: "hips", cases: north)
      let second = try await fixture.store.submit(
        StoreFixture.study(replicates: 6), cohort: "hips", cases: south)
      _ = try await fixture.connection.query("SELECT queue.pause_site('South')")
      let third = try await fixture.store.submit(
        StoreFixture.study(replicates: 8), cohort: "hips", cases: north)
      _ = try await fixture.connection.query("SELECT queue.pause_job($1)", third.job)
      func told(_ job: Int64) async throws -> [String] {
        try await fixture.store.obstacles(of: job).map { "\($0.why) \($0.site ?? "")" }
      }
      #expect(try await told(first.job) == ["no worker serves the site North"])
      #expect(try await told(second.job) == ["site paused South"])
      #expect(try await told(third.job).contains("job paused "))
      #expect(try await !told(third.job).contains { $0.contains("South") })
    }
  }

  @Test func `with one changed mask extracts one case`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(5))
      let worker = try await fixture.worker()
      #expect(try await fixture.extractEverything(study, as: worker) == 5)
      let changed = StoreFixture.cases(5) { $0 == 3 ? 8 : 7 }
      let second = try await fixture.store.submit(study, cohort: "hips", cases: changed)
      #expect(second == Submission(job: 2, wasKnown: false, cases: 5, reused: 4))
      let task = try await fixture.queue.claim(upTo: 9, kinds: ["extract"], for: worker)
      #expect(task.count == 1 && task[0].payload.contains("m3.nii"))
    }
  }

  @Test func `with all features stored goes straight to the bootstrap`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let worker = try await fixture.worker()
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(4))
      try await fixture.extractEverything(study, as: worker)
      let other = try StoreFixture.study(replicates: 6)
      let second = try await fixture.store.submit(other, cohort: "hips", cases: StoreFixture.cases(4))
      #expect(second.reused == 4)
      let ready = try await fixture.queue.claim(upTo: 99, kinds: ["extract", "bootstrap"], for: worker)
      #expect(ready.filter { $0.job == second.job }.map(\.kind) == ["bootstrap", "bootstrap", "bootstrap"])
      #expect(try await fixture.store.cohort(of: second.job).features[0].values.count == 4)
    }
  }

  @Test func `of files that are not seen here leaves reuse to the workers`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(3) { _ in nil })
      let worker = try await fixture.worker()
      #expect(try await fixture.extractEverything(study, as: worker) == 3)
      let again = try await fixture.store.submit(
        study, cohort: "hips", cases: StoreFixture.cases(3) { _ in nil }, again: .looking)
      #expect(again == Submission(job: 2, wasKnown: false, cases: 3, reused: 0, checked: 3, unseen: 3))
    }
  }

  @Test func `by whoever sees no file is the job of whoever sees them`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let first = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(4))
      let blind = try await fixture.store.submit(
        study, cohort: "hips", cases: StoreFixture.cases(4) { _ in nil })
      #expect(first.job == 1 && blind == Submission(job: 1, wasKnown: true, cases: 4, reused: 0, unseen: 4))
      try await fixture.extractEverything(study, as: fixture.worker())
      let seeing = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(4))
      #expect(seeing == Submission(job: 1, wasKnown: true, cases: 4, reused: 4))
    }
  }

  @Test func `of which a case failed is the job of whoever sees its files later, or sees none`() async throws
  {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let blind = StoreFixture.cases(1).map {
        SubmittedCase(row: $0.row, label: $0.label, imageSHA256: nil, maskSHA256: nil)
      }
      _ = try await fixture.store.submit(study, cohort: "unseen", cases: blind)
      _ = try await fixture.store.submit(study, cohort: "seen", cases: StoreFixture.cases(1))
      let worker = try await fixture.worker()
      for task in try await fixture.queue.claim(upTo: 2, kinds: ["extract"], for: worker) {
        let empty = TaskFailure(
          code: "mask-empty", sentence: "The mask is empty.", remedy: "Draw it.", isRetryable: false)
        _ = try await fixture.queue.fail(task, because: empty, by: worker)
      }
      let seeing = try await fixture.store.submit(study, cohort: "unseen", cases: StoreFixture.cases(1))
      #expect(seeing.job == 1 && seeing.wasKnown)
      let later = try await fixture.store.submit(study, cohort: "seen", cases: blind)
      #expect(later.job == 2 && later.wasKnown)
      let mended = try await fixture.store.submit(
        study, cohort: "seen", cases: StoreFixture.cases(1) { _ in 8 })
      #expect(mended.job == 3 && !mended.wasKnown)
    }
  }

  /// Each file by itself.
  @Test func `of which only an image could be read is the job of whoever reads the mask too`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(2) { _ in nil })
      let worker = try await fixture.worker()
      let tasks = try await fixture.queue.claim(upTo: 2, kinds: ["extract"], for: worker)
      let absent = TaskFailure(code: "not-found", sentence: "No mask.", remedy: "", isRetryable: false)
      _ = try await fixture.queue.fail(tasks[0], because: absent, by: worker)
      _ = try await fixture.completeExtraction(tasks[1], of: study, by: worker)
      let seeing = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(2))
      #expect(seeing.job == 1 && seeing.wasKnown && seeing.failed == 1)
      // The other image is one, whether its mask is seen or not.
      let other = StoreFixture.cases(2) { _ in nil }.map {
        SubmittedCase(row: $0.row, label: $0.label, imageSHA256: StoreFixture.digest(99), maskSHA256: nil)
      }
      let changed = try await fixture.store.submit(study, cohort: "hips", cases: other)
      #expect(changed.job == 2 && !changed.wasKnown)
    }
  }

  @Test func `grown by some cases extracts these only, of files that nobody sees any more`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(6) { _ in nil })
      let worker = try await fixture.worker()
      try await fixture.extractEverything(study, as: worker)
      let grown = try await fixture.store.submit(
        study, cohort: "hips", cases: StoreFixture.cases(8) { _ in nil })
      #expect(grown == Submission(job: 2, wasKnown: false, cases: 8, reused: 6, unseen: 8))
      let tasks = try await fixture.queue.claim(upTo: 9, kinds: ["extract"], for: worker)
      #expect(tasks.count == 2 && tasks.allSatisfy { $0.job == 2 })
    }
  }

  /// A second site changes the default of `orientation`, and with it what is computed.
  @Test func `that has come to several sites tells how many features are stored for one`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let north = StoreFixture.cases(6).filter { $0.row.site == "North" }
      _ = try await fixture.store.submit(
        study, cohort: "hips", cases: north, counterpart: study.withOtherDefaultOrientation)
      let worker = try await fixture.worker()
      try await fixture.extractEverything(study, as: worker)
      var grown = study
      grown.settleOrientation(ofImagesFrom: ["North", "South"])
      #expect(grown.withOtherDefaultOrientation == study && study.withOtherDefaultOrientation == grown)
      let second = try await fixture.store.submit(
        grown, cohort: "hips", cases: StoreFixture.cases(6), counterpart: grown.withOtherDefaultOrientation)
      #expect(second == Submission(job: 2, wasKnown: false, cases: 6, reused: 0, storedOtherwise: 3))
      // What the study file says is no surprise.
      let said = try await fixture.store.submit(grown, cohort: "hips", cases: StoreFixture.cases(8))
      #expect(said.storedOtherwise == 0)
      let kept = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(6))
      #expect(kept.reused == 3)
    }
  }

  /// Whose copy is the older one, only the site's own files can say.
  @Test func `with other files than a worker read leaves the look to a worker, once`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(3))
      let worker = try await fixture.worker()
      try await fixture.extractEverything(study, as: worker)
      let other = StoreFixture.cases(3) { $0 == 1 ? 8 : 7 }
      let second = try await fixture.store.submit(study, cohort: "hips", cases: other)
      #expect(second == Submission(job: 2, wasKnown: false, cases: 3, reused: 2))
      try await fixture.extractEverything(study, as: worker)
      let third = try await fixture.store.submit(study, cohort: "hips", cases: other)
      #expect(third.job == 2 && third.wasKnown)
      let digests = try await fixture.connection.query(
        "SELECT DISTINCT mask_sha256 FROM trabecula.image_case")
      #expect(try digests.only().decode(at: 0, as: [UInt8].self) == StoreFixture.digest(7))
    }
  }

  /// Analysed while empty, then filled: a plan that joins rows just written pair by pair reads thousands a case.
  @Test func `reads no more rows a case, however many there are`() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.connection.execute(script: "ANALYZE")
      func reads(_ count: Int, cohort: String) async throws -> Int64 {
        try await fixture.connection.transaction { session in
          let counted = """
            SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_xact_user_tables
              WHERE schemaname = 'trabecula'
            """
          let before = try session.query(counted).scalar(as: Int64.self)
          _ = try StudyStore.ingest(Self.wide(count), cohort: cohort, in: session)
          return try session.query(counted).scalar(as: Int64.self) - before
        }
      }
      let few = try await reads(300, cohort: "few")
      let many = try await reads(6_000, cohort: "many")
      #expect(few > 0 && many <= 25 * few, "\(few) of 300 cases, \(many) of 6,000")
    }
  }

  /// Cases whose subjects and files have names that others do not have.
  private static func wide(_ count: Int) -> [SubmittedCase] {
    (0..<count).map { index in
      SubmittedCase(
        row: Manifest.Row(
          subject: "P\(index)", site: index % 3 == 0 ? "North" : "South", image: "i\(index).nii",
          mask: "m\(index).nii", outcome: index % 2),
        label: 1, imageSHA256: nil, maskSHA256: nil)
    }
  }

  @Test func `at once from two coordinators makes one job`() async throws {
    try await TestDatabase.withFresh { target in
      let study = try StoreFixture.study()
      let jobs = try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let connection = try await PostgresConnection.connect(to: target)
            _ = try await SchemaMigrator(DatabaseSchema.files).migrate(connection)
            let job = try await StudyStore(connection).submit(
              study, cohort: "hips", cases: StoreFixture.cases(3)
            ).job
            await connection.close()
            return job
          }
        }
        return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
      }
      #expect(jobs.count == 1)
    }
  }
}

@Suite struct `A cohort read back` {
  @Test func `holds every case and every value as it was stored`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let job = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(4)).job
      try await fixture.extractEverything(study, as: fixture.worker())
      let cohort = try await fixture.store.cohort(of: job)
      #expect(cohort.study == study)
      #expect(cohort.cases.map(\.subject) == ["P0", "P2", "P1", "P3"])
      #expect(cohort.cases.map(\.site) == ["North", "North", "South", "South"])
      #expect(cohort.cases.map(\.outcome) == [0, 1, 0, 1])
      #expect(cohort.cases.allSatisfy { $0.state == .done && $0.imageSHA256?.count == 32 })
      #expect(cohort.cases[1].extra == ["Age": "52"])
      let block = try #require(cohort.features.first)
      #expect(block.names == ["original_firstorder_Energy", "original_firstorder_Mean"])
      #expect(block.values[cohort.cases[2].id]?[0] == 1)
      #expect(block.values[cohort.cases[2].id]?[1].isNaN == true)
    }
  }

  @Test func `says of a failed case why`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let job = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(1)).job
      let worker = try await fixture.worker()
      let task = try await fixture.queue.claim(upTo: 1, kinds: ["extract"], for: worker)[0]
      _ = try await fixture.queue.fail(
        task,
        because: TaskFailure(
          code: "mask-empty", sentence: "The mask is empty.", remedy: "Draw it.", isRetryable: false),
        by: worker)
      let item = try await fixture.store.cases(of: job)[0]
      #expect(item.state == .failed)
      #expect(
        item.loss == StudyCase.Loss(code: "mask-empty", sentence: "The mask is empty.", remedy: "Draw it."))
    }
  }
}

@Suite struct `Replicates` {
  @Test func `computed twice with different bytes stop the job`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let job = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(2)).job
      let worker = try await fixture.worker()
      try await fixture.extractEverything(study, as: worker)
      let tasks = try await fixture.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker)
      func bodies(from first: Int) -> [(number: Int, body: [UInt8])] {
        [first, first + 1].map(StoreFixture.replicate)
      }
      #expect(try await fixture.store.complete(tasks[0], with: bodies(from: 0), by: worker) == .ok)
      #expect(try await fixture.store.complete(tasks[0], with: bodies(from: 0), by: worker) == .already)
      // As a task leaves it that was reopened and not forgotten.
      try await fixture.connection.query(
        "INSERT INTO trabecula.replicate VALUES ($1, 3, $2, '{3}')", job, tasks[1].id)
      #expect(try await fixture.store.complete(tasks[1], with: bodies(from: 2), by: worker) == .ok)
      let record = try #require(try await fixture.store.job(job))
      #expect(record.state == .failed)
      #expect(record.failure?.contains("Replicate 3") == true)
    }
  }

  @Test func `come back in their order, and the aggregate ends the job`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let job = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(2)).job
      let worker = try await fixture.worker()
      try await fixture.extractEverything(study, as: worker)
      for task in try await fixture.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker).reversed() {
        let first = task.payload.contains("\"first\": 0") ? 0 : 2
        let bodies = [first, first + 1].map(StoreFixture.replicate)
        #expect(try await fixture.store.complete(task, with: bodies, by: worker) == .ok)
      }
      #expect(try await fixture.store.replicates(of: job) == (0..<4).map { StoreFixture.replicate($0).body })
      let task = try await fixture.queue.claim(upTo: 1, kinds: ["aggregate"], for: worker)[0]
      let cases = try await fixture.store.cases(of: job)
      let result = try await fixture.aggregate(
        of: job,
        metrics:
          #"[{"model": "Rad", "cohort": "test", "site": null, "name": "auc", "estimate": 0.9, "lower": 0.8, "upper": null, "method": "DeLong", "n": 9}]"#,
        predictions: cases.map { .init(caseID: $0.id, model: "Rad", part: "test", probability: 0.25) })
      #expect(try await fixture.store.complete(task, with: result, by: worker) == .ok)
      #expect(try await fixture.store.job(job)?.state == .succeeded)
      #expect(try await fixture.store.report(of: job) == result.report)
      #expect(try await fixture.store.predictions(of: job).count == 2)
      #expect(try await fixture.store.progress(of: job).map(\.remaining) == [0, 0, 0])
    }
  }
}
