-- What happened to one task.

CREATE OR REPLACE FUNCTION queue.task_timeline(of_task bigint)
  RETURNS TABLE (happened_at timestamptz, what text, attempt int, worker_id bigint, host text, took interval, failure_code text,
    failure_text text, remedy text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = queue, pg_temp SET jit = off AS $$
  WITH mine AS (
    SELECT t.task_id, t.job_id, t.kind FROM task t WHERE t.task_id = of_task
      AND (serves_all_sites() OR t.site_id IS NULL OR t.site_id = ANY (login_sites()))
  ), tried AS (
    -- Attempts in their order: what failed and was tried again, what ended the task, and what is under way. A number of a claim
    -- grows within a session only, so that time decides.
    SELECT a.failed_at AS happened_at, 'attempt failed' AS what, a.claimed_at AS began, a.worker_id, a.failure_code, a.failure_text,
        NULL AS remedy, true AS is_over
      FROM mine JOIN attempt_failure a USING (task_id)
    UNION ALL
    SELECT h.ended_at, h.outcome::text, h.claimed_at, h.worker_id, h.failure_code, h.failure_text, h.remedy, true
      FROM mine JOIN task_history h USING (task_id) WHERE h.worker_id IS NOT NULL
    UNION ALL
    SELECT l.claimed_at, 'runs since', l.claimed_at, l.worker_id, NULL, NULL, NULL, false
      FROM mine JOIN live_task l USING (task_id) WHERE l.state = 'running'
  ), numbered AS (
    SELECT t.*, row_number() OVER (ORDER BY is_over DESC, coalesce(began, happened_at), happened_at)::int AS attempt FROM tried t
  ), happened AS (
    SELECT j.submitted_at AS happened_at, 'submitted' AS what, NULL::int AS attempt, NULL::bigint AS worker_id, NULL::interval AS took,
        NULL AS failure_code, NULL AS failure_text, NULL AS remedy
      FROM mine JOIN job j USING (job_id)
    UNION ALL
    SELECT s.opened_at, 'stage opened', NULL, NULL, NULL, NULL, NULL, NULL
      FROM mine JOIN stage s USING (job_id, kind) JOIN job j USING (job_id) WHERE s.opened_at > j.submitted_at
    UNION ALL
    SELECT n.happened_at, n.what, n.attempt, n.worker_id, CASE WHEN n.is_over THEN n.happened_at - n.began END, n.failure_code,
        n.failure_text, n.remedy
      FROM numbered n
    UNION ALL
    SELECT h.ended_at, h.outcome::text, NULL, NULL, NULL, h.failure_code, h.failure_text, h.remedy
      FROM mine JOIN task_history h USING (task_id) WHERE h.worker_id IS NULL
    UNION ALL
    SELECT p.said_at, format('is %s %% done', round(p.percent)), NULL, l.worker_id, p.said_at - l.claimed_at, NULL, NULL, NULL
      FROM mine JOIN live_task l USING (task_id) JOIN task_progress p USING (task_id) WHERE p.fence = l.fence
    UNION ALL
    SELECT z.snoozed_at, format('put off until %s', to_char(z.due_at, 'YYYY-MM-DD HH24:MI:SS')), NULL, z.worker_id, NULL, 'snoozed',
        z.because, NULL
      FROM mine JOIN snoozed_task z USING (task_id)
    UNION ALL
    SELECT l.due_at, CASE l.state WHEN 'delayed' THEN 'is tried again at' ELSE 'is ' || l.state END,
        NULL, NULL, NULL, NULL, NULL, NULL
      FROM mine JOIN live_task l USING (task_id) WHERE l.state <> 'running')
  SELECT p.happened_at, p.what, p.attempt, p.worker_id, w.host, p.took, p.failure_code, p.failure_text, p.remedy
    FROM happened p LEFT JOIN worker w USING (worker_id)
$$;
COMMENT ON FUNCTION queue.task_timeline IS
  'What happened to a task, for as long as the history is kept: when it was submitted and, if later, its stage opened, each attempt with its number, '
  'its worker and how long it took, each end, the last time that it was put off and why, how far it is where its kind says so, and how it '
  'stands now. SELECT * FROM queue.task_timeline(1) ORDER BY happened_at NULLS LAST; Of a task of a site that the login does not have: '
  'nothing.';
