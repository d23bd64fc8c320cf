-- The database itself, which belongs to Trabecula alone: what every login of the server could do in it.

CREATE OR REPLACE FUNCTION queue.database_setting(named text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT substr(said, length(named) + 2) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,
      unnest(s.setconfig) AS said
    WHERE d.datname = current_database() AND s.setrole = 0 AND said LIKE named || '=%'
$$;
COMMENT ON FUNCTION queue.database_setting IS 'What ALTER DATABASE … SET says of a setting; NULL: nothing.';

CREATE OR REPLACE FUNCTION queue.logs_statements() RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT current_setting('log_statement') <> 'none' OR current_setting('log_min_duration_statement') <> '-1'
    OR current_setting('log_min_duration_sample') <> '-1' OR current_setting('log_transaction_sample_rate')::float8 > 0
$$;
COMMENT ON FUNCTION queue.logs_statements IS
  'Whether the server writes statements of this session into its log, and with them, but for log_parameter_max_length = 0, the '
  'values of their parameters.';

CREATE OR REPLACE FUNCTION queue.database_wants() RETURNS TABLE (command text, reason text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()),
        'any login can fill the disk with temporary tables'
      WHERE has_database_privilege('public', current_database(), 'TEMPORARY')
    UNION ALL
    SELECT format('GRANT CONNECT ON DATABASE %I TO %s', current_database(), string_agg(duty, ', ')),
        'no login can connect once PUBLIC may not'
      FROM unnest('{trabecula_owner,trabecula_coordinator,trabecula_worker,trabecula_operator,trabecula_reader}'::text[]) AS duty
      WHERE NOT EXISTS (SELECT FROM pg_database d, aclexplode(d.datacl) AS given
        WHERE d.datname = current_database() AND given.grantee = to_regrole(duty) AND given.privilege_type = 'CONNECT')
      HAVING count(*) > 0
    UNION ALL
    SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()),
        'any login of the server can connect, see names of logins and programs, and wake workers with NOTIFY'
      WHERE has_database_privilege('public', current_database(), 'CONNECT')
    UNION ALL
    SELECT 'REVOKE CREATE ON SCHEMA public FROM PUBLIC', 'any login can make tables'
      WHERE EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public' AND has_schema_privilege('public', oid, 'CREATE'))
    UNION ALL
    SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', string_agg('pg_catalog.' || p.oid::regprocedure, ', ')),
        'any login can fill the disk with large objects'
      FROM pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
        AND p.proname = ANY ('{lo_creat,lo_create,lo_from_bytea,lo_put,lowrite,lo_truncate,lo_truncate64}')
      HAVING count(*) > 0
    UNION ALL
    SELECT format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = ''1min''', current_database()),
        'a transaction that its program forgot keeps others waiting'
      WHERE queue.database_setting('idle_in_transaction_session_timeout') IS NULL
    UNION ALL
    SELECT format('ALTER DATABASE %I SET %s = 0', current_database(), named), saying
      FROM (VALUES
        ('log_parameter_max_length', CASE WHEN queue.logs_statements()
          THEN 'the server''s log gets values of parameters now, names and paths among them: log_statement or log_min_duration_… is set'
          ELSE 'the server''s log gets values of parameters, names and paths among them, as soon as log_statement or log_min_duration_… is set' END),
        ('log_parameter_max_length_on_error', 'the server''s log gets values of parameters with each error'),
        ('auto_explain.log_parameter_max_length', 'the server''s log gets values of parameters with each plan')
      ) AS parameters(named, saying)
      WHERE queue.database_setting(named) IS NULL AND current_setting(named, true) <> '0'
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
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS $$
#variable_conflict use_column
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM queue.database_wants() LOOP
    BEGIN
      EXECUTE wanted.command;
    EXCEPTION WHEN insufficient_privilege OR unique_violation OR internal_error THEN
      -- This login may not, or another did the same at the same moment (roles belong to all databases). What is still wanted is
      -- returned below, and so is a REVOKE that only warned.
      NULL;
    END;
  END LOOP;
  RETURN QUERY SELECT command || ';', reason FROM queue.database_wants();
END $$;
COMMENT ON FUNCTION queue.settle_database IS
  'Carries out database_wants as whoever calls it, after each migration. Returns what this login may not carry out, for an '
  'administrator.';
