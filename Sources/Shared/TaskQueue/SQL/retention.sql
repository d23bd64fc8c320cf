-- What is deleted, and after how many days: by rules that operators set, and where there is none, as the leading coordinator was
-- started. A job as a whole, workers that have long ended, failed attempts.

COMMENT ON TABLE queue.retention_rule IS
  'For how many days things are kept, in place of what the leading coordinator was started with: set_retention. View retention_overview shows all.';
COMMENT ON COLUMN queue.retention_rule.days IS 'NULL: for ever.';

CREATE OR REPLACE FUNCTION queue.kept_days(of_what text, otherwise int) RETURNS int
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
  -- For ever is a hundred years.
  SELECT coalesce((SELECT coalesce(r.days, 36500) FROM retention_rule r WHERE r.what = of_what), otherwise)
$$;
COMMENT ON FUNCTION queue.kept_days IS 'For how many days something is kept: as a rule says, or otherwise as the caller does.';

CREATE OR REPLACE FUNCTION queue.set_retention(of_what text, keep_days int) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known constant text[] := '{history,attempts,workers,unused results,jobs}';
  before retention_rule;
BEGIN
  PERFORM begin_act(true);
  IF of_what IS NULL OR of_what <> ALL (known) THEN
    RAISE EXCEPTION 'nothing that is called % is kept by a rule', coalesce(quote_literal(of_what), 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Rules are of: ' || array_to_string(known, ', ') || '.';
  ELSIF keep_days NOT BETWEEN 1 AND 36500 THEN
    RAISE EXCEPTION '% cannot be kept for % days', of_what, keep_days
      USING ERRCODE = 'invalid_parameter_value', HINT = 'From 1 to 36500 days; NULL keeps them for ever, unset_retention ends the rule.';
  END IF;
  SELECT * INTO before FROM retention_rule WHERE what = of_what;
  INSERT INTO retention_rule (what, days) VALUES (of_what, keep_days) ON CONFLICT (what) DO UPDATE SET days = excluded.days;
  IF before.what IS NULL OR before.days IS DISTINCT FROM keep_days THEN
    PERFORM record_act('set_retention', of_what, CASE WHEN before.what IS NOT NULL THEN jsonb_build_object('days', before.days) END,
      jsonb_build_object('days', keep_days));
  END IF;
  RETURN format('Kept of %s: %s.', of_what, CASE WHEN keep_days IS NULL THEN 'everything'
    ELSE counted(keep_days, 'day', 'days') END);
END $$;
COMMENT ON FUNCTION queue.set_retention IS
  'For how many days history, attempts, workers, unused results or jobs are kept, NULL: for ever, whatever the coordinator was started '
  'with: SELECT queue.set_retention(''jobs'', 365); What is older goes with the next round of the leading coordinator, within an hour.';

CREATE OR REPLACE FUNCTION queue.unset_retention(of_what text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  before retention_rule;
BEGIN
  PERFORM begin_act(true);
  DELETE FROM retention_rule WHERE what = of_what RETURNING * INTO before;
  IF before.what IS NULL THEN
    RETURN format('There is no rule for %s. Rules: %s.', coalesce(of_what, 'NULL'),
      coalesce((SELECT string_agg(what, ', ' ORDER BY what) FROM retention_rule), 'none'));
  END IF;
  PERFORM record_act('unset_retention', of_what, jsonb_build_object('days', before.days), NULL);
  RETURN format('%s: kept as the leading coordinator was started.', of_what);
END $$;
COMMENT ON FUNCTION queue.unset_retention IS 'Ends a rule of set_retention: things are kept again as the leading coordinator was started.';

CREATE OR REPLACE FUNCTION queue.forget_attempts(days int, most int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  gone int;
BEGIN
  DELETE FROM attempt_failure WHERE (task_id, fence) IN (SELECT a.task_id, a.fence FROM attempt_failure a
    WHERE a.failed_at < now() - make_interval(days => days) AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = a.task_id)
    LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION queue.forget_attempts IS
  'Deletes so many failed attempts, at most, of more than so many days ago, of tasks that have ended.';

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
  DELETE FROM task_slot s USING task_limit m WHERE m.job_id = deleted AND s.limit_id = m.limit_id;
  DELETE FROM turned_away a USING task_limit m WHERE m.job_id = deleted AND a.limit_id = m.limit_id;
  DELETE FROM attempt_failure a USING task t WHERE t.task_id = a.task_id AND t.job_id = deleted;
  PERFORM delete_rows(deleted, 'skipped_task', 'snoozed_task', 'task_history', 'task', 'task_limit', 'stage_sample', 'stage_shard', 'stage', 'job');
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
