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
  ), unserved AS MATERIALIZED (
    SELECT * FROM queue.unserved_lane
  )
  SELECT 'job paused' AS why, j.job_id, NULL AS kind, NULL AS site, sum(c.remaining) AS tasks, NULL::bigint AS task_id,
      NULL::timestamptz AS since, format('SELECT queue.resume_job(%s);', j.job_id) AS what_to_do, 'job-paused' AS cause
    FROM queue.job j JOIN queue.stage_shard c USING (job_id)
    WHERE j.paused AND j.state = 'running' GROUP BY j.job_id HAVING sum(c.remaining) > 0
  UNION ALL
  SELECT 'site paused', NULL, NULL, s.name, NULL, held.task_id, NULL,
      format('SELECT queue.resume_site(%L);', s.name), 'site-paused'
    FROM queue.site s CROSS JOIN LATERAL (SELECT l.task_id FROM queue.live_task l
      WHERE l.site_id = s.site_id AND l.state = 'held' LIMIT 1) held
    WHERE s.paused
  UNION ALL
  SELECT 'too much has failed', j.job_id, j.over_budget, NULL, (SELECT sum(c.remaining) FROM queue.stage_shard c WHERE c.job_id = j.job_id), NULL, j.over_budget_since,
      format('%s tasks failed, %s may: SELECT * FROM queue.failures WHERE job_id = %s; mend the cause, then '
        'SELECT queue.retry_failed(%s); or let it pass: SELECT queue.resume_job(%s);',
        (SELECT sum(c.failed) FROM queue.stage_shard c WHERE c.job_id = j.job_id AND c.kind = j.over_budget), j.failure_budget,
        j.job_id, j.job_id, j.job_id), 'over-budget'
    FROM queue.job j WHERE j.over_budget IS NOT NULL
  UNION ALL
  SELECT 'no worker serves the site', min(w.job_id), w.kind, w.site, NULL, min(w.task_id), NULL,
      CASE WHEN w.site_id = 0
        THEN format('Start one that runs %s, whose login was granted all sites: worker run --kind %s', w.kind, w.kind)
        ELSE format('Start one that runs %s where the files of the site are: worker run --site %s --kind %s', w.kind, queue.shell_word(w.site),
          w.kind) END, 'no-worker'
    FROM unserved w WHERE NOT w.is_served AND w.silent_worker IS NULL GROUP BY w.site_id, w.site, w.kind
  UNION ALL
  SELECT 'its last worker is silent', min(w.job_id), w.kind, w.site, NULL, min(w.task_id), min(q.heartbeat_at),
      format('Look at process %s on %s (worker %s): it looks for work within %s, unless it is dead. If it is, start another.',
        min(q.pid), min(q.host), q.worker_id, date_trunc('second', greatest(least(min(q.heartbeat_at) - now(), interval '0') + min(q.silence), interval '0'))), 'last-worker-silent'
    FROM unserved w JOIN queue.worker q ON q.worker_id = w.silent_worker GROUP BY w.site_id, w.site, w.kind, q.worker_id
  UNION ALL
  SELECT 'no worker offers what it needs', w.job_id, w.kind, w.site, NULL, w.task_id, NULL,
      CASE WHEN w.missing = '{}' THEN format('Start one worker that offers all of these: %s.', array_to_string(w.needs, ', '))
        ELSE format('Start a worker that offers %s, or bring it to one that runs.', array_to_string(w.missing, ', ')) END, 'need-not-offered'
    FROM unserved w WHERE w.is_served AND w.silent_worker IS NULL
  UNION ALL
  SELECT 'delayed until ' || to_char(min(l.due_at), 'YYYY-MM-DD HH24:MI:SS'), l.job_id, l.kind, s.name, count(*),
      min(l.task_id), NULL, 'Nothing: each is tried again when its time has come; attempt_failure says why it failed.', 'delayed'
    FROM queue.live_task l LEFT JOIN queue.site s USING (site_id)
      LEFT JOIN queue.snoozed_task z ON z.task_id = l.task_id AND z.due_at = l.due_at
    WHERE l.state = 'delayed' AND z.task_id IS NULL GROUP BY l.job_id, l.kind, s.name
  UNION ALL
  SELECT 'put off until ' || to_char(min(l.due_at), 'YYYY-MM-DD HH24:MI:SS'), l.job_id, l.kind, s.name, count(*),
      min(l.task_id), min(z.snoozed_at),
      format('Nothing (%s); or at once: SELECT queue.wake_where(%s, of_kind => %L);', min(z.because), l.job_id, l.kind), 'snoozed'
    FROM queue.live_task l JOIN queue.snoozed_task z ON z.task_id = l.task_id AND z.due_at = l.due_at
      LEFT JOIN queue.site s ON s.site_id = l.site_id
    WHERE l.state = 'delayed' GROUP BY l.job_id, l.kind, s.name
  UNION ALL
  SELECT format('runs %s times as long as the median of %s s',
        round((extract(epoch FROM now() - l.claimed_at) / m.seconds)::numeric), round(m.seconds::numeric, 1)),
      l.job_id, l.kind, s.name, 1, l.task_id, l.claimed_at,
      format('Look at process %s on %s, or: SELECT queue.drain_worker(%s);', w.pid, w.host, w.worker_id), 'slow'
    FROM median m JOIN queue.live_task l USING (job_id, kind) JOIN queue.worker w USING (worker_id)
      LEFT JOIN queue.site s ON s.site_id = l.site_id
    WHERE l.state = 'running' AND extract(epoch FROM now() - l.claimed_at) > 10 * m.seconds
  UNION ALL
  -- Nothing to compare it with: fewer than ten of its kind have succeeded.
  SELECT 'runs for longer than half an hour', l.job_id, l.kind, s.name, count(*), min(l.task_id), min(l.claimed_at),
      format('Look at process %s on %s, or give tasks a limit: worker run --task-limit.', min(w.pid), min(w.host)), 'slow'
    FROM queue.live_task l JOIN queue.worker w USING (worker_id) LEFT JOIN queue.site s ON s.site_id = l.site_id
      LEFT JOIN median m ON m.job_id = l.job_id AND m.kind = l.kind
    WHERE l.state = 'running' AND l.claimed_at < now() - interval '30 minutes' AND m.seconds IS NULL
    GROUP BY l.job_id, l.kind, s.name
  UNION ALL
  SELECT CASE WHEN w.heartbeat_at > now() + interval '1 second' THEN 'its worker was last heard of before the clock was set back'
        ELSE 'its worker is silent for ' || date_trunc('second', greatest(now() - w.heartbeat_at, interval '0')) END,
      l.job_id, l.kind, s.name, 1, l.task_id, w.heartbeat_at,
      CASE WHEN w.heartbeat_at > now() + interval '1 second'
          THEN 'The next maintenance gives it one lease from now: coordinator serve, or any worker, does it.'
        WHEN w.lease_until < now() THEN 'Its lease is over: the next maintenance gives the task back.'
        ELSE format('Its lease ends in %s; then the task goes back by itself.',
          date_trunc('second', w.lease_until - now())) || CASE WHEN w.lease > interval '5 minutes' THEN
            format(' If process %s on %s is dead, a coordinator ends it now: SELECT queue.expire_worker(%L, %s);', w.pid, w.host, w.host, w.pid)
          ELSE '' END END,
      CASE WHEN w.heartbeat_at > now() + interval '1 second' THEN 'clock-set-back' ELSE 'worker-silent' END
    FROM queue.live_task l LEFT JOIN queue.site s USING (site_id)
      JOIN queue.worker w ON w.worker_id = l.worker_id
    WHERE l.state = 'running'
      AND (least(w.lease_until - w.silence, w.heartbeat_at + interval '2 minutes') < now() + least(w.lease / 3, interval '1 minute')
        OR w.heartbeat_at > now() + interval '1 second');
COMMENT ON VIEW queue.stuck_tasks IS
  'Tasks that wait for something, why, and what to do: paused jobs and sites, jobs of which more failed than their budget allows, '
  'ready or delayed tasks that no live worker may take, because none serves the site, runs the kind or offers what is needed, or '
  'the last that did is silent, retries that wait for their time, tasks that were put off, tasks that run ten times longer than the median of their kind '
  '(of tasks of the job, with numbers near those that run, that have succeeded; ten at least), or half an hour where too few have, tasks of silent workers. One row a '
  'reason where it holds for many (task_id is then one of them); no row: nothing is stuck. Programs go by cause, which stuck_causes lists.';
