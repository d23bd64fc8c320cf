CREATE OR REPLACE VIEW queue.worker_overview WITH (security_invoker = true) AS
  SELECT w.worker_id, w.host, w.pid,
      CASE WHEN w.state IN ('active', 'draining')
          AND (least(w.lease_until - w.silence, w.heartbeat_at + interval '2 minutes') < now()
            OR w.heartbeat_at > now() + interval '1 second') THEN 'silent'
        ELSE w.state END AS state,
      w.slots, least(count(l.task_id), w.slots) AS running, greatest(count(l.task_id) - w.slots, 0) AS reserved,
      CASE WHEN w.sites IS NULL THEN 'all' ELSE
        (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM queue.site s WHERE s.site_id = ANY (w.sites))
      END AS sites,
      date_trunc('second', greatest(now() - w.heartbeat_at, interval '0')) AS since_heartbeat,
      w.lease_until < now() AS lease_expired, w.login, w.version, w.started_at, w.ended_at, w.offers, w.runs
    FROM queue.worker w LEFT JOIN queue.live_task l ON l.worker_id = w.worker_id AND l.state = 'running'
    GROUP BY w.worker_id;
COMMENT ON VIEW queue.worker_overview IS
  'Worker processes, when they were last heard of, the login that started them, what they offer and which kinds they run (NULL: '
  'any). silent: not heard of for a lease, so that it may be dead, whatever silence it announced. Of the tasks that a worker '
  'holds as many run as it has slots; the others are reserved.';
