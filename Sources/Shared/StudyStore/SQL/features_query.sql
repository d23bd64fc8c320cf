-- Features with a column by name, for those who read them over SQL: a query that is written for the job.
--
-- The caller runs it with the caller's own rights: by \gexec in psql, or as a view in a schema of the caller's. The function itself tells
-- names of features, of jobs that have cases at the login's sites.

CREATE OR REPLACE FUNCTION trabecula.features_query(of_job bigint, wanted_part int DEFAULT 1) RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  -- A view has at most 1,600 columns (MaxHeapAttributeNumber), and five of them say whose row it is.
  most CONSTANT int := 1595;
  total int;
  columns text;
  joins text;
  shortened int;
BEGIN
  PERFORM queue.require_sites();
  WITH used AS (
    -- Of each source the set that most of the cases have that the login may see; a case with another one has no values.
    SELECT DISTINCT ON (f.source) f.source, r.feature_set_id
      FROM case_feature f JOIN feature_row r USING (feature_key) JOIN image_case i USING (case_id) JOIN subject u USING (subject_id)
      WHERE f.job_id = of_job AND u.site_id = ANY (queue.login_sites())
      GROUP BY f.source, r.feature_set_id ORDER BY f.source, count(*) DESC, r.feature_set_id
  ), ordered AS (
    -- Hand-crafted features before deep ones, as everywhere.
    SELECT feature_set_id, row_number() OVER (ORDER BY source DESC) AS n FROM used
  ), named AS (
    SELECT o.n, a.place, a.name, row_number() OVER (ORDER BY o.n, a.place) AS number
      FROM ordered o JOIN feature_set s USING (feature_set_id)
        CROSS JOIN LATERAL unnest(s.names) WITH ORDINALITY AS a (name, place)
  ), called AS (
    -- A name has at most 63 bytes, and each column its own; a number makes others so.
    SELECT *, CASE WHEN octet_length(name) <= 63 AND name NOT IN ('job_id', 'case_id', 'site', 'outcome', 'split')
        AND count(*) OVER (PARTITION BY name) = 1
        THEN name ELSE left(name, CASE WHEN octet_length(name) = char_length(name) THEN 50 ELSE 12 END) || '~' || number END AS title
      FROM named
  )
  SELECT (SELECT count(*) FROM called),
      (SELECT string_agg(format('f%s.v[%s] AS %I', n, place, title), E',\n  ' ORDER BY number)
        FROM called WHERE number > most * (wanted_part - 1) AND number <= most * wanted_part),
      (SELECT string_agg(format(
          -- Joined with nothing, an array is read once and not again for each column.
          $join$LEFT JOIN (SELECT f.case_id, r.feature_values || '{}'::float8[] AS v
    FROM trabecula.case_feature f JOIN trabecula.feature_row r USING (feature_key)
    WHERE f.job_id = %s AND r.feature_set_id = %s OFFSET 0) AS f%s USING (case_id)$join$, of_job, feature_set_id, n), E'\n' ORDER BY n)
        FROM ordered),
      (SELECT count(*) FROM called WHERE title <> name)
    INTO total, columns, joins, shortened;
  IF total = 0 THEN
    RAISE EXCEPTION 'job % has no features that this login may see', of_job USING ERRCODE = 'no_data_found';
  END IF;
  IF columns IS NULL THEN
    RAISE EXCEPTION 'job % has % features: parts 1 to %', of_job, total, (total + most - 1) / most
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF total > most THEN
    RAISE NOTICE '% features, and PostgreSQL has at most 1,600 columns: part % of %; features_query(%, N) gives the others, to be joined by case_id',
      total, wanted_part, (total + most - 1) / most, of_job;
  END IF;
  IF shortened > 0 THEN
    RAISE NOTICE '% names are longer than 63 bytes or stand twice, and end in ~ and their number', shortened;
  END IF;
  RETURN format($query$SELECT j.job_id, case_id, s.name AS site, j.outcome, coalesce(j.split, (SELECT p.part FROM trabecula.prediction p
    WHERE p.job_id = j.job_id AND p.case_id = j.case_id AND p.part IN ('training', 'test', 'external') LIMIT 1)) AS split,
  %s
FROM trabecula.job_case j JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
JOIN trabecula.site s USING (site_id)
%s
WHERE j.job_id = %s AND j.state = 'done' ORDER BY case_id$query$, columns, joins, of_job);
END $$;
COMMENT ON FUNCTION trabecula.features_query IS
  'A query for the features of a job, one row a case and one column a feature under its name: SELECT trabecula.features_query(1) \gexec, '
  'or CREATE VIEW in a schema of yours. More than 1,595 features come in parts.';
