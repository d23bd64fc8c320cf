-- Sessions: whose turn it is, who keeps others waiting, and what of that a login may see.

COMMENT ON TABLE queue.turn IS
  'A row for each thing that is done by one session at a time; whoever does it holds the lock of the row to the end of its '
  'transaction. Rows, because an advisory lock can be taken by anybody who knows its number, and these by the functions of the '
  'schema alone.';

INSERT INTO queue.turn (what) VALUES ('act'), ('lane'), ('maintain') ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION queue.sees_sessions() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  SELECT pg_has_role('trabecula_owner', 'pg_read_all_stats', 'USAGE')
$$;
COMMENT ON FUNCTION queue.sees_sessions IS
  'Whether the functions of the schema may see what sessions of others do; settle_database sees to it where it may.';

CREATE OR REPLACE FUNCTION queue.open_transactions()
  RETURNS TABLE (pid int, login name, is_bound boolean, has_written boolean, age interval, stalled interval, idle interval)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT a.pid, a.usename, NOT pg_has_role(a.usesysid, 'trabecula_coordinator', 'MEMBER') AND EXISTS (SELECT
        FROM unnest('{trabecula_worker,trabecula_operator,trabecula_reader}'::name[]) AS duty
        WHERE pg_has_role(a.usesysid, duty, 'MEMBER')),
      a.backend_xid IS NOT NULL, clock_timestamp() - a.xact_start,
      CASE WHEN a.state LIKE 'idle in transaction%' OR a.wait_event_type IN ('Client', 'Timeout', 'Extension')
          OR a.wait_event = 'advisory'
        THEN clock_timestamp() - a.state_change ELSE '0' END,
      CASE WHEN a.state LIKE 'idle in transaction%' THEN clock_timestamp() - a.state_change ELSE '0' END
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
      AND a.xact_start IS NOT NULL
      AND sees_sessions() AND pg_has_role('trabecula_owner', 'pg_signal_backend', 'USAGE')
$$;
COMMENT ON FUNCTION queue.open_transactions IS
  'Sessions of this database that are in a transaction. is_bound: of a worker, an operator or a reader. has_written: it has written '
  'or locked rows. stalled: for how long it has computed nothing, because it waits for its client, for a time to pass or for an '
  'advisory lock, within a statement or between two; idle: between two. No row where trabecula_owner is no member of '
  'pg_signal_backend and pg_read_all_stats.';

CREATE OR REPLACE FUNCTION queue.longest_act() RETURNS interval
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT least(interval '10 minutes', interval '1 minute' + interval '600 microseconds' * coalesce(max(tasks), 0))
    FROM (SELECT sum(total) AS tasks FROM stage_shard GROUP BY job_id) job
$$;
COMMENT ON FUNCTION queue.longest_act IS
  'How long an operator''s transaction may keep others waiting: a minute, and more where a job has many tasks, which an act may '
  'concern all at once; ten minutes at most.';

CREATE OR REPLACE FUNCTION queue.end_stalling_sessions(longest_stall interval DEFAULT '1 minute',
    longest_act interval DEFAULT NULL, longest_reading interval DEFAULT '1 hour', longest_completion interval DEFAULT '1 minute')
  RETURNS int
  LANGUAGE sql SET search_path = queue, pg_temp AS $$
  -- What a worker writes its program gives up after a minute.
  SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::int FROM open_transactions()
    WHERE is_bound AND (idle > longest_reading OR has_written AND (stalled > longest_stall
      OR age > CASE WHEN pg_has_role(login, 'trabecula_operator', 'MEMBER') THEN coalesce(longest_act, longest_act())
        ELSE longest_completion END))
$$;
COMMENT ON FUNCTION queue.end_stalling_sessions IS
  'Ends sessions of workers, operators and readers that others wait for: that have rows locked and compute nothing, or are in one '
  'transaction, for too long; or that keep dead rows and announcements, because they have forgotten a transaction in which they '
  'read. A login can lift the time limits that the database sets for its sessions; this it cannot. longest_act: NULL for '
  'longest_act(). Returns how many.';

CREATE OR REPLACE FUNCTION queue.end_writing_sessions(of_login name) RETURNS int
  LANGUAGE sql SET search_path = queue, pg_temp AS $$
  SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::int FROM open_transactions()
    WHERE is_bound AND has_written AND login = of_login
$$;
COMMENT ON FUNCTION queue.end_writing_sessions IS
  'Ends sessions of a worker''s, operator''s or reader''s login that keep rows locked; what they had begun to write is undone. '
  'Whoever takes sites from a login waits for none of its transactions. Returns how many.';

CREATE OR REPLACE FUNCTION queue.take_turn(of_what text) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF NOT try_turn(of_what) THEN
    PERFORM FROM turn WHERE what = of_what FOR UPDATE;
  END IF;
END $$;
COMMENT ON FUNCTION queue.take_turn IS 'Waits for a turn, and keeps it to the end of the transaction.';

CREATE OR REPLACE FUNCTION queue.try_turn(of_what text) RETURNS boolean
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM FROM turn WHERE what = of_what FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    RETURN true;
  END IF;
  PERFORM end_stalling_sessions();
  RETURN false;
END $$;
COMMENT ON FUNCTION queue.try_turn IS
  'Takes a turn, or answers false where another has it. One that has had it for too long loses its session.';

CREATE OR REPLACE FUNCTION queue.sessions()
  RETURNS TABLE (pid int, login name, program text, state text, in_transaction interval, in_state interval,
    keeps_snapshot boolean, waits_for int[])
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  SELECT a.pid, a.usename, a.application_name, a.state, clock_timestamp() - a.xact_start, clock_timestamp() - a.state_change,
      a.backend_xmin IS NOT NULL,
      CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
      AND (serves_all_sites() OR a.usename = session_user
        OR EXISTS (SELECT FROM site_login g WHERE (g.login, g.role_oid) = (a.usename, a.usesysid))
          AND NOT EXISTS (SELECT FROM site_login g WHERE (g.login, g.role_oid) = (a.usename, a.usesysid)
            AND (g.site_id IS NULL OR g.site_id <> ALL (login_sites()))))
$$;
COMMENT ON FUNCTION queue.sessions IS
  'Sessions of this database without what they execute: to a login with all sites each, to others their own and those of logins '
  'that serve no other sites than theirs. Times are NULL where sees_sessions is not so.';

CREATE OR REPLACE FUNCTION queue.oldest_snapshot() RETURNS interval
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  SELECT max(clock_timestamp() - a.xact_start) FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid()
$$;
COMMENT ON FUNCTION queue.oldest_snapshot IS
  'For how long a transaction of whatever login has held the oldest snapshot of this database; NULL: none is held.';
