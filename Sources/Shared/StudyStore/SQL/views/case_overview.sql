CREATE OR REPLACE VIEW trabecula.case_overview WITH (security_invoker = true) AS
  SELECT c.job_id, c.case_id, u.code AS subject, s.name AS site, i.image, i.mask, i.label, i.segment, i.ring, c.state,
      c.failure_code, c.failure_text
    FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
      JOIN queue.site s USING (site_id);
COMMENT ON VIEW trabecula.case_overview IS
  'Each case of each job: its number, whose it is, its files, and how it stands; of excluded ones the reason.';
