-- What happened to one task.

CREATE OR REPLACE FUNCTION queue.task_timeline(of_task bigint)
  RETURNS TABLE (happened_at timestamptz, what text, worker_id bigint, host text, took interval, failure_code text, failure_text text,
    remedy text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp SET jit = off AS $$
  WITH mine AS (
    SELECT t.task_id FROM task t WHERE t.task_id = of_task
      AND (serves_all_sites() OR t.site_id IS NULL OR t.site_id = ANY (login_sites()))
  ), happened AS (
    SELECT a.failed_at AS happened_at, 'attempt failed' AS what, a.worker_id, NULL::interval AS took, a.failure_code,
        a.failure_text, NULL AS remedy
      FROM mine JOIN attempt_failure a USING (task_id)
    UNION ALL
    SELECT h.ended_at, h.outcome::text, h.worker_id, h.ended_at - h.claimed_at, h.failure_code, h.failure_text, h.remedy
      FROM mine JOIN task_history h USING (task_id)
    UNION ALL
    SELECT CASE WHEN l.state = 'running' THEN l.claimed_at ELSE l.due_at END,
        CASE l.state WHEN 'running' THEN 'runs since' WHEN 'delayed' THEN 'is tried again at' ELSE 'is ' || l.state END,
        l.worker_id, NULL, NULL, NULL, NULL
      FROM mine JOIN live_task l USING (task_id))
  SELECT p.happened_at, p.what, p.worker_id, w.host, p.took, p.failure_code, p.failure_text, p.remedy
    FROM happened p LEFT JOIN worker w USING (worker_id)
$$;
COMMENT ON FUNCTION queue.task_timeline IS
  'What happened to a task, for as long as the history is kept: each attempt that failed, each end, and how it stands now. '
  'SELECT * FROM queue.task_timeline(1) ORDER BY happened_at NULLS LAST; Of a task of a site that the login does not have: nothing.';
