CREATE OR REPLACE VIEW queue.worker_overview WITH (security_invoker = true) AS
  SELECT w.worker_id, w.host, w.pid, w.state, w.slots, count(l.task_id) AS running,
      CASE WHEN w.sites IS NULL THEN 'all' ELSE
        (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM queue.site s WHERE s.site_id = ANY (w.sites))
      END AS sites,
      now() - w.heartbeat_at AS since_heartbeat, w.lease_until < now() AS lease_expired, w.login, w.version,
      w.started_at, w.ended_at, w.offers, w.runs
    FROM queue.worker w LEFT JOIN queue.live_task l ON l.worker_id = w.worker_id AND l.state = 'running'
    GROUP BY w.worker_id;
COMMENT ON VIEW queue.worker_overview IS
  'Worker processes, what they hold, when they were last heard of, the login that started them, what they offer and which kinds they run '
  '(NULL: any).';
