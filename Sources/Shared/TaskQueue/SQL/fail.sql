-- A task that fails, is handed back, or goes with its job.

COMMENT ON TABLE queue.attempt_failure IS
  'Attempts that did not end their task: errors that are retried, crashes (code worker-lost), and tasks left to other machines (not-here).';
COMMENT ON COLUMN queue.attempt_failure.claimed_at IS 'When the attempt began; NULL: noted by an earlier version.';

CREATE OR REPLACE FUNCTION queue.abandon_job(failing bigint, outcome text, code text, sentence text, advice text,
    distrusted text DEFAULT NULL) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  left_over bigint[];
BEGIN
  -- Tasks before their job, as a completion locks them.
  left_over := ARRAY(SELECT l.task_id FROM live_task l WHERE l.job_id = failing ORDER BY l.task_id FOR UPDATE);
  PERFORM end_job(failing, outcome, code, sentence, advice, distrusted);
  PERFORM end_tasks(NULL, left_over, NULL, NULL, 'cancelled');
  RETURN cardinality(left_over);
END $$;
COMMENT ON FUNCTION queue.abandon_job IS
  'Ends a job as failed or cancelled and cancels what is left of it; workers that still run its tasks hear of it with '
  'their next heartbeat and get the answer "stale". Returns how many tasks it cancelled. distrusted: a kind whose results a '
  'retry computes anew.';

CREATE OR REPLACE FUNCTION queue.end_failed(failing bigint, code text, sentence text, advice text) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  failed record;
BEGIN
  SELECT l.job_id, k.failure_costs, k.on_failed INTO failed
    FROM live_task l JOIN kind k USING (kind) WHERE l.task_id = failing;
  IF failed.failure_costs = 'job' THEN
    -- Before the task, so that it opens no stage.
    PERFORM FROM live_task l WHERE l.job_id = failed.job_id ORDER BY l.task_id FOR UPDATE;
    PERFORM end_job(failed.job_id, 'failed', code, sentence, advice);
  END IF;
  PERFORM end_tasks(NULL, ARRAY[failing], NULL, NULL, 'failed', code, sentence, advice);
  IF failed.on_failed IS NOT NULL THEN
    EXECUTE format('SELECT %s($1, $2, $3, $4)', failed.on_failed) USING failing, code, sentence, advice;
  END IF;
  PERFORM is_over_budget(failed.job_id);
  IF failed.failure_costs = 'job' THEN
    PERFORM abandon_job(failed.job_id, 'failed', code, sentence, advice);
  END IF;
END $$;
COMMENT ON FUNCTION queue.end_failed IS
  'Ends a task for good, at the cost that its kind says: the task alone, of which the kind is told, or the job. Holds the job '
  'where that was one failure too many.';

CREATE OR REPLACE FUNCTION queue.fail_task(failing_worker bigint, failing bigint, claim bigint, code text, sentence text,
    advice text, retryable boolean, attempts int DEFAULT 5) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  current live_task;
BEGIN
  PERFORM require_own_worker(failing_worker);
  -- Shown to people, in views and reports: short, and one word for the code.
  IF length(code) > 64 OR code !~ '^[a-z0-9-]+$' THEN
    RAISE EXCEPTION 'a code of a failure has 1 to 64 lower-case letters, digits and "-"' USING ERRCODE = 'check_violation';
  END IF;
  sentence := plain_text(sentence, 4000);
  advice := plain_text(advice, 4000);
  SELECT * INTO current FROM live_task
    WHERE task_id = failing AND fence = claim AND worker_id = failing_worker FOR UPDATE;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM task_history h WHERE h.task_id = failing AND h.fence = claim AND h.outcome = 'failed'
         AND h.worker_id = failing_worker)
       OR EXISTS (SELECT FROM attempt_failure a
         WHERE a.task_id = failing AND a.fence = claim AND a.worker_id = failing_worker
         AND a.failure_code <> 'worker-lost') THEN
      RETURN 'already';
    END IF;
    RETURN 'stale';
  END IF;
  UPDATE live_task SET failures = failures + 1 WHERE task_id = failing;
  -- Whoever asks for more would keep the task, and so its job, for ever.
  IF retryable IS NOT TRUE OR current.failures + 1 >= coalesce(least(attempts, 20), 5) THEN
    PERFORM end_failed(failing, code, sentence, advice);
    RETURN 'failed';
  END IF;
  INSERT INTO attempt_failure (task_id, fence, worker_id, failure_code, failure_text, claimed_at)
    VALUES (failing, claim, failing_worker, code, sentence, current.claimed_at);
  -- Full jitter: anywhere between now and the doubled ceiling, so that a shared cause does not bring a herd back.
  UPDATE live_task SET state = 'delayed', worker_id = NULL, fence = NULL, claimed_at = NULL,
      due_at = now() + random() * least(interval '10 minutes', interval '1 second' * power(2, current.failures))
    WHERE task_id = failing;
  PERFORM wake_turned_away(failing_worker, ARRAY[failing]);
  RETURN 'retry';
