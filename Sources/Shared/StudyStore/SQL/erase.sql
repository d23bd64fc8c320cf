-- A person withdraws: whatever holds the person goes, in one transaction.

CREATE OR REPLACE FUNCTION trabecula.without(said text, needles text[], code text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  needle text;
BEGIN
  FOREACH needle IN ARRAY needles LOOP
    said := replace(said, needle, '(erased)');
  END LOOP;
  RETURN regexp_replace(said, '(?<![[:alnum:]_-])' || regexp_replace(code, '([^[:alnum:]])', '\\\1', 'g')
    || '(?![[:alnum:]_-])', '(erased)', 'g');
END $$;
COMMENT ON FUNCTION trabecula.without IS 'A sentence without these strings, and without a code that stands as a word of its own.';

CREATE OR REPLACE FUNCTION trabecula.erase_from_texts(of_jobs bigint[], needles text[], code text) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  UPDATE job_case SET failure_text = without(failure_text, needles, code), remedy = without(remedy, needles, code)
    WHERE job_id = ANY (of_jobs) AND failure_code IS NOT NULL
      AND (failure_text, remedy) IS DISTINCT FROM (without(failure_text, needles, code), without(remedy, needles, code));
  UPDATE queue.job SET failure_text = without(failure_text, needles, code), remedy = without(remedy, needles, code)
    WHERE job_id = ANY (of_jobs)
      AND (failure_text, remedy) IS DISTINCT FROM (without(failure_text, needles, code), without(remedy, needles, code));
  UPDATE queue.task_history SET failure_text = without(failure_text, needles, code), remedy = without(remedy, needles, code)
    WHERE job_id = ANY (of_jobs) AND outcome <> 'succeeded'
      AND (failure_text, remedy) IS DISTINCT FROM (without(failure_text, needles, code), without(remedy, needles, code));
  UPDATE queue.attempt_failure a SET failure_text = without(a.failure_text, needles, code)
    FROM queue.task t
    WHERE t.task_id = a.task_id AND t.job_id = ANY (of_jobs) AND a.failure_text <> without(a.failure_text, needles, code);
$$;
COMMENT ON FUNCTION trabecula.erase_from_texts IS
  'Takes a person''s code and files out of what was written about failures of these jobs: of other cases, tasks, or as a whole.';

CREATE OR REPLACE FUNCTION trabecula.erase_feature_rows(keys bytea[], images bytea[]) RETURNS int
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  SELECT delete_unused_rows(ARRAY(SELECT r.feature_key FROM feature_row r
    WHERE (r.feature_key = ANY (keys) OR r.image_sha256 = ANY (images || ARRAY(
        SELECT o.image_sha256 FROM feature_row o WHERE o.feature_key = ANY (keys))))
      AND NOT EXISTS (SELECT FROM image_case i WHERE i.image_sha256 = r.image_sha256)))
$$;
COMMENT ON FUNCTION trabecula.erase_feature_rows IS
  'Deletes feature rows with these keys or of these images, but for those of an image that another case has too.';

CREATE OR REPLACE FUNCTION trabecula.subjects_called(erased_code text, at_site int, in_cohorts text[]) RETURNS bigint[]
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  found bigint[];
  names text[];
BEGIN
  SELECT array_agg(u.subject_id ORDER BY u.subject_id), array_agg(h.name ORDER BY h.name) INTO found, names
    FROM subject u JOIN cohort h USING (cohort_id)
    WHERE u.code = normalize(erased_code, NFC) AND u.site_id = at_site AND (in_cohorts IS NULL OR h.name = ANY (in_cohorts));
  -- Errors reach the log of the server: no code in them.
  IF found IS NULL THEN
    RAISE EXCEPTION 'the site has no such subject' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Write the code as column ID of the manifest has it. Nothing was changed.';
  ELSIF in_cohorts IS NULL AND cardinality(found) > 1 THEN
    RAISE EXCEPTION 'the site has this code in % cohorts, which may be different persons: %', cardinality(found),
        array_to_string(names, ', ')
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'Name the cohorts of this person: --cohort NAME for each, in SQL a third argument ARRAY[''NAME'', …].';
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION trabecula.subjects_called IS 'The subjects with a code at a site; more than one only where cohorts are named.';

CREATE OR REPLACE FUNCTION trabecula.erase_from_job(of_job bigint, cases bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  tasks bigint[] := ARRAY(SELECT t.task_id FROM case_task t WHERE t.job_id = of_job AND t.case_id = ANY (cases));
  is_past boolean := queue.has_gone_past(of_job, 'extract');
  is_running boolean := (queue.require_job(of_job)).state = 'running';
BEGIN
  PERFORM queue.skip_tasks(of_job, ARRAY(SELECT m.task_id FROM extract_lacking(of_job) m WHERE m.goes_with = ANY (cases)));
  DELETE FROM prediction WHERE job_id = of_job AND case_id = ANY (cases);
  DELETE FROM case_feature WHERE job_id = of_job AND case_id = ANY (cases);
  DELETE FROM case_task WHERE job_id = of_job AND case_id = ANY (cases);
  DELETE FROM job_case WHERE job_id = of_job AND case_id = ANY (cases);
  DELETE FROM queue.attempt_failure WHERE task_id = ANY (tasks);
  UPDATE queue.task SET payload = '{}' WHERE task_id = ANY (tasks);
  UPDATE queue.task_history SET failure_text = '(erased)', remedy = NULL WHERE task_id = ANY (tasks) AND outcome = 'failed';
  IF is_past THEN
    -- A replicate has a probability of everybody whom it left out.
    DELETE FROM replicate WHERE job_id = of_job;
    PERFORM queue.distrust_after(of_job, 'extract');
  END IF;
  IF is_past AND is_running THEN
    PERFORM queue.reopen_job(of_job, '{}');
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.erase_from_job IS
  'Takes cases out of a job as if they had never been in it. Tasks stay as numbers, for the counters, without what they said. A job '
  'that runs computes its replicates anew.';

CREATE OR REPLACE FUNCTION trabecula.erase_subject(erased_code text, erased_site text, in_cohorts text[] DEFAULT NULL)
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
  subjects bigint[];
  cases bigint[];
  needles text[];
  images bytea[];
  keys bytea[];
  jobs bigint[];
  one bigint;
  counts jsonb;
  reports int;
BEGIN
  subjects := subjects_called(erased_code, queue.require_site(erased_site), in_cohorts);
  PERFORM begin_act_on(ARRAY(SELECT DISTINCT u.cohort_id FROM subject u WHERE u.subject_id = ANY (subjects)), false);
  -- Another act may have erased them while this one waited.
  subjects := subjects_called(erased_code, queue.require_site(erased_site), in_cohorts);
  cases := ARRAY(SELECT i.case_id FROM image_case i WHERE i.subject_id = ANY (subjects));
  jobs := ARRAY(SELECT DISTINCT c.job_id FROM job_case c WHERE c.case_id = ANY (cases) ORDER BY 1);
  PERFORM queue.lock_tasks(VARIADIC jobs);
  -- Replicates and reports are everybody's.
  PERFORM queue.begin_act(EXISTS (SELECT FROM unnest(jobs) AS job WHERE queue.has_gone_past(job, 'extract')));
  SELECT coalesce(array_agg(DISTINCT f.feature_key), '{}') INTO keys FROM case_feature f WHERE f.case_id = ANY (cases)
    AND f.job_id = ANY (jobs);
  SELECT coalesce(array_agg(DISTINCT path), '{}'), coalesce(array_agg(DISTINCT i.image_sha256), '{}') INTO needles, images
    FROM image_case i, unnest(ARRAY[i.image, i.mask]) AS path WHERE i.case_id = ANY (cases) AND path <> '';
  images := images || ARRAY(SELECT DISTINCT c.seen_image_sha256 FROM job_case c WHERE c.case_id = ANY (cases)
    AND c.seen_image_sha256 IS NOT NULL);
  counts := jsonb_build_object('subjects', cardinality(subjects), 'cases', cardinality(cases), 'jobs', cardinality(jobs),
    'tasks', (SELECT count(*) FROM case_task WHERE job_id = ANY (jobs) AND case_id = ANY (cases)),
    'predictions', (SELECT count(*) FROM prediction WHERE job_id = ANY (jobs) AND case_id = ANY (cases)));
  reports := supersede_reports(jobs, 'A subject whom it was computed from was erased.');
  -- Names of lost cases, curves with a point for each subject: what is superseded keeps nothing of them.
  UPDATE report SET body = '{}' WHERE job_id = ANY (jobs);
  FOREACH one IN ARRAY jobs LOOP
    PERFORM erase_from_job(one, cases);
  END LOOP;
  PERFORM erase_from_texts(jobs, needles, normalize(erased_code, NFC));
  DELETE FROM image_case WHERE case_id = ANY (cases);
  DELETE FROM subject WHERE subject_id = ANY (subjects);
  counts := counts || jsonb_build_object('reports', reports, 'feature_rows', erase_feature_rows(keys, images));
  PERFORM queue.record_act('erase_subject', 'site ' || erased_site, counts, NULL);
  RETURN format('Erased at site %s: %s, %s, %s, %s; %s superseded.%s', erased_site,
    queue.counted(cardinality(subjects), 'subject', 'subjects'), queue.counted(cardinality(cases), 'case', 'cases'),
    queue.counted((counts ->> 'feature_rows')::bigint, 'feature row', 'feature rows'),
    queue.counted((counts ->> 'predictions')::bigint, 'prediction', 'predictions'),
    queue.counted(reports, 'report is', 'reports are'),
    CASE WHEN reports > 0 THEN ' Submit these studies again without the subject.' ELSE '' END);
END $$;
COMMENT ON FUNCTION trabecula.erase_subject IS
  'A person withdraws: SELECT trabecula.erase_subject(''P017'', ''North''); Removes the subject with cases, feature rows, '
  'predictions, tasks'' texts and every mention in failures, from all jobs, and marks their reports as superseded. Images that '
  'another subject has too stay with that one. The audit has site and numbers of rows, and no name. By coordinators and operators '
  'of all sites; by operators of the site before replicates are computed. Files, journals, backups and exports are not reached.';
