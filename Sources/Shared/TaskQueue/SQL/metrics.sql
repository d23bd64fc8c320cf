-- Numbers for a monitoring system, all in one call that costs the same whatever has ended.

CREATE OR REPLACE FUNCTION queue.require_all_sites() RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF NOT serves_all_sites() THEN
    RAISE EXCEPTION 'metrics concern all sites, and login % was not granted all', session_user
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: coordinator grant-site %s --all', session_user);
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_all_sites IS 'Refuses a login that does not serve every site.';

CREATE OR REPLACE FUNCTION queue.task_metrics() RETURNS TABLE (family text, labels text[], value float8)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp
  SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
  WITH known AS (SELECT site_id, name FROM site UNION ALL SELECT 0, ''),
  waiting AS MATERIALIZED (
    -- From where claims begin to read, lest entries of claimed tasks are stepped over that an old snapshot keeps.
    SELECT r.kind, k.name AS site, ready.tasks, (SELECT l.task_id FROM live_task l
          WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (r.from_rank, r.from_task)
          ORDER BY -l.priority, l.task_id LIMIT 1) AS oldest
      FROM lane r JOIN known k USING (site_id)
        CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM (SELECT FROM live_task l
          WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (r.from_rank, r.from_task)
          LIMIT 1000) l) ready
      WHERE r.from_rank < 2147483647 AND ready.tasks > 0)
  SELECT 'tasks', ARRAY['state', 'ready', 'kind', kind, 'site', site], sum(tasks)::float8 FROM (
      SELECT kind, site, tasks FROM waiting
      UNION ALL SELECT l.kind, k.name, 1 FROM live_task l JOIN known k USING (site_id) WHERE l.state = 'ready' AND l.crashes > 0
    ) ready GROUP BY kind, site
  UNION ALL
  SELECT 'oldest_ready_seconds', ARRAY['kind', w.kind, 'site', w.site],
      max(extract(epoch FROM greatest(now() - s.opened_at, interval '0')))::float8
    FROM waiting w JOIN task t ON t.task_id = w.oldest JOIN stage s ON s.job_id = t.job_id AND s.kind = t.kind
    WHERE s.opened_at IS NOT NULL GROUP BY w.kind, w.site
  UNION ALL
  SELECT 'tasks', ARRAY['state', 'running', 'kind', l.kind, 'site', k.name], count(*) FROM live_task l JOIN known k USING (site_id)
    WHERE l.state = 'running' GROUP BY l.kind, k.name
  UNION ALL
  SELECT 'tasks', ARRAY['state', 'delayed', 'kind', l.kind, 'site', k.name], count(*) FROM live_task l JOIN known k USING (site_id)
    WHERE l.state = 'delayed' GROUP BY l.kind, k.name
$$;
COMMENT ON FUNCTION queue.task_metrics IS
  'Tasks by state, kind and site, where of each lane at most 1,000 ready tasks are counted; and for how long the stage of the '
  'first that is ready has been open. The settings pin the plan: it reads partial indexes only.';

CREATE OR REPLACE FUNCTION queue.job_metrics() RETURNS TABLE (family text, labels text[], value float8)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  WITH running AS MATERIALIZED (
    SELECT j.job_id, s.kind, CASE WHEN s.opened_at IS NULL THEN 'blocked' WHEN j.paused THEN 'paused'
          WHEN j.over_budget IS NOT NULL THEN 'held' ELSE 'open' END AS stage,
        count(*) OVER () - dense_rank() OVER (ORDER BY j.job_id) < 100 AS is_recent,
        c.total - c.remaining - c.failed - c.cancelled AS succeeded, c.failed, c.cancelled, c.remaining
      FROM job j JOIN stage s USING (job_id)
        CROSS JOIN LATERAL (SELECT coalesce(sum(total), 0) AS total, coalesce(sum(remaining), 0) AS remaining,
          coalesce(sum(failed), 0) AS failed, coalesce(sum(cancelled), 0) AS cancelled
          FROM stage_shard h WHERE h.job_id = s.job_id AND h.kind = s.kind) c
      WHERE j.state = 'running')
  SELECT 'tasks_remaining', ARRAY['kind', kind, 'stage', stage], sum(remaining)::float8 FROM running GROUP BY kind, stage
  UNION ALL
  SELECT 'job_tasks', ARRAY['job', job_id::text, 'kind', kind, 'outcome', outcome], tasks
    FROM (SELECT * FROM running ORDER BY job_id DESC LIMIT 300) r,
      LATERAL (VALUES ('succeeded', r.succeeded), ('failed', r.failed), ('cancelled', r.cancelled), ('remaining', r.remaining))
        AS counted(outcome, tasks)
  UNION ALL
  SELECT 'jobs', ARRAY['state', known.state], count(j.job_id)
    FROM unnest('{running,succeeded,failed,cancelled}'::text[]) AS known(state) LEFT JOIN job j USING (state) GROUP BY 1, 2
  UNION ALL
  SELECT 'failed_tasks', ARRAY['kind', h.kind, 'code', h.failure_code], count(*)
    FROM (SELECT h.kind, h.failure_code FROM job j JOIN task_history h USING (job_id)
      WHERE j.state = 'running' AND h.outcome = 'failed' LIMIT 10000) h GROUP BY h.kind, h.failure_code
  UNION ALL
  -- Of a thousand tasks near those that run, as stuck_tasks looks for them.
  SELECT 'recent_task_seconds', ARRAY['kind', m.kind, 'percentile', m.percentile::text], m.seconds
    FROM (SELECT h.kind, q.percentile, percentile_cont(q.percentile / 100) WITHIN GROUP (ORDER BY
          greatest(extract(epoch FROM h.ended_at - h.claimed_at), 0)::float8) AS seconds
        FROM (SELECT kind, max(task_id) AS highest FROM live_task WHERE state = 'running' GROUP BY 1) r
          CROSS JOIN LATERAL (SELECT * FROM task_history WHERE task_id BETWEEN r.highest - 1000 AND r.highest + 1000
            AND outcome = 'succeeded' AND kind = r.kind AND claimed_at IS NOT NULL) h,
          unnest('{50,90,99}'::float8[]) AS q(percentile)
        GROUP BY 1, 2) m
