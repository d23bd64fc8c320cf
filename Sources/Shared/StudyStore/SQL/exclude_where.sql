-- Cases that are excluded together, chosen by why they failed, where they are, or how they stand.

CREATE OR REPLACE FUNCTION trabecula.exclude_where(of_job bigint, because text, with_code text DEFAULT NULL,
    at_site text DEFAULT NULL, in_state text DEFAULT NULL, reopen boolean DEFAULT false) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
  site_filter int;
  leaving bigint[];
  cancelled int;
BEGIN
  PERFORM queue.begin_act(false);
  known := queue.require_job(of_job);
  PERFORM queue.require_filter(with_code, at_site, in_state);
  IF at_site IS NOT NULL THEN
    site_filter := queue.require_site(at_site);
  END IF;
  IF coalesce(btrim(because), '') = '' OR length(because) > 1000 THEN
    RAISE EXCEPTION 'an exclusion needs a reason of 1 to 1000 letters' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'It is printed in the report: give the finding, as ''motion artefacts'', and name nobody.';
  ELSIF known.state <> 'running' THEN
    PERFORM queue.begin_act(true);
    IF known.state = 'succeeded' AND NOT reopen THEN
      RAISE EXCEPTION 'job % has succeeded, and its report counts these cases', of_job
        USING ERRCODE = 'object_not_in_prerequisite_state',
          HINT = 'With reopen => true they are left out, and models and report are computed anew.';
    END IF;
  END IF;
  -- Locked before anything is decided, so that what is found is what is excluded.
  PERFORM queue.lock_tasks(of_job);
  leaving := ARRAY(SELECT c.case_id FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id)
    WHERE c.job_id = of_job AND c.state <> 'excluded' AND (with_code IS NULL OR c.state = 'failed' AND c.failure_code = with_code)
      AND (site_filter IS NULL OR u.site_id = site_filter) AND (in_state IS NULL OR c.state = in_state)
      AND u.site_id = ANY (queue.login_sites()) ORDER BY 1);
  IF leaving = '{}' THEN
    RETURN format('Job %s: no case is such.', of_job);
  END IF;
  cancelled := exclude_cases(of_job, leaving, 'excluded', btrim(because),
    'Nothing is to be done; coordinator exclude --undo takes it in again.');
  IF known.state = 'succeeded' THEN
    PERFORM queue.reopen_job(of_job, '{}');
  END IF;
  -- Without the reason, which may tell of a person; it stands with the cases.
  PERFORM queue.record_act('exclude_where', 'job ' || of_job, queue.told_filter(NULL, at_site, with_code, NULL, in_state),
    jsonb_build_object('cases', cardinality(leaving), 'tasks', cancelled));
  RETURN format('Job %s: %s excluded, %s cancelled%s.', of_job, queue.counted(cardinality(leaving), 'case is', 'cases are'),
    queue.counted(cancelled, 'task is', 'tasks are'), CASE known.state WHEN 'running' THEN ''
      WHEN 'succeeded' THEN '; models and report are computed anew' ELSE format('; coordinator retry %s takes the job up', of_job) END);
END $$;
COMMENT ON FUNCTION trabecula.exclude_where IS
  'Takes all cases out of a job that a filter finds, as exclude_case does for one: SELECT trabecula.exclude_where(1, ''mask is empty'', '
  'with_code => ''empty-mask''); Filters: the cause of the failure, the site, the state (pending, done, failed). Of the sites of the login.';
