-- What a login wrote is taken away: its word is no longer believed.

CREATE OR REPLACE FUNCTION trabecula.discard_features(keys bytea[], because text) RETURNS bigint[]
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  of_jobs bigint[] := ARRAY(SELECT DISTINCT f.job_id FROM case_feature f WHERE f.feature_key = ANY (keys) ORDER BY 1);
  -- Tasks that wrote one of them: all their sources are computed, or found, anew.
  tasks bigint[] := ARRAY(SELECT DISTINCT x.task_id
    FROM case_feature f JOIN case_task x USING (job_id, case_id) JOIN queue.task t USING (task_id)
    WHERE f.feature_key = ANY (keys) AND t.payload -> 'sources' ? f.source
      AND f.variant = coalesce(t.payload ->> 'variant', ''));
  ended record;
BEGIN
  UPDATE job_case c SET open_tasks = c.open_tasks + n.tasks,
      state = CASE WHEN c.failure_code IS NULL THEN 'failed' ELSE c.state END,
      failed_task_id = CASE WHEN c.failure_code IS NULL THEN n.first_task ELSE c.failed_task_id END,
      failure_code = coalesce(c.failure_code, 'discarded'),
      failure_text = CASE WHEN c.failure_code IS NULL THEN because ELSE c.failure_text END,
      remedy = CASE WHEN c.failure_code IS NULL THEN
        'Retry the job, so that another login computes them; where that finds nothing to do, submit the study again.' ELSE c.remedy END
    FROM (SELECT f.job_id, f.case_id, count(DISTINCT x.task_id) AS tasks, min(x.task_id) AS first_task
      FROM case_feature f LEFT JOIN case_task x ON x.job_id = f.job_id AND x.case_id = f.case_id AND x.task_id = ANY (tasks)
      WHERE f.feature_key = ANY (keys) GROUP BY 1, 2) n
    WHERE c.job_id = n.job_id AND c.case_id = n.case_id;
  PERFORM forget_features_of(tasks);
  DELETE FROM case_feature f WHERE f.feature_key = ANY (keys);
  -- A job that is under way does not go on without them.
  FOR ended IN
    SELECT j.job_id FROM queue.job j WHERE j.job_id = ANY (of_jobs) AND j.state = 'running' ORDER BY 1
  LOOP
    PERFORM queue.retry(ended.job_id, tasks);
  END LOOP;
  RETURN of_jobs;
END $$;
COMMENT ON FUNCTION trabecula.discard_features IS
  'Takes features from all jobs that use them, which it returns. Their cases have failed for this reason; in jobs that are under '
  'way they are tried again at once.';

CREATE OR REPLACE FUNCTION trabecula.discard_rows(discarded_login name) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  because text := 'Its features were written by a login whose word is no longer believed.';
  keys bytea[];
  of_jobs bigint[];
  gone int;
  marked int;
BEGIN
  PERFORM queue.begin_act(true);
  keys := ARRAY(SELECT r.feature_key FROM feature_row r WHERE r.written_by = discarded_login ORDER BY 1 FOR UPDATE);
  of_jobs := discard_features(keys, because);
  DELETE FROM feature_row r WHERE r.feature_key = ANY (keys);
  GET DIAGNOSTICS gone = ROW_COUNT;
  marked := supersede_reports(of_jobs, 'Features were discarded with the login that wrote them.');
  IF gone > 0 THEN
    PERFORM queue.record_act('discard_rows', 'login ' || discarded_login,
      jsonb_build_object('feature_rows', gone, 'jobs', to_jsonb(of_jobs), 'reports', marked), NULL);
  END IF;
  RETURN format('Login %s: %s discarded; %s; %s.', discarded_login,
    queue.counted(gone, 'feature row is', 'feature rows are'),
    CASE WHEN of_jobs = '{}' THEN 'no job used them' ELSE 'jobs that used them: ' || array_to_string(of_jobs, ', ') END,
    queue.counted(marked, 'report is superseded', 'reports are superseded'));
END $$;
COMMENT ON FUNCTION trabecula.discard_rows IS
  'Deletes all feature rows that a login wrote. Cases that used them have failed until a retry; reports that did are superseded. '
  'Revoke the login first, else it may write them again.';
