CREATE OR REPLACE VIEW queue.limit_overview WITH (security_invoker = true) AS
  SELECT m.scope, m.subject, m.allowed AS most, held.tasks AS running, greatest(m.allowed - held.tasks, 0) AS free, held.longest AS held_for,
      waiting.tasks AS waiting, waiting.longest AS waits_for
    FROM queue.task_limit m
      CROSS JOIN LATERAL (SELECT count(*) AS tasks, date_trunc('second', greatest(now() - min(l.claimed_at), interval '0')) AS longest
        FROM queue.task_slot s JOIN queue.live_task l ON l.task_id = s.task_id AND l.fence = s.fence WHERE s.limit_id = m.limit_id) held
      CROSS JOIN LATERAL (SELECT coalesce(sum(ready.tasks), 0) AS tasks,
          date_trunc('second', greatest(now() - min(s.opened_at), interval '0')) AS longest
        FROM queue.lane q
          CROSS JOIN LATERAL (SELECT l.job_id, l.kind FROM queue.live_task l
            WHERE l.lane = q.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (q.from_rank, q.from_task)
            ORDER BY -l.priority, l.task_id LIMIT 1) first
          CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM (SELECT FROM queue.live_task l
            WHERE l.lane = q.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (q.from_rank, q.from_task)
            LIMIT 10000) counted) ready
          JOIN queue.stage s ON s.job_id = first.job_id AND s.kind = first.kind
        WHERE q.from_rank < 2147483647 AND m.key = ANY (q.limit_keys)) waiting
    ORDER BY m.scope, m.subject;
COMMENT ON VIEW queue.limit_overview IS
  'Each limit: how many tasks it allows, how many run and how long the oldest of these has, how many are ready (counted to 10,000 a lane), and '
  'for how long their stage has been open. limit_holders has who holds it. Of the sites of the login.';
