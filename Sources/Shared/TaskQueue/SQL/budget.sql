-- How much of a job may fail before it is held, so that a fault of all machines does not cost it one task after the other.

COMMENT ON COLUMN queue.job.failure_budget IS
  'How many tasks of one kind may fail for good before the job is held; NULL: any number. Kinds whose failure costs the job '
  'have no budget.';
COMMENT ON COLUMN queue.job.over_budget IS
  'The kind of which more tasks failed than the budget allows. Claims pass the job by, and whatever would be ready is held, until '
  'retry_failed or resume_job.';
COMMENT ON COLUMN queue.job.over_budget_since IS 'When the job was held for that.';

CREATE OR REPLACE FUNCTION queue.failures_of(of_job bigint, of_kind text) RETURNS bigint
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT coalesce(sum(failed), 0) FROM stage_shard WHERE job_id = of_job AND kind = of_kind
$$;
COMMENT ON FUNCTION queue.failures_of IS 'How many tasks of a kind of a job have failed for good.';

CREATE OR REPLACE FUNCTION queue.kind_over_budget(of_job bigint) RETURNS text
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT s.kind FROM job j JOIN stage s USING (job_id) JOIN kind k USING (kind)
    WHERE j.job_id = of_job AND j.failure_budget IS NOT NULL AND k.failure_costs = 'task'
      AND failures_of(of_job, s.kind) - s.forgiven > j.failure_budget
    ORDER BY s.position LIMIT 1
$$;
COMMENT ON FUNCTION queue.kind_over_budget IS
  'The first kind of a job of which more tasks failed than its budget allows, not counting failures that were forgiven; NULL: there '
  'is none.';

CREATE OR REPLACE FUNCTION queue.is_over_budget(of_job bigint) RETURNS boolean
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  beyond text;
BEGIN
  SELECT * INTO known FROM job WHERE job_id = of_job;
  IF known.over_budget IS NOT NULL OR known.failure_budget IS NULL OR known.state <> 'running' THEN
    RETURN known.over_budget IS NOT NULL;
  END IF;
  beyond := kind_over_budget(of_job);
  IF beyond IS NULL THEN
    RETURN false;
  END IF;
  -- The tasks that are ready stay so for the moment: they are locked before their job, never after.
  UPDATE job SET over_budget = beyond, over_budget_since = now()
    WHERE job_id = of_job AND state = 'running' AND over_budget IS NULL;
  IF FOUND THEN
    PERFORM record_act('hold_job', 'job ' || of_job, NULL,
      jsonb_build_object('kind', beyond, 'failed', failures_of(of_job, beyond), 'budget', known.failure_budget));
  END IF;
  RETURN true;
END $$;
COMMENT ON FUNCTION queue.is_over_budget IS
  'Whether more of a job failed than its budget allows; holds it where that is new. Locks the job, so whatever the caller locks '
  'of its tasks, counters and stages is locked before.';

CREATE OR REPLACE FUNCTION queue.hold_ready_tasks(most int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp SET enable_seqscan = off AS $$
DECLARE
  held int := 0;
BEGIN
  -- For a while only: nothing of such a job becomes ready any more, and claims pass by what a claim that failed left behind.
  IF EXISTS (SELECT FROM job WHERE over_budget_since > now() - interval '10 minutes') THEN
    UPDATE live_task SET state = 'held' WHERE task_id = ANY (ARRAY(
      SELECT l.task_id FROM lane r JOIN live_task l USING (lane) JOIN job j USING (job_id)
        WHERE r.from_rank < 2147483647 AND l.state = 'ready' AND l.crashes = 0 AND j.over_budget IS NOT NULL
        LIMIT most FOR UPDATE OF l SKIP LOCKED));
    GET DIAGNOSTICS held = ROW_COUNT;
  END IF;
  RETURN held;
END $$;
COMMENT ON FUNCTION queue.hold_ready_tasks IS
  'Holds so many ready tasks, at most, of jobs in which too much has failed, so that claims need not step over them.';

CREATE OR REPLACE FUNCTION queue.forgive_failures(of_job bigint) RETURNS bigint
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  forgave bigint;
BEGIN
  WITH before AS MATERIALIZED (
    SELECT kind, forgiven FROM stage WHERE job_id = of_job ORDER BY position FOR NO KEY UPDATE
  ), changed AS (
    UPDATE stage s SET forgiven = failures_of(of_job, s.kind) FROM before b
      WHERE s.job_id = of_job AND s.kind = b.kind RETURNING s.forgiven - b.forgiven AS more
  )
  SELECT coalesce(sum(more), 0) INTO forgave FROM changed;
  RETURN forgave;
END $$;
COMMENT ON FUNCTION queue.forgive_failures IS
  'Forgives the failures that a job has had so far: they no longer count against its budget. Returns how many failures this forgave that '
  'had not been forgiven before.';

CREATE OR REPLACE FUNCTION queue.judge_anew(of_job bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE stage s SET forgiven = least(s.forgiven, failures_of(of_job, s.kind)) WHERE s.job_id = of_job AND s.forgiven > 0;
  IF kind_over_budget(of_job) IS NOT NULL THEN
    PERFORM is_over_budget(of_job);
    RETURN;
  END IF;
  UPDATE job SET over_budget = NULL, over_budget_since = NULL WHERE job_id = of_job AND over_budget IS NOT NULL;
  IF FOUND THEN
    PERFORM make_ready(ARRAY(SELECT l.task_id FROM live_task l WHERE l.job_id = of_job AND l.state = 'held'
      ORDER BY l.task_id FOR UPDATE));
    -- It may have been held at its end.
    IF NOT EXISTS (SELECT FROM live_task l WHERE l.job_id = of_job) THEN
      PERFORM open_next_stages(ARRAY[of_job]);
    END IF;
  END IF;
END $$;
COMMENT ON FUNCTION queue.judge_anew IS
  'Compares the failures of a job with its budget again, after some were forgiven, skipped or retried. A job that has come within its '
  'budget is released; one that is beyond it is held. The caller has locked what is open of the job.';

CREATE OR REPLACE FUNCTION queue.set_failure_budget(changed_job bigint, most_failures int) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  before int := (require_job(changed_job)).failure_budget;
BEGIN
  IF before IS DISTINCT FROM most_failures THEN
    UPDATE job SET failure_budget = most_failures WHERE job_id = changed_job;
    PERFORM record_act('set_failure_budget', 'job ' || changed_job, jsonb_build_object('failures', before),
      jsonb_build_object('failures', most_failures));
  END IF;
END $$;
COMMENT ON FUNCTION queue.set_failure_budget IS
  'How many tasks of one kind may fail before the job is held; NULL: any number. A job that is held stays so until resume_job or '
  'retry_failed.';
