CREATE OR REPLACE VIEW queue.stuck_tasks WITH (security_invoker = true) AS
  -- How long tasks of the kinds that run took. A thousand neighbours by number of the lowest of them, which may be a straggler
  -- or tried again, and a thousand of the highest, which was claimed last, tell enough, whenever they ended. Found by key in
  -- each partition, so that the cost does not grow with what has ended.
  WITH median AS MATERIALIZED (
    SELECT r.job_id, r.kind, m.seconds
      FROM (SELECT job_id, kind, min(task_id) AS lowest, max(task_id) AS highest FROM queue.live_task
        WHERE state = 'running' GROUP BY 1, 2) r
      CROSS JOIN LATERAL (SELECT greatest(percentile_cont(0.5) WITHIN GROUP (ORDER BY
          extract(epoch FROM h.ended_at - h.claimed_at)::float8), 1) AS seconds
        FROM (SELECT * FROM queue.task_history WHERE task_id BETWEEN r.lowest - 500 AND r.lowest + 500
          -- Without those of the lowest, lest they count twice.
          UNION ALL SELECT * FROM queue.task_history
            WHERE task_id BETWEEN greatest(r.highest - 500, r.lowest + 501) AND r.highest + 500) h
        WHERE h.job_id = r.job_id AND h.kind = r.kind AND h.outcome = 'succeeded' HAVING count(*) >= 10) m
  ), serving AS MATERIALIZED (
    SELECT sites, runs, offers FROM queue.worker WHERE state = 'active' AND lease_until > now()
  ), waiting AS MATERIALIZED (
    -- Of each lane with ready tasks one of them, and whether a worker could come for it.
    SELECT r.kind, r.needs, s.site_id, s.name AS site, ready.job_id, ready.task_id, met.is_served, met.is_offered,
        ARRAY(SELECT need FROM unnest(r.needs) AS need
          WHERE NOT EXISTS (SELECT FROM serving w WHERE (w.sites IS NULL OR s.site_id = ANY (w.sites))
            AND (w.runs IS NULL OR r.kind = ANY (w.runs)) AND need = ANY (w.offers)))
          AS missing
      FROM (SELECT site_id, name FROM queue.site UNION ALL SELECT 0, '(no site)') s
        JOIN queue.lane r USING (site_id)
        CROSS JOIN LATERAL (
          (SELECT l.task_id, l.job_id FROM queue.live_task l
            WHERE r.from_rank < 2147483647 AND l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 LIMIT 1)
          UNION ALL
          (SELECT l.task_id, l.job_id FROM queue.live_task l WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes > 0)
          LIMIT 1) ready
        CROSS JOIN LATERAL (SELECT count(*) > 0 AS is_served, coalesce(bool_or(r.needs <@ w.offers), false) AS is_offered
          FROM serving w WHERE (w.sites IS NULL OR s.site_id = ANY (w.sites)) AND (w.runs IS NULL OR r.kind = ANY (w.runs))) met
  )
  SELECT 'job paused' AS why, j.job_id, NULL AS kind, NULL AS site, sum(c.remaining) AS tasks, NULL::bigint AS task_id,
      NULL::timestamptz AS since, format('SELECT queue.resume_job(%s);', j.job_id) AS what_to_do
    FROM queue.job j JOIN queue.stage_shard c USING (job_id)
    WHERE j.paused AND j.state = 'running' GROUP BY j.job_id HAVING sum(c.remaining) > 0
  UNION ALL
  SELECT 'site paused', NULL, NULL, s.name, NULL, held.task_id, NULL,
      format('SELECT queue.resume_site(%L);', s.name)
    FROM queue.site s CROSS JOIN LATERAL (SELECT l.task_id FROM queue.live_task l
      WHERE l.site_id = s.site_id AND l.state = 'held' LIMIT 1) held
    WHERE s.paused
  UNION ALL
  SELECT 'no worker serves the site', min(w.job_id), w.kind, w.site, NULL, min(w.task_id), NULL,
      CASE WHEN w.site_id = 0 THEN format('Start one that runs %s, whose login was granted all sites.', w.kind)
        ELSE format('Start one that runs %s where the files of the site are: worker run --site %s', w.kind, w.site) END
    FROM waiting w WHERE NOT w.is_served GROUP BY w.site_id, w.site, w.kind
  UNION ALL
  SELECT 'no worker offers what it needs', w.job_id, w.kind, w.site, NULL, w.task_id, NULL,
      CASE WHEN w.missing = '{}' THEN format('Start one worker that offers all of these: %s.', array_to_string(w.needs, ', '))
        ELSE format('Start a worker that offers %s, or bring it to one that runs.', array_to_string(w.missing, ', ')) END
    FROM waiting w WHERE w.is_served AND NOT w.is_offered
  UNION ALL
  SELECT 'delayed until ' || to_char(min(l.due_at), 'YYYY-MM-DD HH24:MI:SS'), l.job_id, l.kind, s.name, count(*),
      min(l.task_id), NULL, 'Nothing: each is tried again when its time has come; attempt_failure says why it failed.'
    FROM queue.live_task l LEFT JOIN queue.site s USING (site_id)
    WHERE l.state = 'delayed' GROUP BY l.job_id, l.kind, s.name
  UNION ALL
  SELECT format('runs %s times as long as the median of %s s',
        round((extract(epoch FROM now() - l.claimed_at) / m.seconds)::numeric), round(m.seconds::numeric, 1)),
      l.job_id, l.kind, s.name, 1, l.task_id, l.claimed_at,
      format('Look at process %s on %s, or: SELECT queue.drain_worker(%s);', w.pid, w.host, w.worker_id)
    FROM median m JOIN queue.live_task l USING (job_id, kind) JOIN queue.worker w USING (worker_id)
      LEFT JOIN queue.site s ON s.site_id = l.site_id
    WHERE l.state = 'running' AND extract(epoch FROM now() - l.claimed_at) > 10 * m.seconds
  UNION ALL
  SELECT 'its worker is silent for ' || date_trunc('second', now() - w.heartbeat_at), l.job_id, l.kind, s.name, 1,
      l.task_id, w.heartbeat_at,
      CASE WHEN w.lease_until < now() THEN 'Its lease is over: the next maintenance gives the task back.'
        ELSE format('Its lease ends in %s; then the task goes back by itself.',
          date_trunc('second', w.lease_until - now())) END
    FROM queue.live_task l LEFT JOIN queue.site s USING (site_id)
      JOIN queue.worker w ON w.worker_id = l.worker_id
    WHERE l.state = 'running' AND w.lease_until < now() + w.lease / 3;
COMMENT ON VIEW queue.stuck_tasks IS
  'Tasks that wait for something, why, and what to do: paused jobs and sites, sites where no worker runs a '
  'kind, needs that no worker offers, retries that wait for their time, tasks that run ten times longer than the median of their kind (of tasks '
  'of the job, with numbers near those that run, that have succeeded; ten at least), tasks of silent workers. One row a '
  'reason where it holds for many (task_id is then one of them); no row: nothing is stuck.';
