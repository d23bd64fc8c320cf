CREATE OR REPLACE VIEW queue.job_progress WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(total) AS total, sum(total - remaining - failed - cancelled) AS succeeded,
        sum(failed) AS failed, sum(cancelled) AS cancelled, sum(remaining) AS remaining
      FROM queue.stage_shard GROUP BY job_id, kind)
  SELECT j.job_id, j.name, j.state, s.kind, coalesce(c.total, 0) AS total, coalesce(c.succeeded, 0) AS succeeded,
      coalesce(c.failed, 0) AS failed, coalesce(c.cancelled, 0) AS cancelled, coalesce(c.remaining, 0) AS remaining,
      CASE WHEN c.total > 0 THEN round(100.0 * (c.total - c.remaining) / c.total, 1) END AS percent,
      rate.per_second,
      CASE WHEN j.state = 'running' AND NOT j.paused AND c.remaining > 0 AND rate.per_second > 0
        THEN make_interval(secs => c.remaining / rate.per_second) END AS eta,
      s.opened_at, s.closed_at, j.paused
    FROM queue.stage s JOIN queue.job j USING (job_id) LEFT JOIN counted c USING (job_id, kind)
    CROSS JOIN LATERAL (SELECT coalesce(
      (SELECT (c.succeeded + c.failed - p.ended)::float8 / nullif(extract(epoch FROM now() - p.taken_at)::float8, 0)
        FROM queue.stage_sample p
        WHERE s.closed_at IS NULL AND p.job_id = s.job_id AND p.kind = s.kind
          AND p.taken_at > now() - interval '2 minutes' ORDER BY p.taken_at LIMIT 1),
      (c.succeeded + c.failed)::float8
        / nullif(extract(epoch FROM coalesce(s.closed_at, now()) - s.opened_at)::float8, 0)) AS per_second) rate
    ORDER BY j.job_id, s.position;
COMMENT ON VIEW queue.job_progress IS
  'Each stage of each job: how far, how fast (tasks a second, over the last two minutes while it is open, over its '
  'whole time once closed), and how long it should still take (eta).';
