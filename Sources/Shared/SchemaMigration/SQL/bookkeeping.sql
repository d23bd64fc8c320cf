-- What a migration writes down: steps, files, and what the files made. Runs first in each migration, as trabecula_owner.
--
-- Tables change by numbered steps, each run once. All else is code: files that say how functions, views, triggers, comments
-- and rights are, run again whole when one of them has changed. Names that begin with schema_ are the migrator's own.

CREATE TABLE IF NOT EXISTS queue.schema_step (
  component text NOT NULL,
  step int NOT NULL,
  title text NOT NULL,
  digest text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (component, step)
);
COMMENT ON TABLE queue.schema_step IS 'Numbered steps that the tables of this database have gone through; never run twice.';
COMMENT ON COLUMN queue.schema_step.component IS 'The schema that the step is about.';
COMMENT ON COLUMN queue.schema_step.digest IS 'SHA-256 of the step''s file, as sha256sum prints it.';

CREATE TABLE IF NOT EXISTS queue.schema_file (
  component text NOT NULL,
  name text NOT NULL,
  digest text,
  replaced text[] NOT NULL DEFAULT '{}',
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (component, name)
);
COMMENT ON TABLE queue.schema_file IS 'Files of code as they were when they last ran in this database.';
COMMENT ON COLUMN queue.schema_file.digest IS
  'SHA-256 of the file, as sha256sum prints it; NULL where the code has that file no more.';
COMMENT ON COLUMN queue.schema_file.replaced IS
  'Digests of texts that the file had here before: a program that comes with one of them is older than the database.';

CREATE TABLE IF NOT EXISTS queue.schema_object (
  component text NOT NULL,
  class text NOT NULL,
  identity text NOT NULL,
  is_ours boolean NOT NULL,
  version text NOT NULL,
  PRIMARY KEY (component, class, identity)
);
COMMENT ON TABLE queue.schema_object IS
  'Functions, views and triggers that the files made; what is no longer made by any goes with the next migration.';
COMMENT ON COLUMN queue.schema_object.is_ours IS 'False, during a migration, for what somebody else put into the schema.';
COMMENT ON COLUMN queue.schema_object.version IS 'Where its catalogue row lies; means nothing between migrations.';

CREATE TABLE IF NOT EXISTS queue.schema_catalogue (
  component text PRIMARY KEY,
  digest text NOT NULL
);
COMMENT ON TABLE queue.schema_catalogue IS
  'How code, owners, policies and rights were when the last migration ended; where they are otherwise now, the next mends them.';

CREATE OR REPLACE FUNCTION queue.schema_code(components text[])
  RETURNS TABLE (component text, class text, identity text, oid oid, version text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH space AS (
    SELECT n.oid, n.nspname::text AS component FROM pg_namespace n WHERE n.nspname = ANY (components)
  ), object AS (
    SELECT component, 'routine' AS class, 'pg_proc'::regclass AS catalogue, p.oid, p.ctid AS version, p.proname AS name
      FROM pg_proc p JOIN space ON space.oid = p.pronamespace
    UNION ALL
    -- CREATE OR REPLACE VIEW writes the view's rule anew; rights and comments do not.
    SELECT component, 'view', 'pg_class'::regclass, c.oid, r.ctid, c.relname
      FROM pg_class c JOIN space ON space.oid = c.relnamespace JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
      WHERE c.relkind = 'v'
    UNION ALL
    SELECT component, 'trigger', 'pg_trigger'::regclass, t.oid, t.ctid, t.tgname
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN space ON space.oid = c.relnamespace
      WHERE NOT t.tgisinternal AND t.tgparentid = 0
  )
  SELECT o.component, o.class, i.identity, o.oid, o.version::text
    FROM object o, pg_identify_object(o.catalogue, o.oid, 0) AS i
    WHERE o.name NOT LIKE 'schema\_%' AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = o.catalogue AND d.objid = o.oid AND d.deptype = 'e')
$$;
COMMENT ON FUNCTION queue.schema_code IS
  'Functions, views and triggers in the schemas of these components; the migrator''s own and those of extensions left out.';

CREATE OR REPLACE PROCEDURE queue.schema_refuse_second_installation()
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM queue.schema_step) THEN
    RAISE EXCEPTION 'this database has been installed already' USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'coordinator migrate brings it up to date.';
  END IF;
END $$;
COMMENT ON PROCEDURE queue.schema_refuse_second_installation IS 'schema.sql fills an empty database only.';

