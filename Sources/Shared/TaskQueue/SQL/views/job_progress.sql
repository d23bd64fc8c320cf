CREATE OR REPLACE VIEW queue.job_progress WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(total) AS total, sum(total - remaining - failed - cancelled) AS succeeded,
        sum(failed) AS failed, sum(cancelled) AS cancelled, sum(remaining) AS remaining
      FROM queue.stage_shard GROUP BY job_id, kind
  ), unserved AS MATERIALIZED (
    SELECT lane, kind FROM queue.unserved_lane)
  SELECT j.job_id, j.name, j.state, s.kind, coalesce(c.total, 0) AS total, coalesce(c.succeeded, 0) AS succeeded,
      coalesce(c.failed, 0) AS failed, coalesce(c.cancelled, 0) AS cancelled, coalesce(c.remaining, 0) AS remaining,
      -- What was cancelled with its job is missing; what was taken out of a job is not asked for.
      round(100.0 * (c.succeeded + c.failed)
        / nullif(CASE WHEN j.state IN ('cancelled', 'failed') THEN c.total ELSE c.total - c.cancelled END, 0), 1) AS percent,
      rate.per_second,
      CASE WHEN j.state = 'running' AND NOT j.paused AND j.over_budget IS NULL AND c.remaining > 0 AND rate.per_second > 0
          AND s.opened_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM unserved u JOIN queue.live_task l USING (lane)
            WHERE u.kind = s.kind AND l.job_id = s.job_id AND l.state = 'ready' AND l.crashes = 0)
        THEN make_interval(secs => c.remaining / rate.per_second) END AS eta,
      s.opened_at, s.closed_at, j.paused, j.over_budget IS NOT NULL AS over_budget
    FROM queue.stage s JOIN queue.job j USING (job_id) LEFT JOIN counted c USING (job_id, kind)
    CROSS JOIN LATERAL (SELECT coalesce(
      (SELECT (c.succeeded + c.failed - p.ended)::float8 / nullif(extract(epoch FROM greatest(now() - p.taken_at, interval '0'))::float8, 0)
        FROM queue.stage_sample p
        WHERE s.closed_at IS NULL AND p.job_id = s.job_id AND p.kind = s.kind
          AND p.taken_at > now() - interval '2 minutes' ORDER BY p.taken_at LIMIT 1),
      (c.succeeded + c.failed)::float8
        / nullif(extract(epoch FROM greatest(coalesce(s.closed_at, now()) - s.opened_at, interval '0'))::float8, 0)) AS per_second
      ) rate
    ORDER BY j.job_id, s.position;
COMMENT ON VIEW queue.job_progress IS
  'Each stage of each job: how far, how fast (tasks a second, over the last two minutes while it is open, over its '
  'whole time once closed), and how long it should still take (eta). No eta: it stands still, or no live worker may take what '
  'is ready; stuck_tasks says why. What was cancelled is not done: percent is of what succeeded or failed.';
