-- Limits by key: at most so many tasks running of a site, a job, a kind, or with a need, as a store or the weights of a GPU.

COMMENT ON TABLE queue.task_limit IS
  'At most so many tasks may run of a site, a job, a kind, or that need the same: set_limit. A limit has a row of task_slot for each task '
  'that may run; view limit_overview shows who holds them, and who waits.';
COMMENT ON COLUMN queue.task_limit.scope IS 'Of what: site, job, kind or need.';
COMMENT ON COLUMN queue.task_limit.subject IS 'Which one: the name of the site, the number of the job, the kind, the need.';
COMMENT ON COLUMN queue.task_limit.surplus IS
  'How many slots there are beyond the limit, because as many tasks ran when it was set. While there are any, no claim takes a slot: those '
  'that become free go first (trim_slots).';
COMMENT ON TABLE queue.task_slot IS
  'One task that may run under a limit. The row names the claim that took the slot last: a task and a fence. While that task runs with that fence, '
  'the slot is held; otherwise it is free. No row is written when a task ends, so no end of a task can forget to, and the slot of a lost worker is '
  'free when its tasks are taken back. A claim locks slots that look free and passes by those that others have locked. Between its look '
  'and its lock another claim may have taken a slot; therefore it looks a second time before it writes itself into it. No claim waits for '
  'another, and no two hold the same slot.';
COMMENT ON TABLE queue.turned_away IS
  'The last workers, sixteen at most, that could have taken more tasks than a limit allows. A row for each limit, apart from task_limit, which every claim '
  'under a limit reads: see wake_turned_away.';
COMMENT ON COLUMN queue.task_limit.key IS 'What lanes and workers call it: the scope with the number of the site or job, the kind or the need.';
COMMENT ON COLUMN queue.task_limit.first_slot IS 'The lowest number of its slots, as it was set; with last_slot for where a claim begins to look.';
COMMENT ON COLUMN queue.task_limit.last_slot IS 'The highest number of its slots, as it was set.';
COMMENT ON COLUMN queue.lane.limit_keys IS 'Keys of all limits that would hold for the tasks of this lane, whether or not they are set.';
COMMENT ON COLUMN queue.task_slot.taken_at IS 'When the task that it names was claimed.';

CREATE OR REPLACE FUNCTION queue.has_room(of_lane int, of_job bigint) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM lane q CROSS JOIN task_limit m WHERE q.lane = of_lane
    AND (m.job_id = of_job AND q.share >= 0 OR m.key = ANY (q.limit_keys) AND (m.surplus > 0 OR NOT EXISTS (
      SELECT FROM task_slot s WHERE s.limit_id = m.limit_id
        AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)))))
$$;
COMMENT ON FUNCTION queue.has_room IS
  'Whether limits let a task of this job begin that waits in this lane. One of a job under a limit begins from a lane of its job only.';

CREATE OR REPLACE FUNCTION queue.drop_free_slots(of_limit int, most int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  locked bigint[];
  gone int;
BEGIN
  locked := ARRAY(SELECT s.slot FROM task_slot s
    WHERE s.limit_id = of_limit AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)
    ORDER BY s.slot LIMIT most FOR UPDATE OF s SKIP LOCKED);
  -- Looks again, as claim_tasks does.
  DELETE FROM task_slot s
    WHERE s.slot = ANY (locked) AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION queue.drop_free_slots IS 'Takes so many free slots of a limit away, at most, and says how many; passes by those that others have locked.';

CREATE OR REPLACE FUNCTION queue.trim_slots(of_limit int) RETURNS boolean
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  beyond int;
  gone int := 0;
BEGIN
  SELECT m.surplus INTO beyond FROM task_limit m WHERE m.limit_id = of_limit FOR UPDATE SKIP LOCKED;
  IF beyond IS NULL THEN
    RETURN false;
  ELSIF beyond > 0 THEN
    gone := drop_free_slots(of_limit, beyond);
    UPDATE task_limit m SET surplus = m.surplus - gone WHERE m.limit_id = of_limit AND gone > 0;
  END IF;
  RETURN beyond = gone;
END $$;
COMMENT ON FUNCTION queue.trim_slots IS
  'Takes free slots of a limit away that are beyond it. Answers whether none is left, so that claims may go on; false, too, where another '
  'does the same.';

