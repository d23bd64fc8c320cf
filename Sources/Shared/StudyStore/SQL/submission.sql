-- Submitting: the cases of a manifest are written, and compared with what an earlier job has of them.

CREATE OR REPLACE FUNCTION trabecula.open_cohort(called text) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known int;
BEGIN
  LOOP
    INSERT INTO cohort (name) VALUES (called) ON CONFLICT (name) DO NOTHING;
    SELECT cohort_id INTO known FROM cohort WHERE name = called FOR NO KEY UPDATE;
    -- Not where it was deleted with its last job while this waited for it.
    EXIT WHEN FOUND;
  END LOOP;
  RETURN known;
END $$;
COMMENT ON FUNCTION trabecula.open_cohort IS
  'The id of a cohort, made where there is none, and locked to the end of the transaction: of two that write its cases at once the '
  'second waits, and then finds what the first has written.';

CREATE OR REPLACE FUNCTION trabecula.begin_act_on(cohorts int[], needs_all_sites boolean) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.end_stalling_sessions();
  PERFORM FROM cohort WHERE cohort_id = ANY (cohorts) ORDER BY cohort_id FOR UPDATE;
  PERFORM queue.begin_act(needs_all_sites);
END $$;
COMMENT ON FUNCTION trabecula.begin_act_on IS
  'Begins an administrative act that changes cases of these cohorts. The cohorts are locked first and the turn to act is taken second, '
  'because a submission with marks (open_cohort, then apply_marks) does so: in the other order the two would wait for each other.';

-- Plans are pinned to index scans: statistics know nothing of rows just written, and a plan made for none of them compares
-- each with each. OFFSET 0 keeps each look-up whole: joined freely, a planner that takes a table for empty finds a site's subjects
-- by index and compares their codes one by one.
CREATE OR REPLACE FUNCTION trabecula.ingest_cases(into_cohort int, sites text[], codes text[], images text[], masks text[],
    labels bigint[], segments text[], choices text[], rings text[], outcomes int2[], splits text[], groupings text[], extras jsonb[],
    image_digests bytea[], mask_digests bytea[], replaces_digests boolean)
  RETURNS TABLE (case_id bigint, site_id int, image_sha256 bytea, mask_sha256 bytea)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  subjects bigint[];
  places int[];
BEGIN
  INSERT INTO subject (cohort_id, site_id, code)
    SELECT DISTINCT into_cohort, s.site_id, g.code
      FROM unnest(sites, codes) AS g(site, code) JOIN queue.site s ON s.name = g.site ORDER BY 2, 3
    ON CONFLICT (cohort_id, site_id, code) DO NOTHING;
  SELECT array_agg(u.subject_id ORDER BY n), array_agg(s.site_id ORDER BY n) INTO subjects, places
    FROM unnest(sites, codes) WITH ORDINALITY AS g(site, code, n)
      JOIN queue.site s ON s.name = g.site
      CROSS JOIN LATERAL (SELECT * FROM subject u
        WHERE u.cohort_id = into_cohort AND u.site_id = s.site_id AND u.code = g.code OFFSET 0) u;
  IF cardinality(subjects) IS DISTINCT FROM cardinality(sites) THEN
    RAISE EXCEPTION 'a case is of a site that is not known' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO image_case AS c (subject_id, image, mask, label, segment, choice, ring, outcome, split, grouping, extra, image_sha256,
      mask_sha256)
    SELECT g.subject_id, g.image, g.mask, g.label, g.segment, g.choice, g.ring, g.outcome, g.split, g.grouping, g.extra, g.image_digest,
        g.mask_digest
      FROM unnest(subjects, images, masks, labels, segments, choices, rings, outcomes, splits, groupings, extras, image_digests, mask_digests)
          WITH ORDINALITY AS g(subject_id, image, mask, label, segment, choice, ring, outcome, split, grouping, extra, image_digest, mask_digest, n)
      ORDER BY n
    ON CONFLICT (subject_id, image, mask, label, segment, choice, ring) DO UPDATE SET
        outcome = excluded.outcome, split = excluded.split, grouping = excluded.grouping, extra = excluded.extra,
        image_sha256 = CASE WHEN replaces_digests THEN excluded.image_sha256
          ELSE coalesce(c.image_sha256, excluded.image_sha256) END,
        mask_sha256 = CASE WHEN replaces_digests THEN excluded.mask_sha256
          ELSE coalesce(c.mask_sha256, excluded.mask_sha256) END
      WHERE (c.outcome, c.split, c.grouping, c.extra) IS DISTINCT FROM
          (excluded.outcome, excluded.split, excluded.grouping, excluded.extra)
        OR replaces_digests AND (c.image_sha256, c.mask_sha256) IS DISTINCT FROM (excluded.image_sha256, excluded.mask_sha256)
        OR c.image_sha256 IS NULL AND excluded.image_sha256 IS NOT NULL
        OR c.mask_sha256 IS NULL AND excluded.mask_sha256 IS NOT NULL;
  RETURN QUERY
    SELECT c.case_id, g.site_id, c.image_sha256, c.mask_sha256
      FROM unnest(subjects, places, images, masks, labels, segments, choices, rings)
          WITH ORDINALITY AS g(subject_id, site_id, image, mask, label, segment, choice, ring, n)
        CROSS JOIN LATERAL (SELECT * FROM image_case c WHERE c.subject_id = g.subject_id AND c.image = g.image
          AND c.mask = g.mask AND c.label = g.label AND c.segment IS NOT DISTINCT FROM g.segment
          AND c.choice IS NOT DISTINCT FROM g.choice AND c.ring IS NOT DISTINCT FROM g.ring OFFSET 0) c
      ORDER BY n;
END $$;
COMMENT ON FUNCTION trabecula.ingest_cases IS
  'Writes subjects and cases, and returns of each, in the order given, its number, its site and the digests that are known of its '
  'files. What a submitter sees of files fills what is not known yet, and replaces what a worker has read only where it says so.';

CREATE OR REPLACE FUNCTION trabecula.changed_cases(of_job bigint, cases bigint[], image_digests bytea[], mask_digests bytea[])
  RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT count(*) FROM unnest(cases, image_digests, mask_digests) AS g(case_id, image, mask)
      JOIN job_case c ON c.job_id = of_job AND c.case_id = g.case_id
    -- Each file by itself; one that is not seen now is no other. What a case failed on is known only where it was seen then.
    WHERE c.state = 'failed' AND (g.image <> c.seen_image_sha256 OR g.mask <> c.seen_mask_sha256)
      OR c.state = 'done' AND EXISTS (SELECT FROM case_feature f JOIN feature_row r USING (feature_key)
        WHERE f.job_id = of_job AND f.case_id = g.case_id
          AND (g.image <> r.image_sha256 AND g.image IS DISTINCT FROM c.seen_image_sha256
            OR g.mask <> r.mask_sha256 AND g.mask IS DISTINCT FROM c.seen_mask_sha256))
$$;
COMMENT ON FUNCTION trabecula.changed_cases IS
  'How many of these cases have a file now that is another one than the job used, or saw when it was submitted. A file that one '
  'submitter could read and another could not has not changed. A case that is pending does not count: whoever extracts it reads '
  'the files as they are. Nor does one that failed on a file that nobody had seen: retry_failed tries it again.';
