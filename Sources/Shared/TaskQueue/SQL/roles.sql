-- The roles. Runs as whoever migrates, again with each migration; everything after it as trabecula_owner.
--
-- Roles belong to the whole cluster, so another database may have made them, perhaps at this very moment.

DO $$
DECLARE
  duty record;
BEGIN
  FOR duty IN SELECT * FROM (VALUES
      ('trabecula_owner', 'Owns every object of Trabecula; nobody logs in as it.'),
      ('trabecula_coordinator', 'Trabecula: ingests, submits, exports, reports, grants sites, does maintenance.'),
      ('trabecula_worker', 'Trabecula: claims and ends tasks of its sites through functions; touches no table.'),
      ('trabecula_operator', 'Trabecula: reads the views of its sites; pauses, resumes, retries, cancels, drains.'),
      ('trabecula_reader', 'Trabecula: reads the results of its sites, without what names a person or a file.')
    ) AS duties(role, says)
  LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = duty.role);
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', duty.role);
      EXECUTE format('COMMENT ON ROLE %I IS %L', duty.role, duty.says);
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN
        NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role % is missing, and % may not create it', duty.role, current_user
          USING ERRCODE = 'insufficient_privilege',
            HINT = 'An administrator runs once: CREATE ROLE trabecula_owner; CREATE ROLE trabecula_coordinator; '
              'CREATE ROLE trabecula_worker; CREATE ROLE trabecula_operator; CREATE ROLE trabecula_reader; '
              || format('GRANT trabecula_owner TO %I;', current_user) || ' then migrate again.';
    END;
  END LOOP;
  IF NOT pg_has_role('trabecula_owner', 'MEMBER') THEN
    BEGIN
      EXECUTE format('GRANT trabecula_owner TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION '% is not a member of trabecula_owner and may not become one', current_user
        USING ERRCODE = 'insufficient_privilege',
          HINT = format('An administrator runs: GRANT trabecula_owner TO %I; then migrate again.', current_user);
    END;
  END IF;
END $$;

ALTER DEFAULT PRIVILEGES FOR ROLE trabecula_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE trabecula_owner REVOKE USAGE ON TYPES FROM PUBLIC;
