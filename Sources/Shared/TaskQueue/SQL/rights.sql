-- Who may do what with the queue. Runs last, again with each migration, and changes only what differs.
--
-- Nothing is granted to PUBLIC. Workers have functions only. The other roles read tables and views through row-level
-- security: coordinators every row, operators and readers those of the sites that their login was granted. A reader gets
-- no payload of a task, and neither audit nor grants.

SELECT queue.guard_tables('queue');

SELECT queue.settle_policy('queue.protocol', 'everybody_reads', 'SELECT', 'PUBLIC', 'true', 'Everybody may know the version.');
SELECT queue.let_watchers_see(guarded::regclass, condition, says) FROM (VALUES
  ('queue.site', 'site_id = ANY ((SELECT queue.login_sites())::int[])', 'The sites of the login.'),
  ('queue.site_login', '(SELECT queue.serves_all_sites()) OR login = session_user',
    'Its own grants; with all sites, those of others.'),
  ('queue.audit', '(SELECT queue.serves_all_sites())', 'Acts concern all sites.'),
  ('queue.kind', 'true', 'What kinds of task there are.'),
  ('queue.job', 'true', 'A job spans sites.'),
  ('queue.stage', 'true', 'Counters.'),
  ('queue.stage_shard', 'true', 'Counters.'),
  ('queue.stage_sample', 'true', 'Counters.'),
  ('queue.lane', 'site_id = 0 OR site_id = ANY ((SELECT queue.login_sites())::int[])', 'Lanes of its sites, and of none.'),
  ('queue.lane_step', 'lane IN (SELECT lane FROM queue.lane)', 'Of lanes it sees.'),
  ('queue.task', 'site_id IS NULL OR site_id = ANY ((SELECT queue.login_sites())::int[])',
    'Tasks of its sites, and of none.'),
  ('queue.skipped_task', 'task_id IN (SELECT task_id FROM queue.task)', 'Tasks it sees.'),
  ('queue.live_task', 'site_id = 0 OR site_id = ANY ((SELECT queue.login_sites())::int[])',
    'Tasks of its sites, and of none.'),
  ('queue.task_history', 'site_id = 0 OR site_id = ANY ((SELECT queue.login_sites())::int[])',
    'Tasks of its sites, and of none.'),
  ('queue.snoozed_task', 'task_id IN (SELECT task_id FROM queue.task)', 'Tasks it sees.'),
  ('queue.task_progress', 'task_id IN (SELECT task_id FROM queue.task)', 'Tasks it sees.'),
  ('queue.task_limit', 'true', 'What may run at once concerns all.'),
  ('queue.task_slot', 'true', 'Numbers of tasks.'),
  ('queue.turned_away', 'true', 'Numbers of workers.'),
  ('queue.retention_rule', 'true', 'For how long things are kept.'),
  ('queue.attempt_failure', 'task_id IN (SELECT task_id FROM queue.task)', 'Attempts at tasks it sees.'),
  ('queue.worker',
    '(SELECT queue.serves_all_sites()) OR sites IS NULL OR sites && (0 || (SELECT queue.login_sites())::int[])',
    'Workers that serve its sites, or tasks of no site.'),
  ('queue.leader', 'true', 'Who does maintenance.')
) AS rules(guarded, condition, says);

SELECT queue.settle_grants('queue', ARRAY[
  'trabecula_coordinator SELECT *',
  'trabecula_operator SELECT *',
  'trabecula_reader SELECT protocol site kind job stage stage_shard stage_sample lane worker live_task task_history leader',
  'trabecula_reader SELECT queue_overview job_progress worker_overview site_overview stuck_tasks failures throughput db_health',
  'trabecula_reader SELECT session_overview',
  'trabecula_reader SELECT unserved_lane snoozed_task skipped_task task_progress',
  'trabecula_reader SELECT(task_id,failed_at) attempt_failure',
  'trabecula_reader SELECT waiting_overview running_overview dead_letters limit_overview limit_holders task_limit task_slot',
  'trabecula_reader SELECT(task_id,job_id,kind,ordinal,shard,site_id,lane) task',
  'trabecula_worker SELECT protocol',
  'trabecula_worker EXECUTE register_worker offer heartbeat claim_tasks complete_plain fail_task release_tasks release_others',
  'trabecula_worker EXECUTE snooze_task decline_task report_progress',
  'trabecula_worker EXECUTE stop_worker queue_is_idle unmet_needs maintain backlog',
  'trabecula_coordinator EXECUTE add_sites plan_job plan_stage plan_tasks start_job expire_worker',
  'trabecula_coordinator EXECUTE set_failure_budget',
  'trabecula_coordinator EXECUTE lead resign maintain maintain_history keep_history unmet_needs',
  'trabecula_coordinator EXECUTE grant_site grant_all_sites revoke_site revoke_all_sites',
  'trabecula_coordinator EXECUTE pause_job resume_job pause_site resume_site cancel_job set_priority drain_worker',
  'trabecula_coordinator EXECUTE retry_failed retry_task retry_tasks serves_all_sites login_sites sessions sees_sessions oldest_snapshot shell_word metrics',
  'trabecula_coordinator EXECUTE backlog task_timeline',
  'trabecula_coordinator EXECUTE set_limit unset_limit',
  'trabecula_coordinator EXECUTE find_tasks retry_where cancel_where restore_where snooze_where wake_where set_retention unset_retention',
  'trabecula_operator EXECUTE pause_job resume_job pause_site resume_site cancel_job set_priority drain_worker',
  'trabecula_operator EXECUTE retry_failed retry_task retry_tasks serves_all_sites login_sites sessions sees_sessions oldest_snapshot shell_word metrics',
  'trabecula_operator EXECUTE backlog task_timeline',
  'trabecula_operator EXECUTE set_limit unset_limit',
  'trabecula_operator EXECUTE find_tasks retry_where cancel_where restore_where snooze_where wake_where set_retention unset_retention',
  'trabecula_reader EXECUTE serves_all_sites login_sites sessions sees_sessions oldest_snapshot shell_word metrics backlog'
]);
