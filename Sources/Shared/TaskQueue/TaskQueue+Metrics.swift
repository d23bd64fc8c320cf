import MetricFamilies
import Postgres

/// What a monitoring system may know of the queue.
extension TaskQueue {
  /// Reads function `queue.metrics`, which says of each number what it counts.
  /// - Returns: each family that the queue has, also those without a sample.
  /// - Throws: `.server` where this login does not serve all sites; `.schema` where database and program differ.
  package func metrics() async throws(PostgresError) -> Exposition {
    var samples: [String: [MetricSample]] = [:]
    for row in try await connection.query("SELECT family, labels, value FROM queue.metrics()") {
      let name = "trabecula_" + (try row.decode("family", as: String.self))
      let labels = try Self.labels(row.decode("labels"))
      samples[name, default: []].append(MetricSample(name, labels, try row.decode("value")))
    }
    return try Self.exposition(of: samples)
  }

  /// The families of `queue.metrics`, without samples.
  package static var emptyMetrics: Exposition {
    var exposition = Exposition()
    for family in metricFamilies { exposition.add(family, []) }
    return exposition
  }

  private static func exposition(of samples: [String: [MetricSample]]) throws(PostgresError) -> Exposition {
    var (exposition, rest) = (Exposition(), samples)
    for family in metricFamilies { exposition.add(family, rest.removeValue(forKey: family.name) ?? []) }
    if let unknown = rest.keys.min() {
      throw PostgresError(
        .schema, "The database tells of \(unknown), which this program does not know; update it.")
    }
    return exposition
  }

  private static func labels(_ texts: [String]) throws(PostgresError) -> [MetricSample.Label] {
    guard texts.count.isMultiple(of: 2) else {
      throw PostgresError(.schema, "The database tells of a metric with half a label; update the program.")
    }
    return stride(from: 0, to: texts.count, by: 2).map { MetricSample.Label(texts[$0], texts[$0 + 1]) }
  }

  /// What `queue.metrics` tells of, in the order in which it is shown.
  package static let metricFamilies: [MetricFamily] = [
    MetricFamily(
      "trabecula_tasks", .gauge,
      "Tasks by state, kind and site (empty: of no site). Of each lane at most 1,000 ready tasks are counted."
    ),
    MetricFamily(
      "trabecula_tasks_remaining", .gauge,
      "Tasks of running jobs that have not ended, by kind and by how their stage stands: open, blocked, paused, held."
    ),
    MetricFamily(
      "trabecula_oldest_ready_seconds", .gauge,
      "For how long the stage has been open of the task that is claimed next, by kind and site."),
    MetricFamily("trabecula_jobs", .gauge, "Jobs by state."),
    MetricFamily("trabecula_job_tasks", .gauge, "Tasks of the newest running jobs by kind and outcome."),
    MetricFamily(
      "trabecula_failed_tasks", .gauge,
      "Tasks of running jobs that failed for good, by kind and code; 10,000 are looked at."),
    MetricFamily("trabecula_tasks_submitted_total", .counter, "Tasks that were submitted."),
    MetricFamily(
      "trabecula_claims_total", .counter,
      "Numbers that were reserved for claims; each session of a worker reserves 32 at a time."),
    MetricFamily("trabecula_tasks_ended_total", .counter, "Tasks that ended, however they did."),
    MetricFamily(
      "trabecula_attempts_failed_total", .counter,
      "Attempts that failed or crashed and did not end their task."),
    MetricFamily(
      "trabecula_recent_task_seconds", .gauge,
      "Percentiles of the time from claim to end, of tasks with numbers near those that run."),
    MetricFamily(
      "trabecula_stuck", .gauge, "Tasks, or reasons that hold many of them, in stuck_tasks by cause."),
    MetricFamily(
      "trabecula_workers", .gauge, "Workers by state; stopped and lost: within the last hour."),
    MetricFamily("trabecula_worker_versions", .gauge, "Workers that live, by version."),
    MetricFamily("trabecula_slots", .gauge, "Tasks that active workers can compute at a time."),
    MetricFamily(
      "trabecula_heartbeat_age_seconds", .gauge, "Percentiles of the time since live workers were heard of."),
    MetricFamily(
      "trabecula_silent_worker_seconds", .gauge,
      "Time since the twenty workers were heard of that are silent for longest."),
    MetricFamily("trabecula_site_workers", .gauge, "Active workers that serve a site."),
    MetricFamily("trabecula_site_paused", .gauge, "1 where a site is paused."),
    MetricFamily(
      "trabecula_oldest_snapshot_seconds", .gauge,
      "For how long the oldest transaction keeps dead rows; 0: none."),
    MetricFamily("trabecula_dead_rows", .gauge, "Dead rows of the queue's busy tables."),
    MetricFamily(
      "trabecula_live_rows", .gauge, "Live rows of the queue's busy tables, as the server estimates them."),
    MetricFamily("trabecula_vacuum_age_seconds", .gauge, "Time since the queue's busy tables were vacuumed."),
    MetricFamily("trabecula_locks_waiting", .gauge, "Sessions that wait for a lock."),
    MetricFamily(
      "trabecula_announcements_ratio", .gauge,
      "Part of the room that unheard announcements take; at 1 nothing commits."),
    MetricFamily("trabecula_database_bytes", .gauge, "The database on disk."),
    MetricFamily("trabecula_sessions", .gauge, "Sessions of the server."),
    MetricFamily("trabecula_sessions_limit", .gauge, "Sessions that the server allows."),
    MetricFamily("trabecula_replication_lag_bytes", .gauge, "Log that a standby has not replayed."),
    MetricFamily("trabecula_replication_slot_bytes", .gauge, "Log that is kept for a replication slot."),
    MetricFamily("trabecula_leader", .gauge, "1 where a coordinator leads and does the maintenance."),
    MetricFamily("trabecula_schema_info", .gauge, "1, with version and protocols of the database."),
  ]
}
