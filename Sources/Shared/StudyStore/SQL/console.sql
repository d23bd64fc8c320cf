-- What operators type: the console of the queue, under the name of the study's schema. Each is the thing of the same name in
-- schema queue, which explains it; of views with many columns, those that fit a terminal of 120.

CREATE OR REPLACE VIEW trabecula.job WITH (security_invoker = true) AS
  SELECT j.*, s.cohort_id, s.study FROM queue.job j LEFT JOIN trabecula.study s USING (job_id);
COMMENT ON VIEW trabecula.job IS 'Jobs, with the study that each was submitted for; see queue.job.';

CREATE OR REPLACE VIEW trabecula.queue_overview WITH (security_invoker = true) AS
  SELECT job_id, job, kind, stage, waiting, running, delayed, failed, date_trunc('second', oldest_claim) AS oldest_claim
    FROM queue.queue_overview;
COMMENT ON VIEW trabecula.queue_overview IS 'See queue.queue_overview, which also has next_due and priority.';

CREATE OR REPLACE VIEW trabecula.job_progress WITH (security_invoker = true) AS
  SELECT job_id, name, state, kind, total, succeeded, failed, remaining, percent, round(per_second::numeric, 2) AS per_second,
      date_trunc('second', eta) AS eta
    FROM queue.job_progress;
COMMENT ON VIEW trabecula.job_progress IS
  'See queue.job_progress, which also has cancelled, opened_at, closed_at, paused and over_budget.';

CREATE OR REPLACE VIEW trabecula.worker_overview WITH (security_invoker = true) AS
  SELECT worker_id, host, pid, state, slots, running, sites, since_heartbeat, date_trunc('second', ended_at) AS ended_at
    FROM queue.worker_overview;
COMMENT ON VIEW trabecula.worker_overview IS
  'See queue.worker_overview, which also has reserved, lease_expired, login, version, started_at, offers and runs.';

CREATE OR REPLACE VIEW trabecula.site_overview WITH (security_invoker = true) AS SELECT * FROM queue.site_overview;
COMMENT ON VIEW trabecula.site_overview IS 'See queue.site_overview.';

CREATE OR REPLACE VIEW trabecula.stuck_tasks WITH (security_invoker = true) AS SELECT * FROM queue.stuck_tasks;
COMMENT ON VIEW trabecula.stuck_tasks IS 'See queue.stuck_tasks.';

CREATE OR REPLACE VIEW trabecula.unserved_lane WITH (security_invoker = true) AS SELECT * FROM queue.unserved_lane;
COMMENT ON VIEW trabecula.unserved_lane IS 'See queue.unserved_lane.';

CREATE OR REPLACE VIEW trabecula.throughput WITH (security_invoker = true) AS SELECT * FROM queue.throughput;
COMMENT ON VIEW trabecula.throughput IS 'See queue.throughput.';

CREATE OR REPLACE VIEW trabecula.db_health WITH (security_invoker = true) AS SELECT * FROM queue.db_health;
COMMENT ON VIEW trabecula.db_health IS 'See queue.db_health.';

CREATE OR REPLACE VIEW trabecula.session_overview WITH (security_invoker = true) AS SELECT * FROM queue.session_overview;
COMMENT ON VIEW trabecula.session_overview IS 'See queue.session_overview.';

CREATE OR REPLACE VIEW trabecula.audit WITH (security_invoker = true) AS SELECT * FROM queue.audit;
COMMENT ON VIEW trabecula.audit IS 'See queue.audit.';

CREATE OR REPLACE VIEW trabecula.site WITH (security_invoker = true) AS SELECT * FROM queue.site;
COMMENT ON VIEW trabecula.site IS 'See queue.site.';

CREATE OR REPLACE VIEW trabecula.task WITH (security_invoker = true) AS SELECT * FROM queue.task;
COMMENT ON VIEW trabecula.task IS 'See queue.task.';

CREATE OR REPLACE VIEW trabecula.live_task WITH (security_invoker = true) AS SELECT * FROM queue.live_task;
COMMENT ON VIEW trabecula.live_task IS 'See queue.live_task.';

CREATE OR REPLACE VIEW trabecula.worker WITH (security_invoker = true) AS SELECT * FROM queue.worker;
COMMENT ON VIEW trabecula.worker IS 'See queue.worker.';

CREATE OR REPLACE VIEW trabecula.task_history WITH (security_invoker = true) AS SELECT * FROM queue.task_history;
COMMENT ON VIEW trabecula.task_history IS 'See queue.task_history.';

