import TaskQueue

/// What is measured. A cycle is one claim and the end of what was claimed.
enum Contender: String, CaseIterable, Sendable {
  /// The simplest queue that is right while nothing fails: one table, a partial index, SKIP LOCKED. Its order begins with
  /// a priority, else the planner takes now and then the key, and steps over all that has ended.
  case plainTable = "plain table (pgbench)"
  /// pgmq's `read` and `archive`: a visibility time, and a second table for what is done.
  case archive = "pgmq's semantics, bare statements (pgbench)"
  /// The same behind functions that build their statements at each call, which is how pgmq has them.
  case archiveCalls = "pgmq's semantics, functions (pgbench)"
  /// Functions `claim_tasks` and `complete_tasks`, driven as the plain table is.
  case functions = "the queue's functions (pgbench)"
  /// `TaskQueue` as workers use it: ends a batch and claims the next in one transaction.
  case client = "the queue's client, complete + claim"

  /// What it works on.
  enum Tables { case plain, messages, queue }

  var tables: Tables {
    switch self {
    case .plainTable: .plain
    case .archive, .archiveCalls: .messages
    case .functions, .client: .queue
    }
  }

  /// A cycle for pgbench; `claimant` is the number of this client's worker.
  func script(batch: Int) -> String? {
    switch self {
    case .plainTable:
      """
      UPDATE plain_task SET state = 'running', worker = :client_id WHERE id = ANY (ARRAY(
        SELECT id FROM plain_task WHERE state = 'ready' ORDER BY priority, id LIMIT \(batch) FOR UPDATE SKIP LOCKED))
        RETURNING id, payload;
      UPDATE plain_task SET state = 'done' WHERE state = 'running' AND worker = :client_id;
      """
    case .archive:
      """
      WITH read AS (
        UPDATE message m SET visible_at = clock_timestamp() + interval '5 minutes', reads = reads + 1 WHERE id = ANY (ARRAY(
          SELECT id FROM message WHERE visible_at <= clock_timestamp() ORDER BY id LIMIT \(batch) FOR UPDATE SKIP LOCKED))
          RETURNING id, body)
      SELECT array_agg(id) AS ids, array_agg(body) AS bodies FROM read \\gset
      WITH gone AS (DELETE FROM message WHERE id = ANY (:ids::bigint[]) RETURNING *)
      INSERT INTO message_archive SELECT gone.*, now() FROM gone;
      """
    case .archiveCalls:
      """
      SELECT array_agg(id) AS ids, array_agg(body) AS bodies FROM message_read('message', 300, \(batch)) \\gset
      SELECT message_archive('message', :ids::bigint[]);
      """
    case .functions:
      """
      \\set claimant :client_id + :first_worker
      SELECT array_agg(task_id) AS ids, array_agg(fence) AS fences, array_agg(payload) AS payloads
        FROM queue.claim_tasks(:claimant, '{nap}', \(batch)) \\gset
      SELECT queue.complete_plain(:claimant, :ids::bigint[], :fences::bigint[]);
      """
    case .client: nil
    }
  }

