-- What operators do.
--
-- Each function is one act: it says in one line what it did, does nothing when called again, and is recorded in audit.
-- Acts follow each other under one lock; within an act, live tasks are locked in their order, then their job.

CREATE OR REPLACE FUNCTION queue.refuse_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'table % is appended to, never changed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'An act is undone by another act, which is recorded too.';
END $$;
COMMENT ON FUNCTION queue.refuse_change IS 'Refuses every UPDATE, DELETE and TRUNCATE of the audit.';

CREATE OR REPLACE FUNCTION queue.begin_act(needs_all_sites boolean) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF needs_all_sites AND NOT serves_all_sites() THEN
    RAISE EXCEPTION 'login % may not do this: it concerns all sites', session_user
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: SELECT queue.grant_all_sites(%L);', session_user);
  END IF;
  PERFORM end_stalling_sessions();
  PERFORM take_turn('act');
END $$;
COMMENT ON FUNCTION queue.begin_act IS
  'Begins an administrative act: one at a time, and what concerns all sites only by logins that were granted all.';

CREATE OR REPLACE FUNCTION queue.require_site(named text) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  found_id int;
BEGIN
  IF named IS NULL THEN
    RAISE EXCEPTION 'which site? NULL names none' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Sites of this login: ' || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site
        WHERE site_id = ANY (login_sites())), 'none') || '.';
  END IF;
  SELECT site_id INTO found_id FROM site WHERE name = normalize(named, NFC) AND site_id = ANY (login_sites());
  IF NOT FOUND AND serves_all_sites() THEN
    RAISE EXCEPTION 'there is no site %', quote_literal(named)
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'A site is known when a manifest that names it was ingested or submitted. Known: '
          || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site), 'none') || '.';
  ELSIF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no site %', session_user, quote_literal(named)
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'Its sites: ' || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site
          WHERE site_id = ANY (login_sites())), 'none') || '.';
  END IF;
  RETURN found_id;
END $$;
COMMENT ON FUNCTION queue.require_site IS 'The id of a site that the login may act on; anything else is an error.';

CREATE OR REPLACE FUNCTION queue.require_job(named bigint) RETURNS queue.job
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
BEGIN
  IF named IS NULL THEN
    RAISE EXCEPTION 'which job? NULL is no number of a job'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.job_progress; lists jobs with their numbers.';
  END IF;
  SELECT * INTO known FROM job WHERE job_id = named;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no job %', named
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.job_progress; lists them.';
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION queue.require_job IS 'A job by its number; an unknown one is an error.';

CREATE OR REPLACE FUNCTION queue.require_kind(named text) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF named IS NULL OR NOT EXISTS (SELECT FROM kind k WHERE k.kind = named) THEN
    RAISE EXCEPTION 'there is no kind of task %', coalesce(quote_literal(named), 'NULL') USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Kinds: ' || coalesce((SELECT string_agg(k.kind, ', ' ORDER BY k.kind) FROM kind k), 'none') || '.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_kind IS 'Refuses a kind of task that the queue does not know, and names those that it does.';

CREATE OR REPLACE FUNCTION queue.counted(number bigint, singular text, plural text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = queue, pg_temp
  AS $$ SELECT number || ' ' || CASE WHEN number = 1 THEN singular ELSE plural END $$;
COMMENT ON FUNCTION queue.counted IS 'A number with its noun: 1 task, 2 tasks.';

CREATE OR REPLACE FUNCTION queue.require_login(named name) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF named IS NULL THEN
    RAISE EXCEPTION 'which login? NULL names none' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'SELECT rolname FROM pg_roles WHERE rolcanlogin; lists logins.';
  ELSIF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = named) THEN
    RAISE EXCEPTION 'there is no login %', named
      USING ERRCODE = 'undefined_object',
        HINT = format('An administrator runs: CREATE ROLE %I LOGIN IN ROLE trabecula_worker; and gives it a password or '
          'a certificate.', named);
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_login IS 'Refuses a login that the cluster does not have, and says how to make it.';

CREATE OR REPLACE FUNCTION queue.sites_of(named name) RETURNS text[]
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT ARRAY(SELECT coalesce(s.name, 'all sites') FROM site_login g LEFT JOIN site s USING (site_id)
    WHERE g.login = named AND g.role_oid = oid_of(named) ORDER BY s.name NULLS FIRST)
$$;
COMMENT ON FUNCTION queue.sites_of IS 'Names of the sites that a login was granted; "all sites" for all.';

