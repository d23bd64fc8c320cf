CREATE OR REPLACE VIEW queue.task_timeline WITH (security_invoker = true) AS
  SELECT a.task_id, a.failed_at AS happened_at, 'attempt failed' AS what, a.worker_id, w.host, NULL::interval AS took,
      a.failure_code, a.failure_text, NULL AS remedy
    FROM queue.attempt_failure a LEFT JOIN queue.worker w USING (worker_id)
  UNION ALL
  SELECT h.task_id, h.ended_at, h.outcome::text, h.worker_id, w.host, h.ended_at - h.claimed_at, h.failure_code,
      h.failure_text, h.remedy
    FROM queue.task_history h LEFT JOIN queue.worker w USING (worker_id)
  UNION ALL
  SELECT l.task_id, CASE WHEN l.state = 'running' THEN l.claimed_at ELSE l.due_at END,
      CASE l.state WHEN 'running' THEN 'runs since' WHEN 'delayed' THEN 'is tried again at' ELSE 'is ' || l.state END,
      l.worker_id, w.host, NULL, NULL, NULL, NULL
    FROM queue.live_task l LEFT JOIN queue.worker w USING (worker_id);
COMMENT ON VIEW queue.task_timeline IS
  'What happened to a task, for as long as the history is kept: each attempt that failed, each end, and how it stands now. '
  'SELECT * FROM queue.task_timeline WHERE task_id = 1 ORDER BY happened_at NULLS LAST; Ask for one task: all would be read.';