CREATE OR REPLACE VIEW trabecula.attempt_failure WITH (security_invoker = true) AS SELECT * FROM queue.attempt_failure;
COMMENT ON VIEW trabecula.attempt_failure IS 'See queue.attempt_failure.';

CREATE OR REPLACE FUNCTION trabecula.task_timeline(of_task bigint)
  RETURNS TABLE (happened_at timestamptz, what text, attempt int, worker_id bigint, host text, took interval, failure_code text,
    failure_text text, remedy text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT * FROM queue.task_timeline(of_task) $$;
COMMENT ON FUNCTION trabecula.task_timeline IS 'See queue.task_timeline.';

CREATE OR REPLACE FUNCTION trabecula.pause_job(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.pause_job($1) $$;
COMMENT ON FUNCTION trabecula.pause_job IS 'See queue.pause_job.';

CREATE OR REPLACE FUNCTION trabecula.resume_job(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.resume_job($1) $$;
COMMENT ON FUNCTION trabecula.resume_job IS 'See queue.resume_job.';

CREATE OR REPLACE FUNCTION trabecula.cancel_job(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.cancel_job($1) $$;
COMMENT ON FUNCTION trabecula.cancel_job IS 'See queue.cancel_job.';

CREATE OR REPLACE FUNCTION trabecula.retry_failed(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.retry_failed($1) $$;
COMMENT ON FUNCTION trabecula.retry_failed IS 'See queue.retry_failed.';

CREATE OR REPLACE FUNCTION trabecula.retry_task(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.retry_task($1) $$;
COMMENT ON FUNCTION trabecula.retry_task IS 'See queue.retry_task.';

CREATE OR REPLACE FUNCTION trabecula.retry_tasks(bigint, bigint[]) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.retry_tasks($1, $2) $$;
COMMENT ON FUNCTION trabecula.retry_tasks IS 'See queue.retry_tasks.';

CREATE OR REPLACE FUNCTION trabecula.drain_worker(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.drain_worker($1) $$;
COMMENT ON FUNCTION trabecula.drain_worker IS 'See queue.drain_worker.';

CREATE OR REPLACE FUNCTION trabecula.pause_site(text) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.pause_site($1) $$;
COMMENT ON FUNCTION trabecula.pause_site IS 'See queue.pause_site.';

CREATE OR REPLACE FUNCTION trabecula.resume_site(text) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.resume_site($1) $$;
COMMENT ON FUNCTION trabecula.resume_site IS 'See queue.resume_site.';

CREATE OR REPLACE FUNCTION trabecula.grant_all_sites(name) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.grant_all_sites($1) $$;
COMMENT ON FUNCTION trabecula.grant_all_sites IS 'See queue.grant_all_sites.';

CREATE OR REPLACE FUNCTION trabecula.revoke_all_sites(name) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.revoke_all_sites($1) $$;
COMMENT ON FUNCTION trabecula.revoke_all_sites IS 'See queue.revoke_all_sites.';

CREATE OR REPLACE FUNCTION trabecula.set_priority(bigint, int) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.set_priority($1, $2) $$;
COMMENT ON FUNCTION trabecula.set_priority IS 'See queue.set_priority.';

CREATE OR REPLACE FUNCTION trabecula.grant_site(name, VARIADIC text[]) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.grant_site($1, VARIADIC $2) $$;
COMMENT ON FUNCTION trabecula.grant_site IS 'See queue.grant_site.';

CREATE OR REPLACE FUNCTION trabecula.revoke_site(name, VARIADIC text[]) RETURNS text LANGUAGE sql SECURITY DEFINER
  SET search_path = trabecula, pg_temp AS $$ SELECT queue.revoke_site($1, VARIADIC $2) $$;
COMMENT ON FUNCTION trabecula.revoke_site IS 'See queue.revoke_site.';

CREATE OR REPLACE FUNCTION trabecula.keep_history(days int, ahead int DEFAULT 7)
  RETURNS TABLE (partitions_made int, partitions_dropped int, partitions_needed int, partitions_busy int)
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT * FROM queue.keep_history(days, ahead) $$;
COMMENT ON FUNCTION trabecula.keep_history IS 'See queue.keep_history.';

CREATE OR REPLACE VIEW trabecula.waiting_overview WITH (security_invoker = true) AS
  SELECT kind, site, ready, job_id, oldest_task, date_trunc('second', since) AS since, age FROM queue.waiting_overview;
COMMENT ON VIEW trabecula.waiting_overview IS 'See queue.waiting_overview.';

CREATE OR REPLACE VIEW trabecula.running_overview WITH (security_invoker = true) AS
  SELECT task_id, job_id, kind, site, worker_id, host, runs_for, percent, said_ago, eta FROM queue.running_overview;
COMMENT ON VIEW trabecula.running_overview IS 'See queue.running_overview, which also has claimed_at, failures and crashes.';

CREATE OR REPLACE VIEW trabecula.dead_letters WITH (security_invoker = true) AS
  SELECT job_id, kind, site, cause, tasks, date_trunc('second', first_at) AS first_at, date_trunc('second', last_at) AS last_at, hosts,
      most_on
    FROM queue.dead_letters;
COMMENT ON VIEW trabecula.dead_letters IS
  'See queue.dead_letters, which also has example_task, example, remedy, and the statement that tries these again.';

CREATE OR REPLACE VIEW trabecula.retention_overview WITH (security_invoker = true) AS
  SELECT what, kept, date_trunc('second', oldest) AS oldest, about FROM queue.retention_overview;
COMMENT ON VIEW trabecula.retention_overview IS 'See queue.retention_overview.';

CREATE OR REPLACE FUNCTION trabecula.find_tasks(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL, on_host text DEFAULT NULL, in_state text DEFAULT NULL)
  RETURNS TABLE (task_id bigint, kind text, site text, state text, failure_code text, host text, since timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp
  AS $$ SELECT * FROM queue.find_tasks(of_job, of_kind, at_site, with_code, on_host, in_state) $$;
COMMENT ON FUNCTION trabecula.find_tasks IS 'See queue.find_tasks.';

CREATE OR REPLACE FUNCTION trabecula.retry_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL, on_host text DEFAULT NULL) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp
  AS $$ SELECT queue.retry_where(of_job, of_kind, at_site, with_code, on_host) $$;
COMMENT ON FUNCTION trabecula.retry_where IS 'See queue.retry_where.';

CREATE OR REPLACE FUNCTION trabecula.cancel_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL, on_host text DEFAULT NULL, in_state text DEFAULT NULL) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp
  AS $$ SELECT queue.cancel_where(of_job, of_kind, at_site, with_code, on_host, in_state) $$;
COMMENT ON FUNCTION trabecula.cancel_where IS 'See queue.cancel_where. What a study counts is left out by exclude_where.';

CREATE OR REPLACE FUNCTION trabecula.restore_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT queue.restore_where(of_job, of_kind, at_site) $$;
COMMENT ON FUNCTION trabecula.restore_where IS 'See queue.restore_where.';

CREATE OR REPLACE FUNCTION trabecula.snooze_where(of_job bigint, span interval, because text, of_kind text DEFAULT NULL,
    at_site text DEFAULT NULL, with_code text DEFAULT NULL, in_state text DEFAULT NULL) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp
  AS $$ SELECT queue.snooze_where(of_job, span, because, of_kind, at_site, with_code, in_state) $$;
COMMENT ON FUNCTION trabecula.snooze_where IS 'See queue.snooze_where.';

CREATE OR REPLACE FUNCTION trabecula.wake_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT queue.wake_where(of_job, of_kind, at_site, with_code) $$;
COMMENT ON FUNCTION trabecula.wake_where IS 'See queue.wake_where.';

CREATE OR REPLACE FUNCTION trabecula.set_retention(of_what text, keep_days int) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT queue.set_retention(of_what, keep_days) $$;
COMMENT ON FUNCTION trabecula.set_retention IS 'See queue.set_retention.';

CREATE OR REPLACE FUNCTION trabecula.unset_retention(of_what text) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT queue.unset_retention(of_what) $$;
COMMENT ON FUNCTION trabecula.unset_retention IS 'See queue.unset_retention.';

CREATE OR REPLACE VIEW trabecula.limit_overview WITH (security_invoker = true) AS SELECT * FROM queue.limit_overview;
COMMENT ON VIEW trabecula.limit_overview IS 'See queue.limit_overview.';

CREATE OR REPLACE VIEW trabecula.limit_holders WITH (security_invoker = true) AS SELECT * FROM queue.limit_holders;
COMMENT ON VIEW trabecula.limit_holders IS 'See queue.limit_holders.';

CREATE OR REPLACE FUNCTION trabecula.set_limit(of_scope text, of_subject text, most_running int) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT queue.set_limit(of_scope, of_subject, most_running) $$;
COMMENT ON FUNCTION trabecula.set_limit IS 'See queue.set_limit.';

CREATE OR REPLACE FUNCTION trabecula.unset_limit(of_scope text, of_subject text) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$ SELECT queue.unset_limit(of_scope, of_subject) $$;
COMMENT ON FUNCTION trabecula.unset_limit IS 'See queue.unset_limit.';
