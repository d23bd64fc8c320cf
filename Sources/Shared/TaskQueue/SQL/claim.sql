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
  other_lanes int[];
  other_tasks bigint[];
  nth int;
  suspect tid[];
  level int := -2147483648;
  missing int := most;
  before int;
  round_rank int;
  taken int;
  in_vain int := 0;
  best int;
  limited boolean;
  limited_jobs bigint[];
  passed bigint[];
  full_lanes int[];
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
      q.lane, q.from_rank, q.from_task, w.under_limits
    INTO may_claim, served, offered, beside_suspects, lease_is_old, held_jobs, from_lane, lane_rank, lane_task, limited
    FROM worker w LEFT JOIN LATERAL (
      SELECT r.lane, r.from_rank, r.from_task FROM lane r
        WHERE r.kind = ANY (kinds) AND r.from_rank < 2147483647 AND (w.sites IS NULL OR r.site_id = ANY (w.sites))
          AND r.needs <@ w.offers
        ORDER BY r.from_rank, hashint8extended(r.share, lot), r.from_task LIMIT 1) q ON true
    WHERE w.worker_id = claiming AND w.login = session_user FOR SHARE OF w;
  IF may_claim IS NOT TRUE THEN
    PERFORM require_own_worker(claiming);
    RETURN;
  END IF;
  -- Read after the row of the worker was locked: whoever sets a limit changes that row first, and waits for claims under way.
  IF limited THEN
    limited_jobs := nullif(ARRAY(SELECT m.job_id FROM task_limit m WHERE m.scope = 'job'), '{}');
    IF beside_suspects THEN
      full_lanes := full_lanes();
    END IF;
  END IF;
  -- A task whose worker died runs alone, so that if it kills again nobody else is counted with it: a worker with
  -- nothing in hand takes one such task and no other; one that is busy gets nothing more until it is free for it.
  IF beside_suspects THEN
    IF EXISTS (SELECT FROM live_task l WHERE l.crashes > 0 AND l.state = 'running' AND l.worker_id + 0 = claiming) THEN
      RETURN;
    END IF;
    IF EXISTS (SELECT FROM live_task l JOIN lane r USING (lane) WHERE l.state = 'ready' AND l.crashes > 0
        AND l.kind = ANY (kinds) AND (served IS NULL OR l.site_id = ANY (served)) AND r.needs <@ offered
        AND (held_jobs IS NULL OR l.job_id <> ALL (held_jobs))
        AND (limited IS NOT TRUE OR r.lane <> ALL (full_lanes) AND (limited_jobs IS NULL OR r.share < 0 OR l.job_id <> ALL (limited_jobs)))) THEN
      IF EXISTS (SELECT FROM live_task l WHERE l.worker_id = claiming AND l.state = 'running') THEN
        RETURN;
      END IF;
      suspect := ARRAY(
        SELECT l.ctid FROM live_task l JOIN lane r USING (lane)
          WHERE l.state = 'ready' AND l.crashes > 0 AND l.kind = ANY (kinds)
            AND (served IS NULL OR l.site_id = ANY (served)) AND r.needs <@ offered
            AND (held_jobs IS NULL OR l.job_id <> ALL (held_jobs))
            AND (limited IS NOT TRUE OR r.lane <> ALL (full_lanes) AND (limited_jobs IS NULL OR r.share < 0 OR l.job_id <> ALL (limited_jobs)))
          ORDER BY -l.priority, l.task_id LIMIT 1 FOR UPDATE OF l SKIP LOCKED);
      IF cardinality(suspect) = 0 THEN
        suspect := NULL;
      ELSE
        missing := 1;
        most := 1;
        lane_rank := 0;
        IF limited THEN
          from_lane := (SELECT l.lane FROM live_task l WHERE l.ctid = suspect[1]);
        END IF;
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
      IF limited THEN
        -- Of a job under a limit tasks are claimed from its own lanes only.
        passed := held_jobs;
        IF limited_jobs IS NOT NULL AND (SELECT q.share >= 0 FROM lane q WHERE q.lane = from_lane) THEN
          passed := coalesce(held_jobs, '{}') || limited_jobs;
        END IF;
        RETURN QUERY SELECT * FROM claim_under_limits(claiming, from_lane, lane_rank, lane_task, missing, passed, suspect);
        GET DIAGNOSTICS taken = ROW_COUNT;
      ELSE
        RETURN QUERY
          WITH freed AS (
            -- A locked row stays where it is until this transaction ends, so its place needs no second look-up.
            DELETE FROM live_task l
              WHERE l.ctid = ANY (coalesce(suspect, ARRAY(
                SELECT s.ctid FROM live_task s
                  WHERE s.lane = from_lane AND s.state = 'ready' AND s.crashes = 0
                    AND -s.priority = lane_rank AND s.task_id >= lane_task
                    -- Of a job beyond its budget until maintenance has held its tasks.
                    AND (held_jobs IS NULL OR s.job_id <> ALL (held_jobs))
                  -- The whole order of the index, although one priority is read: else the planner sorts the lane.
                  ORDER BY -s.priority, s.task_id LIMIT missing FOR UPDATE SKIP LOCKED)))
              RETURNING l.task_id, l.job_id, l.lane, l.site_id, l.priority, l.shard, l.failures, l.crashes, l.kind
          )
          -- Replaced, not updated: a claim that still saw the task as ready would follow an update to the running row
          -- and lock that, SKIP LOCKED or not; its worker would wait to end it, and in a circle. Nothing leads on from
          -- a deleted row.
          INSERT INTO live_task AS l (task_id, job_id, fence, worker_id, claimed_at, lane, site_id, priority, shard,
              failures, crashes, kind, state)
            SELECT task_id, job_id, nextval('queue.fence'), claiming, now(), lane, site_id, priority, shard,
                failures, crashes, kind, 'running' FROM freed
            RETURNING l.task_id, l.fence, l.job_id, l.kind, (SELECT t.payload FROM task t WHERE t.task_id = l.task_id),
              l.failures, l.crashes;
        GET DIAGNOSTICS taken = ROW_COUNT;
      END IF;
      missing := missing - taken;
      in_vain := in_vain + (taken = 0)::int;
      -- The slots of a limit were taken since the suspect was chosen.
      EXIT WHEN suspect IS NOT NULL;
      EXIT WHEN missing <= 0;
      IF nth = 0 THEN
        SELECT array_agg(r.lane ORDER BY hashint8extended(r.share, lot), r.from_task),
            array_agg(CASE WHEN r.from_rank = round_rank THEN r.from_task ELSE 0 END ORDER BY hashint8extended(r.share, lot), r.from_task)
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
    -- Once in a thousand tasks, more often where lanes are tried that are empty, and always when the batch is not full,
    -- the next claims get a nearer beginning.
    EXIT WHEN missing <= 0 AND random() * 1000 > most + 100 * in_vain;
    best := advance_lanes(kinds, served, offered, level);
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
  -- A claim is a sign of life. Written only when it matters, not with each claim.
  IF missing < most AND lease_is_old THEN
    UPDATE worker w SET heartbeat_at = now(), silence = interval '0', lease_until = now() + w.lease
      WHERE w.worker_id = claiming;
  END IF;
END $$;
COMMENT ON FUNCTION queue.claim_tasks IS
  'Gives an active worker up to so many ready tasks of these kinds at its sites whose needs it offers, with a new fence each: '
  'the highest priority first, across all lanes; within a priority, lane by lane, the oldest of each: by lot among the shares of jobs, so that '
  'jobs of one priority get as many claims, however many tasks they have. No more of what is under a limit than that allows. Tasks that '
  'another claim has locked are passed over; a claim waits for nobody and locks nothing that it does not take, so it may '
  'stand in one transaction with a completion. A worker that is draining, stopped or past its lease gets none. Reads each '
  'lane from where its row says, so that the cost does not grow with what was claimed before. The settings pin the '
  'plan: one of a table that was empty, or compiled by JIT, would cost a hundred times more.';