$$;
COMMENT ON FUNCTION queue.job_metrics IS
  'Counters of running jobs, why the last of them failed, how long tasks near those that run took, and jobs by state.';

CREATE OR REPLACE FUNCTION queue.stuck_causes() RETURNS text[]
  LANGUAGE sql IMMUTABLE RETURN '{job-paused,site-paused,over-budget,no-worker,last-worker-silent,need-not-offered,delayed,snoozed,slow,worker-silent,clock-set-back}'::text[];
COMMENT ON FUNCTION queue.stuck_causes IS 'All that can stand in column cause of stuck_tasks.';

CREATE OR REPLACE FUNCTION queue.stuck_metrics() RETURNS TABLE (family text, labels text[], value float8)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT 'stuck', ARRAY['cause', known.cause], coalesce(sum(CASE WHEN s.why IS NOT NULL THEN coalesce(s.tasks, 1) END), 0)::float8
    FROM unnest(stuck_causes()) AS known(cause) LEFT JOIN stuck_tasks s USING (cause)
    GROUP BY known.cause
$$;
COMMENT ON FUNCTION queue.stuck_metrics IS
  'Tasks in stuck_tasks by cause; where a row says how many only roughly, it counts as one. Causes without a row count 0.';

CREATE OR REPLACE FUNCTION queue.worker_metrics() RETURNS TABLE (family text, labels text[], value float8)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  WITH live AS MATERIALIZED (
    SELECT worker_id, left(host, 100) AS host, slots, left(version, 40) AS version, sites, extract(epoch FROM greatest(now() - heartbeat_at, interval '0'))::float8 AS age,
        CASE WHEN least(lease_until - silence, heartbeat_at + interval '2 minutes') < now()
            OR heartbeat_at > now() + interval '1 second' THEN 'silent' ELSE state END AS state
      FROM worker WHERE state IN ('active', 'draining')
  ), served AS MATERIALIZED (
    -- Thousands of workers serve few sets of sites.
    SELECT sites, count(*) AS workers FROM live WHERE state = 'active' GROUP BY sites
  ), gone AS MATERIALIZED (
    SELECT state FROM worker WHERE worker_id > (SELECT max(worker_id) FROM worker) - 10000
      AND state IN ('stopped', 'lost') AND ended_at > now() - interval '1 hour')
  SELECT 'workers', ARRAY['state', known.state], count(w.state)
    FROM unnest('{active,draining,silent,stopped,lost}'::text[]) AS known(state)
      LEFT JOIN (SELECT state FROM live UNION ALL SELECT state FROM gone) w USING (state) GROUP BY known.state
  UNION ALL
  SELECT 'worker_versions', ARRAY['version', version], count(*) FROM live
    WHERE version IN (SELECT version FROM live GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20) GROUP BY version
  UNION ALL
  SELECT 'slots', '{}', coalesce(sum(slots), 0) FROM live WHERE state = 'active'
  UNION ALL
  SELECT 'heartbeat_age_seconds', ARRAY['percentile', q.percentile::text],
      percentile_disc(q.percentile / 100) WITHIN GROUP (ORDER BY age)
    FROM live, unnest('{50,99,100}'::float8[]) AS q(percentile) GROUP BY q.percentile
  UNION ALL
  (SELECT 'silent_worker_seconds', ARRAY['worker', worker_id::text, 'machine', host], age FROM live
    WHERE state = 'silent' ORDER BY age DESC, worker_id LIMIT 20)
  UNION ALL
  SELECT 'site_workers', ARRAY['site', s.name],
      coalesce((SELECT sum(w.workers) FROM served w WHERE w.sites IS NULL OR s.site_id = ANY (w.sites)), 0) FROM site s
  UNION ALL
  SELECT 'site_paused', ARRAY['site', s.name], s.paused::int FROM site s