CREATE OR REPLACE PROCEDURE queue.schema_record_step(component text, step int, title text, digest text)
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO queue.schema_step (component, step, title, digest) VALUES ($1, $2, $3, $4)
$$;
COMMENT ON PROCEDURE queue.schema_record_step IS 'Called after a step has run.';

CREATE OR REPLACE PROCEDURE queue.schema_record_file(component text, name text, digest text)
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO queue.schema_file AS f (component, name, digest) VALUES ($1, $2, $3)
    ON CONFLICT ON CONSTRAINT schema_file_pkey DO UPDATE SET digest = excluded.digest, applied_at = now(),
        replaced = array_remove(array_remove(f.replaced || f.digest, excluded.digest), NULL)
      WHERE f.digest IS DISTINCT FROM excluded.digest
$$;
COMMENT ON PROCEDURE queue.schema_record_file IS 'Called after a file of code has run.';

CREATE OR REPLACE PROCEDURE queue.schema_withdraw_file(component text, name text)
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE queue.schema_file f SET digest = NULL, replaced = f.replaced || f.digest, applied_at = now()
    WHERE (f.component, f.name) = ($1, $2) AND f.digest IS NOT NULL
$$;
COMMENT ON PROCEDURE queue.schema_withdraw_file IS 'Called where the code has a file no more.';

-- What the files make, and what they no longer make.

CREATE OR REPLACE FUNCTION queue.schema_was_there(component text, class text, identity text, version text) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM queue.schema_object o
    WHERE (o.component, o.class, o.identity, o.version) = ($1, $2, $3, $4))
$$;
COMMENT ON FUNCTION queue.schema_was_there IS
  'Whether an object stands as schema_begin_code found it: no file has made it since.';

CREATE OR REPLACE PROCEDURE queue.schema_begin_code(components text[])
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM queue.schema_object o WHERE o.component = ANY (components)
    AND (o.component, o.class, o.identity) NOT IN (SELECT c.component, c.class, c.identity FROM queue.schema_code(components) c);
  INSERT INTO queue.schema_object AS o (component, class, identity, is_ours, version)
    SELECT c.component, c.class, c.identity, false, c.version FROM queue.schema_code(components) c
    ON CONFLICT ON CONSTRAINT schema_object_pkey DO UPDATE SET version = excluded.version;
$$;
COMMENT ON PROCEDURE queue.schema_begin_code IS 'Called before the files run: notes how functions, views and triggers are.';

CREATE OR REPLACE PROCEDURE queue.schema_end_code(components text[])
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  orphan record;
BEGIN
  FOR orphan IN
    SELECT o.class, o.identity FROM queue.schema_object o JOIN queue.schema_code(components) c USING (component, class, identity)
      WHERE o.is_ours AND o.version = c.version
      ORDER BY CASE o.class WHEN 'trigger' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, c.oid DESC
  LOOP
    CALL queue.schema_drop(components, orphan.class, orphan.identity);
  END LOOP;
  INSERT INTO queue.schema_object AS o (component, class, identity, is_ours, version)
    SELECT c.component, c.class, c.identity, true, 'made' FROM queue.schema_code(components) c
      WHERE NOT queue.schema_was_there(c.component, c.class, c.identity, c.version)
    ON CONFLICT ON CONSTRAINT schema_object_pkey DO UPDATE SET is_ours = true, version = 'made';
  DELETE FROM queue.schema_object o WHERE o.component = ANY (components) AND o.version <> 'made';
END $$;
COMMENT ON PROCEDURE queue.schema_end_code IS
  'Called after the files have run: drops what they made before and make no longer. What others made stays.';

