import Postgres
import TaskQueue
import TestSupport
import Testing

/// The statements inside the functions of the hot path, as the server plans them, told by auto_explain.
@Suite struct `Plans of claim and completion` {
  /// Runs a batch with tables of unfortunate statistics: analysed while empty, then filled.
  private func plans(of call: String) async throws -> String {
    try await TestDatabase.withFresh { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(connection)
      try await connection.execute(script: "ANALYZE")
      let fixture = QueueFixture(connection: connection, queue: TaskQueue(connection))
      for _ in 0..<2 { _ = try await fixture.job(extract: 400) }
      _ = try await fixture.worker()
      try await connection.execute(script: Self.explained)
      let rows = try await connection.query("SELECT * FROM pg_temp.explained($1)", call)
      await connection.close()
      return try rows.map { try $0.decode(at: 0, as: String.self) }.joined(separator: "\n")
    }
  }

  /// auto_explain writes to the log only; EXPLAIN shows statements of functions only when they are inlined. So the
  /// bodies are read from the catalogue and their data-modifying statement is explained under the function's settings.
  private static let explained = """
    CREATE FUNCTION pg_temp.explained(name text) RETURNS SETOF text LANGUAGE plpgsql AS $f$
    DECLARE
      body text;
      setting text;
    BEGIN
      SELECT p.prosrc INTO STRICT body FROM pg_proc p WHERE p.oid = name::regproc;
      FOREACH setting IN ARRAY (SELECT proconfig FROM pg_proc WHERE oid = name::regproc) LOOP
        PERFORM set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true);
      END LOOP;
      body := 'WITH ' || split_part(split_part(body, 'WITH ', 2), ';', 1);
      body := regexp_replace(body, 'SELECT \\(SELECT coalesce.*$', 'SELECT count(*) FROM closed, gone');
      body := replace(body, 'claimant.sites', '$6::int[]');
      body := regexp_replace(body, '\\mclaiming\\M', '$1', 'g');
      body := regexp_replace(body, '\\mkinds\\M', '$2', 'g');
      body := regexp_replace(body, '\\mmissing\\M', '$3', 'g');
      body := regexp_replace(body, '\\mlevel\\M', '$4', 'g');
      body := replace(body, 'unnest(task_ids, fences)', 'unnest($5, $7)');
      EXECUTE 'PREPARE explained(bigint, text[], int, int, bigint[], int[], bigint[]) AS ' || body;
      RETURN QUERY EXECUTE 'EXPLAIN EXECUTE explained(1, ''{extract}'', 10, -2147483648, ''{1,2}'', NULL, ''{1,2}'')';
    END $f$;
    """

  @Test(arguments: ["trabecula.claim_tasks", "trabecula.complete_tasks"])
  func `touch rows by index only, in order, without sorting the queue`(function: String) async throws {
    let plan = try await plans(of: function)
    #expect(!plan.contains("Seq Scan"), Comment(rawValue: plan))
    #expect(!plan.contains("Hash Join") && !plan.contains("Merge Join"), Comment(rawValue: plan))
    #expect(!plan.contains("Bitmap"), Comment(rawValue: plan))
    #expect(!plan.contains("JIT"), Comment(rawValue: plan))
    if function.contains("claim") {
      #expect(plan.contains("Index Scan using live_task_claims on live_task"), Comment(rawValue: plan))
      #expect(plan.contains("Tid Scan on live_task"), Comment(rawValue: plan))
    } else {
      #expect(plan.contains("Index Scan using live_task_pkey on live_task"), Comment(rawValue: plan))
      #expect(plan.contains("Index Scan using stage_shard_pkey on stage_shard"), Comment(rawValue: plan))
    }
  }
}
