CREATE OR REPLACE VIEW queue.queue_overview WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(remaining) AS remaining, sum(failed) AS failed FROM queue.stage_shard GROUP BY 1, 2
  ), running AS (
    SELECT job_id, kind, count(*) AS tasks, min(claimed_at) AS oldest_claim FROM queue.live_task
      WHERE state = 'running' GROUP BY 1, 2
  ), delayed AS (
    SELECT job_id, kind, count(*) AS tasks, min(due_at) AS next_due FROM queue.live_task
      WHERE state = 'delayed' GROUP BY 1, 2)
  SELECT j.job_id, j.name AS job, s.kind,
      CASE WHEN s.opened_at IS NULL THEN 'blocked' WHEN j.paused THEN 'paused'
        WHEN j.over_budget IS NOT NULL THEN 'held' ELSE 'open' END AS stage,
      c.remaining - coalesce(r.tasks, 0) - coalesce(d.tasks, 0) AS waiting, coalesce(r.tasks, 0) AS running,
      coalesce(d.tasks, 0) AS delayed, c.failed, r.oldest_claim, d.next_due, j.priority
    FROM queue.job j JOIN queue.stage s USING (job_id) JOIN counted c USING (job_id, kind)
      LEFT JOIN running r USING (job_id, kind) LEFT JOIN delayed d USING (job_id, kind)
    WHERE j.state = 'running' AND c.remaining > 0
    ORDER BY j.priority DESC, j.job_id, s.position;
COMMENT ON VIEW queue.queue_overview IS
  'What is left to do, a row for each unfinished stage of each running job: waiting (ready, blocked or held), running, '
  'delayed (a retry waits for its time), failed so far. Counters, not counts: the cost does not grow with the queue. A '
  'login of some sites finds what runs elsewhere under waiting.';
