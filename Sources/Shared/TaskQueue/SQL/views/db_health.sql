CREATE OR REPLACE VIEW queue.db_health WITH (security_invoker = true) AS
  SELECT 'oldest snapshot' AS what,
      CASE WHEN queue.sees_sessions() THEN coalesce(queue.oldest_snapshot()::text, 'none')
        ELSE 'not known' END AS value,
      CASE WHEN queue.sees_sessions()
        THEN 'A transaction left open keeps dead rows: SELECT * FROM queue.session_overview WHERE keeps_snapshot;'
        ELSE 'An administrator runs once: GRANT pg_read_all_stats, pg_signal_backend TO trabecula_owner;' END AS about
  UNION ALL
  SELECT 'dead rows of ' || t.relname, t.n_dead_tup || ' beside ' || t.n_live_tup || ' live',
      'Vacuumed ' || coalesce(date_trunc('second', CASE WHEN greatest(t.last_autovacuum, t.last_vacuum) > now()
        THEN interval '0' ELSE now() - greatest(t.last_autovacuum, t.last_vacuum) END)::text || ' ago', 'never') || '.'
    FROM pg_stat_user_tables t
    WHERE t.schemaname = 'queue' AND t.relname IN ('live_task', 'worker', 'stage_shard', 'stage')
  UNION ALL
  SELECT 'locks waiting', count(*)::text, 'Sessions that wait for another: waits_for in session_overview names whom.'
    FROM pg_locks WHERE NOT granted
  UNION ALL
  SELECT 'announcements', round(100 * pg_notification_queue_usage())::int || ' %',
      'Of the room for what no session has heard yet; full, nothing commits. A forgotten transaction keeps it.'
  UNION ALL
  SELECT 'leader', coalesce((SELECT CASE WHEN l.lease_until > now() AND l.renewed_at <= now() + interval '1 second' THEN l.holder || ', term ' || l.term END
      FROM queue.leader l), 'none'),
    'The coordinator that does the maintenance; with none, workers do it.'
  UNION ALL
  SELECT 'size', pg_size_pretty(pg_database_size(current_database())), 'The whole database on disk.'
  UNION ALL
  SELECT 'sessions', sum(numbackends) || ' of ' || current_setting('max_connections'),
      'Of all databases of this server, with the server''s own.'
    FROM pg_stat_database
  UNION ALL
  SELECT 'logins without a limit', count(*)::text,
      CASE count(*) WHEN 0 THEN 'Every login of a worker, operator or reader has a limit of connections.'
        ELSE 'Each may take all connections: ' || format('ALTER ROLE %s CONNECTION LIMIT 20;', quote_ident(min(r.rolname))) END
    FROM pg_roles r
    WHERE r.rolcanlogin AND r.rolconnlimit < 0 AND NOT r.rolsuper
      AND EXISTS (SELECT FROM unnest('{trabecula_worker,trabecula_operator,trabecula_reader}'::name[]) AS duty
        WHERE pg_has_role(r.oid, duty, 'MEMBER'));
COMMENT ON VIEW queue.db_health IS
  'What slows a queue in PostgreSQL: snapshots held open, dead rows, waiting locks, unheard announcements, logins that may take all connections; also '
  'who leads, and the size.';
