CREATE OR REPLACE VIEW queue.unserved_lane WITH (security_invoker = true) AS
  -- Who lives was heard of within a lease, by a clock that was not set back since. Thousands of workers are few sorts.
  WITH live AS MATERIALIZED (
    SELECT DISTINCT sites, runs, offers FROM queue.worker
      WHERE state = 'active' AND least(lease_until - silence, heartbeat_at + interval '2 minutes') > now()
        AND heartbeat_at <= now() + interval '1 second'
  ), over_budget AS MATERIALIZED (
    -- No claim takes their tasks; those that are still ready are held by the next maintenance.
    SELECT coalesce(array_agg(job_id), '{}') AS jobs FROM queue.job WHERE over_budget IS NOT NULL
  ), delayed AS MATERIALIZED (
    SELECT lane, min(task_id) AS task_id, min(job_id) AS job_id FROM queue.live_task CROSS JOIN over_budget o
      WHERE state = 'delayed' AND job_id <> ALL (o.jobs) GROUP BY 1
  ), waiting AS MATERIALIZED (
    -- Of each lane with tasks to come one of them, and whether a worker could come for it.
    SELECT r.lane, r.kind, r.needs, s.site_id, s.name AS site, first.job_id, first.task_id, met.is_served, met.is_offered
      FROM (SELECT site_id, name FROM queue.site UNION ALL SELECT 0, '(no site)') s
        JOIN queue.lane r USING (site_id) LEFT JOIN delayed d USING (lane) CROSS JOIN over_budget o
        CROSS JOIN LATERAL (
          (SELECT l.task_id, l.job_id FROM queue.live_task l
            WHERE r.from_rank < 2147483647 AND l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0
              AND l.job_id <> ALL (o.jobs) LIMIT 1)
          UNION ALL
          (SELECT l.task_id, l.job_id FROM queue.live_task l WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes > 0
              AND l.job_id <> ALL (o.jobs))
          UNION ALL
          (SELECT d.task_id, d.job_id WHERE d.task_id IS NOT NULL)
          LIMIT 1) first
        CROSS JOIN LATERAL (SELECT count(*) > 0 AS is_served, coalesce(bool_or(r.needs <@ w.offers), false) AS is_offered
          FROM live w WHERE (w.sites IS NULL OR s.site_id = ANY (w.sites)) AND (w.runs IS NULL OR r.kind = ANY (w.runs))) met)
  SELECT w.lane, w.kind, w.needs, w.site_id, w.site, w.job_id, w.task_id, w.is_served,
      ARRAY(SELECT need FROM unnest(w.needs) AS need WHERE NOT EXISTS (SELECT FROM live a
        WHERE (a.sites IS NULL OR w.site_id = ANY (a.sites)) AND (a.runs IS NULL OR w.kind = ANY (a.runs))
          AND need = ANY (a.offers))) AS missing,
      -- Idle workers that could be meant, and may be dead: they said that they would be silent for longer than a lease.
      (SELECT min(q.worker_id) FROM queue.worker q WHERE q.state = 'active' AND q.lease_until > now()
        AND (q.sites IS NULL OR w.site_id = ANY (q.sites)) AND (q.runs IS NULL OR w.kind = ANY (q.runs))
        AND w.needs <@ q.offers) AS silent_worker
    FROM waiting w WHERE NOT w.is_offered;
COMMENT ON VIEW queue.unserved_lane IS
  'Lanes with ready or delayed tasks that no live worker may take: no worker serves site and kind, or none that does offers what '
  'is needed (missing). Tasks of a job in which too much has failed wait for that, not for a worker. A worker lives that was heard '
  'of within its lease; silent_worker was not, but said that it would be silent for longer.';
