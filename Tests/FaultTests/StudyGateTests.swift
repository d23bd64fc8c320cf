import FaultSupport
import Postgres
import TestSupport
import Testing

@Suite struct `A gate of the fault harness` {
  /// What the gate looks at of the queue's tables, with three tasks.
  private static let tables = """
    CREATE SCHEMA queue;
    CREATE TABLE queue.live_task (task_id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'running');
    CREATE TABLE queue.task_history (task_id bigint PRIMARY KEY);
    INSERT INTO queue.live_task SELECT generate_series(1, 3);
    """ + StudyGate.trigger

  private func withGate(_ body: (StudyGate, PostgresConnection) async throws -> Void) async throws {
    try await TestDatabase.withFresh { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await connection.execute(script: Self.tables)
      let gate = try await StudyGate(at: target, moments: [])
      let result: Result<Void, any Error>
      do { result = .success(try await body(gate, connection)) } catch { result = .failure(error) }
      await gate.close()
      await connection.close()
      try result.get()
    }
  }

  @Test(arguments: [(1, true), (2, false)])
  func `counts no task that is being ended while it closes`(workers: Int, isEnough: Bool) async throws {
    try await withGate { gate, ending in
      try await ending.execute(script: "BEGIN; DELETE FROM queue.live_task WHERE task_id = 1;")
      #expect(await gate.close(0, at: 0, workers: workers) == isEnough)
      try await ending.execute(script: "COMMIT;")
    }
  }

  @Test(arguments: [(1, true), (2, false), (3, false)])
  func `needs a task beyond those up to its moment`(moment: Int, isEnough: Bool) async throws {
    try await withGate { gate, _ in
      #expect(await gate.close(0, at: moment, workers: 1) == isEnough)
    }
  }
}
