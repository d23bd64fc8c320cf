-- Kind extract: the features of one case. A failure costs the case, once; a retry tries failed cases again.

COMMENT ON TABLE trabecula.case_task IS
  'The tasks that extract a case: one, or one for each source of features where the study says so.';

CREATE OR REPLACE FUNCTION trabecula.some_ready_files(of_site int) RETURNS SETOF text
  LANGUAGE sql SET search_path = trabecula, pg_temp SET jit = off SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off AS $$
  -- Where the ready tasks of each lane begin and end, 64 times in all a place between, and the next task from there: each one probe
  -- of an index, however many there are.
  SELECT DISTINCT i.image
    FROM (SELECT q.lane, ceil(64.0 / count(*) OVER ())::int AS probes FROM queue.lane q
        WHERE q.site_id = of_site AND q.from_rank < 2147483647) r
      CROSS JOIN LATERAL (SELECT l.task_id, l.priority FROM queue.live_task l
        WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 ORDER BY -l.priority, l.task_id LIMIT 1) lowest
      CROSS JOIN LATERAL (SELECT l.task_id FROM queue.live_task l
        WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND -l.priority = -lowest.priority
        ORDER BY -l.priority DESC, l.task_id DESC LIMIT 1) highest
      CROSS JOIN LATERAL (SELECT lowest.task_id + floor(random() * (highest.task_id - lowest.task_id + 1))::bigint AS place
        FROM generate_series(1, r.probes) AS probe WHERE r.lane IS NOT NULL) drawn
      CROSS JOIN LATERAL (SELECT l.task_id FROM queue.live_task l
        WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND -l.priority = -lowest.priority
          AND l.task_id >= drawn.place ORDER BY -l.priority, l.task_id LIMIT 1) hit
      JOIN case_task x ON x.task_id = hit.task_id JOIN image_case i USING (case_id)
$$;
COMMENT ON FUNCTION trabecula.some_ready_files IS 'Images of ready tasks of a site, drawn at random: 64 shared out among its lanes, less what was drawn twice.';

CREATE OR REPLACE FUNCTION trabecula.some_open_files(of_site int) RETURNS SETOF text
  LANGUAGE sql SET search_path = trabecula, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  -- Tasks of a site are planned one after the other.
  SELECT DISTINCT i.image
    FROM (SELECT l.task_id FROM queue.live_task l WHERE l.site_id = of_site LIMIT 1) open
      JOIN queue.task a USING (task_id)
      JOIN queue.task t ON t.job_id = a.job_id AND t.kind = a.kind AND t.ordinal BETWEEN a.ordinal - 100 AND a.ordinal + 100
      JOIN case_task x ON x.task_id = t.task_id JOIN image_case i USING (case_id)
    WHERE t.site_id = of_site
$$;
COMMENT ON FUNCTION trabecula.some_open_files IS
  'Images of an open task of a site, and of tasks of the site planned before and after it, ended or not.';