CREATE OR REPLACE FUNCTION queue.sites_sentence(named name) RETURNS text
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT format('Login %s may see and serve %s.', named,
      coalesce(nullif(array_to_string(sites_of(named), ', '), ''), 'no site'))
    || CASE WHEN NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = named) OR EXISTS (SELECT FROM
          unnest('{trabecula_worker,trabecula_operator,trabecula_reader,trabecula_coordinator}'::name[]) AS duty
          WHERE pg_has_role(named, duty, 'MEMBER')) THEN ''
        ELSE format(' It has no duty yet: GRANT trabecula_worker TO %I; (or trabecula_operator, trabecula_reader).',
          named) END
$$;
COMMENT ON FUNCTION queue.sites_sentence IS 'What a login may see and serve, in a sentence.';

CREATE OR REPLACE FUNCTION queue.grant_site(granted_login name, VARIADIC site_names text[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  before text[];
  after text[];
BEGIN
  PERFORM begin_act(true);
  PERFORM require_login(granted_login);
  -- What a role of this name had that is no more.
  DELETE FROM site_login WHERE login = granted_login AND role_oid <> oid_of(granted_login);
  before := sites_of(granted_login);
  INSERT INTO site_login (login, role_oid, site_id)
    SELECT granted_login, oid_of(granted_login), require_site(named) FROM unnest(site_names) AS named
    ON CONFLICT DO NOTHING;
  after := sites_of(granted_login);
  IF after IS DISTINCT FROM before THEN
    PERFORM record_act('grant_site', 'login ' || granted_login, to_jsonb(before), to_jsonb(after));
  END IF;
  RETURN sites_sentence(granted_login);
END $$;
COMMENT ON FUNCTION queue.grant_site IS
  'Lets a login see and serve these sites: SELECT queue.grant_site(''north_worker'', ''North'');';

CREATE OR REPLACE FUNCTION queue.grant_all_sites(granted_login name) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  before text[];
BEGIN
  PERFORM begin_act(true);
  PERFORM require_login(granted_login);
  -- What a role of this name had that is no more.
  DELETE FROM site_login WHERE login = granted_login AND role_oid <> oid_of(granted_login);
  before := sites_of(granted_login);
  INSERT INTO site_login (login, role_oid, site_id) VALUES (granted_login, oid_of(granted_login), NULL) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    PERFORM record_act('grant_all_sites', 'login ' || granted_login, to_jsonb(before),
      to_jsonb(sites_of(granted_login)));
  END IF;
  RETURN sites_sentence(granted_login);
END $$;
COMMENT ON FUNCTION queue.grant_all_sites IS
  'Lets a login see and serve every site, those to come too, and the tasks of no site.';

CREATE OR REPLACE FUNCTION queue.revoke_site(revoked_login name, VARIADIC site_names text[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  before text[];
  gone int[];
  leaving record;
BEGIN
  PERFORM begin_act(true);
  PERFORM end_writing_sessions(revoked_login);
  before := sites_of(revoked_login);
  IF cardinality(site_names) = 0 THEN
    gone := ARRAY(SELECT site_id FROM site);
    DELETE FROM site_login WHERE login = revoked_login;
  ELSE
    gone := ARRAY(SELECT require_site(named) FROM unnest(site_names) AS named);
    DELETE FROM site_login WHERE login = revoked_login AND site_id = ANY (gone);
  END IF;
  IF sites_of(revoked_login) IS DISTINCT FROM before THEN
    PERFORM record_act('revoke_site', 'login ' || revoked_login, to_jsonb(before), to_jsonb(sites_of(revoked_login)));
  END IF;
  -- Its workers that served more than is left stop at once; what they hold goes back.
  FOR leaving IN
    SELECT w.worker_id FROM worker w WHERE w.login = revoked_login AND w.state IN ('active', 'draining')
      AND (w.sites && gone OR w.sites IS NULL OR 0 = ANY (w.sites))
      AND NOT EXISTS (SELECT FROM site_login WHERE login = revoked_login AND site_id IS NULL)
  LOOP
    UPDATE worker SET state = 'stopped', ended_at = now() WHERE worker_id = leaving.worker_id;
    PERFORM make_ready(ARRAY(SELECT task_id FROM live_task
      WHERE worker_id = leaving.worker_id AND state = 'running' ORDER BY task_id FOR UPDATE));
  END LOOP;
  RETURN sites_sentence(revoked_login);
END $$;
COMMENT ON FUNCTION queue.revoke_site IS
  'Takes sites from a login. Its workers that served them stop, and their tasks go back. What it is writing is undone.';

CREATE OR REPLACE FUNCTION queue.revoke_all_sites(revoked_login name) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = queue, pg_temp
  AS $$ SELECT revoke_site(revoked_login, VARIADIC '{}') $$;
COMMENT ON FUNCTION queue.revoke_all_sites IS
  'Takes every site from a login, and what it was granted for all. Its workers stop, and their tasks go back.';

CREATE OR REPLACE FUNCTION queue.pause_job(paused_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  held int;
BEGIN
  PERFORM begin_act(true);
  known := require_job(paused_job);
  IF known.state <> 'running' THEN
    RETURN format('Job %s has ended (%s); nothing to pause.', paused_job, known.state);
  ELSIF known.paused THEN
    RETURN format('Job %s is paused already.', paused_job);
  END IF;
  UPDATE job SET paused = true WHERE job_id = paused_job;
  UPDATE live_task SET state = 'held' WHERE job_id = paused_job AND state = 'ready';
  GET DIAGNOSTICS held = ROW_COUNT;
  PERFORM record_act('pause_job', 'job ' || paused_job, '{"paused": false}', '{"paused": true}');
  RETURN format('Job %s is paused: %s held; what runs goes on to its end.', paused_job,
    counted(held, 'ready task is', 'ready tasks are'));
END $$;
COMMENT ON FUNCTION queue.pause_job IS 'Holds the tasks of a job until resume_job; running ones go on to their end.';

CREATE OR REPLACE FUNCTION queue.resume_job(resumed_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  forgave bigint := 0;
BEGIN
  PERFORM begin_act(true);
  known := require_job(resumed_job);
  IF NOT known.paused AND known.over_budget IS NULL THEN
    RETURN format('Job %s is not paused.', resumed_job);
  END IF;
  -- Tasks, then stages, then their job, as completions lock them.
  PERFORM FROM live_task l WHERE l.job_id = resumed_job AND l.state = 'held' ORDER BY l.task_id FOR UPDATE;
  IF known.over_budget IS NOT NULL THEN
    forgave := forgive_failures(resumed_job);
  END IF;
  UPDATE job SET paused = false WHERE job_id = resumed_job;
  PERFORM judge_anew(resumed_job);
  PERFORM make_ready(ARRAY(SELECT task_id FROM live_task WHERE job_id = resumed_job AND state = 'held'
    ORDER BY task_id FOR UPDATE));
  PERFORM record_act('resume_job', 'job ' || resumed_job,
    jsonb_strip_nulls(jsonb_build_object('paused', known.paused, 'over_budget', known.over_budget)), '{"paused": false}');
  RETURN format('Job %s is resumed: %s ready%s.', resumed_job, counted((SELECT count(*) FROM live_task
      WHERE job_id = resumed_job AND state = 'ready'), 'task is', 'tasks are'),
    CASE WHEN forgave > 0 THEN format('; %s forgiven, and the budget counts anew',
      counted(forgave, 'failure is', 'failures are')) ELSE '' END);
END $$;
COMMENT ON FUNCTION queue.resume_job IS
  'Gives the held tasks of a job back to the queue, but for those of paused sites. What has failed stays failed, but no '
  'longer counts against the budget; retry_failed tries it again instead.';

CREATE OR REPLACE FUNCTION queue.pause_site(paused_site text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  paused_id int;
  held int;
BEGIN
  PERFORM begin_act(false);
  paused_id := require_site(paused_site);
  UPDATE site SET paused = true WHERE site_id = paused_id AND NOT paused;
  IF NOT FOUND THEN
    RETURN format('Site %s is paused already.', paused_site);
  END IF;
  UPDATE live_task SET state = 'held' WHERE site_id = paused_id AND state = 'ready';
  GET DIAGNOSTICS held = ROW_COUNT;
  PERFORM record_act('pause_site', 'site ' || paused_site, '{"paused": false}', '{"paused": true}');
  RETURN format('Site %s is paused: %s held; what runs goes on to its end.', paused_site,
    counted(held, 'ready task is', 'ready tasks are'));
END $$;
COMMENT ON FUNCTION queue.pause_site IS 'Holds the tasks of a site, of all jobs, until resume_site.';

CREATE OR REPLACE FUNCTION queue.resume_site(resumed_site text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  resumed_id int;
BEGIN
  PERFORM begin_act(false);
  resumed_id := require_site(resumed_site);
  UPDATE site SET paused = false WHERE site_id = resumed_id AND paused;
  IF NOT FOUND THEN
    RETURN format('Site %s is not paused.', resumed_site);
  END IF;
  PERFORM make_ready(ARRAY(SELECT task_id FROM live_task WHERE site_id = resumed_id AND state = 'held'
    ORDER BY task_id FOR UPDATE));
  PERFORM record_act('resume_site', 'site ' || resumed_site, '{"paused": true}', '{"paused": false}');
  RETURN format('Site %s is resumed: %s ready.', resumed_site, counted((SELECT count(*) FROM live_task
    WHERE site_id = resumed_id AND state = 'ready'), 'task is', 'tasks are'));
END $$;
COMMENT ON FUNCTION queue.resume_site IS
  'Gives the held tasks of a site back to the queue, but for those of paused jobs.';

CREATE OR REPLACE FUNCTION queue.cancel_job(cancelled_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  stopped int;
BEGIN
  PERFORM begin_act(true);
  known := require_job(cancelled_job);
  IF known.state = 'cancelled' THEN
    RETURN format('Job %s is cancelled already.', cancelled_job);
  ELSIF known.state <> 'running' THEN
    RETURN format('Job %s has ended (%s); nothing to cancel.', cancelled_job, known.state);
  END IF;
  stopped := abandon_job(cancelled_job, 'cancelled', 'cancelled', 'An operator cancelled the job.',
    format('SELECT queue.retry_failed(%s); takes it up again.', cancelled_job));
  PERFORM record_act('cancel_job', 'job ' || cancelled_job, '{"state": "running"}',
    jsonb_build_object('state', 'cancelled', 'tasks', stopped));
  RETURN format('Job %s is cancelled: %s; running ones stop with the next heartbeat of their worker.', cancelled_job,
    counted(stopped, 'task will not end', 'tasks will not end'));
END $$;
COMMENT ON FUNCTION queue.cancel_job IS
  'Ends a job and everything left of it. What was done stays: retry_failed takes the job up where it was.';

CREATE OR REPLACE FUNCTION queue.set_priority(changed_job bigint, new_priority int) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
BEGIN
  PERFORM begin_act(true);
  known := require_job(changed_job);
  IF new_priority IS NULL THEN
    RAISE EXCEPTION 'which priority is job % to have? NULL is none', changed_job USING ERRCODE = 'invalid_parameter_value',
      HINT = format('It has %s now. Give a whole number, where higher is claimed first: SELECT queue.set_priority(%s, 10);',
        known.priority, changed_job);
  ELSIF known.priority = new_priority THEN
    RETURN format('Job %s has priority %s already.', changed_job, new_priority);
  END IF;
  UPDATE live_task SET priority = new_priority WHERE task_id = ANY (ARRAY(
    SELECT task_id FROM live_task WHERE job_id = changed_job ORDER BY task_id FOR UPDATE));
  UPDATE job SET priority = new_priority WHERE job_id = changed_job;
  PERFORM record_act('set_priority', 'job ' || changed_job, jsonb_build_object('priority', known.priority),
    jsonb_build_object('priority', new_priority));
  RETURN format('Job %s has priority %s now; it was %s.', changed_job, new_priority, known.priority);
END $$;
COMMENT ON FUNCTION queue.set_priority IS 'Tasks of jobs with a higher priority are claimed first; new jobs have 0.';

CREATE OR REPLACE FUNCTION queue.drain_worker(drained bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known worker;
BEGIN
  PERFORM begin_act(false);
  IF drained IS NULL THEN
    RAISE EXCEPTION 'which worker? NULL is no number of a worker'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.worker_overview; lists them with their numbers.';
  END IF;
  SELECT * INTO known FROM worker WHERE worker_id = drained
    AND (serves_all_sites() OR sites <@ login_sites()) FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no worker %', session_user, drained
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.worker_overview; lists them.';
  ELSIF known.state = 'draining' THEN
    RETURN format('Worker %s drains already.', drained);
  ELSIF known.state <> 'active' THEN
    RETURN format('Worker %s has ended (%s).', drained, known.state);
  END IF;
  UPDATE worker SET state = 'draining' WHERE worker_id = drained;
  PERFORM record_act('drain_worker', 'worker ' || drained, '{"state": "active"}', '{"state": "draining"}');
  -- An idle worker looks for work when it is woken, and hears of it then.
  PERFORM announce('trabecula_ready');
  RETURN format('Worker %s drains: it claims nothing more, ends what it runs (%s) and exits.', drained,
    counted((SELECT count(*) FROM live_task WHERE worker_id = drained AND state = 'running'), 'task', 'tasks'));
END $$;
COMMENT ON FUNCTION queue.drain_worker IS
  'Lets a worker end what it runs and exit. An idle one hears of it at once, or behind a pooler with its next look for '
  'work; a busy one with its next heartbeat.';
