CREATE OR REPLACE VIEW queue.limit_holders WITH (security_invoker = true) AS
  SELECT m.scope, m.subject, l.task_id, l.job_id, l.kind, coalesce(p.name, '(no site)') AS site, l.worker_id, w.host,
      date_trunc('second', greatest(now() - l.claimed_at, interval '0')) AS held_for
    FROM queue.task_limit m JOIN queue.task_slot s USING (limit_id) JOIN queue.live_task l ON l.task_id = s.task_id AND l.fence = s.fence
      LEFT JOIN queue.site p ON p.site_id = l.site_id LEFT JOIN queue.worker w ON w.worker_id = l.worker_id
    ORDER BY m.scope, m.subject, l.claimed_at, l.task_id;
COMMENT ON VIEW queue.limit_holders IS 'Which tasks hold the slots of limits, where they run, and for how long.';
