-- Workers: one process, one lease for all that it holds.

COMMENT ON TABLE queue.worker IS
  'One worker process from start to end; the id is never used again. The lease of all its tasks is this row.';
COMMENT ON COLUMN queue.worker.login IS 'Who started it; no other login may speak for it.';
COMMENT ON COLUMN queue.worker.protocol IS 'How it calls the functions; see protocol.';
COMMENT ON COLUMN queue.worker.sites IS
  'Sites it serves, 0 for the tasks of no site; NULL: everything, sites to come too.';
COMMENT ON COLUMN queue.worker.runs IS 'Kinds of task that it runs; NULL: it did not say, and counts for all.';
COMMENT ON COLUMN queue.worker.offers IS 'What it has of what tasks may need; see lane.';
COMMENT ON COLUMN queue.worker.silence IS
  'How much longer than its lease it may be silent, as it said when last heard of, because it holds nothing. Whether it lives '
  'is known for a lease, and for two minutes at most where the lease is longer: least(lease_until - silence, heartbeat_at + '
  'interval ''2 minutes''). One that holds tasks is heard of each half minute, however long its lease.';
COMMENT ON COLUMN queue.worker.limit_keys IS
  'Keys of all limits that are set; NULL: none. They stand here because a claim locks this row, and so reads what holds now, at no cost of its own.';
COMMENT ON COLUMN queue.worker.under_limits IS 'Not read any more: see limit_keys.';
COMMENT ON COLUMN queue.worker.limited_jobs IS 'Jobs under a limit of their own; NULL: none.';
COMMENT ON COLUMN queue.worker.lease_until IS
  'By the server''s clock, with the silence that it announced. Once past, the worker is declared lost and its tasks go back.';

CREATE OR REPLACE FUNCTION queue.require_short_words(words text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF NOT is_list(words) THEN
    PERFORM refuse_lists();
  END IF;
  -- Views read the lists of all workers.
  IF octet_length(array_to_string(words, ' ')) > 65536 THEN
    RAISE EXCEPTION 'a worker says what it runs or offers in % bytes', octet_length(array_to_string(words, ' '))
      USING ERRCODE = 'invalid_parameter_value', HINT = 'All words of a list together have 65536 bytes at most.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_short_words IS 'Refuses lists of more than 64 KiB, because views read those of all workers.';

CREATE OR REPLACE FUNCTION queue.register_worker(worker_host text, worker_pid int, worker_slots int, worker_version text,
    site_names text[], lease_seconds float8, spoken_protocol int, offered text[], run_kinds text[] DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  registered bigint;
  unknown text;
  served int[];
  spelt text[] := (SELECT array_agg(normalize(named, NFC)) FROM unnest(site_names) AS named);
BEGIN
  PERFORM require_protocol(spoken_protocol);
  PERFORM require_sites();
  IF NOT (is_list(coalesce(site_names, '{}')) AND is_list(coalesce(run_kinds, '{}'))) THEN
    PERFORM refuse_lists();
  END IF;
  PERFORM require_short_words(offered), require_short_words(coalesce(run_kinds, '{}'));
  IF worker_slots NOT BETWEEN 1 AND 10000 THEN
    RAISE EXCEPTION 'a worker asked for % slots', worker_slots
      USING ERRCODE = 'invalid_parameter_value', HINT = 'A process has 1 to 10000; start several.';
  END IF;
  IF lease_seconds NOT BETWEEN 0.001 AND 86400 THEN
    RAISE EXCEPTION 'a worker asked for a lease of % seconds', lease_seconds
      USING ERRCODE = 'invalid_parameter_value', HINT = 'A lease lasts a day at most: 86400 seconds.';
  END IF;
  SELECT named INTO unknown FROM unnest(spelt) AS named
    WHERE NOT EXISTS (SELECT FROM site WHERE name = named) LIMIT 1;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'site % is not known', quote_literal(unknown)
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Known sites: ' || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site
                WHERE site_id = ANY (login_sites())), 'none yet')
              || '. A site becomes known when tasks for it are submitted.';
  END IF;
  SELECT name INTO unknown FROM site
    WHERE name = ANY (spelt) AND NOT site_id = ANY (login_sites()) ORDER BY name LIMIT 1;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'login % may not serve site %', session_user, quote_literal(unknown)
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: coordinator grant-site %s %s, in SQL: SELECT queue.grant_site(%L, %L);',
          session_user, unknown, session_user, unknown);
  END IF;
  IF site_names IS NOT NULL THEN
    served := ARRAY(SELECT site_id FROM site WHERE name = ANY (spelt) ORDER BY site_id);
    IF serves_all_sites() THEN
      served := 0 || served;
    END IF;
  ELSIF NOT serves_all_sites() THEN
    served := login_sites();
  END IF;
  -- Whoever sets the first limit right now does not see this worker; it is waited for, and its limit is seen.
  PERFORM FROM turn WHERE what = 'limits' FOR SHARE;
  INSERT INTO worker (host, pid, slots, version, protocol, sites, runs, offers, lease, lease_until, limit_keys, limited_jobs)
    VALUES (plain_text(worker_host, 255), worker_pid, worker_slots, plain_text(worker_version, 100), spoken_protocol, served, run_kinds, offered,
      make_interval(secs => lease_seconds), now() + make_interval(secs => lease_seconds),
      (SELECT array_agg(m.key ORDER BY m.key) FROM task_limit m), (SELECT array_agg(m.job_id ORDER BY m.job_id) FROM task_limit m WHERE m.job_id IS NOT NULL))
    RETURNING worker_id INTO registered;
  RETURN registered;