END $$;
COMMENT ON FUNCTION queue.fail_task IS
  'Records a failed attempt. Verdicts: retry (delayed with full jitter), failed (for good), already, stale.';

CREATE OR REPLACE FUNCTION queue.release_tasks(releasing_worker bigint, task_ids bigint[], fences bigint[]) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM require_own_worker(releasing_worker);
  IF NOT (is_list(task_ids) AND is_list(fences) AND cardinality(task_ids) = cardinality(fences)) THEN
    PERFORM refuse_lists();
  END IF;
  RETURN make_ready(ARRAY(
    SELECT l.task_id FROM live_task l JOIN unnest(task_ids, fences) AS named(task_id, fence)
      ON l.task_id = named.task_id AND l.fence = named.fence AND l.worker_id + 0 = releasing_worker
      ORDER BY l.task_id FOR UPDATE OF l));
END $$;
COMMENT ON FUNCTION queue.release_tasks IS 'Hands claimed tasks back unexecuted; counts neither as failure nor as crash.';

CREATE OR REPLACE FUNCTION queue.decline_task(declining_worker bigint, declined bigint, claim bigint, sentence text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  here text := (SELECT w.host FROM worker w WHERE w.worker_id = declining_worker);
  before text[];
  current live_task;
BEGIN
  PERFORM require_own_worker(declining_worker);
  SELECT * INTO current FROM live_task
    WHERE task_id = declined AND fence = claim AND worker_id = declining_worker FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'stale';
  END IF;
  -- Since the task was last tried again, where it had failed before.
  before := ARRAY(SELECT DISTINCT w.host FROM attempt_failure a JOIN worker w USING (worker_id)
    WHERE a.task_id = declined AND a.failure_code = 'not-here'
      AND a.failed_at > ALL (SELECT h.ended_at FROM task_history h WHERE h.task_id = declined));
  -- What eight hosts lack is lacking, however many more there are.
  IF cardinality(before || here) >= 8 OR NOT EXISTS (SELECT FROM worker w JOIN lane q ON q.lane = current.lane
      WHERE w.state = 'active' AND least(w.lease_until - w.silence, w.heartbeat_at + interval '2 minutes') > now()
        AND w.host <> ALL (before || here) AND q.needs <@ w.offers
        AND (w.sites IS NULL OR q.site_id = ANY (w.sites)) AND (w.runs IS NULL OR q.kind = ANY (w.runs))) THEN
    RETURN 'nowhere';
  END IF;
  IF here <> ALL (before) THEN
    INSERT INTO attempt_failure (task_id, fence, worker_id, failure_code, failure_text, claimed_at)
      VALUES (declined, claim, declining_worker, 'not-here', plain_text(sentence, 4000), current.claimed_at);
  END IF;
  -- Longer where this host has it again, because the others are busy.
  UPDATE live_task SET state = 'delayed', worker_id = NULL, fence = NULL, claimed_at = NULL,
      due_at = now() + (0.2 + 0.8 * random()) * CASE WHEN here = ANY (before) THEN interval '30 seconds' ELSE interval '3 seconds' END
    WHERE task_id = declined;
  PERFORM wake_turned_away(declining_worker, ARRAY[declined]);
  RETURN 'elsewhere';
END $$;
COMMENT ON FUNCTION queue.decline_task IS
  'A worker cannot do a task that it holds, although it offers what the task needs, and another machine may: one file may be missing here alone. '
  'The task becomes ready again after some seconds. Neither a failure nor a crash is counted, and attempt_failure (code not-here) tells once which machine declined. Verdicts: elsewhere '
  '(another host has a live worker that could do it and has not declined it yet); nowhere (there is none, or eight hosts have declined it: the caller fails it); '
  'stale (the claim was taken back, or an earlier call was answered).';
