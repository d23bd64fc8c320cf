-- The schemas of the components, and all that is in them, belong to trabecula_owner. Runs as whoever migrates, after the
-- roles: an empty database gets its schemas, one that was restored without the roles gets its owner back.
--
-- trabecula.components holds the names of the schemas, with commas between them.

DO $$
DECLARE
  components constant text[] := string_to_array(current_setting('trabecula.components'), ',');
  component text;
  strangers int;
  their_owners text;
  changes text[];
  change text;
BEGIN
  FOREACH component IN ARRAY components LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = component);
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION trabecula_owner', component);
  END LOOP;

  SELECT count(*) FILTER (WHERE NOT pg_has_role(current_user, owner, 'USAGE')),
      string_agg(DISTINCT pg_get_userbyid(owner), ', ') FILTER (WHERE NOT pg_has_role(current_user, owner, 'USAGE')),
      array_agg(format('ALTER %s %s OWNER TO trabecula_owner', kind, named) ORDER BY turn, named)
    INTO strangers, their_owners, changes
    FROM (
      SELECT 1 AS turn, 'SCHEMA' AS kind, quote_ident(nspname) AS named, oid AS space, nspowner AS owner,
          'pg_namespace'::regclass AS classid, oid AS objid
        FROM pg_namespace
      UNION ALL
      SELECT 2, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
          WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, c.oid::regclass::text, c.relnamespace, c.relowner, 'pg_class', c.oid
        FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      UNION ALL
      SELECT 2, 'ROUTINE', p.oid::regprocedure::text, p.pronamespace, p.proowner, 'pg_proc', p.oid FROM pg_proc p
      UNION ALL
      SELECT 2, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text, t.typnamespace, t.typowner,
          'pg_type', t.oid
        FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c'
    ) AS possession
    WHERE space IN (SELECT oid FROM pg_namespace WHERE nspname = ANY (components)) AND owner <> 'trabecula_owner'::regrole
      -- The sequence of a column goes with its table, what an extension made with the extension.
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = possession.classid AND d.objid = possession.objid
        AND (d.deptype = 'e' OR kind = 'SEQUENCE' AND d.deptype IN ('a', 'i')));
  IF strangers > 0 THEN
    RAISE EXCEPTION '% of the objects in % belong to %, and % may not give them to trabecula_owner', strangers,
        array_to_string(components, ', '), their_owners, current_user
      USING ERRCODE = 'insufficient_privilege', HINT = format('Migrate as %s, or as a superuser.', their_owners);
  END IF;
  FOREACH change IN ARRAY coalesce(changes, '{}') LOOP
    EXECUTE change;
  END LOOP;

  -- Such a dump brings tables that are closed to everybody, because no policy came with them. The owner must see them; the files
  -- of rights close them again.
  FOR change IN
    SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', c.oid::regclass)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY (components) AND c.relkind IN ('r', 'p') AND c.relforcerowsecurity
        AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
          AND 'trabecula_owner'::regrole = ANY (p.polroles))
  LOOP
    EXECUTE change;
  END LOOP;
END $$;