END $$;
COMMENT ON FUNCTION queue.register_worker IS
  'Makes a worker process known. It serves the sites it names, or with NULL all sites that its login was granted; '
  'naming another is an error. Tasks of no site go to workers whose login was granted all sites. '
  'offered: what it has of what tasks may need; see lane, and offer. run_kinds: the kinds that it will claim; NULL: any. '
  'A lease lasts a day at most, so that nobody keeps tasks from others for good.';

CREATE OR REPLACE FUNCTION queue.heartbeat(beating bigint, running bigint[], silent_seconds float8 DEFAULT 0,
    forgotten_seconds float8 DEFAULT 300)
  RETURNS TABLE (state text, taken_back bigint[], work_ahead boolean, wanted text[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
#variable_conflict use_column
DECLARE
  forgotten bigint[];
  announced interval := make_interval(secs => least(greatest(silent_seconds, 0), 86400));
BEGIN
  PERFORM require_own_worker(beating);
  IF NOT is_list(running) THEN
    PERFORM refuse_lists();
  END IF;
  UPDATE worker SET heartbeat_at = now(), silence = announced, lease_until = now() + lease + announced,
      -- Its program is older than what the database was migrated to serve.
      state = CASE WHEN protocol < (SELECT protocol_oldest FROM protocol) THEN 'draining' ELSE worker.state END
    WHERE worker_id = beating AND worker.state IN ('active', 'draining');
  -- A claim that reached the server after its worker had given the connection up: nobody knows of it.
  forgotten := ARRAY(SELECT l.task_id FROM live_task l
    WHERE l.worker_id = beating AND l.state = 'running' AND l.task_id <> ALL (running)
      AND extract(epoch FROM now() - l.claimed_at) > forgotten_seconds
    ORDER BY l.task_id FOR UPDATE SKIP LOCKED);
  IF cardinality(forgotten) > 0 THEN
    PERFORM make_ready(forgotten);
  END IF;
  RETURN QUERY
    SELECT coalesce((SELECT w.state FROM worker w WHERE w.worker_id = beating), 'lost'),
      ARRAY(SELECT named FROM unnest(running) AS named
        WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = named AND l.worker_id = beating)),
      EXISTS (SELECT FROM job WHERE job.state = 'running'),
      ARRAY(SELECT DISTINCT need FROM worker w JOIN lane r ON w.sites IS NULL OR r.site_id = ANY (w.sites)
          CROSS JOIN unnest(r.needs) AS need
        WHERE w.worker_id = beating AND r.from_rank < 2147483647 AND need <> ALL (w.offers)
          AND (w.runs IS NULL OR r.kind = ANY (w.runs)) ORDER BY 1);
END $$;
COMMENT ON FUNCTION queue.heartbeat IS
  'Extends the lease and answers the worker''s state, those of its running tasks that are no longer its own, whether a job '
  'is unfinished, so that looking again soon is worth while, and what tasks that wait at its sites need and it does not offer. silent_seconds: how much longer than its lease a '
  'worker without tasks will be silent; the claim of a task ends that privilege. forgotten_seconds: tasks that it has held '
  'for longer and does not name go back, because their claim came late, over a connection that it had given up; several '
  'times what it lets a call take, so that it does not lose a claim whose answer is on its way.';

CREATE OR REPLACE FUNCTION queue.offer(offering bigint, offered text[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM require_own_worker(offering);
  PERFORM require_short_words(offered);
  UPDATE worker SET offers = offered WHERE worker_id = offering AND offers <> offered;
END $$;
COMMENT ON FUNCTION queue.offer IS
  'A worker says what it has of what tasks may need, in place of what it said before: it claims those tasks only whose needs '
  'are all among them.';

CREATE OR REPLACE FUNCTION queue.stop_worker(stopping bigint) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  released int;
BEGIN
  PERFORM require_own_worker(stopping);
  -- First, so that a claim that is still under way is waited for, and a later one gets nothing.
  UPDATE worker SET state = 'stopped', ended_at = now()
    WHERE worker_id = stopping AND state IN ('active', 'draining');
  released := make_ready(ARRAY(SELECT task_id FROM live_task
    WHERE worker_id = stopping AND state = 'running' ORDER BY task_id FOR UPDATE));
  RETURN released;
END $$;
COMMENT ON FUNCTION queue.stop_worker IS 'A worker says goodbye: whatever it still holds goes back.';

CREATE OR REPLACE FUNCTION queue.release_others(holding bigint, keep bigint[]) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM require_own_worker(holding);
  IF NOT is_list(keep) THEN
    PERFORM refuse_lists();
  END IF;
  -- A claim on the lost connection may be under way still; it holds this row, and what it takes must go back too.
  PERFORM FROM worker WHERE worker_id = holding FOR NO KEY UPDATE;
  RETURN make_ready(ARRAY(SELECT task_id FROM live_task
    WHERE worker_id = holding AND state = 'running' AND task_id <> ALL (keep) ORDER BY task_id FOR UPDATE));
END $$;
COMMENT ON FUNCTION queue.release_others IS
  'After a lost connection: hands back tasks whose claim was committed but never reached the worker. Waits for a claim '
  'of this worker that is under way.';

CREATE OR REPLACE FUNCTION queue.queue_is_idle(asking bigint) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  serving int[];
  run_kinds text[];
  held bigint[];
BEGIN
  PERFORM require_own_worker(asking);
  SELECT w.sites, w.runs INTO serving, run_kinds FROM worker w WHERE w.worker_id = asking;
  -- Ready tasks of a job that is held because of what failed are held by the next maintenance.
  held := ARRAY(SELECT j.job_id FROM job j WHERE j.over_budget IS NOT NULL);
  RETURN NOT EXISTS (SELECT FROM live_task l
      WHERE l.state IN ('ready', 'running', 'delayed') AND (serving IS NULL OR l.site_id = ANY (serving))
        AND (run_kinds IS NULL OR l.kind = ANY (run_kinds))
        AND (l.state <> 'ready' OR l.job_id <> ALL (held)))
    AND NOT EXISTS (SELECT FROM live_task l
      WHERE l.state = 'blocked' AND (serving IS NULL OR l.site_id = ANY (serving))
        AND (run_kinds IS NULL OR l.kind = ANY (run_kinds))
        AND l.job_id IN (SELECT o.job_id FROM live_task o WHERE o.state IN ('ready', 'running', 'delayed')
          AND (o.state <> 'ready' OR o.job_id <> ALL (held))));
END $$;
COMMENT ON FUNCTION queue.queue_is_idle IS
  'Whether no task is left that this worker could come to run: none of its sites and kinds is ready, running or delayed, nor '
  'blocked behind such a task of any site and kind. What is held, and what waits for it, does not count. A task whose need it '
  'does not offer does: it may come to offer it, and its next kind waits for that task; see unmet_needs.';

CREATE OR REPLACE FUNCTION queue.unmet_needs(asking bigint, of_job bigint DEFAULT NULL) RETURNS text[]
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = queue, pg_temp
  SET jit = off SET enable_seqscan = off AS $$
DECLARE
  serving int[];
  run_kinds text[];
  others int[];
  held bigint[];
  waiting record;
  is_offered boolean;
  known text[];
  unmet int[] := '{}';
  lacking text[] := '{}';
BEGIN
  IF asking IS NOT NULL OR NOT pg_has_role(session_user, 'trabecula_coordinator', 'MEMBER') THEN
    PERFORM require_own_worker(asking);
    SELECT w.sites, w.runs INTO serving, run_kinds FROM worker w WHERE w.worker_id = asking;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  IF EXISTS (SELECT FROM live_task l WHERE l.state = 'running' AND (of_job IS NULL OR l.job_id = of_job)
      AND (serving IS NULL OR l.site_id = ANY (serving)) AND (run_kinds IS NULL OR l.kind = ANY (run_kinds))) THEN
    RETURN NULL;
  END IF;
  -- Of such a job nothing begins: its tasks wait for an operator, whatever they need.
  held := ARRAY(SELECT j.job_id FROM job j WHERE j.state = 'running' AND (j.paused OR j.over_budget IS NOT NULL));
  -- Lanes of tasks that are no ready ones in company, which claims find by other ways.
  others := ARRAY(
    SELECT l.lane FROM live_task l WHERE l.state = 'delayed' AND (of_job IS NULL OR l.job_id = of_job) AND l.job_id <> ALL (held)
    UNION SELECT l.lane FROM live_task l WHERE l.state = 'ready' AND l.crashes > 0 AND (of_job IS NULL OR l.job_id = of_job)
      AND l.job_id <> ALL (held));
  FOR waiting IN
    SELECT r.lane, r.site_id, r.kind, r.needs FROM lane r
      WHERE (serving IS NULL OR r.site_id = ANY (serving)) AND (run_kinds IS NULL OR r.kind = ANY (run_kinds))
        AND (r.lane = ANY (others) OR r.from_rank < 2147483647 AND EXISTS (SELECT FROM live_task l
          WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND (of_job IS NULL OR l.job_id = of_job)
            AND l.job_id <> ALL (held)))
  LOOP
    SELECT bool_or(waiting.needs <@ w.offers),
        array_agg(DISTINCT need) FILTER (WHERE need = ANY (w.offers))
      INTO is_offered, known
      FROM worker w CROSS JOIN unnest(waiting.needs) AS need
      WHERE w.state = 'active' AND least(w.lease_until - w.silence, w.heartbeat_at + interval '2 minutes') > now()
        AND (w.sites IS NULL OR waiting.site_id = ANY (w.sites))
        AND (w.runs IS NULL OR waiting.kind = ANY (w.runs));
    -- NULL where it needs nothing, or nobody is there to be asked.
    IF is_offered IS NOT FALSE THEN
      RETURN NULL;
    END IF;
    unmet := unmet || waiting.lane;
    lacking := lacking || CASE WHEN waiting.needs <@ known THEN waiting.needs
      ELSE ARRAY(SELECT need FROM unnest(waiting.needs) AS need WHERE need <> ALL (coalesce(known, '{}'))) END;
  END LOOP;
  -- What is blocked may be opened by others, as long as those have something that they can do.
  IF EXISTS (SELECT FROM job j
      WHERE j.state = 'running' AND (of_job IS NULL OR j.job_id = of_job) AND j.job_id <> ALL (held)
        AND EXISTS (SELECT FROM live_task l WHERE l.job_id = j.job_id AND l.state = 'blocked'
          AND (serving IS NULL OR l.site_id = ANY (serving)) AND (run_kinds IS NULL OR l.kind = ANY (run_kinds)))
        AND (EXISTS (SELECT FROM live_task l WHERE l.state = 'running' AND l.job_id = j.job_id)
          OR EXISTS (SELECT FROM live_task l WHERE l.state = 'delayed' AND l.job_id = j.job_id AND l.lane <> ALL (unmet))
          OR EXISTS (SELECT FROM live_task l WHERE l.state = 'ready' AND l.crashes > 0 AND l.job_id = j.job_id
            AND l.lane <> ALL (unmet))
          OR EXISTS (SELECT FROM lane r JOIN live_task l USING (lane)
            WHERE r.lane <> ALL (unmet) AND l.state = 'ready' AND l.crashes = 0 AND l.job_id = j.job_id))) THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT array_agg(DISTINCT need ORDER BY need) FROM unnest(lacking) AS need);
END $$;
COMMENT ON FUNCTION queue.unmet_needs IS
  'Whether all that is left for a worker waits for what no live worker offers: the needs that are missing, or NULL where '
  'something goes on, or can. Asks for the sites and kinds of the worker; as a coordinator with NULL for all, as far as a live '
  'worker runs them. of_job: of one job only. Tasks of a job that is paused or over its budget do not count. Tasks of sites or kinds where nobody works tell nothing: somebody may yet come.';

CREATE OR REPLACE FUNCTION queue.take_back(lost_worker bigint, most_crashes int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  held live_task;
  taken int := 0;
  freed bigint[] := '{}';
  was_alone boolean := (SELECT count(*) = 1 FROM live_task WHERE worker_id = lost_worker AND state = 'running');
BEGIN
  FOR held IN SELECT * FROM live_task WHERE worker_id = lost_worker AND state = 'running'
    ORDER BY task_id FOR UPDATE
  LOOP
    taken := taken + 1;
    held.crashes := CASE WHEN was_alone THEN held.crashes + 1 ELSE greatest(held.crashes, 1) END;
    UPDATE live_task SET crashes = held.crashes WHERE task_id = held.task_id;
    IF held.crashes >= most_crashes THEN
      PERFORM end_failed(held.task_id, 'poison',
        format('The worker process died %s times while it ran this task.', held.crashes),
        'Look for memory limits or a damaged file on that machine, then retry the task.');
    ELSE
      INSERT INTO attempt_failure (task_id, fence, worker_id, failure_code, failure_text, claimed_at)
        VALUES (held.task_id, held.fence, lost_worker, 'worker-lost', 'The worker process died or lost its lease.', held.claimed_at);
      freed := freed || held.task_id;
    END IF;
  END LOOP;
  PERFORM make_ready(freed);
  RETURN taken;
END $$;
COMMENT ON FUNCTION queue.take_back IS
  'Returns the tasks of a lost worker to the queue; a task whose third worker dies is quarantined as poison. Where '
  'several were held nobody knows which is guilty: each becomes a suspect, none is quarantined.';

CREATE OR REPLACE FUNCTION queue.expire_worker(dead_host text, dead_pid int) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  expired int;
BEGIN
  UPDATE worker SET lease_until = now() - interval '1 microsecond'
    WHERE host = dead_host AND pid = dead_pid AND state IN ('active', 'draining');
  GET DIAGNOSTICS expired = ROW_COUNT;
  IF expired > 0 THEN
    PERFORM record_act('expire_worker', format('process %s on %s', dead_pid, dead_host), NULL,
      jsonb_build_object('workers', expired));
  END IF;
  RETURN expired;
END $$;
COMMENT ON FUNCTION queue.expire_worker IS
  'For whoever saw a worker process die: its lease ends now, and the next maintenance takes its tasks back.';
