CREATE OR REPLACE VIEW queue.site_overview WITH (security_invoker = true) AS
  WITH known AS (
    SELECT site_id, name, paused FROM queue.site UNION ALL SELECT 0, '(no site)', false
  ), running AS (
    SELECT site_id, count(*) AS tasks FROM queue.live_task WHERE state = 'running' GROUP BY 1)
  SELECT k.name AS site, k.paused, w.workers, w.slots, coalesce(r.tasks, 0) AS running, ready.tasks AS ready
    FROM known k LEFT JOIN running r USING (site_id)
    CROSS JOIN LATERAL (SELECT count(*) AS workers, coalesce(sum(slots), 0) AS slots FROM queue.worker
      WHERE state = 'active' AND least(lease_until - silence, heartbeat_at + interval '2 minutes') > now()
        AND heartbeat_at <= now() + interval '1 second' AND (sites IS NULL OR k.site_id = ANY (sites))) w
    CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM (
      SELECT FROM queue.lane r JOIN queue.live_task l USING (lane)
        WHERE r.site_id = k.site_id AND r.from_rank < 2147483647 AND l.state = 'ready' AND l.crashes = 0
      UNION ALL
      SELECT FROM queue.live_task l WHERE l.site_id = k.site_id AND l.state = 'ready' AND l.crashes > 0
      LIMIT 10000) first) ready
    ORDER BY k.site_id;
COMMENT ON VIEW queue.site_overview IS
  'Each site: paused or not, live workers that serve it with their slots, tasks running and ready (counted to 10,000). '
  'Tasks of no site stand under (no site).';
