CREATE OR REPLACE VIEW queue.waiting_overview WITH (security_invoker = true) AS
  WITH known AS (
    SELECT site_id, name FROM queue.site UNION ALL SELECT 0, '(no site)'
  ), lane_front AS (
    SELECT r.kind, k.name AS site, r.needs, ready.tasks, first.task_id, first.job_id, first.priority
      FROM queue.lane r JOIN known k USING (site_id)
        -- From where claims begin to read, lest entries of claimed tasks are stepped over that an old snapshot keeps.
        CROSS JOIN LATERAL (SELECT l.task_id, l.job_id, l.priority FROM queue.live_task l
          WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (r.from_rank, r.from_task)
          ORDER BY -l.priority, l.task_id LIMIT 1) first
        CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM (SELECT FROM queue.live_task l
          WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (r.from_rank, r.from_task)
          LIMIT 10000) counted) ready
      WHERE r.from_rank < 2147483647
    UNION ALL
    SELECT l.kind, k.name, r.needs, 1, l.task_id, l.job_id, l.priority
      FROM queue.live_task l JOIN known k USING (site_id) JOIN queue.lane r USING (lane) WHERE l.state = 'ready' AND l.crashes > 0
  ), aged AS (
    -- Ready since its stage opened, or since it came back from its last attempt or was put off.
    SELECT f.*, greatest(s.opened_at, a.failed_at, z.due_at) AS since
      FROM lane_front f JOIN queue.stage s ON s.job_id = f.job_id AND s.kind = f.kind
        LEFT JOIN LATERAL (SELECT max(e.failed_at) AS failed_at FROM queue.attempt_failure e WHERE e.task_id = f.task_id) a ON true
        LEFT JOIN queue.snoozed_task z ON z.task_id = f.task_id)
  SELECT DISTINCT ON (a.kind, a.site) a.kind, a.site, sum(a.tasks) OVER all_lanes AS ready, a.job_id, a.task_id AS oldest_task,
      a.since, date_trunc('second', greatest(now() - a.since, interval '0')) AS age
    FROM aged a WINDOW all_lanes AS (PARTITION BY a.kind, a.site)
    ORDER BY a.kind, a.site, a.since, a.task_id;
COMMENT ON VIEW queue.waiting_overview IS
  'Ready tasks by kind and site (counted to 10,000 of each sort of need), and which is the oldest: since when it could have been claimed, and how '
  'long that is. Of each sort the first in the order of claims is looked at; one of a lower priority may have waited for longer.';
