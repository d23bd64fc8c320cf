import Postgres

/// A task to be planned.
package struct TaskDraft: Sendable {
  /// The site whose workers may claim it; nil lets any.
  package var site: Int32?
  /// JSON.
  package var payload: String

  package init(site: Int32? = nil, payload: String) {
    self.site = site
    self.payload = payload
  }
}

/// The tasks of one kind; stages run one after the other.
package struct StageDraft: Sendable {
  package var kind: String
  package var tasks: [TaskDraft]

  package init(kind: String, tasks: [TaskDraft]) {
    self.kind = kind
    self.tasks = tasks
  }
}

extension TaskQueue {
  /// Counters of a stage are split over this many rows, so that completions do not queue for one, and so that a row
  /// has few old versions to step over while a snapshot is held open.
  package static let shardCount = 2048
  /// Neighbouring tasks share a shard, so that a claimed batch touches few; not so many that those who claim side by
  /// side share it too, and wait for each other's commit.
  package static let tasksInShardBlock = 4

  /// A statement stays within a few megabytes, however many tasks there are.
  static let tasksInStatement = 10_000

  /// Plans the stages of a job, all tasks blocked. Call `openFirstStage` when everything else is written.
  ///
  /// - Returns: ids of the tasks, stage by stage, in the order of the drafts.
  package static func plan(_ stages: [StageDraft], of job: Int64, in session: PostgresSession)
    throws(PostgresError) -> [[Int64]]
  {
    var ids: [[Int64]] = []
    for (position, stage) in stages.enumerated() {
      let shards = stage.tasks.indices.map { Int16($0 / tasksInShardBlock % shardCount) }
      var totals: [Int32] = []
      for shard in shards {
        if Int(shard) == totals.count { totals.append(0) }
        totals[Int(shard)] += 1
      }
      try session.execute(
        "INSERT INTO trabecula.stage (job_id, kind, position, open_shards) VALUES ($1, $2, $3, $4)",
        job, stage.kind, Int16(position), Int32(totals.count))
      try session.execute(
        """
        INSERT INTO trabecula.stage_shard (job_id, kind, shard, total, remaining)
          SELECT $1, $2, n - 1, counted, counted FROM unnest($3::int[]) WITH ORDINALITY AS given(counted, n)
        """, job, stage.kind, totals)
      ids.append(try plan(stage, shards: shards, of: job, in: session))
    }
    return ids
  }

  private static func plan(_ stage: StageDraft, shards: [Int16], of job: Int64, in session: PostgresSession)
    throws(PostgresError) -> [Int64]
  {
    var ids: [Int64] = []
    for first in stride(from: 0, to: stage.tasks.count, by: tasksInStatement) {
      let part = first..<min(first + tasksInStatement, stage.tasks.count)
      let rows = try session.query(
        """
        WITH planned AS (
          INSERT INTO trabecula.task (job_id, kind, ordinal, shard, site_id, payload)
            SELECT $1, $2, $3 + n - 1, shard, site, payload
              FROM unnest($4::int2[], $5::int[], $6::jsonb[]) WITH ORDINALITY AS given(shard, site, payload, n)
            RETURNING task_id, ordinal, shard, site_id
        ), live AS (
          INSERT INTO trabecula.live_task (task_id, job_id, kind, shard, site_id, state)
            SELECT task_id, $1, $2, shard, coalesce(site_id, 0), 'blocked' FROM planned
        )
        SELECT task_id FROM planned ORDER BY ordinal
        """,
        job, stage.kind, Int32(first), Array(shards[part]), stage.tasks[part].map(\.site),
        stage.tasks[part].map { PostgresJSON($0.payload) })
      for row in rows { ids.append(try row.decode(at: 0)) }
    }
    return ids
  }

  /// Makes the first stage ready and announces it.
  package static func openFirstStage(of job: Int64, in session: PostgresSession) throws(PostgresError) {
    try session.query("SELECT trabecula.start_job($1)", job)
  }
}
