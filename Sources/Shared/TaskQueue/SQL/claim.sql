-- A task that is claimed: the only way from ready to running.

COMMENT ON TABLE queue.live_task IS
  'How an unended task stands; the row goes when the task ends. It has no foreign keys, because each would cost every '
  'claim or submission a lookup and a row lock: rows come only from the statement that inserts their task, from '
  'claim_tasks, which replaces the row of a ready task by that of a running one and has just read the worker, and from '
  'reopen_job; neither tasks nor workers are ever deleted.';
COMMENT ON COLUMN queue.live_task.lane IS 'Copied from task, as kind, site and shard are, so that no claim need look there.';
COMMENT ON COLUMN queue.live_task.site_id IS '0: of no site, for workers whose login was granted all sites.';
COMMENT ON COLUMN queue.live_task.priority IS 'Higher is claimed first; within one priority, older tasks first.';
COMMENT ON COLUMN queue.live_task.fence IS
  'Number of this claim, from one sequence. Only its holder can end the task; an older claim is answered "stale".';
COMMENT ON COLUMN queue.live_task.failures IS 'Attempts that ended with an error; limited, then the task fails.';
COMMENT ON COLUMN queue.live_task.crashes IS
  'Attempts that ended with the death of the worker; the third quarantines the task as poison. A death in the company '
  'of other tasks counts once at most, because any of them may be guilty; from then on the task runs alone.';
COMMENT ON COLUMN queue.live_task.promised_to IS
  'Of a suspect: the worker that claims nothing more until it holds nothing, and takes a suspect then; see meet_suspects. Means nothing when that '
  'worker is gone, or of another task.';
COMMENT ON COLUMN queue.live_task.promised_at IS 'When it was promised.';
COMMENT ON INDEX queue.live_task_suspects IS 'Tasks whose worker died: few, and run alone.';
COMMENT ON DOMAIN queue.live_state IS
  'blocked: its stage has not opened; ready: may be claimed; running: claimed; delayed: a retry that waits for its time; '
  'held: its job or site is paused, or too much of its job has failed.';
COMMENT ON DOMAIN queue.task_priority IS 'Higher is claimed first.';
COMMENT ON SEQUENCE queue.fence IS
  'A new number at each claim of a task, larger than the last one of the same session only; never reset.';

CREATE OR REPLACE FUNCTION queue.refuse_half_a_state() RETURNS trigger
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'task % would be % without what that means', NEW.task_id, NEW.state USING ERRCODE = 'check_violation',
    HINT = 'A running task has a worker, a fence and a time of claim, a delayed one is due; no other has any of these.';
END $$;
COMMENT ON FUNCTION queue.refuse_half_a_state IS 'Refuses to change a live task to a state that its row contradicts.';

