-- Cases that are excluded from a study, one by one or with their site, and included again.

CREATE OR REPLACE FUNCTION trabecula.exclude_cases(of_job bigint, leaving bigint[], code text, because text, advice text)
  RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  tasks bigint[] := ARRAY(SELECT t.task_id FROM case_task t WHERE t.job_id = of_job AND t.case_id = ANY (leaving));
  is_past boolean;
  was_used boolean;
  cancelled int;
BEGIN
  -- A case that waits cannot have entered anything. Of another one the results may be under way: everything is locked.
  PERFORM FROM queue.live_task l WHERE l.task_id = ANY (tasks) ORDER BY l.task_id FOR UPDATE;
  IF EXISTS (SELECT FROM job_case c WHERE c.job_id = of_job AND c.case_id = ANY (leaving) AND c.state <> 'pending') THEN
    PERFORM queue.lock_tasks(of_job);
    is_past := queue.has_gone_past(of_job, 'extract');
    was_used := EXISTS (SELECT FROM job_case c WHERE c.job_id = of_job AND c.case_id = ANY (leaving) AND c.state = 'done');
    IF is_past AND was_used THEN
      PERFORM queue.begin_act(true);
      PERFORM queue.distrust_after(of_job, 'extract');
    ELSIF is_past THEN
      -- No replicate has a case that failed, but the report may be under way that counts it so.
      PERFORM queue.distrust_after(of_job, 'bootstrap');
    END IF;
  END IF;
  tasks := ARRAY(SELECT m.task_id FROM extract_lacking(of_job) m WHERE m.goes_with = ANY (leaving));
  UPDATE job_case c SET state = 'excluded', failed_task_id = NULL, failure_code = code, failure_text = because, remedy = advice
    WHERE c.job_id = of_job AND c.case_id = ANY (leaving);
  cancelled := queue.skip_tasks(of_job, tasks);
  IF is_past AND (queue.require_job(of_job)).state = 'running' THEN
    PERFORM queue.reopen_job(of_job, '{}');
  END IF;
  RETURN cancelled;
END $$;
COMMENT ON FUNCTION trabecula.exclude_cases IS
  'Excludes cases of a job, with the reason, and ends their tasks; returns how many were open. Where replicates were computed with '
  'them, these are computed anew, which concerns all sites.';

CREATE OR REPLACE FUNCTION trabecula.include_cases(of_job bigint, coming bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  again bigint[];
BEGIN
  PERFORM queue.lock_tasks(of_job);
  IF queue.has_gone_past(of_job, 'extract') THEN
    PERFORM queue.begin_act(true);
    PERFORM queue.distrust_after(of_job, 'extract');
  END IF;
  UPDATE job_case c SET state = 'done', failure_code = NULL, failure_text = NULL, remedy = NULL
    WHERE c.job_id = of_job AND c.case_id = ANY (coming) AND c.open_tasks = 0;
  UPDATE job_case c SET state = 'failed' WHERE c.job_id = of_job AND c.case_id = ANY (coming) AND c.open_tasks > 0;
  again := ARRAY(SELECT m.task_id FROM extract_lacking(of_job) m WHERE m.goes_with = ANY (coming));
  PERFORM queue.unskip_tasks(of_job, again);
  IF (queue.require_job(of_job)).state = 'running' THEN
    PERFORM queue.reopen_job(of_job, again);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.include_cases IS
  'Makes excluded cases of a job count again. What they lack is extracted; in a job that has ended, with the next retry.';

CREATE OR REPLACE FUNCTION trabecula.require_case(of_job bigint, named bigint) RETURNS trabecula.job_case
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job_case;
BEGIN
  SELECT c.* INTO known FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id)
    WHERE c.job_id = of_job AND c.case_id = named AND u.site_id = ANY (queue.login_sites());
  IF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no case % in job %', session_user, named, of_job
      USING ERRCODE = 'invalid_parameter_value',
        HINT = format('SELECT case_id, subject, site FROM trabecula.case_overview WHERE job_id = %s; lists them.', of_job);
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION trabecula.require_case IS 'A case of a job, at a site that the login may act on; anything else is an error.';

