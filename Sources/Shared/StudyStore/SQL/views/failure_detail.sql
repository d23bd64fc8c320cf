CREATE OR REPLACE VIEW trabecula.failure_detail WITH (security_invoker = true) AS
  SELECT c.job_id, j.name AS job, coalesce(t.kind, 'extract') AS kind, c.failed_task_id AS task_id, c.case_id,
      u.code AS subject, s.name AS site, i.image, i.mask, i.label, i.segment, i.ring, c.failure_code, c.failure_text, c.remedy
    FROM trabecula.job_case c JOIN queue.job j USING (job_id)
      JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
      JOIN queue.site s USING (site_id) LEFT JOIN queue.task t ON t.task_id = c.failed_task_id
    WHERE c.state = 'failed'
  UNION ALL
  SELECT j.job_id, j.name, 'job', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, j.failure_code, j.failure_text, j.remedy
    FROM queue.job j WHERE j.state = 'failed';
COMMENT ON VIEW trabecula.failure_detail IS
  'Each case that failed, with its files, why, and what to do; and each job that failed as a whole (kind job).';
