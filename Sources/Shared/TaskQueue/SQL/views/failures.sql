CREATE OR REPLACE VIEW queue.failures WITH (security_invoker = true) AS
  SELECT h.job_id, j.name AS job, h.kind, h.failure_code, count(*) AS tasks, min(h.task_id) AS example_task,
      (array_agg(h.failure_text ORDER BY h.task_id))[1] AS example, (array_agg(h.remedy ORDER BY h.task_id))[1] AS remedy
    FROM queue.task_history h JOIN queue.kind k USING (kind) JOIN queue.job j USING (job_id)
    WHERE h.outcome = 'failed' AND k.failure_costs = 'task'
      -- Neither tried again now nor ended otherwise since.
      AND NOT EXISTS (SELECT FROM queue.live_task l WHERE l.task_id = h.task_id)
      AND NOT EXISTS (SELECT FROM queue.task_history n WHERE n.task_id = h.task_id AND n.ended_at > h.ended_at)
    GROUP BY h.job_id, j.name, h.kind, h.failure_code
  UNION ALL
  SELECT j.job_id, j.name, 'job', j.failure_code, 1, NULL, j.failure_text, j.remedy
    FROM queue.job j WHERE j.state = 'failed';
COMMENT ON VIEW queue.failures IS
  'What failed for good, grouped by cause, for as long as the history is kept: how many tasks, one example in words, what to '
  'do; and each job that failed as a whole (kind job). retry_failed(job) tries them again.';
