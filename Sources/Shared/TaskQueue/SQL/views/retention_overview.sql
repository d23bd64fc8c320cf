CREATE OR REPLACE VIEW queue.retention_overview WITH (security_invoker = true) AS
  SELECT kept.what, CASE WHEN r.what IS NULL THEN kept.otherwise WHEN r.days IS NULL THEN 'for ever, by rule'
        ELSE r.days || ' days, by rule' END AS kept, kept.oldest, kept.about
    FROM (
      SELECT 'history' AS what, 'coordinator serve --keep-days' AS otherwise,
          (SELECT min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamptz FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'queue.task_history'::regclass AND c.relname ~ '^task_history_[0-9]{8}$') AS oldest,
          'How tasks ended, a partition a day; one that an unfinished job needs stays.' AS about
      UNION ALL
      SELECT 'attempts', 'coordinator serve --keep-days', (SELECT min(failed_at) FROM queue.attempt_failure),
        'Attempts that failed and were tried again; those of unended tasks stay.'
      UNION ALL
      SELECT 'workers', 'coordinator serve --keep-days', (SELECT min(ended_at) FROM queue.worker), 'Workers that ended.'
      UNION ALL
      SELECT 'unused results', 'coordinator serve --keep-unused-days', NULL, 'What no job uses any more.'
      UNION ALL
      SELECT 'jobs', 'for ever, or coordinator serve --keep-jobs-days', (SELECT min(ended_at) FROM queue.job),
        'Jobs that ended, with everything of them.'
      UNION ALL
      SELECT 'samples', '1 day', (SELECT min(taken_at) FROM queue.stage_sample), 'What rates are computed from.'
      UNION ALL
      SELECT 'progress', 'until the claim is over', (SELECT min(said_at) FROM queue.task_progress), 'How far running tasks are.'
      UNION ALL
      SELECT 'snoozes', 'until the task has ended', (SELECT min(snoozed_at) FROM queue.snoozed_task), 'Why tasks were put off.'
      UNION ALL
      SELECT 'audit', 'for ever', NULL, 'Acts of operators: appended to, never changed.'
    ) kept LEFT JOIN queue.retention_rule r USING (what);
COMMENT ON VIEW queue.retention_overview IS
  'Everything that the queue keeps, for how long and by what rule (set_retention), and how old the oldest is.';
