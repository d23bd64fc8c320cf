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
  'One task that may run under a limit. A slot is held as long as the live task that it names runs with this fence, and free otherwise: '
  'nobody gives it back, so that nobody can forget to, and a lost worker holds it no longer than its lease. Whoever claims locks '
  'slots that look free, passing by those that others have locked, then looks again: what had been given to another before '
  'the lock shows as held by now. Nothing is waited for, and no two claims have the same slot.';
COMMENT ON COLUMN queue.task_slot.taken_at IS 'When the task that it names was claimed.';

CREATE OR REPLACE FUNCTION queue.free_slots(of_limit int, most int) RETURNS bigint[]
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  locked bigint[];
BEGIN
  locked := ARRAY(SELECT s.slot FROM task_slot s
    WHERE s.limit_id = of_limit AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)
    ORDER BY s.slot LIMIT most FOR UPDATE OF s SKIP LOCKED);
  -- Again, with a snapshot of after the locks: the holder of a slot that was given away in between shows as running now.
  RETURN ARRAY(SELECT s.slot FROM task_slot s
    WHERE s.slot = ANY (locked)
      AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)
    ORDER BY s.slot);
END $$;
COMMENT ON FUNCTION queue.free_slots IS
  'So many free slots of a limit, at most, locked to the end of the transaction; those that others have locked are passed by.';

CREATE OR REPLACE FUNCTION queue.trim_slots(of_limit int) RETURNS boolean
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  beyond int;
  gone bigint[];
BEGIN
  SELECT m.surplus INTO beyond FROM task_limit m WHERE m.limit_id = of_limit FOR UPDATE SKIP LOCKED;
  IF beyond IS NULL THEN
    RETURN false;
  ELSIF beyond > 0 THEN
    gone := free_slots(of_limit, beyond);
    DELETE FROM task_slot s WHERE s.slot = ANY (gone);
    UPDATE task_limit m SET surplus = m.surplus - cardinality(gone) WHERE m.limit_id = of_limit AND gone <> '{}';
  END IF;
  RETURN beyond = coalesce(cardinality(gone), 0);
END $$;
COMMENT ON FUNCTION queue.trim_slots IS
  'Takes free slots of a limit away that are beyond it. Answers whether none is left, so that claims may go on; false, too, where another '
  'does the same.';

CREATE OR REPLACE FUNCTION queue.reserve_slots(of_lane int, most int, OUT room int, OUT slots bigint[])
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  one record;
  part bigint[];
  limits int := 0;
BEGIN
  room := most;
  slots := NULL;
  FOR one IN
    SELECT m.limit_id, m.surplus FROM task_limit m JOIN lane q ON q.lane = of_lane
      WHERE CASE m.scope WHEN 'site' THEN m.site_id = q.site_id WHEN 'kind' THEN m.subject = q.kind
        WHEN 'need' THEN m.subject = ANY (q.needs) ELSE m.job_id = -q.share END
      ORDER BY m.limit_id
  LOOP
    slots := coalesce(slots, '{}');
    IF one.surplus > 0 AND NOT trim_slots(one.limit_id) THEN
      room := 0;
    ELSE
      part := free_slots(one.limit_id, room);
      IF limits > 0 AND cardinality(part) < room THEN
        slots := ARRAY(SELECT slots[nth * room + place] FROM generate_series(0, limits - 1) AS nth,
          generate_series(1, cardinality(part)) AS place ORDER BY nth, place);
      END IF;
      room := cardinality(part);
      slots := slots || part;
      limits := limits + 1;
    END IF;
    EXIT WHEN room = 0;
  END LOOP;
END $$;
COMMENT ON FUNCTION queue.reserve_slots IS
  'How many tasks of a lane, at most so many, may be claimed under its limits, and the slots that are locked for them, as many of each limit; slots '
  'NULL: it is under none.';