  /// Makes so many tasks that are ready, and so many that have ended.
  func preparation(ready: Int, ended: Int) -> [String] {
    switch tables {
    case .plain:
      [
        """
        DROP TABLE IF EXISTS plain_task;
        CREATE TABLE plain_task (id bigint PRIMARY KEY, state text NOT NULL, worker int, payload jsonb NOT NULL,
          priority int NOT NULL DEFAULT 0) WITH (fillfactor = 70);
        INSERT INTO plain_task SELECT n, CASE WHEN n <= \(ended) THEN 'done' ELSE 'ready' END, NULL, '{}'
          FROM generate_series(1, \(ended + ready)) n;
        CREATE INDEX plain_ready ON plain_task (priority, id) WHERE state = 'ready';
        CREATE INDEX plain_running ON plain_task (worker) WHERE state = 'running';
        """, "VACUUM ANALYZE plain_task",
      ]
    case .messages:
      [
        """
        DROP TABLE IF EXISTS message, message_archive;
        CREATE TABLE message (id bigint PRIMARY KEY, reads int NOT NULL DEFAULT 0, sent_at timestamptz NOT NULL DEFAULT now(),
          visible_at timestamptz NOT NULL, body jsonb) WITH (fillfactor = 70);
        CREATE TABLE message_archive (LIKE message, archived_at timestamptz NOT NULL, PRIMARY KEY (id));
        CREATE INDEX ON message_archive (archived_at);
        INSERT INTO message SELECT n, 0, now(), now(), '{}' FROM generate_series(1, \(ready)) n;
        CREATE INDEX ON message (visible_at);
        CREATE OR REPLACE FUNCTION message_read(queue text, hidden_seconds int, most int)
          RETURNS TABLE (id bigint, reads int, sent_at timestamptz, visible_at timestamptz, body jsonb)
          LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format('WITH next AS (
              SELECT id FROM %1$I WHERE visible_at <= clock_timestamp() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE %1$I m SET visible_at = clock_timestamp() + make_interval(secs => $2), reads = reads + 1
              FROM next WHERE m.id = next.id RETURNING m.id, m.reads, m.sent_at, m.visible_at, m.body', queue)
            USING most, hidden_seconds;
        END $$;
        CREATE OR REPLACE FUNCTION message_archive(queue text, ids bigint[]) RETURNS SETOF bigint
          LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format('WITH gone AS (DELETE FROM %1$I WHERE id = ANY ($1) RETURNING *)
            INSERT INTO %2$I SELECT gone.*, now() FROM gone RETURNING id', queue, queue || '_archive') USING ids;
        END $$;
        """, "VACUUM ANALYZE message",
      ]
    case .queue:
      [
        "TRUNCATE queue.live_task, queue.task_history",
        """
        \(Self.kind)
        UPDATE queue.lane SET from_rank = 2147483647, from_task = 9223372036854775807;
        SELECT queue.plan_stage(job_id, 'nap', \(ready)), queue.lane_of('nap', 0, '{}')
          FROM queue.plan_job(sha256(nextval('queue.fence')::text::bytea), 'bench');
        WITH planned AS (
          INSERT INTO queue.task (job_id, kind, ordinal, shard, lane, payload)
            SELECT job_id, 'nap', n, queue.shard_of(n), lane, '{}'
              FROM (SELECT max(job_id) AS job_id FROM queue.job) j, (SELECT lane FROM queue.lane WHERE kind = 'nap') l,
                generate_series(0, \(ready + ended - 1)) n
            RETURNING task_id, job_id, shard, ordinal, lane
        ), past AS (
          INSERT INTO queue.task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes)
            SELECT task_id, job_id, 'nap', 0, 'succeeded', ordinal, 1, 0, 0 FROM planned WHERE ordinal >= \(ready)
        )
        INSERT INTO queue.live_task (task_id, job_id, kind, site_id, lane, state, shard)
          SELECT task_id, job_id, 'nap', 0, lane, 'blocked', shard FROM planned WHERE ordinal < \(ready);
        SELECT queue.open_next_stages(ARRAY[max(job_id)]) FROM queue.job;
        """, "VACUUM ANALYZE queue.live_task", "VACUUM ANALYZE queue.task_history",
      ]
    }
  }

  /// The kind of the queue's tasks here: one without results.
  static let kind = "SELECT queue.define_kind('nap', place => 1, completes_plainly => true);"

  /// Counts the tasks that are still ready.
  var remainder: String {
    switch tables {
    case .plain: "SELECT count(*) FROM plain_task WHERE state = 'ready'"
    case .messages: "SELECT count(*) FROM message"
    case .queue: "SELECT count(*) FROM queue.live_task WHERE state = 'ready'"
    }
  }
}
