-- What is deleted: a job as a whole, workers that have long ended.

CREATE OR REPLACE FUNCTION queue.delete_rows(of_job bigint, VARIADIC tables regclass[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  one regclass;
BEGIN
  FOREACH one IN ARRAY tables LOOP
    EXECUTE format('DELETE FROM %s WHERE job_id = $1', one) USING of_job;
  END LOOP;
END $$;
COMMENT ON FUNCTION queue.delete_rows IS 'Deletes the rows of a job from tables, in the order given: what refers to a row goes before it.';

CREATE OR REPLACE FUNCTION queue.delete_job_rows(deleted bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  DELETE FROM attempt_failure a USING task t WHERE t.task_id = a.task_id AND t.job_id = deleted;
  PERFORM delete_rows(deleted, 'skipped_task', 'task_history', 'task', 'stage_sample', 'stage_shard', 'stage', 'job');
END $$;
COMMENT ON FUNCTION queue.delete_job_rows IS
  'Deletes all that the queue holds of a job that has ended; what others hold of it has to go first.';

CREATE OR REPLACE FUNCTION queue.require_ended_job(named bigint) RETURNS queue.job
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  known job := require_job(named);
BEGIN
  -- Held, so that nobody takes it up again meanwhile.
  SELECT * INTO known FROM job WHERE job_id = named FOR UPDATE;
  IF known.state = 'running' THEN
    RAISE EXCEPTION 'job % is running', named USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = format('Cancel it first: coordinator cancel %s, in SQL: SELECT queue.cancel_job(%s);', named, named);
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION queue.require_ended_job IS 'A job by its number, locked; a running or unknown one is an error.';

CREATE OR REPLACE FUNCTION queue.forget_workers(days int, most int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  gone int;
BEGIN
  DELETE FROM worker WHERE worker_id IN (SELECT w.worker_id FROM worker w
    WHERE w.ended_at < now() - make_interval(days => days) AND w.state IN ('stopped', 'lost')
      AND NOT EXISTS (SELECT FROM live_task l WHERE l.worker_id = w.worker_id AND l.state = 'running')
    ORDER BY w.worker_id LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION queue.forget_workers IS 'Deletes so many workers, at most, that ended more than so many days ago.';