CREATE OR REPLACE FUNCTION queue.full_lanes() RETURNS int[]
  LANGUAGE sql STABLE SET search_path = queue, pg_temp AS $$
  SELECT ARRAY(SELECT q.lane FROM lane q WHERE EXISTS (SELECT FROM task_limit m
    WHERE CASE m.scope WHEN 'site' THEN m.site_id = q.site_id WHEN 'kind' THEN m.subject = q.kind
        WHEN 'need' THEN m.subject = ANY (q.needs) ELSE m.job_id = -q.share END
      AND (m.surplus > 0 OR NOT EXISTS (SELECT FROM task_slot s WHERE s.limit_id = m.limit_id
      AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)))))
$$;
COMMENT ON FUNCTION queue.full_lanes IS 'Lanes of which no task may be claimed now, because of a limit.';

CREATE OR REPLACE FUNCTION queue.claim_under_limits(claiming bigint, of_lane int, rank int, first_task bigint, most int,
    held_jobs bigint[], suspect tid[])
  RETURNS TABLE (task_id bigint, fence bigint, job_id bigint, kind text, payload jsonb, failures smallint, crashes smallint)
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
#variable_conflict use_column
DECLARE
  room int;
  slots bigint[];
BEGIN
  SELECT r.room, r.slots INTO room, slots FROM reserve_slots(of_lane, most) r;
  IF room = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH freed AS (
      DELETE FROM live_task l
        WHERE l.ctid = ANY (coalesce(suspect, ARRAY(
          SELECT s.ctid FROM live_task s
            WHERE s.lane = of_lane AND s.state = 'ready' AND s.crashes = 0
              AND -s.priority = rank AND s.task_id >= first_task
              AND (held_jobs IS NULL OR s.job_id <> ALL (held_jobs))
            ORDER BY -s.priority, s.task_id LIMIT room FOR UPDATE SKIP LOCKED)))
        RETURNING l.task_id, l.job_id, l.lane, l.site_id, l.priority, l.shard, l.failures, l.crashes, l.kind
    ), taken AS (
      INSERT INTO live_task AS l (task_id, job_id, fence, worker_id, claimed_at, lane, site_id, priority, shard,
          failures, crashes, kind, state)
        SELECT task_id, job_id, nextval('queue.fence'), claiming, now(), lane, site_id, priority, shard,
            failures, crashes, kind, 'running' FROM freed
        RETURNING l.task_id, l.fence, l.job_id, l.kind, l.failures, l.crashes
    ), filled AS (
      -- Of each limit as many slots as tasks.
      UPDATE task_slot s SET task_id = t.task_id, fence = t.fence, taken_at = now()
        FROM (SELECT task_id, fence, row_number() OVER () AS place FROM taken) t,
          generate_series(0, cardinality(slots) / room - 1) AS nth
        WHERE s.slot = slots[nth * room + t.place]
    )
    SELECT c.task_id, c.fence, c.job_id, c.kind, (SELECT t.payload FROM task t WHERE t.task_id = c.task_id), c.failures, c.crashes
      FROM taken c;
END $$;
COMMENT ON FUNCTION queue.claim_under_limits IS
  'What claim_tasks does for one lane, for a lane that may be under limits: no more tasks than there are free slots, each of which it fills. The '
  'plans are pinned by the settings of claim_tasks.';

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

CREATE OR REPLACE FUNCTION queue.set_limit(of_scope text, of_subject text, most_running int) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known task_limit;
  named_site int;
  named_job bigint;
  held int := 0;
  made int;
  spare bigint[];
