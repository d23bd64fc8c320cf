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

CREATE OR REPLACE FUNCTION queue.end_stalling_sessions(longest_idle interval DEFAULT '1 minute',
    longest_transaction interval DEFAULT '10 minutes') RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  ended int;
BEGIN
  IF NOT sees_sessions() OR NOT pg_has_role('trabecula_owner', 'pg_signal_backend', 'USAGE') THEN
    RETURN 0;
  END IF;
  SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid)) INTO ended FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
      -- It has written, or locked rows.
      AND a.backend_xid IS NOT NULL
      AND (a.state LIKE 'idle in transaction%' AND a.state_change < clock_timestamp() - longest_idle
        OR a.xact_start < clock_timestamp() - longest_transaction)
      AND NOT pg_has_role(a.usesysid, 'trabecula_coordinator', 'MEMBER')
      AND (pg_has_role(a.usesysid, 'trabecula_worker', 'MEMBER') OR pg_has_role(a.usesysid, 'trabecula_operator', 'MEMBER')
        OR pg_has_role(a.usesysid, 'trabecula_reader', 'MEMBER'));
  RETURN ended;
END $$;
COMMENT ON FUNCTION queue.end_stalling_sessions IS
  'Ends sessions of workers, operators and readers that keep rows locked: idle within a transaction, or in one '
  'transaction, for too long. A login can lift the time limits that the database sets for its sessions; this it cannot. Does nothing '
  'where trabecula_owner is no member of pg_signal_backend and pg_read_all_stats. Returns how many.';

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
    keeps_snapshot boolean, waits_for int[], is_own boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  SELECT a.pid, a.usename, a.application_name, a.state, clock_timestamp() - a.xact_start, clock_timestamp() - a.state_change,
      a.backend_xmin IS NOT NULL,
      CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END,
      serves_all_sites() OR a.usename = session_user OR EXISTS (SELECT FROM site_login g WHERE (g.login, g.role_oid) = (a.usename, a.usesysid))
        AND NOT EXISTS (SELECT FROM site_login g WHERE (g.login, g.role_oid) = (a.usename, a.usesysid)
          AND (g.site_id IS NULL OR g.site_id <> ALL (login_sites())))
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
$$;
COMMENT ON FUNCTION queue.sessions IS
  'Sessions of this database without what they execute. is_own: of the login itself or of logins that serve no other sites than its '
  'own; with all sites, each. Times are NULL where sees_sessions is not so.';
