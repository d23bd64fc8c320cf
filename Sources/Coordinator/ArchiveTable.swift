import Foundation
import Postgres
import Reporting

/// A table of an archive: what it is called, its columns, and where they come from.
struct ArchiveTable {
  let name: String
  let columns: [String]
  private let source: String

  /// Rows in one answer of the database; the largest are of some hundred kilobytes.
  private static let rowsInAnswer = 200

  /// Writes the rows of a job as CSV, empty where a value is missing.
  func copy(of job: Int64, into folder: URL, _ session: PostgresSession) throws {
    let fields = columns.map { "coalesce(\"\($0)\"::text, '')" }.joined(separator: ", ")
    try session.execute(
      script: """
        DECLARE archived NO SCROLL CURSOR FOR
          SELECT ARRAY[\(fields)] FROM (\(source.replacing("$1", with: "\(job)"))) whole
        """)
    try TableFile.write(to: folder.appendingPathComponent("\(name).csv"), columns: columns) { file in
      while true {
        let rows = try session.query("FETCH \(Self.rowsInAnswer) FROM archived")
        for row in rows { try file.append(row.decode(at: 0)) }
        if rows.count < Self.rowsInAnswer { break }
      }
    }
    try session.execute(script: "CLOSE archived")
  }

  static let all = [
    ArchiveTable(
      name: "job",
      columns: [
        "job_id", "name", "state", "key", "requires", "priority", "failure_budget", "revision",
        "submitted_at", "ended_at",
        "failure_code",
        "failure_text", "remedy", "cohort", "submission", "attempt",
      ],
      source: """
        SELECT j.*, s.submission, s.attempt, h.name AS cohort FROM queue.job j JOIN trabecula.study s USING (job_id)
          JOIN trabecula.cohort h USING (cohort_id) WHERE j.job_id = $1
        """),
    ArchiveTable(
      name: "recipes", columns: ["source", "extractor", "parameters"],
      source: "SELECT * FROM trabecula.job_recipe WHERE job_id = $1 ORDER BY source"),
    ArchiveTable(
      name: "cases",
      columns: [
        "case_id", "subject", "site", "image", "mask", "label", "segment", "choice", "ring", "outcome",
        "split",
        "grouping",
        "extra", "image_sha256", "mask_sha256", "seen_image_sha256", "seen_mask_sha256", "state",
        "failed_task_id", "failure_code",
        "failure_text",
        "remedy",
      ],
      source: """
        SELECT c.*, i.image, i.mask, i.label, i.segment, i.choice, i.ring, i.image_sha256, i.mask_sha256, u.code AS subject,
            s.name AS site
          FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
            JOIN queue.site s USING (site_id) WHERE c.job_id = $1 ORDER BY c.case_id
        """),
    ArchiveTable(
      name: "feature_sets",
      columns: ["feature_set_id", "source", "extractor", "digest", "parameters", "feature_names"],
      source: """
        SELECT *, array_to_string(names, ' ') AS feature_names
          FROM trabecula.feature_set WHERE feature_set_id IN (SELECT r.feature_set_id FROM trabecula.case_feature f
            JOIN trabecula.feature_row r USING (feature_key) WHERE f.job_id = $1) ORDER BY feature_set_id
        """),
    ArchiveTable(
      name: "feature_rows",
      columns: [
        "case_id", "source", "feature_set_id", "feature_key", "image_sha256", "mask_sha256", "label",
        "segment", "ring", "variant", "extracted_at", "written_by", "worker_id", "diagnostics", "values",
      ],
      source: """
        SELECT r.*, f.case_id, f.source, array_to_string(r.feature_values, ' ', 'NULL') AS values
          FROM trabecula.case_feature f JOIN trabecula.feature_row r USING (feature_key) WHERE f.job_id = $1
          ORDER BY f.case_id, f.source, f.variant
        """),
    ArchiveTable(
      name: "pictures", columns: ["case_id", "source", "feature_key", "measurements", "png_base64"],
      source: """
        SELECT p.*, f.case_id, f.source, translate(encode(p.png, 'base64'), E'\\n', '') AS png_base64
          FROM trabecula.study s JOIN trabecula.case_feature f USING (job_id) JOIN trabecula.region_picture p USING (feature_key)
          WHERE s.job_id = $1 AND s.keeps_pictures ORDER BY f.case_id, f.source
        """),
    ArchiveTable(
      name: "predictions", columns: ["case_id", "model", "part", "probability"],
      source: "SELECT * FROM trabecula.prediction WHERE job_id = $1 ORDER BY model, case_id"),
    ArchiveTable(
      name: "metrics",
      columns: ["model", "cohort", "site", "name", "estimate", "lower", "upper", "method", "n"],
      source: "SELECT * FROM trabecula.metric WHERE job_id = $1 ORDER BY metric_id"),
    ArchiveTable(
      name: "replicates", columns: ["replicate", "task_id", "result"],
      source: """
        SELECT replicate, task_id, convert_from(body, 'UTF8') AS result FROM trabecula.replicate WHERE job_id = $1
          ORDER BY replicate
        """),
    ArchiveTable(
      name: "stages",
      columns: ["kind", "position", "opened_at", "closed_at", "total", "failed", "cancelled"],
      source: """
        SELECT s.*, c.total, c.failed, c.cancelled FROM queue.stage s CROSS JOIN LATERAL (
            SELECT sum(n.total) AS total, sum(n.failed) AS failed, sum(n.cancelled) AS cancelled FROM queue.stage_shard n
              WHERE n.job_id = s.job_id AND n.kind = s.kind) c WHERE s.job_id = $1 ORDER BY s.position
        """),
    ArchiveTable(
      name: "tasks", columns: ["task_id", "kind", "ordinal", "site", "case_id", "is_skipped", "payload"],
      source: """
        SELECT t.*, s.name AS site, x.case_id, k.task_id IS NOT NULL AS is_skipped
          FROM queue.task t LEFT JOIN queue.site s USING (site_id) LEFT JOIN trabecula.case_task x USING (task_id)
            LEFT JOIN queue.skipped_task k USING (task_id) WHERE t.job_id = $1 ORDER BY t.task_id
        """),
    ArchiveTable(
      name: "history",
      columns: [
        "task_id", "kind", "outcome", "failures", "crashes", "worker_id", "claimed_at", "ended_at",
        "failure_code",
        "failure_text", "remedy",
      ],
      source: "SELECT * FROM queue.task_history WHERE job_id = $1 ORDER BY task_id, ended_at"),
    ArchiveTable(
      name: "attempts", columns: ["task_id", "worker_id", "failure_code", "failure_text", "failed_at"],
      source: """
        SELECT a.* FROM queue.attempt_failure a JOIN queue.task t USING (task_id) WHERE t.job_id = $1
          ORDER BY a.task_id, a.failed_at
        """),
    ArchiveTable(
      name: "workers", columns: ["worker_id", "host", "version", "login", "started_at", "ended_at"],
      source: """
        SELECT * FROM queue.worker WHERE worker_id IN (SELECT worker_id FROM queue.task_history WHERE job_id = $1)
          ORDER BY worker_id
        """),
    ArchiveTable(
      name: "audit", columns: ["done_at", "login", "act", "object", "before", "after"],
      source: "SELECT * FROM queue.audit WHERE object = 'job ' || $1 ORDER BY audit_id"),
  ]
}