CREATE OR REPLACE PROCEDURE queue.schema_drop(components text[], class text, identity text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  target oid := (SELECT c.oid FROM queue.schema_code(components) c WHERE (c.class, c.identity) = ($2, $3));
  stranger text;
BEGIN
  IF target IS NULL THEN
    RETURN;  -- went with another
  END IF;
  -- What stands on it is made again by its own file, if it is code of ours: views, functions, triggers, policies.
  WITH RECURSIVE standing (classid, objid) AS (
    SELECT (CASE class WHEN 'view' THEN 'pg_class' WHEN 'trigger' THEN 'pg_trigger' ELSE 'pg_proc' END)::regclass::oid, target
    UNION
    SELECT coalesce(CASE WHEN r.oid IS NOT NULL THEN 'pg_class'::regclass::oid END, d.classid), coalesce(r.ev_class, d.objid)
      FROM standing s JOIN pg_depend d ON d.refclassid = s.classid AND d.refobjid = s.objid
          AND (d.deptype IN ('n', 'a') OR d.classid = 'pg_type'::regclass)
        LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
  )
  SELECT string_agg(pg_describe_object(s.classid, s.objid, 0), ', ' ORDER BY s.objid) INTO stranger
    FROM standing s
    WHERE s.objid <> target AND s.classid <> ALL ('{pg_policy,pg_type}'::regclass[])
      AND NOT EXISTS (SELECT FROM queue.schema_code(components) c JOIN queue.schema_object o USING (component, class, identity)
        WHERE c.oid = s.objid AND o.is_ours)
      AND NOT EXISTS (SELECT FROM queue.schema_code(components) c WHERE c.oid = s.objid
        AND NOT queue.schema_was_there(c.component, c.class, c.identity, c.version));
  IF stranger IS NOT NULL THEN
    RAISE EXCEPTION '% % changes or goes, and % depends on it', class, identity, stranger
      USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Drop what depends on it, migrate, and create it anew.';
  END IF;
  EXECUTE format('DROP %s %s CASCADE', class, identity);
END $$;
COMMENT ON PROCEDURE queue.schema_drop IS
  'Drops a function, view or trigger with what the files made upon it. Refuses where something of others depends on it.';

-- Functions and views that cannot be replaced as they are.

CREATE OR REPLACE PROCEDURE queue.schema_make_way_for_routine(components text[], space text, named text, probe text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET check_function_bodies = off AS $$
DECLARE
  made pg_proc;
  old record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace(quote_ident(space)) AND proname = named) THEN
    RETURN;
  END IF;
  EXECUTE probe;
  SELECT * INTO STRICT made FROM pg_proc WHERE pronamespace = 'queue'::regnamespace AND proname = 'schema_probe';
  FOR old IN
    SELECT p AS has, i.identity, o.is_ours AND o.version = p.ctid::text AS is_from_before
      FROM pg_proc p CROSS JOIN pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
        LEFT JOIN queue.schema_object o ON (o.component, o.class, o.identity) = (space, 'routine', i.identity)
      WHERE p.pronamespace = to_regnamespace(quote_ident(space)) AND p.proname = named
  LOOP
    -- The rules of CREATE OR REPLACE FUNCTION: kind and result stay, names of parameters too, no default is taken away.
    CONTINUE WHEN (old.has).proargtypes = made.proargtypes AND (old.has).prokind = made.prokind
      AND (old.has).prorettype = made.prorettype AND (old.has).proretset = made.proretset
      AND (old.has).proallargtypes IS NOT DISTINCT FROM made.proallargtypes
      AND (old.has).proargmodes IS NOT DISTINCT FROM made.proargmodes
      AND (old.has).proargnames IS NOT DISTINCT FROM made.proargnames
      AND (old.has).pronargdefaults <= made.pronargdefaults;
    -- Another signature: an overload of the new code, or of somebody else, stays.
    CONTINUE WHEN (old.has).proargtypes <> made.proargtypes AND old.is_from_before IS NOT TRUE;
    CALL queue.schema_drop(components, 'routine', old.identity);
  END LOOP;
  EXECUTE format('DROP ROUTINE %s', made.oid::regprocedure);
END $$;
COMMENT ON PROCEDURE queue.schema_make_way_for_routine IS
  'Called before a function is created: drops those of its name that CREATE OR REPLACE would refuse, or leave beside it. probe '
  'is the statement with the name queue.schema_probe.';

CREATE OR REPLACE PROCEDURE queue.schema_make_way_for_view(components text[], space text, named text, probe text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  old record;
BEGIN
  SELECT v.oid, i.identity INTO old FROM pg_class v, pg_identify_object('pg_class'::regclass, v.oid, 0) AS i
    WHERE v.relnamespace = to_regnamespace(quote_ident(space)) AND v.relname = named AND v.relkind = 'v';
  IF old.oid IS NULL THEN
    RETURN;
  END IF;
  EXECUTE probe;
  -- The rule of CREATE OR REPLACE VIEW: columns may be added at the end only.
  IF EXISTS (
    SELECT FROM pg_attribute o LEFT JOIN pg_attribute n ON n.attrelid = 'queue.schema_probe'::regclass AND n.attnum = o.attnum
      AND (n.attname, n.atttypid, n.atttypmod, n.attcollation) = (o.attname, o.atttypid, o.atttypmod, o.attcollation)
    WHERE o.attrelid = old.oid AND o.attnum > 0 AND n.attnum IS NULL
  ) THEN
    CALL queue.schema_drop(components, 'view', old.identity);
  END IF;
  DROP VIEW queue.schema_probe;
END $$;
COMMENT ON PROCEDURE queue.schema_make_way_for_view IS
  'Called before a view is created: drops the one of its name where CREATE OR REPLACE would refuse, with the views that stand on '
  'it. probe is the statement with the name queue.schema_probe.';

-- How the catalogue is.

CREATE OR REPLACE FUNCTION queue.schema_rights(holder oid, kind "char", rights aclitem[]) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(said, ' ' ORDER BY said COLLATE "C")
    FROM aclexplode(coalesce(rights, acldefault(kind, holder))) AS a,
      format('%s:%s%s', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
        CASE WHEN a.is_grantable THEN '*' END) AS said
$$;
COMMENT ON FUNCTION queue.schema_rights IS 'Rights on an object, in an order that does not depend on how they were given.';

CREATE OR REPLACE FUNCTION queue.schema_account(component text) RETURNS SETOF text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH space AS (
    SELECT n.* FROM pg_namespace n WHERE n.nspname = component
  ), ours AS (
    SELECT c.oid FROM queue.schema_code(ARRAY[component]) c JOIN queue.schema_object o USING (component, class, identity)
  )
  SELECT format('schema %s %s %s', nspname, pg_get_userbyid(nspowner), queue.schema_rights(nspowner, 'n', nspacl)) FROM space
  UNION ALL
  SELECT format('default %s %s', d.defaclobjtype, queue.schema_rights(d.defaclrole, d.defaclobjtype, d.defaclacl))
    FROM pg_default_acl d WHERE pg_get_userbyid(d.defaclrole) = 'trabecula_owner' AND d.defaclnamespace = 0
  UNION ALL
  SELECT format('relation %s %s %s %s %s %s %s', c.oid::regclass, c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity,
      c.relforcerowsecurity, queue.schema_rights(c.relowner, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relacl),
      c.reloptions)
    FROM pg_class c JOIN space ON space.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'S') AND NOT c.relispartition OR c.oid IN (SELECT oid FROM ours)
  UNION ALL
  SELECT format('column %s.%s %s', c.oid::regclass, a.attname, queue.schema_rights(c.relowner, 'c', a.attacl))
    FROM pg_class c JOIN space ON space.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND NOT c.relispartition
  UNION ALL
  SELECT format('policy %s %s %s %s %s %s %s', p.polname, p.polrelid::regclass, p.polcmd, p.polpermissive,
      (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r) END, ' ' ORDER BY pg_get_userbyid(r))
        FROM unnest(p.polroles) AS r),
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN space ON space.oid = c.relnamespace WHERE NOT c.relispartition
  UNION ALL
  SELECT format('routine %s %s %s %s', p.oid::regprocedure, pg_get_userbyid(p.proowner),
      queue.schema_rights(p.proowner, 'f', p.proacl), CASE WHEN p.prokind <> 'a' THEN md5(pg_get_functiondef(p.oid)) END)
    FROM pg_proc p JOIN space ON space.oid = p.pronamespace
    WHERE p.oid IN (SELECT oid FROM ours) OR p.proname LIKE 'schema\_%'
  UNION ALL
  SELECT format('view %s %s', c.oid::regclass, md5(pg_get_viewdef(c.oid)))
    FROM pg_class c JOIN space ON space.oid = c.relnamespace WHERE c.oid IN (SELECT oid FROM ours)
  UNION ALL
  SELECT format('trigger %s %s', t.tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger t WHERE t.oid IN (SELECT oid FROM ours)
$$;
COMMENT ON FUNCTION queue.schema_account IS
  'Code, owners, row security, policies and rights of a schema, a line for each thing. Partitions, which come and go, are left '
  'out, and so is what others put into the schema.';

CREATE OR REPLACE FUNCTION queue.schema_digest(component text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
  SELECT encode(sha256(convert_to(string_agg(line, E'\n' ORDER BY line COLLATE "C"), 'UTF8')), 'hex')
    FROM queue.schema_account(component) AS line
$$;
COMMENT ON FUNCTION queue.schema_digest IS 'SHA-256 of schema_account.';

CREATE OR REPLACE PROCEDURE queue.schema_record_catalogue(components text[])
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO queue.schema_catalogue (component, digest) SELECT c, queue.schema_digest(c) FROM unnest(components) AS c
    ON CONFLICT ON CONSTRAINT schema_catalogue_pkey DO UPDATE SET digest = excluded.digest
$$;
COMMENT ON PROCEDURE queue.schema_record_catalogue IS 'Called last in a migration.';
