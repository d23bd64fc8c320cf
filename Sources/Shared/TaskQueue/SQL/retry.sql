-- A job that is taken up again, with what its kinds say of a retry.

CREATE OR REPLACE FUNCTION queue.lacking_at_own_cost(of_job bigint)
  RETURNS TABLE (task_id bigint, has_failed boolean, goes_with bigint, unit text)
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT m.task_id, m.has_failed, m.goes_with, k.unit
    FROM stage s JOIN kind k USING (kind) CROSS JOIN LATERAL lacking(s.job_id, s.kind) m
    WHERE s.job_id = of_job AND k.failure_costs = 'task'
$$;
COMMENT ON FUNCTION queue.lacking_at_own_cost IS
  'The tasks of a job without a result whose failure does not cost the job: those that a retry tries again.';

CREATE OR REPLACE FUNCTION queue.reopen_job(reopened bigint, chosen bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  part record;
  again bigint[];
  redo boolean;
  redone text[] := '{}';
  has_changed boolean := false;
BEGIN
  PERFORM FROM live_task l WHERE l.job_id = reopened ORDER BY l.task_id FOR UPDATE;
  SELECT * INTO known FROM job WHERE job_id = reopened FOR NO KEY UPDATE;
  FOR part IN
    SELECT s.kind, k.retry_redoes, k.on_reopened FROM stage s JOIN kind k USING (kind)
      WHERE s.job_id = reopened ORDER BY s.position
  LOOP
    redo := part.retry_redoes <> 'failed' AND (has_changed OR part.kind IS NOT DISTINCT FROM known.distrusts);
    IF redo THEN
      redone := redone || part.kind;
      UPDATE live_task SET state = 'blocked', failures = 0, crashes = 0, worker_id = NULL, fence = NULL,
          claimed_at = NULL, due_at = NULL
        WHERE job_id = reopened AND kind = part.kind;
    END IF;
    IF redo OR part.retry_redoes = 'always' THEN
      again := ARRAY(SELECT task_id FROM task WHERE job_id = reopened AND kind = part.kind);
    ELSIF part.retry_redoes = 'changed' THEN
      again := ARRAY(SELECT m.task_id FROM lacking(reopened, part.kind) m
        WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = m.task_id));
    ELSE
      again := ARRAY(SELECT t.task_id FROM unnest(chosen) AS c(task_id) JOIN task t USING (task_id)
        WHERE t.job_id = reopened AND t.kind = part.kind);
    END IF;
    again := ARRAY(SELECT a.task_id FROM unnest(again) AS a(task_id)
      WHERE NOT EXISTS (SELECT FROM skipped_task x WHERE x.task_id = a.task_id));
    CONTINUE WHEN cardinality(again) = 0;
    has_changed := true;
    IF part.on_reopened IS NOT NULL THEN
      EXECUTE format('SELECT %s($1, $2)', part.on_reopened) USING reopened, again;
    END IF;
    INSERT INTO live_task (task_id, job_id, kind, shard, site_id, lane, state, priority)
      SELECT t.task_id, t.job_id, t.kind, t.shard, coalesce(t.site_id, 0), t.lane, 'blocked', known.priority
        FROM unnest(again) AS a(task_id) JOIN task t USING (task_id)
        WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = t.task_id)
        ORDER BY t.task_id;
  END LOOP;
  DELETE FROM stage_sample WHERE job_id = reopened;
  UPDATE stage_shard c SET remaining = n.live, failed = n.failed, cancelled = n.skipped
    FROM (SELECT t.kind, t.shard, count(l.task_id) AS live, count(x.task_id) AS skipped,
        count(*) FILTER (WHERE l.task_id IS NULL AND x.task_id IS NULL AND m.has_failed) AS failed
      FROM task t LEFT JOIN live_task l ON l.task_id = t.task_id LEFT JOIN skipped_task x ON x.task_id = t.task_id
        LEFT JOIN lacking_at_own_cost(reopened) m ON m.task_id = t.task_id
      WHERE t.job_id = reopened GROUP BY 1, 2) n
    WHERE c.job_id = reopened AND c.kind = n.kind AND c.shard = n.shard;
  UPDATE stage s SET open_shards = n.shards, closed_at = CASE WHEN n.shards = 0 THEN s.closed_at END,
      opened_at = CASE WHEN n.shards = 0 OR s.closed_at IS NULL AND NOT s.kind = ANY (redone) THEN s.opened_at END
    FROM (SELECT o.kind, count(c.shard) FILTER (WHERE c.remaining > 0) AS shards
      FROM stage o LEFT JOIN stage_shard c USING (job_id, kind) WHERE o.job_id = reopened GROUP BY 1) n
    WHERE s.job_id = reopened AND s.kind = n.kind;
  UPDATE job SET state = 'running', failure_code = NULL, failure_text = NULL, remedy = NULL, distrusts = NULL,
      ended_at = NULL, revision = revision + 1
    WHERE job_id = reopened;
  PERFORM open_next_stages(ARRAY[reopened]);
  PERFORM judge_anew(reopened);
END $$;
COMMENT ON FUNCTION queue.reopen_job IS
  'Takes a job up again with these tasks, which had failed or been cancelled, and with what the kinds of its other stages say; '
  'each kind forgets what came of the tasks that will run again, and claims on those are taken back.';

