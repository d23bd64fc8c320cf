-- How tables are guarded and rights are given: by lists that say how it must be. Called by the files of rights, again
-- with each migration; they change only what differs, because workers run meanwhile.

CREATE OR REPLACE FUNCTION queue.settle_policy(guarded regclass, called name, command text, roles text,
    condition text, says text) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  explained text := says || ' (' || condition || ')';
  known oid := (SELECT oid FROM pg_policy WHERE polrelid = guarded AND polname = called);
BEGIN
  IF obj_description(known, 'pg_policy') = explained THEN
    RETURN;
  ELSIF known IS NOT NULL THEN
    EXECUTE format('DROP POLICY %I ON %s', called, guarded);
  END IF;
  EXECUTE format('CREATE POLICY %I ON %s FOR %s TO %s USING (%s)%s', called, guarded, command, roles, condition,
    CASE WHEN command = 'ALL' THEN format(' WITH CHECK (%s)', condition) ELSE '' END);
  EXECUTE format('COMMENT ON POLICY %I ON %s IS %L', called, guarded, explained);
END $$;
COMMENT ON FUNCTION queue.settle_policy IS
  'Sees to it that a table has a policy with this condition. What a policy was made from stands in its comment, so that one '
  'that is right already is not touched: changing it would stop all who use the table.';

CREATE OR REPLACE FUNCTION queue.guard_table(guarded regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF NOT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = guarded) THEN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
  END IF;
  PERFORM settle_policy(guarded, 'owner_sees_all', 'ALL', 'trabecula_owner', 'true',
    'The functions of the schema run as the owner; they check what their caller may.');
  PERFORM settle_policy(guarded, 'coordinator_sees_all', 'ALL', 'trabecula_coordinator', 'true',
    'Coordinators work for all sites; what they may do with a table is what they are granted.');
END $$;
COMMENT ON FUNCTION queue.guard_table IS
  'Puts a table under row-level security, forced on its owner too: nobody sees a row that no policy gives.';

CREATE OR REPLACE FUNCTION queue.guard_tables(in_schema regnamespace) RETURNS void
  LANGUAGE sql SET search_path = queue, pg_temp AS $$
  SELECT guard_table(oid) FROM pg_class WHERE relnamespace = in_schema AND relkind IN ('r', 'p') ORDER BY relname
$$;
COMMENT ON FUNCTION queue.guard_tables IS 'Guards every table of a schema, partitions too.';

CREATE OR REPLACE FUNCTION queue.let_watchers_see(guarded regclass, condition text, says text) RETURNS void
  LANGUAGE sql SET search_path = queue, pg_temp AS $$
  SELECT settle_policy(guarded, 'watchers_see_their_sites', 'SELECT', 'trabecula_operator, trabecula_reader', condition, says)
$$;
COMMENT ON FUNCTION queue.let_watchers_see IS 'Gives operators and readers the rows of a table for which a condition holds.';

CREATE OR REPLACE FUNCTION queue.settle_grants(in_schema regnamespace, wanted text[]) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  change record;
  changes int := 0;
BEGIN
  FOR change IN
    WITH line AS (
      SELECT split_part(said, ' ', 1) AS role, (regexp_match(said, '^\S+ ([A-Z]+)'))[1] AS privilege,
          (regexp_match(said, '^\S+ [A-Z]+\(([^)]*)\)'))[1] AS columns,
          regexp_replace(said, '^\S+ [A-Z]+(\([^)]*\))? ', '') AS names
        FROM unnest(wanted) AS said
    ), named AS (
      SELECT role, privilege, '' AS part, name FROM line, string_to_table(names, ' ') AS name WHERE columns IS NULL
      UNION ALL
      SELECT role, privilege, part, name FROM line, string_to_table(columns, ',') AS part, string_to_table(names, ' ') AS name
        WHERE columns IS NOT NULL
    ), object AS (
      SELECT c.relname::text AS name, 'TABLE ' || c.oid::regclass AS object, c.relowner AS owner, c.relacl AS acl, '' AS part
        FROM pg_class c WHERE c.relnamespace = in_schema AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
      UNION ALL
      SELECT c.relname, 'TABLE ' || c.oid::regclass, c.relowner, a.attacl, a.attname
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = in_schema AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
          AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT p.proname, 'ROUTINE ' || p.oid::regprocedure, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), ''
        FROM pg_proc p WHERE p.pronamespace = in_schema
    ), must AS (
      SELECT DISTINCT o.object, o.part, n.privilege, n.role
        FROM named n JOIN object o ON o.part = n.part AND (o.name = n.name
          OR n.name = '*' AND o.part = '' AND o.object LIKE CASE n.privilege WHEN 'EXECUTE' THEN 'ROUTINE' ELSE 'TABLE' END || ' %')
    ), has AS (
      SELECT o.object, o.part, a.privilege_type AS privilege,
          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
        FROM object o, aclexplode(o.acl) AS a WHERE a.grantee <> o.owner
    )
    SELECT 'GRANT' AS verb, 'TO' AS preposition, m.* FROM (SELECT * FROM must EXCEPT SELECT * FROM has) m
    UNION ALL
    SELECT 'REVOKE', 'FROM', h.* FROM (SELECT * FROM has EXCEPT SELECT * FROM must) h
    ORDER BY 1 DESC, 3
  LOOP
    EXECUTE format('%s %s%s ON %s %s %s', change.verb, change.privilege,
      CASE WHEN change.part <> '' THEN format(' (%I)', change.part) ELSE '' END, change.object, change.preposition, change.role);
    changes := changes + 1;
  END LOOP;
  FOR change IN
    SELECT DISTINCT split_part(said, ' ', 1) AS role FROM unnest(wanted) AS said
  LOOP
    CONTINUE WHEN has_schema_privilege(change.role, in_schema::oid, 'USAGE');
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', in_schema, change.role);
    changes := changes + 1;
  END LOOP;
  RETURN changes;
END $$;
COMMENT ON FUNCTION queue.settle_grants IS
  'Gives exactly these rights on the tables, views and functions of a schema and takes every other; returns how many it had to '
  'change. A line reads: role, privilege, with columns in brackets where it is for these only, then names, or * for all: '
  '''trabecula_reader SELECT(task_id,kind) task''.';
