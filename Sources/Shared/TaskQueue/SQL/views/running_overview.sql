CREATE OR REPLACE VIEW queue.running_overview WITH (security_invoker = true) AS
  SELECT l.task_id, l.job_id, l.kind, coalesce(s.name, '(no site)') AS site, l.worker_id, w.host, l.claimed_at,
      date_trunc('second', greatest(now() - l.claimed_at, interval '0')) AS runs_for, p.percent,
      date_trunc('second', greatest(now() - p.said_at, interval '0')) AS said_ago,
      CASE WHEN p.percent > 0 AND p.said_at > l.claimed_at
        THEN date_trunc('second', greatest((p.said_at - l.claimed_at) * (100 / p.percent - 1) - (now() - p.said_at), interval '0')) END AS eta,
      l.failures, l.crashes
    FROM queue.live_task l LEFT JOIN queue.site s USING (site_id) LEFT JOIN queue.worker w USING (worker_id)
      LEFT JOIN queue.task_progress p ON p.task_id = l.task_id AND p.fence = l.fence
    WHERE l.state = 'running'
    ORDER BY l.claimed_at, l.task_id;
COMMENT ON VIEW queue.running_overview IS
  'Each task that runs, or is claimed ahead: where, for how long, and, of kinds that say so, how far it is in percent, as of the last heartbeat, '
  'and when it will have ended at that pace.';
