-- Tasks that are taken out of their job, and results that no longer hold.

COMMENT ON TABLE queue.skipped_task IS
  'Tasks that an act took out of their job: ended as cancelled, and not tried again by any retry until unskip_tasks.';

CREATE OR REPLACE FUNCTION queue.lock_tasks(VARIADIC of_jobs bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM FROM live_task l WHERE l.job_id = ANY (of_jobs) ORDER BY l.task_id FOR UPDATE;
  PERFORM FROM job j WHERE j.job_id = ANY (of_jobs) ORDER BY j.job_id FOR NO KEY UPDATE;
END $$;
COMMENT ON FUNCTION queue.lock_tasks IS 'Locks what is open of jobs, then the jobs, in the order in which completions do.';

CREATE OR REPLACE FUNCTION queue.skip_tasks(of_job bigint, skipping bigint[]) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  open bigint[];
BEGIN
  open := ARRAY(SELECT l.task_id FROM live_task l WHERE l.task_id = ANY (skipping) AND l.job_id = of_job
    ORDER BY l.task_id FOR UPDATE);
  WITH fresh AS (
    INSERT INTO skipped_task (task_id, job_id)
      SELECT t.task_id, t.job_id FROM task t WHERE t.task_id = ANY (skipping) AND t.job_id = of_job
      ON CONFLICT DO NOTHING RETURNING task_id
  )
  -- What had failed is now counted as cancelled.
  UPDATE stage_shard s SET failed = s.failed - part.tasks, cancelled = s.cancelled + part.tasks
    FROM (SELECT t.kind, t.shard, count(*)::int AS tasks FROM fresh f JOIN task t USING (task_id)
        CROSS JOIN LATERAL (SELECT h.outcome FROM task_history h WHERE h.task_id = f.task_id
          ORDER BY h.ended_at DESC LIMIT 1) h
      WHERE h.outcome = 'failed' AND f.task_id <> ALL (open) GROUP BY 1, 2 ORDER BY 1, 2) part
    WHERE s.job_id = of_job AND s.kind = part.kind AND s.shard = part.shard;
  IF cardinality(open) > 0 THEN
    PERFORM end_tasks(NULL, open, NULL, NULL, 'cancelled');
  END IF;
  PERFORM judge_anew(of_job);
  RETURN cardinality(open);
END $$;
COMMENT ON FUNCTION queue.skip_tasks IS
  'Takes tasks without a result out of their job: those that are open end as cancelled, and whoever runs one gets the answer '
  '"stale". Returns how many were open. The last one of a stage opens the next. The caller has locked what is open of the job.';

CREATE OR REPLACE FUNCTION queue.unskip_tasks(of_job bigint, again bigint[]) RETURNS void
  LANGUAGE sql SET search_path = queue, pg_temp
  AS $$ DELETE FROM skipped_task WHERE job_id = of_job AND task_id = ANY (again) $$;
COMMENT ON FUNCTION queue.unskip_tasks IS 'Lets skipped tasks count as cancelled ones, which reopen_job and a retry take up.';

CREATE OR REPLACE FUNCTION queue.has_gone_past(of_job bigint, past_kind text) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT EXISTS (SELECT FROM stage own JOIN stage later USING (job_id)
    WHERE own.job_id = of_job AND own.kind = past_kind AND later.position > own.position AND later.opened_at IS NOT NULL)
$$;
COMMENT ON FUNCTION queue.has_gone_past IS 'Whether a stage of a job after that of this kind has been opened.';

CREATE OR REPLACE FUNCTION queue.distrust_after(of_job bigint, changed_kind text) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE job j SET distrusts = later.kind
    FROM (SELECT l.kind, l.position FROM stage own JOIN stage l USING (job_id)
      WHERE own.job_id = of_job AND own.kind = changed_kind AND l.position > own.position
        AND EXISTS (SELECT FROM stage_shard c WHERE c.job_id = l.job_id AND c.kind = l.kind)
      ORDER BY l.position LIMIT 1) later
    WHERE j.job_id = of_job AND NOT EXISTS (SELECT FROM stage d WHERE d.job_id = of_job AND d.kind = j.distrusts
      AND d.position < later.position);
END $$;
COMMENT ON FUNCTION queue.distrust_after IS
  'What a stage gave has changed: whatever takes the job up again does all tasks of the stages after it anew.';