BEGIN
  PERFORM begin_act(true);
  IF of_scope IS NULL OR of_scope <> ALL ('{site,job,kind,need}') OR coalesce(of_subject, '') = '' THEN
    RAISE EXCEPTION 'a limit is of a site, a job, a kind or a need, not of % %', coalesce(of_scope, 'NULL'), coalesce(of_subject, 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT queue.set_limit(''site'', ''North'', 20);';
  ELSIF most_running IS NULL OR most_running NOT BETWEEN 0 AND 1000 THEN
    RAISE EXCEPTION 'a limit of % tasks', coalesce(most_running::text, 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'From 0 to 1000; unset_limit ends a limit.';
  ELSIF of_scope = 'site' THEN
    named_site := require_site(of_subject);
    of_subject := normalize(of_subject, NFC);
  ELSIF of_scope = 'job' THEN
    named_job := (require_job(CASE WHEN of_subject ~ '^[0-9]{1,18}$' THEN of_subject::bigint END)).job_id;
    of_subject := named_job::text;
  ELSIF of_scope = 'kind' AND NOT EXISTS (SELECT FROM kind k WHERE k.kind = of_subject) THEN
    RAISE EXCEPTION 'there is no kind %', quote_literal(of_subject) USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Kinds: ' || coalesce((SELECT string_agg(k.kind, ', ' ORDER BY k.kind) FROM kind k), 'none');
  END IF;
  PERFORM stop_claims();
  SELECT * INTO known FROM task_limit m WHERE m.scope = of_scope AND m.subject = of_subject FOR UPDATE;
  IF known.allowed = most_running THEN
    RETURN format('The limit of %s %s is %s already.', of_scope, of_subject, most_running);
  ELSIF known.limit_id IS NULL THEN
    INSERT INTO task_limit (scope, subject, site_id, job_id, allowed) VALUES (of_scope, of_subject, named_site, named_job, most_running)
      RETURNING * INTO known;
    -- What runs already holds slots, as many as it needs.
    INSERT INTO task_slot (limit_id, task_id, fence, taken_at)
      SELECT known.limit_id, l.task_id, l.fence, l.claimed_at FROM live_task l JOIN lane q USING (lane)
        WHERE l.state = 'running' AND CASE of_scope WHEN 'site' THEN l.site_id = named_site WHEN 'kind' THEN l.kind = of_subject
          WHEN 'need' THEN of_subject = ANY (q.needs) ELSE l.job_id = named_job END
        ORDER BY l.claimed_at, l.task_id;
  END IF;
  SELECT count(*) INTO made FROM task_slot s WHERE s.limit_id = known.limit_id;
  IF made > most_running THEN
    spare := free_slots(known.limit_id, made - most_running);
    DELETE FROM task_slot s WHERE s.slot = ANY (spare);
  ELSE
    INSERT INTO task_slot (limit_id) SELECT known.limit_id FROM generate_series(made + 1, most_running);
  END IF;
  SELECT count(*), count(l.task_id) INTO made, held
    FROM task_slot s LEFT JOIN live_task l ON l.task_id = s.task_id AND l.fence = s.fence WHERE s.limit_id = known.limit_id;
  UPDATE task_limit SET allowed = most_running, surplus = greatest(made - most_running, 0) WHERE limit_id = known.limit_id;
  UPDATE worker SET under_limits = true WHERE state IN ('active', 'draining') AND NOT under_limits;
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
  PERFORM stop_claims();
  DELETE FROM task_limit m WHERE m.scope = of_scope AND m.subject = CASE of_scope WHEN 'site' THEN normalize(of_subject, NFC) ELSE of_subject END
    RETURNING * INTO known;
  IF known.limit_id IS NULL THEN
    RETURN format('There is no limit of %s %s.', of_scope, of_subject);
  END IF;
  DELETE FROM task_slot s WHERE s.limit_id = known.limit_id;
  IF NOT EXISTS (SELECT FROM task_limit) THEN
    UPDATE worker SET under_limits = false WHERE under_limits;
  END IF;
  PERFORM record_act('unset_limit', of_scope || ' ' || known.subject, jsonb_build_object('most', known.allowed), NULL);
  PERFORM announce('trabecula_ready');
  RETURN format('There is no limit of %s %s any more.', of_scope, known.subject);
END $$;
COMMENT ON FUNCTION queue.unset_limit IS 'Ends a limit of set_limit.';
