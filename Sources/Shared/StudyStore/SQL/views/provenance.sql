CREATE OR REPLACE VIEW trabecula.provenance WITH (security_invoker = true) AS
  SELECT f.job_id, f.case_id, s.name AS site, f.source, r.written_by AS login, r.worker_id, w.host, r.extracted_at AS written_at,
      r.image_sha256, r.mask_sha256, f.feature_key,
      f.variant
    FROM trabecula.case_feature f JOIN trabecula.feature_row r USING (feature_key)
      JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
      JOIN queue.site s USING (site_id) LEFT JOIN queue.worker w USING (worker_id);
COMMENT ON VIEW trabecula.provenance IS
  'Who vouches for the features of each case of a job: login and worker that wrote them, when, and of which files. '
  'provenance.csv beside a report has the same; discard_rows(login) takes away what a login wrote.';
