-- Features: sets, rows, and which rows a job uses for a case.

COMMENT ON TABLE trabecula.feature_set IS
  'What was computed: canonical parameters, extractor version, and the feature names in the order of the values.';
COMMENT ON COLUMN trabecula.feature_set.digest IS 'SHA-256 of source, extractor, parameters and names.';
COMMENT ON COLUMN trabecula.feature_set.source IS 'handcrafted, or deep.';
COMMENT ON COLUMN trabecula.feature_set.name_count IS 'Beside the names, which take longer to read.';
COMMENT ON TABLE trabecula.feature_row IS 'The features of one region: one array, named by its feature set.';
COMMENT ON COLUMN trabecula.feature_row.feature_key IS
  'SHA-256 of image, mask, label, segment, ring, variant, canonical parameters, extractor version and site: equal work is done once at each site, see row_key.';
COMMENT ON COLUMN trabecula.feature_row.written_by IS 'The login that wrote it; its word is all that vouches for the values.';
COMMENT ON COLUMN trabecula.feature_row.worker_id IS 'The worker that computed it; NULL for rows of a feature table.';
COMMENT ON TABLE trabecula.region_picture IS
  'A small picture of a region in its image, of studies whose pixels may leave the site. It goes with its feature row.';
COMMENT ON COLUMN trabecula.region_picture.feature_key IS 'The feature row that was extracted with it.';
COMMENT ON COLUMN trabecula.region_picture.png IS 'Planes through the region, outlined, and a histogram; at most 48 KiB.';
COMMENT ON COLUMN trabecula.region_picture.measurements IS
  'Volume, intensities, place and grid of the region, by which an odd one is found among others.';
COMMENT ON COLUMN trabecula.feature_row.variant IS
  'What stands in place of the region as it was drawn: shuffled or beside, for a control of a model; T0.25,R-4.0,V0.1,N1,C2,S7 and the like, '
  'perturbed. NULL for the region itself.';
COMMENT ON TABLE trabecula.case_feature IS
  'Which feature rows a job uses for a case, one for each source, and one for each region that stands in its place, for a '
  'control or perturbed.';
COMMENT ON COLUMN trabecula.case_feature.variant IS 'As of its feature row; empty for the region itself, to which alone models are fitted: perturbed ones only select features.';
COMMENT ON TABLE trabecula.job_recipe IS
  'What a job computes of each region by each source: features of other parameters, or of another extractor, are refused.';
COMMENT ON COLUMN trabecula.job_recipe.feature_sets IS
  'The sets that its features may be of, as the submitter computed their names: those of volumes and, where they differ, of pictures.';
COMMENT ON COLUMN trabecula.job_recipe.reuses_across_sites IS
  'Whether rows that one site wrote serve another: reuse_across_sites of the study.';

CREATE OR REPLACE FUNCTION trabecula.digest_of(VARIADIC parts bytea[]) RETURNS bytea
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT sha256(string_agg(convert_to(octet_length(part) || ':', 'UTF8') || part, ''::bytea ORDER BY place))
    FROM unnest(parts) WITH ORDINALITY AS given(part, place)
$$;
COMMENT ON FUNCTION trabecula.digest_of IS
  'SHA-256 of parts, each preceded by its length and a colon, so that no two lists of parts collide: as the programs compute keys.';

-- Written as an expression, so that it becomes part of the statement that calls it: it is a part of what each completion costs.
CREATE OR REPLACE FUNCTION trabecula.row_key(image bytea, mask bytea, label bigint, segment text, ring text, variant text,
    source text, parameters text, extractor text, site text) RETURNS bytea
  LANGUAGE sql STABLE RETURN sha256('11:feature-row32:'::bytea || image || '32:'::bytea || mask
    || convert_to(concat(octet_length(concat_ws(' ', label, segment)), ':', concat_ws(' ', label, segment),
      octet_length(ring) || ':' || ring, octet_length(variant) || ':' || variant, octet_length(source), ':', source,
      octet_length(parameters), ':', parameters,
      octet_length(extractor), ':', extractor, octet_length(site) || ':' || site), 'UTF8'));
COMMENT ON FUNCTION trabecula.row_key IS
  'Key of a feature row, as digest_of and the programs compute it: of the files'' digests, of 32 bytes each, the label '
  'and, where there are, the segment, the ring and the variant, what was computed of them, and the site that computed it (NULL: rows that serve every site).';

CREATE OR REPLACE FUNCTION trabecula.digest_of_set(source text, extractor text, parameters text, names text[]) RETURNS bytea
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT trabecula.digest_of(VARIADIC ARRAY(SELECT convert_to(part, 'UTF8')
    FROM unnest(CASE extractor WHEN 'feature table' THEN ARRAY['feature-set', extractor]
        ELSE ARRAY['feature-set', source, extractor, parameters] END || names) WITH ORDINALITY AS given(part, place)
    ORDER BY place))
$$;
COMMENT ON FUNCTION trabecula.digest_of_set IS
  'Digest of a feature set: what was computed and how the values are named. Of a feature table, only the names count.';

