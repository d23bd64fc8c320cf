CREATE OR REPLACE VIEW trabecula.changed_files WITH (security_invoker = true) AS
  SELECT f.job_id, f.case_id, s.name AS site, f.source, file.kind AS file, file.seen AS seen_sha256, file.read AS read_sha256,
      r.written_by AS login, r.extracted_at AS read_at
    FROM trabecula.job_case c JOIN trabecula.case_feature f USING (job_id, case_id) JOIN trabecula.feature_row r USING (feature_key)
      JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id) JOIN queue.site s USING (site_id)
      CROSS JOIN LATERAL (VALUES ('image', c.seen_image_sha256, r.image_sha256), ('mask', c.seen_mask_sha256, r.mask_sha256))
        AS file(kind, seen, read)
    WHERE file.seen <> file.read AND f.variant = '';
COMMENT ON VIEW trabecula.changed_files IS
  'Files that were others when their features were computed than when the job was submitted; one that was not seen then does not '
  'count. status and report tell of them, and provenance.csv says which they are; report.json does not, because it depends on no '
  'submitter.';
