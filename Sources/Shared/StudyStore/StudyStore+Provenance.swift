import Postgres

/// Who vouches for the features of a case.
package struct ProvenanceRecord: Equatable, Sendable {
  package let caseID: Int64
  package let source: String
  /// The login that wrote them.
  package let login: String
  /// The worker that computed them; nil for those of a feature table.
  package let worker: Int64?
  package let host: String?
  /// ISO 8601, UTC.
  package let writtenAt: String
  package let imageSHA256: [UInt8]
  package let maskSHA256: [UInt8]
  /// Which of them were others when the job was submitted: nothing, `image`, `mask`, or `image mask`. What the submitter could not
  /// read does not count.
  package let changedFiles: String
}

/// A site of which files were others when they were extracted than when the study was submitted.
package struct ChangedSite: Equatable, Sendable, Encodable {
  package let site: String
  /// How many cases have features of such files.
  package let cases: Int
}

extension StudyStore {
  /// Who wrote the features that a job uses, in the order of cases and sources.
  package func provenance(of job: Int64) async throws(PostgresError) -> [ProvenanceRecord] {
    let rows = try await connection.query(
      """
      SELECT case_id, source, login, worker_id, host,
          to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS written_at, image_sha256, mask_sha256,
          coalesce(changed.files, '') AS changed_files
        FROM trabecula.provenance LEFT JOIN (
            SELECT case_id, source, string_agg(file, ' ' ORDER BY file) AS files FROM trabecula.changed_files
              WHERE job_id = $1 GROUP BY case_id, source) changed USING (case_id, source)
        WHERE job_id = $1 AND variant = '' ORDER BY case_id, source
      """, job)
    var records: [ProvenanceRecord] = []
    for row in rows {
      records.append(
        ProvenanceRecord(
          caseID: try row.decode("case_id"), source: try row.decode("source"), login: try row.decode("login"),
          worker: try row.decode("worker_id"), host: try row.decode("host"),
          writtenAt: try row.decode("written_at"), imageSHA256: try row.decode("image_sha256"),
          maskSHA256: try row.decode("mask_sha256"), changedFiles: try row.decode("changed_files")))
    }
    return records
  }

  /// Sites of which a job has features of other files than its submitter saw, by name.
  package func changedSites(of job: Int64) async throws(PostgresError) -> [ChangedSite] {
    let rows = try await connection.query(
      "SELECT site, count(DISTINCT case_id) FROM trabecula.changed_files WHERE job_id = $1 GROUP BY site ORDER BY site",
      job)
    var sites: [ChangedSite] = []
    for row in rows { sites.append(ChangedSite(site: try row.decode(at: 0), cases: try row.decode(at: 1))) }
    return sites
  }

  /// Deletes all feature rows that a login wrote; jobs that used them lose them.
  /// - Returns: one line that says what became of what.
  package func discardRows(of login: String) async throws(PostgresError) -> String {
    try await connection.query("SELECT trabecula.discard_rows($1)", login).scalar()
  }
}
