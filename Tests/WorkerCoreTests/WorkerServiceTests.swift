import Cancellation
import DatabaseSchema
import Foundation
import Logging
import Postgres
import Synchronization
import TaskQueue
import TestSupport
import Testing
import WorkerCore

/// A queue that knows the kind `letter-count` by its SQL file.
private struct LetterFixture {
  let target: String
  let connection: PostgresConnection

  static func with(_ body: (LetterFixture) async throws -> Void) async throws {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await connection.execute(
        script: String(decoding: PackageResources.letter_count_sql, as: UTF8.self))
      try await body(LetterFixture(target: target, connection: connection))
      await connection.close()
    }
  }

  /// - Returns: ids of the tasks.
  @discardableResult
  func submit(_ payloads: [String], needs: [String] = []) async throws -> [Int64] {
    try await connection.transaction { session in
      let number = try session.query("SELECT count(*) FROM queue.job").scalar(as: Int.self)
      let job = try TaskQueue.planJob(key: Array("letters \(number)".utf8), name: "letters", in: session).job
      let drafts = payloads.map { TaskDraft(payload: $0, needs: needs) }
      let ids = try TaskQueue.plan([StageDraft(kind: LetterCount.name, tasks: drafts)], of: job, in: session)
      try TaskQueue.start(job: job, in: session)
      return ids[0]
    }
  }

  func submit(texts: [String], needs: [String] = []) async throws -> [Int64] {
    try await submit(texts.map { #"{"text": "\#($0)"}"# }, needs: needs)
  }

  /// Runs a worker until the queue holds nothing more for it.
  func work(_ kind: LetterCount, slots: Int = 2, _ change: (inout WorkerSettings) -> Void = { _ in })
    async throws
  {
    var settings = WorkerSettings(database: PostgresConfiguration(target), version: "test")
    settings.slots = slots
    settings.drains = true
    // However late the worker and the tests beside it are: no test here is about a worker that is lost.
    settings.leaseInSeconds = 3600
    change(&settings)
    try await WorkerService(
      settings: settings, kinds: [kind], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ).run()
  }

  func counts() async throws -> [Int64: Int] {
    var counts: [Int64: Int] = [:]
    for row in try await connection.query("SELECT task_id, letters FROM letters.letter_count") {
      counts[try row.decode(at: 0)] = try row.decode(at: 1, as: Int.self)
    }
    return counts
  }

  func texts(_ query: String) async throws -> [String] {
    try await connection.query(query).map { try $0.decode(at: 0) }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A worker with a kind of its own` {
  @Test func `runs its tasks, and each result is stored with the end of its task`() async throws {
    try await LetterFixture.with { fixture in
      let texts = (0..<100).map { String(repeating: "a1", count: $0) }
      let ids = try await fixture.submit(texts: texts)
      try await fixture.work(LetterCount())
      #expect(try await fixture.counts() == Dictionary(uniqueKeysWithValues: zip(ids, 0..<100)))
      #expect(try await fixture.texts("SELECT state FROM queue.job") == ["succeeded"])
      #expect(try await fixture.texts("SELECT DISTINCT outcome FROM queue.task_history") == ["succeeded"])
    }
  }

  @Test func `records what its kind says of a failure, and a payload that it cannot read`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit([#"{"text": "ab"}"#, #"{"text": "bad"}"#, #"{"words": 3}"#])
      let failure = TaskFailure(code: "bad-text", sentence: "Bad.", remedy: "Mend it.", isRetryable: false)
      try await fixture.work(LetterCount { payload, _ in payload.text == "bad" ? .failure(failure) : nil })
      #expect(try await fixture.counts() == [ids[0]: 2])
      #expect(
        try await fixture.texts(
          "SELECT failure_code FROM queue.task_history WHERE outcome = 'failed' ORDER BY task_id")
          == ["bad-text", "bad-payload"])
    }
  }

  private struct Stray: Error {}

  @Test func `tells a stray error as a failed attempt, and tries the task again`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["abc"])
      try await fixture.work(LetterCount { _, task in task.failures == 0 ? .infrastructure(Stray()) : nil })
      #expect(try await fixture.counts() == [ids[0]: 3])
      #expect(
        try await fixture.texts("SELECT failure_code FROM queue.attempt_failure") == ["unexpected-error"])
    }
  }

  @Test func `leaves tasks whose needs it does not meet to those who do`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["ab", "cde"], needs: ["alphabet:latin"])
      // Drains only when the other has done it all.
      async let without: Void = fixture.work(
        LetterCount(alphabets: ["alphabet:greek"]) { _, _ in
          Issue.record("claimed what it cannot do")
          return nil
        })
      try await fixture.work(LetterCount(alphabets: ["alphabet:latin"]))
      try await without
      #expect(try await fixture.counts() == [ids[0]: 2, ids[1]: 3])
    }
  }

  @Test func `leaves tasks to others where looking for their need fails`() async throws {
    struct Stray: Error {}
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["ab"], needs: ["alphabet:latin"])
      let (looks, announce) = AsyncStream<Void>.makeStream()
      var hindered = LetterCount(alphabets: ["alphabet:latin"])
      hindered.hindrance = {
        announce.yield()
        return .infrastructure(Stray())
      }
      async let without: Void = fixture.work(hindered)
      for await _ in looks { break }
      try await fixture.work(LetterCount(alphabets: ["alphabet:latin"]))
      // Drains as any worker does: it was not ended by what it could not look into.
      try await without
      #expect(try await fixture.counts() == [ids[0]: 2])
    }
  }

  @Test func `hands a task back that finds its need gone, and claims no more of them`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["ab", "cde", "f"], needs: ["alphabet:latin"])
      let (found, announce) = AsyncStream<Void>.makeStream()
      let tries = Atomic(0)
      async let forgetful: Void = fixture.work(
        LetterCount(alphabets: ["alphabet:latin"]) { _, _ in
          tries.add(1, ordering: .relaxed)
          announce.yield()
          return .needNotMet("alphabet:latin", because: "it was forgotten")
        }, slots: 1)
      for await _ in found { break }
      try await fixture.work(LetterCount(alphabets: ["alphabet:latin"]))
      try await forgetful
      #expect(try await fixture.counts() == [ids[0]: 2, ids[1]: 3, ids[2]: 1])
      #expect(tries.load(ordering: .relaxed) == 1)
      #expect(try await fixture.texts("SELECT failure_code FROM queue.attempt_failure") == [])
    }
  }

  @Test func `puts a task off whose time has not come, which spends no attempt`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["ab"])
      let tries = Atomic(0)
      try await fixture.work(
        LetterCount { _, _ in
          tries.add(1, ordering: .relaxed).oldValue == 0
            ? .notYet(after: .milliseconds(10), because: "the ink is wet") : nil
        })
      #expect(try await fixture.counts() == [ids[0]: 2])
      #expect(try await fixture.texts("SELECT because FROM queue.snoozed_task") == ["the ink is wet"])
      #expect(try await fixture.texts("SELECT failure_code FROM queue.attempt_failure") == [])
    }
  }

  @Test func `tells with its heartbeats how far a task is`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["ab"])
      let (connection, task) = (fixture.connection, ids[0])
      var kind = LetterCount()
      kind.report = 62.5
      // The task ends when the database has heard of it.
      kind.preparation = { _ in
        try? await connection.wait(
          until: "EXISTS (SELECT FROM queue.task_progress WHERE task_id = \(task) AND percent = 62.5)")
      }
      try await fixture.work(kind) { $0.leaseInSeconds = 1.5 }
      #expect(try await fixture.counts() == [ids[0]: 2])
    }
  }

  @Test func `is heard of while a task reads in one call for longer than a heartbeat can wait`() async throws
  {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit(texts: ["abc"])
      var kind = LetterCount()
      // Ends when a heartbeat came that was sent while it ran.
      kind.reading = { connection in
        try await connection.execute(
          """
          DO $$ DECLARE began timestamptz := clock_timestamp(); BEGIN
            WHILE NOT EXISTS (SELECT FROM queue.worker WHERE heartbeat_at > began) LOOP PERFORM pg_sleep(0.02); END LOOP;
          END $$
          """)
      }
      try await fixture.work(kind) { $0.leaseInSeconds = 9 }
      #expect(try await fixture.counts() == [ids[0]: 3])
      #expect(try await fixture.texts("SELECT state FROM queue.worker") == ["stopped"])
      #expect(try await fixture.texts("SELECT failure_code FROM queue.attempt_failure") == [])
    }
  }

  /// As a file system does whose server is gone.
  @Test func `goes on with other tasks while a look for a need hangs, and beyond its time`() async throws {
    try await LetterFixture.with { fixture in
      let needy = try await fixture.submit(texts: ["xyz"], needs: ["alphabet:latin"])
      let ids = try await fixture.submit(texts: (0..<20).map { String(repeating: "a", count: $0) })
      let (gate, hung) = (DispatchSemaphore(value: 0), Promise<Void>())
      var kind = LetterCount(alphabets: ["alphabet:latin"])
      kind.look = {
        hung.resolve(.success(()))
        gate.wait()
      }
      async let hanging: Void = fixture.work(kind) { $0.lookLimit = .milliseconds(200) }
      try await hung.value()
      try await fixture.connection.wait(until: "(SELECT count(*) FROM letters.letter_count) = 20")
      // A worker whose shelf answers takes what the other leaves.
      try await fixture.work(LetterCount(alphabets: ["alphabet:latin"]))
      try await hanging
      gate.signal()
      let counts = try await fixture.counts()
      #expect(counts[needy[0]] == 3 && counts.count == ids.count + 1)
      #expect(try await fixture.texts("SELECT failure_code FROM queue.attempt_failure") == [])
    }
  }

  @Test func `that drains ends with the needs of what is left, where nobody offers them`() async throws {
    try await LetterFixture.with { fixture in
      let ids = try await fixture.submit([#"{"text": "ab"}"#], needs: ["alphabet:latin"])
      try await fixture.submit([#"{"text": "c"}"#])
      let error = await #expect(throws: WorkerError.self) {
        try await fixture.work(LetterCount(alphabets: ["alphabet:greek"])) { $0.needPatience = .zero }
      }
      #expect(error == .needsNotMet(["alphabet:latin"]))
      #expect(try await fixture.texts("SELECT state FROM queue.worker") == ["stopped"])
      // Nothing is lost.
      try await fixture.work(LetterCount(alphabets: ["alphabet:latin"]))
      let counts = try await fixture.counts()
      #expect(counts[ids[0]] == 2 && counts.count == 2)
    }
  }

  /// Quick tasks let it claim ahead; then comes one that is not quick, and others that wait behind it.
  @Test func `hands back what it claimed ahead when a task turns out long`() async throws {
    try await LetterFixture.with { fixture in
      let quick = (0..<50).map { _ in #"{"text": "quick"}"# }
      let slow = #"{"text": "slow"}"#
      let ids = try await fixture.submit(quick + [slow] + (0..<40).map { _ in #"{"text": "other"}"# })
      let (began, ends) = (Promise<Void>(), Promise<Void>())
      var kind = LetterCount()
      kind.preparation = { payload in
        guard payload.text == "slow" else { return }
        began.resolve(.success(()))
        do { try await ends.value() } catch { Issue.record(error) }
      }
      async let busy: Void = fixture.work(kind, slots: 1)
      try await began.value()
      // Nothing else is left but what another worker may take.
      async let free: Void = fixture.work(kind, slots: 1)
      try await fixture.connection.wait(until: "(SELECT count(*) FROM queue.live_task) = 1")
      ends.resolve(.success(()))
      try await busy
      try await free
      #expect(try await fixture.counts().count == ids.count)
      #expect(try await fixture.texts("SELECT failure_code FROM queue.attempt_failure") == [])
    }
  }

  @Test func `is named by its session`() async throws {
    try await LetterFixture.with { fixture in
      _ = try await fixture.submit(texts: ["ab"])
      let names = Mutex<[String]>([])
      var kind = LetterCount()
      let connection = fixture.connection
      kind.preparation = { _ in
        do {
          let rows = try await connection.query(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
          )
          let found = try rows.map { try $0.decode(at: 0, as: String.self) }
          names.withLock { $0 = found }
        } catch { Issue.record(error) }
      }
      try await fixture.work(kind) { $0.database.applicationName = "trabecula worker" }
      #expect(names.withLock { $0 } == ["trabecula worker 1"])
    }
  }
}
