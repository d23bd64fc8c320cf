import Postgres
import SchemaMigration

/// The queue's part of a database: schema `queue`, made by the files below `SQL`.
public enum TaskQueueSchema {
  /// In the order in which an empty database runs them. A program of another field adds its own after these:
  /// `SchemaMigrator(TaskQueueSchema.files + ownFiles)`.
  public static var files: [SchemaFile] {
    get throws(PostgresError) { try SchemaFile.list(component: "queue", texts) }
  }

  /// Path below `SQL` and text of each file.
  private static let texts: [(path: String, sql: String)] = [
    ("roles.sql", text(PackageResources.roles_sql)),
    ("steps/0001-queue.sql", text(PackageResources._001_queue_sql)),
    ("guards.sql", text(PackageResources.guards_sql)),
    ("protocol.sql", text(PackageResources.protocol_sql)),
    ("sites.sql", text(PackageResources.sites_sql)),
    ("sessions.sql", text(PackageResources.sessions_sql)),
    ("database.sql", text(PackageResources.database_sql)),
    ("kinds.sql", text(PackageResources.kinds_sql)),
    ("jobs.sql", text(PackageResources.jobs_sql)),
    ("lanes.sql", text(PackageResources.lanes_sql)),
    ("claim.sql", text(PackageResources.claim_sql)),
    ("complete.sql", text(PackageResources.complete_sql)),
    ("fail.sql", text(PackageResources.fail_sql)),
    ("budget.sql", text(PackageResources.budget_sql)),
    ("clock.sql", text(PackageResources.clock_sql)),
    ("lease.sql", text(PackageResources.lease_sql)),
    ("leader.sql", text(PackageResources.leader_sql)),
    ("history.sql", text(PackageResources.history_sql)),
    ("acts.sql", text(PackageResources.acts_sql)),
    ("retry.sql", text(PackageResources.retry_sql)),
    ("skip.sql", text(PackageResources.skip_sql)),
    ("retention.sql", text(PackageResources.retention_sql)),
    ("backlog.sql", text(PackageResources.backlog_sql)),
    ("triggers.sql", text(PackageResources.triggers_sql)),
    ("views/queue_overview.sql", text(PackageResources.queue_overview_sql)),
    ("views/unserved_lane.sql", text(PackageResources.unserved_lane_sql)),
    ("views/job_progress.sql", text(PackageResources.job_progress_sql)),
    ("views/worker_overview.sql", text(PackageResources.worker_overview_sql)),
    ("views/site_overview.sql", text(PackageResources.site_overview_sql)),
    ("views/stuck_tasks.sql", text(PackageResources.stuck_tasks_sql)),
    ("views/failures.sql", text(PackageResources.failures_sql)),
    ("views/throughput.sql", text(PackageResources.throughput_sql)),
    ("views/session_overview.sql", text(PackageResources.session_overview_sql)),
    ("views/db_health.sql", text(PackageResources.db_health_sql)),
    ("metrics.sql", text(PackageResources.metrics_sql)),
    ("rights.sql", text(PackageResources.rights_sql)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
