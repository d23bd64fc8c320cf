import DatabaseSchema
import FaultSupport
import Postgres
import SchemaMigration
import TestSupport
import Testing

/// What the harness must not do: take an error of its own for a sign that is missing.
@Suite struct `A task of the harness that is stopped` {
  @Test func `has failed only where something else than its end went wrong`() async {
    let waiting = Task<Void, any Error> { try await Task.sleep(for: .seconds(3600)) }
    await #expect(throws: Never.self) { try await waiting.stopped().get() }
    let asking = Task<Void, any Error> { throw PostgresError(.cancelled, "The call was cancelled.") }
    await #expect(throws: Never.self) { try await asking.stopped().get() }
    let broken = Task<Void, any Error> { throw PostgresError(.schema, "No such table.") }
    await #expect(throws: PostgresError.self) { try await broken.stopped().get() }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A proxy that repeats a call` {
  @Test(arguments: [
    ("'already'", ["already"]),
    ("ARRAY['already', NULL, 'completed']", ["already", nil, "completed"]),
    ("'{}'::text[], NULL::text[], NULL::text, 'late'", [nil, nil, "late"]),
  ])
  func `tells the texts of the second answer`(columns: String, texts: [String?]) async throws {
    try await withProxy { proxy, connectionString in
      let connection = try await PostgresConnection.connect(to: connectionString)
      async let repeated = proxy.next(.repeatAfterCommit)
      // What looks like a completion to the proxy. Calls that came before it was armed went through as they are.
      let calls = Task {
        while !Task.isCancelled {
          _ = try await connection.query("SELECT \(columns) -- trabecula.complete_nothing")
        }
      }
      #expect(try await repeated == texts)
      calls.cancel()
      try await calls.stopped().get()
      await connection.close()
    }
  }
}

@Suite struct `The accounts of a study` {
  /// A worker that was granted the first of two sites has ended three tasks: of no site, of its own and of the other.
  private static let history = """
    INSERT INTO queue.site (name) VALUES ('North'), ('South');
    INSERT INTO queue.site_login (login, role_oid, site_id) VALUES ('north', 1, 1);
    INSERT INTO queue.worker (host, pid, slots, version, protocol, login, lease, lease_until)
      VALUES ('h', 1, 1, 'v', 1, 'north', '1 hour', now());
    INSERT INTO queue.task_history (task_id, job_id, kind, site_id, outcome, worker_id, failures, crashes)
      SELECT site, 1, 'extract', site, 'succeeded', 1, 0, 0 FROM generate_series(0, 2) site;
    """

  @Test func `tell of tasks that were ended by a login of another site`() async throws {
    try await TestDatabase.withFresh { target in
      let connection = try await PostgresConnection.connect(to: target)
      _ = try await SchemaMigrator(DatabaseSchema.files).migrate(connection)
      try await connection.execute(script: Self.history)
      let rule = "tasks ended by a login that was not granted their site"
      #expect(try await StudyAccounts(at: target).violations.contains("2 \(rule)"))
      try await connection.execute("INSERT INTO queue.site_login (login, role_oid) VALUES ('north', 1)")
      #expect(try await !StudyAccounts(at: target).violations.contains { $0.hasSuffix(rule) })
      await connection.close()
    }
  }
}
