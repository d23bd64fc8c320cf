CREATE OR REPLACE VIEW queue.dead_letters WITH (security_invoker = true) AS
  SELECT h.job_id, h.kind, coalesce(s.name, '(no site)') AS site, h.failure_code AS cause, count(*) AS tasks, min(h.ended_at) AS first_at,
      max(h.ended_at) AS last_at, count(DISTINCT w.host) AS hosts, mode() WITHIN GROUP (ORDER BY w.host) AS most_on,
      min(h.task_id) AS example_task, (array_agg(h.failure_text ORDER BY h.task_id))[1] AS example,
      (array_agg(h.remedy ORDER BY h.task_id))[1] AS remedy,
      format('SELECT queue.retry_where(%s, of_kind => %L, with_code => %L%s);', h.job_id, h.kind, h.failure_code,
        ', at_site => ' || quote_literal(s.name)) AS retry
    FROM queue.task_history h LEFT JOIN queue.site s USING (site_id) LEFT JOIN queue.worker w USING (worker_id)
    WHERE h.outcome = 'failed'
      -- Neither tried again now nor ended otherwise since, nor taken out of the job.
      AND NOT EXISTS (SELECT FROM queue.live_task l WHERE l.task_id = h.task_id)
      AND NOT EXISTS (SELECT FROM queue.task_history n WHERE n.task_id = h.task_id AND n.ended_at > h.ended_at)
      AND NOT EXISTS (SELECT FROM queue.skipped_task x WHERE x.task_id = h.task_id)
    GROUP BY h.job_id, h.kind, s.name, h.failure_code
    ORDER BY max(h.ended_at) DESC;
COMMENT ON VIEW queue.dead_letters IS
  'Tasks that failed for good and that nobody has tried again, by job, kind, site and cause, the newest first: how many, when the first and '
  'the last, on how many machines and on which most, one example, and what tries exactly these again. For as long as the history is kept.';