CREATE OR REPLACE FUNCTION queue.require_own_worker(named bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF pg_is_in_recovery() THEN
    -- A pooler may hand out sessions of a standby, which shows how things were.
    RAISE EXCEPTION 'a worker speaks to the server that accepts writes, and this is a standby'
      USING ERRCODE = 'read_only_sql_transaction';
  END IF;
  IF EXISTS (SELECT FROM worker w WHERE w.worker_id = named AND w.login <> session_user) THEN
    RAISE EXCEPTION 'worker % was not started by login %', named, session_user
      USING ERRCODE = 'insufficient_privilege', HINT = 'A worker speaks for itself only; register one of your own.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_own_worker IS
  'Refuses a login that speaks for the worker of another, and whoever does so on a standby. A number that no worker has owns no '
  'task, and passes.';

CREATE OR REPLACE FUNCTION queue.require_reader(reader bigint, of_job bigint, kinds text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF reader IS NULL AND pg_has_role(session_user, 'trabecula_coordinator', 'MEMBER') THEN
    RETURN;
  END IF;
  PERFORM require_own_worker(reader);
  IF reader IS NULL OR NOT EXISTS (SELECT FROM live_task l WHERE l.worker_id = reader AND l.state = 'running'
      AND l.job_id = of_job AND l.kind = ANY (kinds)) THEN
    RAISE EXCEPTION 'login % runs no task that needs this of job %', session_user, of_job
      USING ERRCODE = 'insufficient_privilege',
        HINT = 'A worker reads what its running tasks need; coordinators read everything, as worker NULL.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_reader IS
  'Lets a worker read of a job while it runs a task of these kinds of that job, and coordinators (reader NULL) always. For '
  'functions that give workers what their tasks work on.';

CREATE OR REPLACE FUNCTION queue.promise_counts(to_worker bigint, given_at timestamptz) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = queue, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM worker w WHERE w.worker_id = to_worker AND w.state = 'active' AND w.lease_until > now())
    AND given_at > now() - interval '10 minutes' AND NOT lies_ahead(given_at);
END $$;
COMMENT ON FUNCTION queue.promise_counts IS
  'Whether a worker that was promised to a suspect can be waited for: it lives, claims, and was promised within ten minutes; see meet_suspects.';

CREATE OR REPLACE FUNCTION queue.meet_suspects(claiming bigint, claimed_kinds text[], held_jobs bigint[],
    OUT may_claim boolean, OUT place tid, OUT lane int)
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
#variable_conflict use_column
DECLARE
  is_busy boolean;
  suspects bigint[];
  emptying int;
BEGIN
  -- By the few suspects, not by what the worker holds, of which an old snapshot may keep many dead rows.
  may_claim := NOT EXISTS (SELECT FROM live_task l WHERE l.crashes > 0 AND l.state = 'running' AND l.worker_id + 0 = claiming);
  IF NOT may_claim OR NOT EXISTS (SELECT FROM live_task l WHERE l.crashes > 0 AND l.state = 'ready') THEN
    RETURN;
  END IF;
  is_busy := EXISTS (SELECT FROM live_task l WHERE l.worker_id = claiming AND l.state = 'running');
  -- A busy worker may claim tasks of one kind ahead, and be promised to a suspect of another.
  suspects := ARRAY(
    SELECT l.task_id FROM live_task l JOIN lane r USING (lane) JOIN worker w ON w.worker_id = claiming
      WHERE l.state = 'ready' AND l.crashes > 0 AND (l.kind = ANY (claimed_kinds) OR is_busy AND l.kind = ANY (w.runs))
        AND (w.sites IS NULL OR l.site_id = ANY (w.sites)) AND r.needs <@ w.offers
        AND (held_jobs IS NULL OR l.job_id <> ALL (held_jobs)) AND (w.limit_keys IS NULL OR has_room(l.lane, l.job_id))
      ORDER BY -l.priority, l.task_id LIMIT 256);
  IF suspects = '{}' THEN
    RETURN;
  END IF;
  IF NOT is_busy THEN
    SELECT l.ctid, l.lane INTO place, lane FROM live_task l
      WHERE l.task_id = ANY (suspects) AND l.state = 'ready' AND l.crashes > 0
      ORDER BY -l.priority, l.task_id LIMIT 1 FOR UPDATE SKIP LOCKED;
    RETURN;
  END IF;
  SELECT count(*), coalesce(bool_and(l.promised_to <> claiming), true) INTO emptying, may_claim
    FROM live_task l
    WHERE l.task_id = ANY (suspects) AND l.state = 'ready' AND (l.promised_to = claiming OR promise_counts(l.promised_to, l.promised_at));
  IF may_claim AND emptying * 4 < cardinality(suspects) THEN
    UPDATE live_task SET promised_to = claiming, promised_at = now() WHERE ctid = (
      SELECT l.ctid FROM live_task l
        WHERE l.task_id = ANY (suspects) AND l.state = 'ready' AND l.crashes > 0
          AND NOT promise_counts(l.promised_to, l.promised_at)
        ORDER BY -l.priority, l.task_id LIMIT 1 FOR UPDATE SKIP LOCKED);
    may_claim := NOT FOUND;
  END IF;
END $$;
COMMENT ON FUNCTION queue.meet_suspects IS
  'Tells a claim what suspects mean for it. A suspect is a task whose worker died. It runs alone: if it kills its worker again, no other task is '
  'counted with it. (1) A worker that runs a suspect gets no other task (may_claim is false). (2) A worker that holds nothing gets the first suspect: its row (place) and its lane. '
  '(3) A busy worker gets other tasks, and no suspect. (4) So that suspects do not wait for ever where all workers stay busy, some busy workers are promised: '
  'a promised worker gets nothing until all that it holds has ended, and then rule 2 gives it a suspect. Busy workers are promised as they come to claim, one '
  'for every four suspects; one is enough for several, because it takes them one after the other. A promise ends when its worker is lost, drains or stops. After ten minutes '
  'a second worker may be promised as well, because the first may wait for a task that takes hours.';

CREATE OR REPLACE FUNCTION queue.claim_tasks(claiming bigint, kinds text[], most int)
  RETURNS TABLE (task_id bigint, fence bigint, job_id bigint, kind text, payload jsonb, failures smallint,
    crashes smallint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  may_claim boolean;
  served int[];
  offered text[];
  beside_suspects boolean;
  lease_is_old boolean;
  held_jobs bigint[];
  from_lane int;
  lane_rank int;
  lane_task bigint;
  by_steps boolean;
  stepping int := 0;
  entries bigint;
  other_lanes int[];
  other_tasks bigint[];
  nth int;
  suspect tid;
  level int := -2147483648;
  missing int := most;
  before int;
  round_rank int;
  taken int;
  in_vain int := 0;
  best int;
  suspect_lane int;
  chosen tid[];
  passed bigint[];
  -- Of limits by key; limits.sql tells how they work.
  limited_by text[];
  jobs_under_limits bigint[];
  is_limited boolean;
  one_limit record;
  limits int;
  reached int[];
  room int;
  free bigint[];
  reserved bigint[];
  fences bigint[];
  -- Lots are drawn once a claim.
  lot bigint := random() * 9e15;
BEGIN
  -- Locked to the end of the claim: a worker that is being declared lost, or says goodbye, would keep for ever what it
  -- claims beside that. Its process may be dead although this call of it goes on. With it comes the lane that begins
  -- first, in the order of the rounds below.
  SELECT w.state = 'active' AND w.lease_until > now(), w.sites, w.offers,
      EXISTS (SELECT FROM live_task l WHERE l.crashes > 0),
      w.lease_until NOT BETWEEN now() + w.lease * (2 / 3.0) AND now() + w.lease * (4 / 3.0),
      nullif(ARRAY(SELECT j.job_id FROM job j WHERE j.over_budget IS NOT NULL), '{}'),
      q.lane, q.from_rank, q.from_task, q.has_steps, w.limit_keys, w.limited_jobs
    INTO may_claim, served, offered, beside_suspects, lease_is_old, held_jobs,
      from_lane, lane_rank, lane_task, by_steps, limited_by, jobs_under_limits
    FROM worker w LEFT JOIN LATERAL (
      SELECT r.lane, r.from_rank, r.from_task, r.has_steps FROM lane r
        WHERE r.kind = ANY (kinds) AND r.from_rank < 2147483647 AND (w.sites IS NULL OR r.site_id = ANY (w.sites))
          AND r.needs <@ w.offers
        ORDER BY r.from_rank, hashint8extended(r.share, lot), r.from_task LIMIT 1) q ON true
    WHERE w.worker_id = claiming AND w.login = session_user FOR SHARE OF w;
  IF may_claim IS NOT TRUE THEN
    PERFORM require_own_worker(claiming);
    RETURN;
  END IF;
  passed := held_jobs;
  IF by_steps OR beside_suspects THEN
    IF by_steps THEN
      lane_task := greatest(lane_task, nearest_step(from_lane));
      stepping := 200 + 5 * most;
    END IF;
    IF beside_suspects THEN
      SELECT s.may_claim, s.place, s.lane INTO may_claim, suspect, suspect_lane FROM meet_suspects(claiming, kinds, held_jobs) s;
      IF NOT may_claim THEN
        RETURN;
      END IF;
      IF suspect IS NOT NULL THEN
        missing := 1;
        most := 1;
        lane_rank := 0;
        from_lane := suspect_lane;
        -- Ends the longer silence of an idle worker, as below: a death over a suspect must be noticed within a lease.
        lease_is_old := true;
      END IF;
    END IF;
  END IF;
  -- One priority a round, the best that may be ready, across all lanes; nearly always the first lane fills the batch.
  LOOP
    before := missing;
    round_rank := lane_rank;
    nth := 0;
    WHILE lane_rank = round_rank LOOP
      room := missing;
      IF limited_by IS NOT NULL THEN
        limits := 0;
        fences := NULL;
        -- Of a job under a limit tasks are claimed from its own lanes only.
        SELECT r.limit_keys && limited_by, CASE WHEN r.share < 0 THEN held_jobs ELSE coalesce(held_jobs || jobs_under_limits, held_jobs, jobs_under_limits) END
          INTO is_limited, passed FROM lane r WHERE r.lane = from_lane;
        IF is_limited THEN
          reserved := '{}';
          -- Free slots of each limit. From anywhere on: where few are held, nearly the first that is looked at is free.
          FOR one_limit IN
            SELECT m.limit_id, m.surplus, ARRAY(
                SELECT s.slot FROM task_slot s
                  WHERE s.limit_id = m.limit_id AND m.surplus = 0
                    -- Both columns, lest the planner takes the index of slots alone, in which those of other limits stand between.
                    AND (s.limit_id, s.slot) >= (m.limit_id, m.first_slot + lot % (m.last_slot - m.first_slot + 1))
                    AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = s.task_id AND l.fence = s.fence)
                  ORDER BY s.slot LIMIT missing FOR UPDATE OF s SKIP LOCKED) AS free
              FROM lane r JOIN task_limit m ON m.key = ANY (r.limit_keys) WHERE r.lane = from_lane
          LOOP
            free := one_limit.free[:room];
            IF cardinality(free) < room AND (one_limit.surplus = 0 OR trim_slots(one_limit.limit_id)) THEN
              free := free || lock_other_slots(one_limit.limit_id, free, room - cardinality(free));
            END IF;
            IF cardinality(free) < room THEN
              reached := reached || one_limit.limit_id;
              reserved := ARRAY(SELECT reserved[nth_limit * room + place] FROM generate_series(0, limits - 1) AS nth_limit,
                generate_series(1, cardinality(free)) AS place ORDER BY nth_limit, place);
            END IF;
            limits := limits + 1;
            room := cardinality(free);
            reserved := reserved || free;
            EXIT WHEN room = 0;
          END LOOP;
        END IF;
      END IF;
      -- Locked rows stay where they are until this transaction ends, so that their places need no second look-up.
      IF room = 0 THEN
        chosen := '{}';
      ELSIF suspect IS NOT NULL THEN
        chosen := ARRAY[suspect];
      ELSE
        chosen := ARRAY(
          SELECT s.ctid FROM live_task s
            WHERE s.lane = from_lane AND s.state = 'ready' AND s.crashes = 0
              AND -s.priority = lane_rank AND s.task_id >= lane_task
              -- Of a job beyond its budget until maintenance has held its tasks.
              AND (passed IS NULL OR s.job_id <> ALL (passed))
            -- The whole order of the index, although one priority is read: else the planner sorts the lane.
            ORDER BY -s.priority, s.task_id LIMIT room FOR UPDATE SKIP LOCKED);
      END IF;
      IF limits > 0 AND chosen <> '{}' THEN
        fences := '{}';
        FOR place IN 1..cardinality(chosen) LOOP
          fences[place] := nextval('queue.fence');
        END LOOP;
        -- Looks again, with a snapshot of after the locks: the holder of a slot that was given away in between shows as
        -- running now, and keeps it.
        UPDATE task_slot s SET task_id = l.task_id, fence = fences[(array_position(reserved, s.slot) - 1) % room + 1], taken_at = now()
          FROM live_task l
          WHERE s.slot = ANY (reserved) AND l.ctid = chosen[(array_position(reserved, s.slot) - 1) % room + 1]
            AND NOT EXISTS (SELECT FROM live_task h WHERE h.task_id = s.task_id AND h.fence = s.fence);
        GET DIAGNOSTICS taken = ROW_COUNT;
        IF taken < limits * cardinality(chosen) THEN
          SELECT coalesce(array_agg(chosen[place]), '{}'), array_agg(fences[place]) INTO chosen, fences
            FROM generate_subscripts(chosen, 1) AS place
            WHERE (SELECT count(*) FROM task_slot s WHERE s.slot = ANY (reserved) AND s.fence = fences[place]) = limits;
        END IF;
      END IF;
      RETURN QUERY
        WITH freed AS (
          DELETE FROM live_task l WHERE l.ctid = ANY (chosen)
            RETURNING l.task_id, l.job_id, l.lane, l.site_id, l.priority, l.shard, l.failures, l.crashes, l.kind, l.ctid AS place
        )
        -- Replaced, not updated: a claim that still saw the task as ready would follow an update to the running row
        -- and lock that, SKIP LOCKED or not; its worker would wait to end it, and in a circle. Nothing leads on from
        -- a deleted row.
        INSERT INTO live_task AS l (task_id, job_id, fence, worker_id, claimed_at, lane, site_id, priority, shard,
            failures, crashes, kind, state)
          SELECT task_id, job_id, coalesce(fences[array_position(chosen, place)], nextval('queue.fence')), claiming, now(),
              lane, site_id, priority, shard, failures, crashes, kind, 'running' FROM freed
          RETURNING l.task_id, l.fence, l.job_id, l.kind, (SELECT t.payload FROM task t WHERE t.task_id = l.task_id),
            l.failures, l.crashes;
      GET DIAGNOSTICS taken = ROW_COUNT;
      missing := missing - taken;
      in_vain := in_vain + (taken = 0)::int;
      -- The slots of a limit were taken since the suspect was chosen.
      EXIT WHEN suspect IS NOT NULL;
      EXIT WHEN missing <= 0;
      IF nth = 0 THEN
        SELECT array_agg(r.lane ORDER BY hashint8extended(r.share, lot), r.from_task),
            array_agg(CASE WHEN r.from_rank < round_rank THEN 0 WHEN r.has_steps
                THEN greatest(r.from_task, nearest_step(r.lane)) ELSE r.from_task END
              ORDER BY hashint8extended(r.share, lot), r.from_task)
          INTO other_lanes, other_tasks
          FROM lane r
          WHERE r.kind = ANY (kinds) AND r.from_rank < 2147483647 AND r.from_rank <= round_rank AND r.lane <> from_lane
            AND (served IS NULL OR r.site_id = ANY (served)) AND r.needs <@ offered;
      END IF;
      nth := nth + 1;
      from_lane := other_lanes[nth];
      lane_task := other_tasks[nth];
      EXIT WHEN from_lane IS NULL;
    END LOOP;
    EXIT WHEN suspect IS NOT NULL;
    -- Once in a thousand tasks, more often where lanes are tried that are empty or that have steps, and always when the batch is not full,
    -- the next claims get a nearer beginning.
    EXIT WHEN missing <= 0 AND random() * 1000 > most + 100 * in_vain + stepping;
    IF missing <= 0 AND by_steps AND in_vain = 0 THEN
      PERFORM step_lane(from_lane, most);
      EXIT;
    END IF;
    entries := pg_stat_get_xact_tuples_returned('live_task_claims'::regclass);
    best := advance_lanes(kinds, served, offered, level);
    -- Entries of what was claimed before are kept by an old snapshot: they would have been marked as dead, and not be counted.
    IF missing <= 0 AND pg_stat_get_xact_tuples_returned('live_task_claims'::regclass) - entries > 2 * most + 50 THEN
      PERFORM begin_steps(from_lane);
    END IF;
    EXIT WHEN missing <= 0 OR best IS NULL;
    -- A round that took nothing although there is something found every task of that priority locked by other claims.
    level := best + (missing = before AND best = round_rank)::int;
    SELECT r.lane, greatest(r.from_rank, level), CASE WHEN r.from_rank >= level THEN r.from_task ELSE 0 END
      INTO from_lane, lane_rank, lane_task
      FROM lane r
      WHERE r.kind = ANY (kinds) AND r.from_rank < 2147483647 AND (served IS NULL OR r.site_id = ANY (served))
        AND r.needs <@ offered
      ORDER BY 2, hashint8extended(r.share, lot), 3 LIMIT 1;
  END LOOP;
  IF missing > 0 AND reached IS NOT NULL THEN
    PERFORM note_turned_away(claiming, reached);
  END IF;
  -- A claim is a sign of life. Written only when it matters, not with each claim.
  IF missing < most AND lease_is_old THEN
    UPDATE worker w SET heartbeat_at = now(), silence = interval '0', lease_until = now() + w.lease
      WHERE w.worker_id = claiming;
  END IF;
END $$;
COMMENT ON FUNCTION queue.claim_tasks IS
  'Gives an active worker up to so many ready tasks, each with a new fence: of these kinds, at its sites, and only those whose needs it '
  'offers. A worker that is draining, stopped or past its lease gets none. '
  'Order: the highest priority first, whatever lane a task waits in. Within a priority, one lane after the other, and in a lane the oldest '
  'task first. Which lane comes first is drawn by lot among the shares of jobs, so that jobs of one priority get as many claims, however many '
  'tasks they have. '
  'Of tasks under a limit it gives no more than the limit allows. Suspects: see meet_suspects. '
  'A claim waits for nobody: it passes by what another claim has locked. It locks only what it takes, slots of limits, tasks for which '
  'another claim got the slot first, and a suspect that it promises; so it may stand in one transaction with a completion. '
  'It reads each lane from where the row of the lane says, so that its cost does not grow with what was claimed before. Its settings pin the '
  'plan, because a plan made for an empty table, or compiled by JIT, would cost a hundred times more.';
