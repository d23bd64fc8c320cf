-- A task that is put off: by its worker, because something is not there yet, or by an operator. It is delayed, as a retry is,
-- and spends no attempt.

COMMENT ON TABLE queue.snoozed_task IS
  'Tasks that were put off, the last time of each: until when, why and by whom. A row stays until the task has ended, so that '
  'task_timeline can tell; due_at of the past says that it is over.';
COMMENT ON COLUMN queue.snoozed_task.fence IS 'The claim under which its worker put it off; NULL: an operator did.';
COMMENT ON COLUMN queue.snoozed_task.times IS 'How often this task was put off.';

CREATE OR REPLACE FUNCTION queue.require_snooze(span interval, because text) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF span IS NULL OR span <= interval '0' OR span > interval '30 days' THEN
    RAISE EXCEPTION 'a task cannot be put off by %', coalesce(span::text, 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'By more than nothing, and by 30 days at most: ''2 hours''.';
  ELSIF coalesce(btrim(because), '') = '' THEN
    RAISE EXCEPTION 'why is the task put off?'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Operators read the reason: give one in a few words, and name nobody.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_snooze IS 'Refuses a snooze without an end within 30 days, or without a reason.';

CREATE OR REPLACE FUNCTION queue.snooze_task(snoozing_worker bigint, snoozed bigint, claim bigint, seconds float8, reason text)
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  current live_task;
  span interval;
BEGIN
  PERFORM require_own_worker(snoozing_worker);
  -- Before it becomes an interval, which overflows.
  span := make_interval(secs => CASE WHEN seconds BETWEEN 0 AND 2592000 THEN seconds ELSE -1 END);
  reason := plain_text(reason, 1000);
  PERFORM require_snooze(span, reason);
  SELECT * INTO current FROM live_task
    WHERE task_id = snoozed AND fence = claim AND worker_id = snoozing_worker FOR UPDATE;
  IF NOT FOUND THEN
    RETURN CASE WHEN EXISTS (SELECT FROM snoozed_task z WHERE z.task_id = snoozed AND z.fence = claim
      AND z.worker_id = snoozing_worker) THEN 'already' ELSE 'stale' END;
  END IF;
  INSERT INTO snoozed_task AS z (task_id, job_id, due_at, because, fence, worker_id)
    VALUES (snoozed, current.job_id, now() + span, reason, claim, snoozing_worker)
    ON CONFLICT (task_id) DO UPDATE SET due_at = excluded.due_at, because = excluded.because, fence = excluded.fence,
      worker_id = excluded.worker_id, times = z.times + 1, login = session_user, snoozed_at = now();
  UPDATE live_task SET state = 'delayed', worker_id = NULL, fence = NULL, claimed_at = NULL, due_at = now() + span
    WHERE task_id = snoozed;
  PERFORM wake_turned_away(snoozing_worker, ARRAY[snoozed]);
  RETURN 'snoozed';
END $$;
COMMENT ON FUNCTION queue.snooze_task IS
  'A worker puts off a task that it holds, by so many seconds, because something that it waits for is not there yet. Counts neither as '
  'failure nor as crash. Verdicts: snoozed; already (the answer was lost); stale (the claim was taken back).';

CREATE OR REPLACE FUNCTION queue.forget_snoozes() RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  gone int;
BEGIN
  DELETE FROM snoozed_task z WHERE z.due_at < now() AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = z.task_id);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION queue.forget_snoozes IS 'Deletes what was noted of snoozes of tasks that have ended.';