CREATE OR REPLACE FUNCTION trabecula.refuse_result(task bigint, because text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the result of task % is refused: %', task, because USING ERRCODE = 'check_violation',
    HINT = 'Run a worker of the version that submitted the job. If it is one, look at who else uses its login.';
END $$;
COMMENT ON FUNCTION trabecula.refuse_result IS
  'Ends a completion, and with it its transaction, whose result cannot be that of its task.';

CREATE OR REPLACE FUNCTION trabecula.feature_set_of(set_digest bytea, set_source text, set_extractor text, set_parameters text,
    set_names text[]) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known int;
BEGIN
  SELECT feature_set_id INTO known FROM feature_set WHERE digest = set_digest;
  IF NOT FOUND THEN
    IF NOT queue.is_list(set_names) OR set_digest <> digest_of_set(set_source, set_extractor, set_parameters, set_names) THEN
      RAISE EXCEPTION 'the digest of a feature set is not that of its names' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO feature_set (digest, source, extractor, parameters, names)
      VALUES (set_digest, set_source, set_extractor, set_parameters, set_names)
      ON CONFLICT (digest) DO NOTHING;
    SELECT feature_set_id INTO known FROM feature_set WHERE digest = set_digest;
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION trabecula.feature_set_of IS
  'The id of a feature set, for whoever submits: the first caller makes it, with the digest that its names have. Workers choose '
  'among the sets of their job.';

CREATE OR REPLACE FUNCTION trabecula.feature_set_named(reader bigint, of_job bigint, set_digest bytea) RETURNS int
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_reader(reader, of_job, '{extract}');
  RETURN (SELECT s.feature_set_id FROM feature_set s
    WHERE s.digest = set_digest AND EXISTS (SELECT FROM job_recipe r WHERE r.job_id = of_job AND s.feature_set_id = ANY (r.feature_sets)));
END $$;
COMMENT ON FUNCTION trabecula.feature_set_named IS
  'The id of that feature set of a job whose names have this digest; NULL where the job has no such set.';

CREATE OR REPLACE FUNCTION trabecula.stored_rows(keys bytea[]) RETURNS TABLE (feature_key bytea, feature_set_id int)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_sites();
  IF NOT queue.is_list(keys) OR cardinality(keys) > 1000 THEN
    RAISE EXCEPTION 'stored_rows takes a list of at most 1000 keys' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY SELECT r.feature_key, r.feature_set_id FROM feature_row r WHERE r.feature_key = ANY (keys);
END $$;
COMMENT ON FUNCTION trabecula.stored_rows IS
  'Which of these feature rows are there already. Only who holds the image and the mask can know their key, and a key is of one '
  'site unless a study lets its sites share.';

CREATE OR REPLACE FUNCTION trabecula.feature_sets_of(reader bigint, of_job bigint)
  RETURNS TABLE (feature_set_id int, source text, digest bytea, names text[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_reader(reader, of_job, '{bootstrap,aggregate}');
  RETURN QUERY
    SELECT s.feature_set_id, s.source, s.digest, s.names FROM feature_set s
      WHERE s.feature_set_id IN (SELECT r.feature_set_id
        FROM case_feature f JOIN feature_row r USING (feature_key) JOIN job_case c USING (job_id, case_id)
        WHERE f.job_id = of_job AND f.variant = '' AND c.state <> 'excluded')
      ORDER BY s.source, s.digest;
END $$;
COMMENT ON FUNCTION trabecula.feature_sets_of IS
  'The feature sets that cases of a job have of their regions, but for those that were excluded.';

CREATE OR REPLACE FUNCTION trabecula.feature_values_of(reader bigint, of_job bigint, of_set int, of_variant text)
  RETURNS TABLE (case_id bigint, feature_values float8[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_reader(reader, of_job, '{bootstrap,aggregate}');
  RETURN QUERY
    SELECT f.case_id, r.feature_values
      FROM case_feature f JOIN feature_row r USING (feature_key) JOIN job_case c USING (job_id, case_id)
      WHERE f.job_id = of_job AND r.feature_set_id = of_set AND f.variant = of_variant AND c.state <> 'excluded';
END $$;
COMMENT ON FUNCTION trabecula.feature_values_of IS
  'The values of one feature set for the cases of a job, but for those that were excluded: of their regions, or of a variant.';

CREATE OR REPLACE FUNCTION trabecula.forget_features_of(tasks bigint[]) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  DELETE FROM case_feature f USING case_task x, queue.task t
    WHERE x.task_id = ANY (tasks) AND t.task_id = x.task_id AND f.job_id = x.job_id AND f.case_id = x.case_id
      AND t.payload -> 'sources' ? f.source AND f.variant = coalesce(t.payload ->> 'variant', '')
$$;
COMMENT ON FUNCTION trabecula.forget_features_of IS
  'Takes from the cases of these tasks the features that the tasks were to compute: whoever runs them again computes, or finds, them.';

CREATE OR REPLACE FUNCTION trabecula.delete_unused_rows(keys bytea[]) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
  gone int;
BEGIN
  -- Locked first: whoever is about to use one has done so when the next statement looks, or waits.
  PERFORM FROM feature_row r WHERE r.feature_key = ANY (keys) ORDER BY r.feature_key FOR UPDATE;
  DELETE FROM feature_row r WHERE r.feature_key = ANY (keys)
    AND NOT EXISTS (SELECT FROM case_feature f WHERE f.feature_key = r.feature_key);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION trabecula.delete_unused_rows IS 'Deletes those of these feature rows that no job uses; returns how many.';
