CREATE OR REPLACE VIEW queue.db_health WITH (security_invoker = true) AS
  SELECT 'oldest snapshot' AS what, coalesce(max(now() - a.xact_start)::text, 'none') AS value,
      'A transaction left open keeps dead rows: SELECT * FROM pg_stat_activity WHERE backend_xmin IS NOT NULL;' AS about
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid()
  UNION ALL
  SELECT 'dead rows of ' || t.relname, t.n_dead_tup || ' beside ' || t.n_live_tup || ' live',
      'Vacuumed ' || coalesce(date_trunc('second', greatest(now() - greatest(t.last_autovacuum, t.last_vacuum), interval '0'))::text || ' ago',
        'never') || '.'
    FROM pg_stat_user_tables t
    WHERE t.schemaname = 'queue' AND t.relname IN ('live_task', 'worker', 'stage_shard', 'stage')
  UNION ALL
  SELECT 'locks waiting', count(*)::text, 'Sessions that wait for another: pg_blocking_pids(pid) names whom.'
    FROM pg_locks WHERE NOT granted
  UNION ALL
  SELECT 'leader', coalesce((SELECT CASE WHEN l.lease_until > now() AND l.renewed_at <= now() + interval '1 second' THEN l.holder || ', term ' || l.term END
      FROM queue.leader l), 'none'),
    'The coordinator that does the maintenance; with none, workers do it.'
  UNION ALL
  SELECT 'size', pg_size_pretty(pg_database_size(current_database())), 'The whole database on disk.'
  UNION ALL
  SELECT 'sessions', count(*) || ' of ' || current_setting('max_connections'), 'Of all databases of this server.'
    FROM pg_stat_activity WHERE backend_type = 'client backend';
COMMENT ON VIEW queue.db_health IS
  'What slows a queue in PostgreSQL: snapshots held open, dead rows, waiting locks; also who leads, and the size.';
