import DatabaseSchema
import Foundation
import Modelling
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import Synchronization
import TaskQueue
import TestSupport
import Testing

@Suite struct `Acts of an operator among busy workers` {
  static let cases = 120
  static let replicates = 12

  /// Workers that fail one task in eight while the operator acts.
  final class Turmoil: Sendable {
    let isOver = Atomic(false)
  }

  @Test func `lose nothing and count nothing twice`() async throws {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
      let connection = try await PostgresConnection.connect(to: target)
      let fixture = StoreFixture(
        connection: connection, store: StudyStore(connection), queue: TaskQueue(connection))
      let study = try StoreFixture.study(replicates: Self.replicates)
      _ = try await fixture.store.submit(study, cohort: "hips", cases: StoreFixture.cases(Self.cases))
      let turmoil = Turmoil()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<3 {
          group.addTask { try await work(on: study, in: target, until: turmoil, seed: UInt64(number)) }
        }
        group.addTask { try await act(in: target) { turmoil.isOver.store(true, ordering: .relaxed) } }
        for try await _ in group {}
      }
      // What failed at the very end.
      _ = try await fixture.queue.retryFailed(of: 1)
      try await work(on: study, in: target, until: turmoil, seed: 9)
      try await check(connection)
      await connection.close()
    }
  }

  private func check(_ connection: PostgresConnection) async throws {
    let expected = [
      ("queue.job WHERE state = 'succeeded'", 1), ("queue.live_task", 0), ("trabecula.report", 1),
      ("trabecula.job_case WHERE state = 'done'", Self.cases), ("trabecula.case_feature", Self.cases),
      ("trabecula.replicate", Self.replicates),
      ("queue.stage WHERE open_shards <> 0 OR closed_at IS NULL", 0),
      ("queue.stage_shard WHERE remaining + failed + cancelled <> 0", 0),
    ]
    for (what, count) in expected {
      let found = try await connection.query("SELECT count(*) FROM \(what)").scalar(as: Int.self)
      #expect(found == count, "\(what)")
    }
  }

  /// Pauses, resumes, cancels, retries and reorders, again and again; in the end everything is resumed.
  private func act(in target: String, then end: () -> Void) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    let acts = [
      "pause_job(1)", "resume_job(1)", "set_priority(1, 3)", "pause_site('North')", "retry_failed(1)",
      "resume_site('North')", "cancel_job(1)", "retry_failed(1)", "set_priority(1, 0)", "pause_site('South')",
      "resume_site('South')",
    ]
    for round in 0..<6 {
      for act in acts where round < 5 || !act.hasPrefix("pause") && !act.hasPrefix("cancel") {
        _ = try await patiently { try await connection.query("SELECT trabecula.\(act)") }
      }
    }
    end()
    await connection.close()
  }

  /// Repeats what a deadlock or the like ended.
  private func patiently<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    while true {
      do {
        return try await body()
      } catch let error as PostgresError where error.isTransient {
        continue
      }
    }
  }

  private func work(on study: Study, in target: String, until turmoil: Turmoil, seed: UInt64) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    let fixture = StoreFixture(
      connection: connection, store: StudyStore(connection), queue: TaskQueue(connection))
    let worker = try await fixture.worker()
    var choice = seed
    while true {
      let tasks = try await patiently {
        try await fixture.queue.claim(upTo: 3, kinds: ["extract", "bootstrap", "aggregate"], for: worker)
      }
      for task in tasks {
        choice = choice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let fails = choice >> 61 == 0 && !turmoil.isOver.load(ordering: .relaxed)
        _ = try await patiently {
          fails
            ? try await fixture.fail(task, by: worker)
            : try await fixture.complete(task, of: study, by: worker)
        }
      }
      let isOver = turmoil.isOver.load(ordering: .relaxed)
      if isOver, tasks.isEmpty, try await fixture.queue.isIdle(for: worker) { break }
    }
    await connection.close()
  }
}

extension StoreFixture {
  fileprivate func fail(_ task: ClaimedTask, by worker: Int64) async throws -> Verdict {
    let failure = TaskFailure(code: "chance", sentence: "It failed.", remedy: "Retry.", isRetryable: false)
    return try await queue.fail(task, because: failure, by: worker)
  }

  /// Ends a task with a result that follows from its payload alone.
  fileprivate func complete(_ task: ClaimedTask, of study: Study, by worker: Int64) async throws -> Verdict {
    switch task.kind {
    case "extract": return try await completeExtraction(task, of: study, by: worker)
    case "bootstrap":
      let payload = try JSONDecoder().decode(Bootstrap.Payload.self, from: Data(task.payload.utf8))
      let bodies = (payload.first..<payload.first + payload.count).map(StoreFixture.replicate)
      return try await store.complete(task, with: bodies, by: worker)
    default:
      return try await store.complete(task, with: aggregate(of: task.job), by: worker)
    }
  }
}