CREATE OR REPLACE FUNCTION queue.lock_other_slots(of_limit int, besides bigint[], most int) RETURNS bigint[]
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  RETURN ARRAY(SELECT s.slot FROM task_slot s
    WHERE s.limit_id = of_limit AND s.slot <> ALL (besides)
      AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)
    ORDER BY s.slot LIMIT most FOR UPDATE OF s SKIP LOCKED);
END $$;
COMMENT ON FUNCTION queue.lock_other_slots IS
  'More slots of a limit that look free, locked to the end of the transaction, where claim_tasks has locked these and needs more.';

CREATE OR REPLACE FUNCTION queue.note_turned_away(claiming bigint, limits int[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE turned_away a
    SET seen_at = now(), workers = claiming || (array_remove(a.workers, claiming))[:15]
    WHERE a.limit_id = ANY (ARRAY(SELECT t.limit_id FROM turned_away t
      WHERE t.limit_id = ANY (limits)
        AND (t.seen_at < now() - interval '5 seconds' OR cardinality(t.workers) < 16 AND claiming <> ALL (t.workers))
      FOR UPDATE SKIP LOCKED));
END $$;
COMMENT ON FUNCTION queue.note_turned_away IS
  'Notes that a worker could take more tasks than these limits allow. Written once in five seconds, or for one of the first sixteen workers, and never '
  'waited for: with ten thousand idle workers it is the same few rows.';

CREATE OR REPLACE FUNCTION queue.wake_turned_away(ending_worker bigint, ended bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM announce('trabecula_ready_' || woken.worker_id)
    FROM (SELECT DISTINCT idle.worker_id FROM turned_away a JOIN task_limit m USING (limit_id)
      CROSS JOIN LATERAL (SELECT count(*) AS slots FROM task t JOIN lane q USING (lane)
        WHERE t.task_id = ANY (ended) AND (m.key = ANY (q.limit_keys) OR t.job_id = m.job_id)) freed
      CROSS JOIN LATERAL (SELECT w.worker_id FROM unnest(a.workers) WITH ORDINALITY AS noted(worker_id, place) JOIN worker w USING (worker_id)
        WHERE w.state = 'active' AND w.lease_until > now() AND w.worker_id IS DISTINCT FROM ending_worker
          AND (SELECT count(*) FROM live_task l WHERE l.worker_id = w.worker_id AND l.state = 'running') < w.slots
        ORDER BY hashint8extended(w.worker_id, ended[1]) LIMIT freed.slots) idle
      WHERE a.seen_at > now() - interval '20 seconds') woken;
END $$;
COMMENT ON FUNCTION queue.wake_turned_away IS
  'For whatever ends the run of these tasks: for each slot of a limit that becomes free, wakes one worker that was turned away because of that '
  'limit less than 20 seconds ago and has a place free, on a channel of its own (trabecula_ready_ and its number). Not the worker that ended '
  'them, which claims next anyway. No more are woken than there are slots, however many are idle.';

CREATE OR REPLACE FUNCTION queue.move_to_own_lanes(at_most int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  moving bigint[];
  own record;
  lanes int[];
  ranks int[];
  tasks bigint[];
BEGIN
  -- Whoever submits has the turn for as long as that takes.
  IF NOT EXISTS (SELECT FROM task_limit WHERE scope = 'job') OR NOT try_turn('lane') THEN
    RETURN 0;
  END IF;
  moving := ARRAY(SELECT l.task_id FROM live_task l JOIN lane q USING (lane)
    WHERE q.share >= 0 AND l.job_id IN (SELECT m.job_id FROM task_limit m WHERE m.scope = 'job')
    ORDER BY l.task_id LIMIT at_most FOR UPDATE OF l SKIP LOCKED);
  FOR own IN
    SELECT DISTINCT q.lane, l.job_id, lane_of(q.kind, q.site_id, q.needs, -l.job_id) AS fresh
      FROM live_task l JOIN lane q USING (lane) WHERE l.task_id = ANY (moving) ORDER BY 1, 2
  LOOP
    UPDATE live_task l SET lane = own.fresh WHERE l.task_id = ANY (moving) AND l.lane = own.lane AND l.job_id = own.job_id;
  END LOOP;
  SELECT array_agg(low.lane), array_agg(low.rank), array_agg(low.task) INTO lanes, ranks, tasks
    FROM (SELECT l.lane, min(-l.priority) AS rank, min(l.task_id) AS task FROM live_task l
      WHERE l.task_id = ANY (moving) AND l.state = 'ready' GROUP BY 1) low;
  PERFORM lanes_lowered(lanes, ranks, tasks);
  RETURN cardinality(moving);
END $$;
COMMENT ON FUNCTION queue.move_to_own_lanes IS
  'Moves so many tasks of jobs under a limit, at most, to lanes of these jobs alone, so that claims need not step over them while the limit '
  'is reached. Until then claims pass them by. What somebody has locked is left to the next call.';

CREATE OR REPLACE FUNCTION queue.stop_claims() RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  PERFORM FROM turn WHERE what = 'limits' FOR UPDATE;
  PERFORM FROM worker w WHERE w.state IN ('active', 'draining') ORDER BY w.worker_id FOR NO KEY UPDATE;
END $$;
COMMENT ON FUNCTION queue.stop_claims IS
  'Waits for claims that are under way, and lets none begin before the end of the transaction: each holds the row of its worker. Nothing else may '
  'have been locked before, but turns, lest somebody waits in a circle.';

CREATE OR REPLACE FUNCTION queue.tell_limits() RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE worker w SET limit_keys = m.keys, limited_jobs = m.jobs
    FROM (SELECT array_agg(key ORDER BY key) AS keys, array_agg(job_id ORDER BY job_id) FILTER (WHERE job_id IS NOT NULL) AS jobs
      FROM task_limit) m
    WHERE w.state IN ('active', 'draining') AND (w.limit_keys IS DISTINCT FROM m.keys OR w.limited_jobs IS DISTINCT FROM m.jobs);
END $$;
COMMENT ON FUNCTION queue.tell_limits IS 'Writes which limits there are into the rows of workers, which stop_claims has locked.';

CREATE OR REPLACE FUNCTION queue.set_limit(of_scope text, of_subject text, most_running int) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known task_limit;
  named_site int;
  named_job bigint;
  held int := 0;
  made int;
BEGIN
  PERFORM begin_act(true);
  IF of_scope IS NULL OR of_scope <> ALL ('{site,job,kind,need}') OR coalesce(of_subject, '') = '' THEN
    RAISE EXCEPTION 'a limit is of a site, a job, a kind or a need, not of % %', coalesce(of_scope, 'NULL'), coalesce(of_subject, 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT queue.set_limit(''site'', ''North'', 20);';
  ELSIF most_running IS NULL OR most_running NOT BETWEEN 0 AND 1000 THEN
    RAISE EXCEPTION 'a limit of % tasks cannot be kept', coalesce(most_running::text, 'NULL')
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'A limit is from 0 to 1000 tasks, because a claim looks at each of them once all run. Where more may run, limit parts of it (sites, '
          'kinds, needs), or set none: unset_limit ends a limit.';
  ELSIF of_scope = 'site' THEN
    named_site := require_site(of_subject);
    of_subject := normalize(of_subject, NFC);
  ELSIF of_scope = 'job' AND of_subject !~ '^[0-9]{1,18}$' THEN
    RAISE EXCEPTION 'a job is named by its number, and % is none', quote_literal(of_subject)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM queue.job_progress; lists jobs with their numbers.';
  ELSIF of_scope = 'job' THEN
    named_job := (require_job(of_subject::bigint)).job_id;
    of_subject := named_job::text;
  ELSIF of_scope = 'kind' THEN
    PERFORM require_kind(of_subject);
  END IF;
  PERFORM stop_claims();
  SELECT * INTO known FROM task_limit m WHERE m.scope = of_scope AND m.subject = of_subject FOR UPDATE;
  IF known.allowed = most_running THEN
    RETURN format('The limit of %s %s is %s already.', of_scope, of_subject, most_running);
  ELSIF known.limit_id IS NULL THEN
    INSERT INTO task_limit (scope, subject, site_id, job_id, allowed) VALUES (of_scope, of_subject, named_site, named_job, most_running)
      RETURNING * INTO known;
    INSERT INTO turned_away (limit_id) VALUES (known.limit_id);
    -- What runs already holds slots, as many as it needs.
    INSERT INTO task_slot (limit_id, task_id, fence, taken_at)
      SELECT known.limit_id, l.task_id, l.fence, l.claimed_at FROM live_task l JOIN lane q USING (lane)
        WHERE l.state = 'running' AND CASE of_scope WHEN 'site' THEN l.site_id = named_site WHEN 'kind' THEN l.kind = of_subject
          WHEN 'need' THEN of_subject = ANY (q.needs) ELSE l.job_id = named_job END
        ORDER BY l.claimed_at, l.task_id;
  END IF;
  SELECT count(*) INTO made FROM task_slot s WHERE s.limit_id = known.limit_id;
  IF made > most_running THEN
    PERFORM drop_free_slots(known.limit_id, made - most_running);
  ELSE
    INSERT INTO task_slot (limit_id) SELECT known.limit_id FROM generate_series(made + 1, most_running);
  END IF;
  SELECT count(*), count(l.task_id) INTO made, held
    FROM task_slot s LEFT JOIN live_task l ON l.task_id = s.task_id AND l.fence = s.fence WHERE s.limit_id = known.limit_id;
  UPDATE task_limit SET allowed = most_running, surplus = greatest(made - most_running, 0),
      (first_slot, last_slot) = (SELECT coalesce(min(s.slot), 0), coalesce(max(s.slot), 0) FROM task_slot s WHERE s.limit_id = known.limit_id)
    WHERE limit_id = known.limit_id;
  PERFORM tell_limits();
  PERFORM record_act('set_limit', of_scope || ' ' || of_subject, CASE WHEN known.allowed <> most_running THEN jsonb_build_object('most', known.allowed) END,
    jsonb_build_object('most', most_running));
  PERFORM announce('trabecula_ready');
  RETURN format('Of %s %s at most %s: %s now.', of_scope, of_subject,
    counted(most_running, 'task runs', 'tasks run'), held);
END $$;
COMMENT ON FUNCTION queue.set_limit IS
  'At most so many tasks may run of a site, a job, a kind, or that need the same: SELECT queue.set_limit(''need'', ''store:north'', 8); What runs '
  'beyond it goes on to its end, and nothing more is claimed before enough of it has ended. Holds up claims for as long as it takes. 0: none.';

CREATE OR REPLACE FUNCTION queue.unset_limit(of_scope text, of_subject text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known task_limit;
BEGIN
  PERFORM begin_act(true);
  IF of_scope IS NULL OR of_scope <> ALL ('{site,job,kind,need}') OR of_subject IS NULL THEN
    RAISE EXCEPTION 'a limit is of a site, a job, a kind or a need, not of % %', coalesce(of_scope, 'NULL'), coalesce(of_subject, 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Limits: ' || coalesce((SELECT string_agg(m.scope || ' ' || m.subject, ', '
        ORDER BY m.scope, m.subject) FROM task_limit m), 'none') || '.';
  END IF;
  PERFORM stop_claims();
  DELETE FROM task_limit m WHERE m.scope = of_scope AND m.subject = CASE of_scope WHEN 'site' THEN normalize(of_subject, NFC) ELSE of_subject END
    RETURNING * INTO known;
  IF known.limit_id IS NULL THEN
    RETURN format('There is no limit of %s %s. Limits: %s.', of_scope, of_subject, coalesce((SELECT string_agg(m.scope || ' ' || m.subject, ', '
      ORDER BY m.scope, m.subject) FROM task_limit m), 'none'));
  END IF;
  DELETE FROM task_slot s WHERE s.limit_id = known.limit_id;
  DELETE FROM turned_away a WHERE a.limit_id = known.limit_id;
  PERFORM tell_limits();
  PERFORM record_act('unset_limit', of_scope || ' ' || known.subject, jsonb_build_object('most', known.allowed), NULL);
  PERFORM announce('trabecula_ready');
  RETURN format('There is no limit of %s %s any more.', of_scope, known.subject);
END $$;
COMMENT ON FUNCTION queue.unset_limit IS 'Ends a limit of set_limit.';
