CREATE OR REPLACE VIEW queue.throughput WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(total - remaining - cancelled) AS ended, sum(failed) AS failed
      FROM queue.stage_shard GROUP BY 1, 2)
  SELECT span.length AS within, c.kind, sum(c.ended - first.ended) AS tasks, sum(c.failed - first.failed) AS failed,
      round((sum(c.ended - first.ended) / greatest(extract(epoch FROM now() - min(first.taken_at)), 1))::numeric, 2)
        AS per_second
    FROM (VALUES (interval '1 minute'), (interval '10 minutes'), (interval '1 hour')) AS span(length)
      CROSS JOIN LATERAL (SELECT DISTINCT ON (job_id, kind) job_id, kind, taken_at, ended, failed
        FROM queue.stage_sample WHERE taken_at > now() - span.length ORDER BY job_id, kind, taken_at) first
      JOIN counted c USING (job_id, kind)
    GROUP BY 1, 2 ORDER BY 1, 2;
COMMENT ON VIEW queue.throughput IS
  'Tasks that ended within the last minute, ten minutes and hour, by kind: differences of counters that maintenance '
  'notes every few seconds.';