CREATE OR REPLACE FUNCTION trabecula.exclude_case(of_job bigint, excluded_case bigint, because text,
    reopen boolean DEFAULT false) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
  leaving job_case;
  cancelled int;
BEGIN
  PERFORM queue.begin_act(false);
  known := queue.require_job(of_job);
  leaving := require_case(of_job, excluded_case);
  IF coalesce(btrim(because), '') = '' OR length(because) > 1000 THEN
    RAISE EXCEPTION 'an exclusion needs a reason of 1 to 1000 letters' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'It is printed in the report: give the finding, as ''motion artefacts'', and name nobody.';
  ELSIF leaving.state = 'excluded' THEN
    RETURN format('Case %s of job %s is excluded already: %s', excluded_case, of_job, leaving.failure_text);
  ELSIF known.state <> 'running' THEN
    PERFORM queue.begin_act(true);
    IF known.state = 'succeeded' AND NOT reopen THEN
      RAISE EXCEPTION 'job % has succeeded, and its report counts case %', of_job, excluded_case
        USING ERRCODE = 'object_not_in_prerequisite_state',
          HINT = format('To leave it out and compute models and report anew: coordinator exclude %s %s --because … --reopen, in '
            'SQL: SELECT trabecula.exclude_case(%s, %s, ''…'', reopen => true);', of_job, excluded_case, of_job, excluded_case);
    END IF;
  END IF;
  cancelled := exclude_cases(of_job, ARRAY[excluded_case], 'excluded', btrim(because),
    'Nothing is to be done; coordinator exclude --undo takes it in again.');
  IF known.state = 'succeeded' THEN
    PERFORM queue.reopen_job(of_job, '{}');
  END IF;
  -- Without the reason, which may tell of a person; it stands with the case.
  PERFORM queue.record_act('exclude_case', 'job ' || of_job, jsonb_build_object('case', excluded_case, 'state', leaving.state),
    jsonb_build_object('state', 'excluded', 'tasks', cancelled));
  RETURN format('Case %s of job %s is excluded: %s cancelled%s.', excluded_case, of_job,
    queue.counted(cancelled, 'task is', 'tasks are'), CASE known.state WHEN 'running' THEN ''
      WHEN 'succeeded' THEN '; models and report are computed anew' ELSE format('; coordinator retry %s takes the job up', of_job) END);
END $$;
COMMENT ON FUNCTION trabecula.exclude_case IS
  'Takes a case out of a job: SELECT trabecula.exclude_case(1, 12, ''motion artefacts''); Its open tasks are cancelled, the '
  'report counts it as excluded with this reason. A job that has succeeded is taken up again only with reopen => true. Operators '
  'of some sites exclude cases of these, before replicates are computed.';

