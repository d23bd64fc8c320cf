-- A server clock that is set back leaves instants that lie ahead: leases that would last until then, workers that seem alive.

CREATE OR REPLACE FUNCTION queue.lies_ahead(instant timestamptz) RETURNS boolean
  LANGUAGE sql STABLE RETURN instant > now() + interval '1 second';
COMMENT ON FUNCTION queue.lies_ahead IS
  'Whether an instant of the past lies ahead, because the clock was set back since. By more than a second, because what others '
  'have written since this transaction began is no such thing.';

CREATE OR REPLACE FUNCTION queue.mend_instants() RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  mended int;
BEGIN
  IF NOT EXISTS (SELECT FROM worker WHERE state IN ('active', 'draining') AND lies_ahead(heartbeat_at))
      AND NOT EXISTS (SELECT FROM lane WHERE lies_ahead(checked_at))
      AND NOT EXISTS (SELECT FROM stage_sample WHERE lies_ahead(taken_at)) THEN
    RETURN 0;
  END IF;
  -- What somebody has locked is left to the next call: nobody is waited for.
  UPDATE live_task SET claimed_at = now() WHERE task_id = ANY (ARRAY(SELECT l.task_id FROM live_task l
    WHERE l.state = 'running' AND lies_ahead(l.claimed_at) ORDER BY l.task_id FOR UPDATE SKIP LOCKED));
  -- No retry waits longer than ten minutes; what was put off waits for the instant that it was put off to.
  UPDATE live_task SET due_at = now() WHERE task_id = ANY (ARRAY(SELECT l.task_id FROM live_task l
    WHERE l.state = 'delayed' AND lies_ahead(l.due_at - interval '10 minutes')
      AND NOT EXISTS (SELECT FROM snoozed_task z WHERE z.task_id = l.task_id AND z.due_at = l.due_at)
    ORDER BY l.task_id FOR UPDATE SKIP LOCKED));
  UPDATE worker SET heartbeat_at = now(), started_at = least(started_at, now()), lease_until = now() + lease + silence
    WHERE worker_id = ANY (ARRAY(SELECT w.worker_id FROM worker w
      WHERE w.state IN ('active', 'draining') AND lies_ahead(w.heartbeat_at) ORDER BY w.worker_id FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS mended = ROW_COUNT;
  UPDATE lane SET checked_at = now() - interval '1 hour' WHERE lane = ANY (ARRAY(SELECT q.lane FROM lane q
    WHERE lies_ahead(q.checked_at) ORDER BY q.lane FOR UPDATE SKIP LOCKED));
  DELETE FROM stage_sample WHERE lies_ahead(taken_at);
  UPDATE stage SET opened_at = now() WHERE (job_id, kind) IN (SELECT s.job_id, s.kind FROM stage s
    WHERE s.closed_at IS NULL AND lies_ahead(s.opened_at) FOR UPDATE SKIP LOCKED);
  UPDATE job SET submitted_at = now() WHERE job_id IN (SELECT j.job_id FROM job j
    WHERE j.state = 'running' AND lies_ahead(j.submitted_at) FOR UPDATE SKIP LOCKED);
  RETURN mended;
END $$;
COMMENT ON FUNCTION queue.mend_instants IS
  'After the clock of the server was set back: what lies ahead and is past counts from now, so that a worker that died is known '
  'as lost after one lease, and a retry waits ten minutes at most. Returns how many workers it concerned.';
