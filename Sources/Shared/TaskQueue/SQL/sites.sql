-- Sites, the logins that may see and serve them, and the audit of administrative acts.

COMMENT ON TABLE queue.site IS 'A place where tasks belong and to which a worker may be bound.';
COMMENT ON COLUMN queue.site.name IS
  'As the coordinator that submits spells it, in Unicode''s form NFC: a name that looks the same is the same site.';
COMMENT ON COLUMN queue.site.paused IS 'Its tasks are held: pause_site, resume_site.';
COMMENT ON TABLE queue.site_login IS
  'Which sites a login of a worker, operator or reader may see and serve: grant_site, grant_all_sites, revoke_site. '
  'A login without a row gets nothing; superusers and coordinators serve all sites without one.';
COMMENT ON COLUMN queue.site_login.login IS 'The role that logs in (session_user).';
COMMENT ON COLUMN queue.site_login.role_oid IS
  'Number of that role. A role that is dropped and made again has another, and gets nothing until it is granted something.';
COMMENT ON COLUMN queue.site_login.site_id IS
  'NULL: every site, those to come too, and the tasks of no site, which may need what comes from every site.';
COMMENT ON TABLE queue.audit IS
  'Administrative acts, appended only: who (login) did what to which object, when, and how it stood before and after. '
  'An act that changed nothing leaves no row. Read by coordinators and by operators of all sites.';
COMMENT ON COLUMN queue.audit.object IS 'As ''job 3'', ''site North'', ''worker 12'', ''login north_worker''.';

CREATE OR REPLACE FUNCTION queue.record_act(act text, object text, before jsonb, after jsonb) RETURNS void
  LANGUAGE sql SET search_path = queue, pg_temp
  AS $$ INSERT INTO audit (act, object, before, after) VALUES (act, object, before, after) $$;
COMMENT ON FUNCTION queue.record_act IS 'Appends to the audit.';

CREATE OR REPLACE FUNCTION queue.oid_of(named name) RETURNS oid
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$ SELECT to_regrole(quote_ident(named))::oid $$;
COMMENT ON FUNCTION queue.oid_of IS 'The number of a role; NULL: there is none of this name.';

CREATE OR REPLACE FUNCTION queue.serves_all_sites() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  SELECT pg_has_role(session_user, 'trabecula_coordinator', 'MEMBER')
    OR EXISTS (SELECT FROM site_login WHERE login = session_user AND role_oid = oid_of(session_user) AND site_id IS NULL)
$$;
COMMENT ON FUNCTION queue.serves_all_sites IS
  'Whether this login may see and serve every site: it was granted all, or is a coordinator or a superuser.';

CREATE OR REPLACE FUNCTION queue.login_sites() RETURNS int[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  SELECT CASE WHEN serves_all_sites() THEN ARRAY(SELECT site_id FROM site ORDER BY site_id)
    ELSE ARRAY(SELECT site_id FROM site_login WHERE login = session_user AND role_oid = oid_of(session_user) ORDER BY site_id) END
$$;
COMMENT ON FUNCTION queue.login_sites IS 'The sites that this login may see and serve; empty where none was granted.';

CREATE OR REPLACE FUNCTION queue.require_sites() RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF NOT serves_all_sites() AND cardinality(login_sites()) = 0 THEN
    RAISE EXCEPTION 'login % was granted no site', session_user
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: coordinator grant-site %s SITE (or --all), in SQL: '
          'SELECT queue.grant_site(%L, ''SITE'');', session_user, session_user);
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_sites IS 'Refuses a login that was granted no site, and says what to run.';

CREATE OR REPLACE FUNCTION queue.add_sites(site_names text[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  refused text := (SELECT min(name) FROM unnest(site_names) AS name
    WHERE name IS DISTINCT FROM plain_text(name, 200) OR name ~ '^[-(]' OR name !~ '\S');
BEGIN
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'a site cannot be called %', quote_literal(plain_text(refused, 200))
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'The name of a site has 1 to 200 characters. It may not begin with "-" or "(", and may hold no control characters and none that '
          'change the direction of writing.';
  END IF;
  INSERT INTO site (name) SELECT DISTINCT normalize(name, NFC) FROM unnest(site_names) AS name ORDER BY 1
    ON CONFLICT (name) DO NOTHING;
END $$;
COMMENT ON FUNCTION queue.add_sites IS
  'Makes sites known; those that are known already stay as they are. A name that would be an option of a command, or move a '
  'terminal''s cursor, is refused.';

CREATE OR REPLACE FUNCTION queue.shell_word(word text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY DEFINER SET search_path = queue, pg_temp
  AS $$ SELECT CASE WHEN word ~ '^[A-Za-z0-9_./:@%+-]+$' THEN word
    ELSE '''' || replace(word, '''', '''\''''') || '''' END $$;
COMMENT ON FUNCTION queue.shell_word IS 'A text as one word of a shell''s command line, for commands that people copy.';