CREATE OR REPLACE FUNCTION trabecula.some_files(asking bigint, of_site text) RETURNS TABLE (image text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  served int;
  drawn text[];
BEGIN
  PERFORM queue.require_own_worker(asking);
  SELECT s.site_id INTO served FROM queue.site s JOIN queue.worker w ON w.worker_id = asking
    WHERE s.name = of_site AND (w.sites IS NULL OR s.site_id = ANY (w.sites));
  drawn := ARRAY(SELECT f FROM some_ready_files(served) AS f ORDER BY random() LIMIT 8);
  IF cardinality(drawn) < 8 THEN
    drawn := drawn || ARRAY(SELECT f FROM some_open_files(served) AS f
      WHERE f <> ALL (drawn) ORDER BY random() LIMIT 8 - cardinality(drawn));
  END IF;
  RETURN QUERY SELECT unnest(drawn);
END $$;
COMMENT ON FUNCTION trabecula.some_files IS
  'Eight images of a site that the worker serves, drawn at random from those of ready tasks, else of tasks about an open one, by '
  'which it sees whether it has the site''s files.';

CREATE OR REPLACE FUNCTION trabecula.check_extract(extracted bigint, region trabecula.feature_row, sets jsonb[], all_values float8[])
  RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  asked jsonb := (SELECT t.payload FROM queue.task t WHERE t.task_id = extracted);
  fault text;
BEGIN
  fault := CASE
    WHEN octet_length(region.image_sha256) IS DISTINCT FROM 32 OR octet_length(region.mask_sha256) IS DISTINCT FROM 32 THEN
      'a digest of a file has 32 bytes'
    WHEN region.label IS DISTINCT FROM (asked ->> 'label')::bigint THEN format('it is of label %s', region.label)
    WHEN region.segment IS DISTINCT FROM asked ->> 'segment' THEN 'it is of another segment'
    WHEN region.ring IS DISTINCT FROM asked ->> 'ring' THEN 'it is of another ring, or of the region itself'
    WHEN region.variant IS DISTINCT FROM asked ->> 'variant' THEN 'it is of another variant of the region'
    WHEN cardinality(sets) IS DISTINCT FROM jsonb_array_length(asked -> 'sources') THEN
      'it is not of the sources that were asked for'
    -- Lists are read by place too: one that does not count from 1 would be read as empty.
    WHEN (array_ndims(sets), coalesce(array_ndims(all_values), 1), array_lower(sets, 1), coalesce(array_lower(all_values, 1), 1))
          <> (1, 1, 1, 1)
        OR array_position(sets, NULL) IS NOT NULL THEN
      'its lists do not fit each other'
    -- NaN is larger than every number, and most rows have none. A hole gives NULL.
    WHEN (1e100 < ANY (all_values) OR -1e100 > ANY (all_values)) IS NOT FALSE
        AND (1e100 < ANY (array_remove(all_values, 'NaN')) OR -1e100 > ANY (all_values)) IS NOT FALSE THEN
      'a value is missing, or larger than 1e100'
    WHEN pg_column_size(sets) > 1048576 THEN 'its diagnostics are larger than 1 MiB'
  END;
  IF fault IS NOT NULL THEN
    PERFORM refuse_result(extracted, fault);
  END IF;
  RETURN asked;
END $$;
COMMENT ON FUNCTION trabecula.check_extract IS
  'Refuses what cannot have come of an extraction, as far as its payload tells, which it returns: digests, region, lists with '
  'holes, values beyond 1e100, diagnostics without end. What its sets must be, write_features looks at.';

CREATE OR REPLACE FUNCTION trabecula.write_features(extraction trabecula.case_task, completing bigint, asked jsonb,
    region trabecula.feature_row, sets jsonb[], all_values float8[]) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  made record;
  source_before text;
  fault text;
  key bytea;
  set_id int;
  size int;
  read int := 0;
BEGIN
  -- Small statements and expressions, one set after the other, with the settings of the caller: this is the dearest part of each
  -- completion.
  FOR n IN 1 .. cardinality(sets) LOOP
    set_id := (sets[n] ->> 'set')::int;
    size := (sets[n] ->> 'values')::int;
    SELECT j.source, j.parameters, j.extractor, j.reuses_across_sites, s.name_count INTO made
      FROM job_recipe j JOIN feature_set s ON s.feature_set_id = set_id
      WHERE j.job_id = extraction.job_id AND set_id = ANY (j.feature_sets);
    key := row_key(region.image_sha256, region.mask_sha256, region.label, region.segment, region.ring, region.variant, made.source,
      made.parameters, made.extractor, CASE WHEN NOT made.reuses_across_sites THEN asked ->> 'site' END);
    fault := CASE
      WHEN made.source IS NULL THEN 'it is of other parameters, of another extractor, or of other names than the job''s'
      -- There are two sources of features, so what is there twice stands beside its like.
      WHEN NOT asked -> 'sources' ? made.source OR made.source = source_before THEN 'it is not of the sources that were asked for'
      WHEN size IS NULL OR NOT sets[n] ? 'diagnostics' THEN 'its lists do not fit each other'
      WHEN size NOT IN (0, made.name_count) THEN format('%s values are not as many as the names', size)
      -- A variant that fits nowhere, or leaves the image, has no value at all, and must not cost its case.
      WHEN made.source = 'deep' AND 'NaN' = ANY (all_values[read + 1 : read + size])
          AND (region.variant IS NULL OR array_remove(all_values[read + 1 : read + size], 'NaN') <> '{}') THEN
        'a deep feature is undefined'
    END;
    IF fault IS NOT NULL THEN
      PERFORM refuse_result(extraction.task_id, fault);
    END IF;
    IF size > 0 THEN
      INSERT INTO feature_row (feature_key, feature_set_id, image_sha256, mask_sha256, label, segment, ring, variant, feature_values,
          diagnostics, worker_id)
        VALUES (key, set_id, region.image_sha256, region.mask_sha256, region.label, region.segment, region.ring, region.variant,
          CASE WHEN cardinality(sets) = 1 THEN all_values ELSE all_values[read + 1 : read + size] END, sets[n] -> 'diagnostics',
          completing)
        ON CONFLICT (feature_key) DO NOTHING;
      read := read + size;
    ELSIF NOT EXISTS (SELECT FROM feature_row f WHERE f.feature_key = key AND f.feature_set_id = set_id) THEN
      PERFORM refuse_result(extraction.task_id, 'a row that should be there already is not');
    END IF;
    INSERT INTO case_feature (job_id, case_id, source, variant, feature_key)
      VALUES (extraction.job_id, extraction.case_id, made.source, coalesce(region.variant, ''), key);
    source_before := made.source;
  END LOOP;
  IF read IS DISTINCT FROM coalesce(cardinality(all_values), 0) THEN
    PERFORM refuse_result(extraction.task_id, 'its lists do not fit each other');
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.write_features IS
  'Writes the feature rows of an extraction, set by set, and gives them to its case; refuses other sources or sets than the job''s, '
  'and another number of values than of names.';

CREATE OR REPLACE FUNCTION trabecula.write_picture(extraction trabecula.case_task, asked jsonb, picture bytea, says jsonb)
  RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  fault text;
BEGIN
  fault := CASE
    WHEN NOT (SELECT s.keeps_pictures FROM study s WHERE s.job_id = extraction.job_id)
        OR (asked -> 'picture') IS DISTINCT FROM 'true' THEN
      'it has a picture, which the study does not let leave the site'
    WHEN substring(picture FROM 1 FOR 8) <> '\x89504e470d0a1a0a' OR octet_length(picture) > 49152 THEN
      'its picture is no PNG of at most 48 KiB'
    WHEN jsonb_typeof(says) IS DISTINCT FROM 'object' OR octet_length(says::text) > 4096 THEN
      'what it says of its picture is no object of at most 4 KiB'
  END;
  IF fault IS NOT NULL THEN
    PERFORM refuse_result(extraction.task_id, fault);
  END IF;
  INSERT INTO region_picture (feature_key, png, measurements)
    SELECT f.feature_key, picture, says FROM case_feature f
      WHERE f.job_id = extraction.job_id AND f.case_id = extraction.case_id AND f.variant = ''
        AND asked -> 'sources' ? f.source
      ORDER BY f.source LIMIT 1
    ON CONFLICT (feature_key) DO NOTHING;
END $$;
COMMENT ON FUNCTION trabecula.write_picture IS
  'Writes the picture of an extraction beside its feature row, where the study keeps pictures; refuses any other.';

CREATE OR REPLACE FUNCTION trabecula.complete_extract(completing bigint, extracted bigint, claim bigint, of_region jsonb, sets jsonb[],
    all_values float8[], picture bytea DEFAULT NULL, picture_says jsonb DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  answer text;
  extraction case_task;
  region feature_row;
  asked jsonb;
BEGIN
  answer := (queue.complete_tasks(completing, ARRAY[extracted], ARRAY[claim], 'extract'))[1];
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  -- Of all that it may say of a row, these six are taken.
  SELECT r.image_sha256, r.mask_sha256, r.label, r.segment, r.ring, r.variant
    INTO region.image_sha256, region.mask_sha256, region.label, region.segment, region.ring, region.variant
    FROM jsonb_to_record(of_region) AS r(image_sha256 bytea, mask_sha256 bytea, label bigint, segment text, ring text, variant text);
  asked := check_extract(extracted, region, sets, all_values);
  UPDATE job_case c SET open_tasks = open_tasks - 1,
      state = CASE WHEN state = 'pending' AND open_tasks = 1 THEN 'done' ELSE state END
    FROM case_task t
    WHERE t.task_id = extracted AND c.job_id = t.job_id AND c.case_id = t.case_id
    RETURNING t.* INTO extraction;
  UPDATE image_case SET image_sha256 = region.image_sha256, mask_sha256 = region.mask_sha256
    WHERE case_id = extraction.case_id
      AND (image_sha256, mask_sha256) IS DISTINCT FROM (region.image_sha256, region.mask_sha256);
  PERFORM write_features(extraction, completing, asked, region, sets, all_values);
  IF picture IS NOT NULL THEN
    PERFORM write_picture(extraction, asked, picture, picture_says);
  END IF;
  RETURN answer;
END $$;
COMMENT ON FUNCTION trabecula.complete_extract IS
  'Ends an extraction and writes its feature rows in one transaction. It says which region of which files it is of: '
  '{"image_sha256": "\\x…", "mask_sha256": "\\x…", "label": 1, "segment": …, "ring": …, "variant": …}. Each set says how many of all_values, in '
  'order, are its own: {"set": 1, "values": 107, "diagnostics": {…}}; 0 says that the row is there already. '
  'The database computes the keys of rows. The case is done with its last task. '
  'A picture is stored where the study keeps pictures, see write_picture. '
  'What cannot be the task''s result is refused, see check_extract and write_features.';

CREATE OR REPLACE FUNCTION trabecula.extract_failed(failing bigint, code text, sentence text, advice text) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  UPDATE job_case c SET state = 'failed', failed_task_id = failing, failure_code = code, failure_text = sentence,
      remedy = advice
    FROM case_task t
    WHERE t.task_id = failing AND c.job_id = t.job_id AND c.case_id = t.case_id
      -- Another task of the case may have failed before: the sentence must not depend on which came first.
      AND coalesce(c.failed_task_id > failing, true)
$$;
COMMENT ON FUNCTION trabecula.extract_failed IS 'Writes to the case of an extraction why it failed.';

CREATE OR REPLACE FUNCTION trabecula.extract_lacking(of_job bigint)
  RETURNS TABLE (task_id bigint, has_failed boolean, goes_with bigint)
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT x.task_id, c.state = 'failed', x.case_id
    FROM job_case c JOIN case_task x USING (job_id, case_id) JOIN queue.task t ON t.task_id = x.task_id
    WHERE c.job_id = of_job AND c.state IN ('failed', 'pending') AND NOT EXISTS (SELECT FROM case_feature f
      WHERE f.job_id = x.job_id AND f.case_id = x.case_id AND t.payload -> 'sources' ? f.source
        AND f.variant = coalesce(t.payload ->> 'variant', ''))
$$;
COMMENT ON FUNCTION trabecula.extract_lacking IS
  'The extractions of a job whose features are not there; those of one case go together. A case that is pending was '
  'cancelled, or is under way.';

CREATE OR REPLACE FUNCTION trabecula.extract_reopened(reopened bigint, again bigint[]) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  UPDATE job_case c SET state = 'pending', failed_task_id = NULL, failure_code = NULL, failure_text = NULL, remedy = NULL
    FROM unnest(again) AS a(task_id) JOIN case_task x USING (task_id)
    WHERE c.job_id = x.job_id AND c.case_id = x.case_id AND c.state = 'failed'
$$;
COMMENT ON FUNCTION trabecula.extract_reopened IS 'Cases whose extraction runs again are pending.';

SELECT queue.define_kind('extract', place => 1, unit => 'case', failure_costs => 'task', retry_redoes => 'failed',
  on_failed => 'trabecula.extract_failed', lacking => 'trabecula.extract_lacking',
  on_reopened => 'trabecula.extract_reopened');
