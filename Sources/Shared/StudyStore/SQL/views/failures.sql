CREATE OR REPLACE VIEW trabecula.failures WITH (security_invoker = true) AS
  SELECT c.job_id, j.name AS job, coalesce(t.kind, 'extract') AS kind, c.failure_code, count(*) AS cases,
      min(c.failed_task_id) AS example_task, (array_agg(c.failure_text ORDER BY c.case_id))[1] AS example,
      (array_agg(c.remedy ORDER BY c.case_id))[1] AS remedy
    FROM trabecula.job_case c JOIN queue.job j USING (job_id) LEFT JOIN queue.task t ON t.task_id = c.failed_task_id
    WHERE c.state = 'failed' GROUP BY c.job_id, j.name, coalesce(t.kind, 'extract'), c.failure_code
  UNION ALL
  SELECT j.job_id, j.name, 'job', j.failure_code, 1, NULL, j.failure_text, j.remedy
    FROM queue.job j WHERE j.state = 'failed';
COMMENT ON VIEW trabecula.failures IS
  'What failed, grouped by cause: how many cases, one example in words, what to do. failure_detail has every case; '
  'retry_failed(job) tries them again.';