$$;
COMMENT ON FUNCTION queue.worker_metrics IS
  'Workers that live, and those of the newest 10,000 that ended within an hour; ages of heartbeats; the twenty that are silent '
  'for longest; sites.';

CREATE OR REPLACE FUNCTION queue.inserted_rows(into_table regclass) RETURNS float8
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT coalesce(sum(pg_stat_get_tuples_inserted(relid)), 0)::float8 FROM pg_partition_tree(into_table)
$$;
COMMENT ON FUNCTION queue.inserted_rows IS
  'Rows that were ever inserted into a table and its partitions, as the server''s statistics have it: no row is read. Less than '
  'before after a reset of the statistics, or when a partition was dropped.';

CREATE OR REPLACE FUNCTION queue.database_metrics() RETURNS TABLE (family text, labels text[], value float8)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT 'tasks_submitted_total', '{}'::text[], inserted_rows('queue.task')
  UNION ALL SELECT 'tasks_ended_total', '{}', inserted_rows('queue.task_history')
  UNION ALL SELECT 'attempts_failed_total', '{}', inserted_rows('queue.attempt_failure')
  UNION ALL SELECT 'claims_total', '{}', coalesce(pg_sequence_last_value('queue.fence'), 0)
  UNION ALL SELECT 'oldest_snapshot_seconds', '{}', coalesce(extract(epoch FROM oldest_snapshot()), 0) WHERE sees_sessions()
  UNION ALL
  SELECT counted.family, ARRAY['table', t.relname], counted.value
    FROM pg_stat_user_tables t, LATERAL (VALUES ('dead_rows', t.n_dead_tup::float8), ('live_rows', t.n_live_tup),
      ('vacuum_age_seconds', extract(epoch FROM now() - greatest(t.last_autovacuum, t.last_vacuum)))) AS counted(family, value)
    WHERE t.schemaname = 'queue' AND t.relname IN ('live_task', 'worker', 'stage_shard', 'stage', 'lane') AND counted.value IS NOT NULL
  UNION ALL SELECT 'locks_waiting', '{}', count(*) FROM pg_locks WHERE NOT granted
  UNION ALL SELECT 'announcements_ratio', '{}', pg_notification_queue_usage()
  UNION ALL SELECT 'database_bytes', '{}', pg_database_size(current_database())
  UNION ALL SELECT 'sessions', '{}', count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
  UNION ALL SELECT 'sessions_limit', '{}', current_setting('max_connections')::float8
  UNION ALL
  SELECT 'replication_lag_bytes', ARRAY['standby', left(application_name, 100)],
      max(greatest(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
        replay_lsn), 0))
    FROM pg_stat_replication WHERE replay_lsn IS NOT NULL GROUP BY 2
  UNION ALL
  SELECT 'replication_slot_bytes', ARRAY['slot', slot_name, 'active', active::text],
      greatest(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
        restart_lsn), 0)
    FROM pg_replication_slots WHERE restart_lsn IS NOT NULL
  UNION ALL
  SELECT 'leader', '{}', count(*) FROM leader WHERE lease_until > now() AND renewed_at <= now() + interval '1 second'
  UNION ALL
  SELECT 'schema_info', ARRAY['schema_version', schema_version::text, 'protocol_oldest', protocol_oldest::text,
    'protocol_newest', protocol_newest::text], 1 FROM protocol
$$;
COMMENT ON FUNCTION queue.database_metrics IS
  'Totals from the statistics of the server, what slows a queue in PostgreSQL, replication, and who leads.';

CREATE OR REPLACE FUNCTION queue.metrics() RETURNS TABLE (family text, labels text[], value float8)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = queue, pg_temp SET jit = off SET statement_timeout = '10s' AS $$
BEGIN
  PERFORM require_all_sites();
  RETURN QUERY SELECT * FROM task_metrics();
  RETURN QUERY SELECT * FROM job_metrics();
  RETURN QUERY SELECT * FROM stuck_metrics();
  RETURN QUERY SELECT * FROM worker_metrics();
  RETURN QUERY SELECT * FROM database_metrics();
END $$;
COMMENT ON FUNCTION queue.metrics IS
  'What coordinator serve --listen shows a monitoring system: family, labels (name, value, name, value, …) and value. Only a '
  'login that serves all sites may call it. It reads counters, partial indexes and the server''s statistics, locks nothing, and '
  'costs the same whatever has ended.';