CREATE OR REPLACE FUNCTION queue.retry(retried_job bigint, chosen bigint[]) RETURNS text
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  known job := require_job(retried_job);
  was_given_up boolean := known.state IN ('failed', 'cancelled');
  all_sites boolean := serves_all_sites();
  takes_all boolean := was_given_up AND all_sites;
  own_sites int[] := login_sites();
  again bigint[];
  failed int;
  cancelled int;
  of_unit text;
  parts text[] := '{}';
BEGIN
  WITH lacking AS MATERIALIZED (SELECT * FROM lacking_at_own_cost(retried_job))
  SELECT coalesce(array_agg(m.task_id), '{}'), count(DISTINCT m.goes_with) FILTER (WHERE m.has_failed),
      count(DISTINCT m.goes_with) FILTER (WHERE NOT m.has_failed), min(m.unit)
    INTO again, failed, cancelled, of_unit
    FROM lacking m JOIN task t USING (task_id)
    WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = m.task_id)
      AND NOT EXISTS (SELECT FROM skipped_task x WHERE x.task_id = m.task_id) AND (all_sites OR t.site_id = ANY (own_sites))
      AND (takes_all AND NOT m.has_failed OR m.has_failed AND (chosen IS NULL
        OR m.goes_with IN (SELECT n.goes_with FROM lacking n WHERE n.task_id = ANY (chosen))));
  IF failed = 0 AND NOT takes_all THEN
    RETURN format('Job %s: nothing to retry.', retried_job);
  END IF;
  -- A job that has ended has results, of all sites, which are computed anew.
  PERFORM begin_act(known.state <> 'running');
  PERFORM reopen_job(retried_job, again);
  PERFORM record_act('retry', 'job ' || retried_job,
    jsonb_build_object('state', known.state, 'failure', known.failure_code),
    jsonb_build_object('state', 'running', 'failed', failed, 'cancelled', cancelled));
  IF failed > 0 THEN
    parts := parts || counted(failed, 'failed ' || of_unit, 'failed ' || of_unit || 's');
  END IF;
  IF cancelled > 0 THEN
    parts := parts || counted(cancelled, 'cancelled ' || of_unit, 'cancelled ' || of_unit || 's');
  END IF;
  RETURN format('Job %s: %s again%s.', retried_job,
    CASE WHEN parts = '{}' THEN 'what is missing runs' ELSE array_to_string(parts, ' and ')
      || CASE WHEN failed + cancelled = 1 THEN ' is ready' ELSE ' are ready' END END,
    CASE WHEN parts = '{}' THEN '' ELSE '; what follows from ' || CASE WHEN failed + cancelled = 1 THEN 'it' ELSE 'them' END
      || ' will be computed anew' END || CASE WHEN known.paused THEN '; the job is paused'
      WHEN (SELECT j.over_budget IS NOT NULL FROM job j WHERE j.job_id = retried_job)
        THEN '; the job stays held, because of what else has failed' ELSE '' END);
END $$;
COMMENT ON FUNCTION queue.retry IS
  'Takes a job up again with what failed in it (these tasks; NULL: all) and, where it had been cancelled or failed as a '
  'whole, with everything that is missing. Logins of some sites retry tasks of these only, and those only while the job runs.';

CREATE OR REPLACE FUNCTION queue.retry_failed(retried_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM begin_act(false);
  RETURN retry(retried_job, NULL);
END $$;
COMMENT ON FUNCTION queue.retry_failed IS
  'Tries all that failed in a job again, ended or not; takes a failed or cancelled job up where it was. What follows from '
  'it is then computed anew.';

CREATE OR REPLACE FUNCTION queue.retry_task(retried_task bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  planned task;
  now_in text;
BEGIN
  PERFORM begin_act(false);
  IF retried_task IS NULL THEN
    RAISE EXCEPTION 'which task? NULL is no number of a task'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.failures; tells what failed.';
  END IF;
  SELECT t.* INTO planned FROM task t WHERE t.task_id = retried_task
    AND (serves_all_sites() OR t.site_id = ANY (login_sites()));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no task %', session_user, retried_task
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.failures; tells what failed.';
  END IF;
  SELECT l.state INTO now_in FROM live_task l WHERE l.task_id = retried_task;
  IF FOUND THEN
    RETURN format('Task %s has not ended (%s); nothing to retry.', retried_task, now_in);
  ELSIF NOT EXISTS (SELECT FROM lacking(planned.job_id, planned.kind) m WHERE m.task_id = retried_task) THEN
    RETURN format('Task %s has succeeded; nothing to retry.', retried_task);
  END IF;
  RETURN retry(planned.job_id, ARRAY[retried_task]);
END $$;
COMMENT ON FUNCTION queue.retry_task IS
  'Tries one failed task again, as retry_failed does for all of a job.';

CREATE OR REPLACE FUNCTION queue.retry_tasks(of_job bigint, retried_tasks bigint[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM begin_act(false);
  PERFORM require_job(of_job);
  IF retried_tasks IS NULL OR array_position(retried_tasks, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'which tasks of job % are to be tried again?', of_job
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Name them: SELECT queue.retry_tasks(1, ARRAY[12, 13]);';
  END IF;
  RETURN retry(of_job, retried_tasks);
END $$;
COMMENT ON FUNCTION queue.retry_tasks IS
  'Tries some failed tasks of a job again, in one act, with those that go with them; tasks that have not failed, or are not of '
  'the sites of the login, are left alone.';