CREATE OR REPLACE FUNCTION trabecula.include_case(of_job bigint, included_case bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
BEGIN
  PERFORM queue.begin_act(false);
  known := queue.require_job(of_job);
  IF known.state <> 'running' THEN
    PERFORM queue.begin_act(true);
  END IF;
  IF (require_case(of_job, included_case)).state <> 'excluded' THEN
    RETURN format('Case %s of job %s is not excluded.', included_case, of_job);
  END IF;
  PERFORM include_cases(of_job, ARRAY[included_case]);
  IF known.state = 'succeeded' THEN
    PERFORM queue.reopen_job(of_job, ARRAY(SELECT m.task_id FROM extract_lacking(of_job) m WHERE m.goes_with = included_case));
  END IF;
  PERFORM queue.record_act('include_case', 'job ' || of_job, jsonb_build_object('case', included_case, 'state', 'excluded'),
    jsonb_build_object('state', 'included'));
  RETURN format('Case %s of job %s counts again%s.', included_case, of_job, CASE WHEN known.state IN ('running', 'succeeded')
    THEN '' ELSE format('; coordinator retry %s takes the job up', of_job) END);
END $$;
COMMENT ON FUNCTION trabecula.include_case IS 'Takes an excluded case into its job again; undoes exclude_case.';

CREATE OR REPLACE FUNCTION trabecula.apply_marks(of_job bigint, marked bigint[], reasons text[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
  leaving record;
  coming bigint[];
  gone int := 0;
BEGIN
  IF cardinality(marked) IS DISTINCT FROM cardinality(reasons)
      OR EXISTS (SELECT FROM unnest(reasons) AS reason WHERE coalesce(length(btrim(reason)), 0) NOT BETWEEN 1 AND 200) THEN
    RAISE EXCEPTION 'each marked case needs a reason of 1 to 200 letters' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'It is printed in the report: give the finding, as ''mask of the other side'', and name nobody.';
  END IF;
  PERFORM queue.begin_act(true);
  known := queue.require_job(of_job);
  coming := ARRAY(SELECT c.case_id FROM job_case c WHERE c.job_id = of_job AND c.failure_code = 'marked-by-reader'
    AND c.case_id <> ALL (marked) ORDER BY 1);
  IF coming <> '{}' THEN
    PERFORM include_cases(of_job, coming);
  END IF;
  -- A case that was taken out for another reason stays out for that.
  FOR leaving IN
    SELECT btrim(m.reason) AS reason, array_agg(c.case_id ORDER BY c.case_id) AS cases
      FROM unnest(marked, reasons) AS m(case_id, reason) JOIN job_case c ON c.job_id = of_job AND c.case_id = m.case_id
      WHERE c.state <> 'excluded' OR c.failure_code = 'marked-by-reader' AND c.failure_text <> btrim(m.reason)
      GROUP BY 1 ORDER BY 1
  LOOP
    PERFORM exclude_cases(of_job, leaving.cases, 'marked-by-reader', leaving.reason,
      'Nothing is to be done; without its line in the table of marks it counts again.');
    gone := gone + cardinality(leaving.cases);
  END LOOP;
  IF gone > 0 OR coming <> '{}' THEN
    IF known.state = 'succeeded' THEN
      PERFORM queue.reopen_job(of_job, ARRAY(SELECT m.task_id FROM extract_lacking(of_job) m WHERE m.goes_with = ANY (coming)));
    END IF;
    PERFORM queue.record_act('apply_marks', 'job ' || of_job, NULL,
      jsonb_build_object('excluded', gone, 'included', cardinality(coming)));
  END IF;
  RETURN format('Job %s: %s excluded, %s taken in again.', of_job, queue.counted(gone, 'marked case', 'marked cases'), cardinality(coming));
END $$;
COMMENT ON FUNCTION trabecula.apply_marks IS
  'Takes out of a job the cases that a reader of their pictures marked, with the reasons, and in again those that were marked before '
  'and are not now: SELECT trabecula.apply_marks(1, ARRAY[12], ARRAY[''mask of the other side'']); A job that has succeeded is '
  'taken up again. By who was granted all sites.';

CREATE OR REPLACE FUNCTION trabecula.keep_stored(of_job bigint, waiting bigint[]) RETURNS bigint[]
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  kept bigint[];
BEGIN
  WITH asked AS (
    SELECT c.case_id, r.source, t.payload ->> 'variant' AS variant,
        row_key(coalesce(c.seen_image_sha256, i.image_sha256), coalesce(c.seen_mask_sha256, i.mask_sha256), i.label, i.segment, i.ring,
          t.payload ->> 'variant', r.source, r.parameters, r.extractor, CASE WHEN NOT r.reuses_across_sites THEN s.name END) AS key
      FROM extract_lacking(of_job) m JOIN job_case c ON c.job_id = of_job AND c.case_id = m.goes_with AND c.state = 'pending'
        JOIN image_case i USING (case_id) JOIN subject u USING (subject_id) JOIN queue.site s USING (site_id)
        JOIN queue.task t ON t.task_id = m.task_id
        CROSS JOIN LATERAL jsonb_array_elements_text(t.payload -> 'sources') AS named(source)
        JOIN job_recipe r ON r.job_id = of_job AND r.source = named.source
      WHERE m.goes_with = ANY (waiting)
  ), found AS (
    SELECT a.case_id, a.source, a.variant, f.feature_key FROM asked a LEFT JOIN feature_row f ON f.feature_key = a.key
  ), whole AS (
    SELECT case_id FROM found GROUP BY 1 HAVING bool_and(feature_key IS NOT NULL)
  ), used AS (
    INSERT INTO case_feature (job_id, case_id, source, variant, feature_key)
      SELECT of_job, case_id, source, coalesce(variant, ''), feature_key FROM found JOIN whole USING (case_id)
  )
  SELECT coalesce(array_agg(case_id ORDER BY case_id), '{}') INTO kept FROM whole;
  UPDATE job_case SET state = 'done', open_tasks = 0 WHERE job_id = of_job AND case_id = ANY (kept);
  RETURN kept;
END $$;
COMMENT ON FUNCTION trabecula.keep_stored IS
  'Of cases that wait for somebody to look at their files: gives those whose features are all stored, for the files as they are '
  'known, these features, and returns them. Their tasks are then to be skipped.';

CREATE OR REPLACE FUNCTION trabecula.look_again_at_kept(of_job bigint, of_site int) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  -- Nothing but keep_stored leaves a case with features and a skipped task.
  looks bigint[] := ARRAY(SELECT k.task_id FROM queue.skipped_task k JOIN queue.task t USING (task_id)
      JOIN case_task x USING (task_id) JOIN job_case c ON c.job_id = x.job_id AND c.case_id = x.case_id
    WHERE k.job_id = of_job AND t.site_id = of_site AND c.state = 'done');
BEGIN
  PERFORM forget_features_of(looks);
  UPDATE job_case c SET state = 'excluded', open_tasks = n.tasks, failure_code = 'site-given-up', failure_text = 'site given up',
      remedy = ''
    FROM (SELECT x.case_id, count(*) AS tasks FROM case_task x WHERE x.task_id = ANY (looks) GROUP BY 1) n
    WHERE c.job_id = of_job AND c.case_id = n.case_id;
END $$;
COMMENT ON FUNCTION trabecula.look_again_at_kept IS
  'Undoes keep_stored for a site that is taken in again: the cases count as given up like the others, so that somebody looks whether '
  'their files have changed.';

CREATE OR REPLACE FUNCTION trabecula.lost_with_site(of_job bigint, of_site int) RETURNS bigint[]
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT ARRAY(SELECT c.case_id FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id)
    WHERE c.job_id = of_job AND u.site_id = of_site AND c.state IN ('pending', 'failed') ORDER BY 1)
$$;
COMMENT ON FUNCTION trabecula.lost_with_site IS 'The cases of a job without features at a site: those that wait, and those that failed.';

CREATE OR REPLACE FUNCTION trabecula.give_up_site(of_job bigint, leaving_site text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
  left_id int;
  leaving bigint[];
  kept bigint[];
  looks bigint[];
  cancelled int;
BEGIN
  PERFORM queue.begin_act(false);
  known := queue.require_job(of_job);
  left_id := queue.require_site(leaving_site);
  IF known.state <> 'running' THEN
    RETURN format('Job %s has ended (%s); nothing to give up.', of_job, known.state);
  END IF;
  -- What is open of the site is locked before anything is decided.
  IF EXISTS (SELECT FROM job_case c WHERE c.job_id = of_job AND c.case_id = ANY (lost_with_site(of_job, left_id))
      AND c.state = 'failed') THEN
    PERFORM queue.lock_tasks(of_job);
  ELSE
    PERFORM FROM queue.live_task l WHERE l.job_id = of_job AND l.site_id = left_id ORDER BY l.task_id FOR UPDATE;
  END IF;
  leaving := lost_with_site(of_job, left_id);
  IF cardinality(leaving) = 0 THEN
    RETURN format('Job %s waits for nothing of site %s.', of_job, leaving_site);
  END IF;
  kept := keep_stored(of_job, leaving);
  leaving := ARRAY(SELECT unnest(leaving) EXCEPT SELECT unnest(kept) ORDER BY 1);
  looks := ARRAY(SELECT l.task_id FROM queue.live_task l JOIN case_task t USING (task_id)
    WHERE t.job_id = of_job AND t.case_id = ANY (kept));
  cancelled := exclude_cases(of_job, leaving, 'site-given-up', 'site given up',
    'Nothing is to be done; coordinator give-up --undo takes the site in again.') + queue.skip_tasks(of_job, looks);
  PERFORM queue.record_act('give_up_site', 'job ' || of_job, jsonb_build_object('site', leaving_site),
    jsonb_build_object('excluded', cardinality(leaving), 'kept', cardinality(kept), 'tasks', cancelled));
  RETURN format('Job %s: site %s is given up; %s excluded, %s cancelled. Cases whose features are stored stay%s.', of_job,
    leaving_site, queue.counted(cardinality(leaving), 'case is', 'cases are'), queue.counted(cancelled, 'task is', 'tasks are'),
    CASE WHEN cardinality(kept) = 0 THEN '' ELSE format(', %s of them without a look whether the files have changed',
      cardinality(kept)) END);
END $$;
COMMENT ON FUNCTION trabecula.give_up_site IS
  'For a site that has left: its cases without features are excluded from a running job, their tasks cancelled, and the job goes '
  'on. Cases that wait for somebody to look whether their files have changed go on with the features that are stored. '
  'SELECT trabecula.give_up_site(1, ''North'');';

CREATE OR REPLACE FUNCTION trabecula.take_site_in(of_job bigint, coming_site text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
  back_id int;
  coming bigint[];
BEGIN
  PERFORM queue.begin_act(false);
  known := queue.require_job(of_job);
  back_id := queue.require_site(coming_site);
  IF known.state <> 'running' THEN
    PERFORM queue.begin_act(true);
  END IF;
  PERFORM queue.lock_tasks(of_job);
  PERFORM look_again_at_kept(of_job, back_id);
  coming := ARRAY(SELECT c.case_id FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id)
    WHERE c.job_id = of_job AND u.site_id = back_id AND c.failure_code = 'site-given-up' ORDER BY 1);
  IF cardinality(coming) = 0 THEN
    RETURN format('Job %s has given nothing of site %s up.', of_job, coming_site);
  END IF;
  PERFORM include_cases(of_job, coming);
  IF known.state = 'succeeded' THEN
    PERFORM queue.reopen_job(of_job, ARRAY(SELECT m.task_id FROM extract_lacking(of_job) m WHERE m.goes_with = ANY (coming)));
  END IF;
  PERFORM queue.record_act('take_site_in', 'job ' || of_job, jsonb_build_object('site', coming_site),
    jsonb_build_object('cases', cardinality(coming)));
  RETURN format('Job %s: site %s is in again; %s%s.', of_job, coming_site,
    queue.counted(cardinality(coming), 'case counts', 'cases count'), CASE WHEN known.state IN ('running', 'succeeded')
    THEN '' ELSE format('; coordinator retry %s takes the job up', of_job) END);
END $$;
COMMENT ON FUNCTION trabecula.take_site_in IS
  'Takes the cases of a site that was given up into the job again; those that stayed with their stored features are looked at again.';
