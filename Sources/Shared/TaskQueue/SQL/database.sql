-- The database itself, which belongs to Trabecula alone: what every login of the server could do in it.

CREATE OR REPLACE FUNCTION queue.database_setting(named text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT substr(said, length(named) + 2) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,
      unnest(s.setconfig) AS said
    WHERE d.datname = current_database() AND s.setrole = 0 AND said LIKE named || '=%'
$$;
COMMENT ON FUNCTION queue.database_setting IS 'What ALTER DATABASE … SET says of a setting; NULL: nothing.';

CREATE OR REPLACE FUNCTION queue.database_wants() RETURNS TABLE (command text, reason text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()),
        'any login can fill the disk with temporary tables'
      WHERE has_database_privilege('public', current_database(), 'TEMPORARY')
    UNION ALL
    SELECT 'REVOKE CREATE ON SCHEMA public FROM PUBLIC', 'any login can make tables'
      WHERE EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public' AND has_schema_privilege('public', oid, 'CREATE'))
    UNION ALL
    SELECT format('REVOKE EXECUTE ON FUNCTION pg_catalog.%s FROM PUBLIC', p.oid::regprocedure),
        'any login can fill the disk with large objects'
      FROM pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
        AND p.proname = ANY ('{lo_creat,lo_create,lo_from_bytea,lo_put,lowrite,lo_truncate,lo_truncate64}')
    UNION ALL
    SELECT format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = ''1min''', current_database()),
        'a transaction that its program forgot keeps others waiting'
      WHERE queue.database_setting('idle_in_transaction_session_timeout') IS NULL
    UNION ALL
    SELECT format('ALTER DATABASE %I SET log_parameter_max_length = 0', current_database()),
        'parameters of statements, subjects and paths among them, get into the server''s log where it logs statements'
      WHERE queue.database_setting('log_parameter_max_length') IS NULL AND current_setting('log_parameter_max_length') <> '0'
    UNION ALL
    SELECT format('GRANT %I TO trabecula_owner', granted),
        'db_health cannot tell the age of snapshots, and sessions that keep others waiting are not ended'
      FROM unnest('{pg_read_all_stats,pg_signal_backend}'::name[]) AS granted
      WHERE NOT pg_has_role('trabecula_owner', granted, 'MEMBER')
    UNION ALL
    SELECT 'REVOKE pg_read_all_stats FROM trabecula_operator',
        'operators of one site can read what all sessions of the server execute'
      WHERE EXISTS (SELECT FROM pg_auth_members WHERE roleid = 'pg_read_all_stats'::regrole
        AND member = 'trabecula_operator'::regrole)
$$;
COMMENT ON FUNCTION queue.database_wants IS
  'What this database lets every login do that it should not, and limits that it lacks: a command against each, and what is so '
  'without it. A setting that somebody made otherwise stays.';

CREATE OR REPLACE FUNCTION queue.settle_database() RETURNS TABLE (command text, reason text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM queue.database_wants() LOOP
    BEGIN
      EXECUTE wanted.command;
    EXCEPTION WHEN insufficient_privilege THEN
      NULL;  -- Is among those that are returned, and so is a REVOKE that only warned.
    END;
  END LOOP;
  RETURN QUERY SELECT command || ';', reason FROM queue.database_wants();
END $$;
COMMENT ON FUNCTION queue.settle_database IS
  'Carries out database_wants as whoever calls it, after each migration. Returns what this login may not carry out, for an '
  'administrator.';
