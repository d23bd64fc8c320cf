-- Who may do what with studies. Runs last, again with each migration, and changes only what differs.
--
-- As for the queue: operators and readers see the rows of the sites that their login was granted. A reader gets no column
-- that names a patient or a file (subject.code, paths, manifest columns, task payloads, the report's page of exclusions); what
-- it gets is what an analysis needs: features, outcomes, splits, models, metrics, predictions by case number.

SELECT queue.guard_tables('trabecula');

SELECT queue.let_watchers_see(guarded::regclass, condition, says) FROM (VALUES
  ('trabecula.cohort', 'true', 'A name of a manifest.'),
  ('trabecula.subject', 'site_id = ANY ((SELECT queue.login_sites())::int[])', 'Subjects of the login''s sites.'),
  ('trabecula.image_case', 'subject_id IN (SELECT subject_id FROM trabecula.subject)', 'Cases of these subjects.'),
  ('trabecula.study', 'true', 'A study spans sites, and holds no patient.'),
  ('trabecula.job_recipe', 'true', 'Parameters.'),
  ('trabecula.feature_set', 'true', 'Parameters and names.'),
  ('trabecula.feature_row', 'feature_key IN (SELECT feature_key FROM trabecula.case_feature)', 'Rows of cases it sees.'),
  ('trabecula.region_picture', 'feature_key IN (SELECT feature_key FROM trabecula.case_feature)', 'Pictures of cases it sees.'),
  ('trabecula.job_case', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
  ('trabecula.case_task', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
  ('trabecula.case_feature', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
  ('trabecula.prediction', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
  ('trabecula.replicate', '(SELECT queue.serves_all_sites())', 'Computed from every site.'),
  ('trabecula.model', '(SELECT queue.serves_all_sites())', 'Computed from every site.'),
  ('trabecula.metric', '(SELECT queue.serves_all_sites()) OR site IN (SELECT name FROM queue.site)',
    'Its sites'' own; the whole with all.'),
  ('trabecula.report', '(SELECT queue.serves_all_sites())', 'Computed from every site.')
) AS rules(guarded, condition, says);

SELECT queue.settle_grants('trabecula', ARRAY[
  'trabecula_coordinator SELECT *',
  'trabecula_coordinator INSERT study job_recipe job_case case_task case_feature feature_row',
  'trabecula_operator SELECT *',
  'trabecula_reader SELECT cohort study job_recipe feature_set feature_row case_task case_feature model metric prediction',
  'trabecula_reader SELECT replicate job site live_task worker task_history queue_overview job_progress worker_overview',
  'trabecula_reader SELECT site_overview stuck_tasks failures throughput db_health session_overview',
  'trabecula_reader SELECT unserved_lane changed_files waiting_overview running_overview dead_letters limit_overview limit_holders',
  'trabecula_reader SELECT(job_id,case_id,open_tasks,outcome,split,seen_image_sha256,seen_mask_sha256,state,failed_task_id) job_case',
  'trabecula_reader SELECT(failure_code,failure_text,remedy) job_case',
  'trabecula_reader SELECT(subject_id,cohort_id,site_id) subject',
  'trabecula_reader SELECT(case_id,subject_id,label,outcome,split) image_case',
  'trabecula_reader SELECT(task_id,job_id,kind,ordinal,shard,site_id) task',
  'trabecula_worker EXECUTE complete_extract complete_bootstrap complete_aggregate stored_rows some_files',
  'trabecula_worker EXECUTE study_of cases_of feature_sets_of feature_values_of replicates_of feature_set_named',
  'trabecula_coordinator EXECUTE study_of cases_of feature_sets_of feature_values_of replicates_of feature_set_of',
  'trabecula_coordinator EXECUTE open_cohort ingest_cases changed_cases discard_rows apply_marks',
  'trabecula_coordinator EXECUTE grant_site grant_all_sites revoke_site revoke_all_sites keep_history',
  'trabecula_coordinator EXECUTE pause_job resume_job pause_site resume_site cancel_job set_priority drain_worker',
  'trabecula_coordinator EXECUTE task_timeline retry_failed retry_task retry_tasks keep_history forget maintain_retention',
  'trabecula_coordinator EXECUTE exclude_case include_case give_up_site take_site_in erase_subject delete_job note_archive',
  'trabecula_operator EXECUTE pause_job resume_job pause_site resume_site cancel_job set_priority drain_worker',
  'trabecula_operator EXECUTE find_tasks retry_where cancel_where restore_where snooze_where wake_where exclude_where',
  'trabecula_operator EXECUTE set_retention unset_retention set_limit unset_limit',
  'trabecula_operator EXECUTE task_timeline retry_failed retry_task retry_tasks features_query',
  'trabecula_coordinator EXECUTE find_tasks retry_where cancel_where restore_where snooze_where wake_where exclude_where',
  'trabecula_coordinator EXECUTE set_retention unset_retention set_limit unset_limit',
  'trabecula_coordinator EXECUTE features_query',
  'trabecula_reader EXECUTE features_query',
  'trabecula_operator EXECUTE exclude_case include_case give_up_site take_site_in erase_subject delete_job note_archive'
]);
