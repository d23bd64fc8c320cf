-- Lanes: where ready tasks wait for claims, and where claims begin to read.

COMMENT ON TABLE queue.lane IS
  'The tasks of one site, kind and share of jobs that need the same of a worker wait in one lane, so that a claim never steps over a task '
  'that it may not take. A worker claims from lanes whose needs it all offers. No ready task of the lane that runs in company '
  'stands before (from_rank, from_task) in the order (-priority, task_id): there claims begin to read. Without it every claim '
  'would step over the index entries of all tasks claimed before, which nobody may remove while an old snapshot is open. '
  'lanes_lowered tells how it stays true.';
COMMENT ON COLUMN queue.lane.site_id IS '0: of no site.';
COMMENT ON COLUMN queue.lane.needs IS
  'Names of what a worker must offer, sorted; their meaning is between those who submit and those who run the workers.';
COMMENT ON COLUMN queue.lane.from_rank IS '2147483647: the lane is empty, and claims pass it by.';
COMMENT ON COLUMN queue.lane.share IS
  'Which jobs wait in it: those whose number has this remainder of 32, or, negated, the one job with this number, which is under a limit. '
  'Claims draw lots among the shares of one priority, so that each gets as many, however many tasks it has.';
COMMENT ON COLUMN queue.lane.changes IS 'Counts the transactions that made tasks of this lane ready.';
COMMENT ON COLUMN queue.lane.checked_at IS 'When mend_lanes last looked whether the row is true.';
COMMENT ON COLUMN queue.lane.has_steps IS 'Whether claims look for rows of lane_step.';
COMMENT ON TABLE queue.lane_step IS
  'Places in a lane that are nearer than the one in its row. Claims begin to read at the nearest one whose (changes, from_rank) is that of the '
  'row. Written only while an old snapshot keeps the index entries of claimed tasks: then each version of the lane''s row would be '
  'kept, too, and claims would step over those. Rows are inserted, never changed; once a minute mend_lanes moves the place in the row to the nearest '
  'step and deletes the steps. step_lane tells why a step is true.';
COMMENT ON COLUMN queue.lane_step.changes IS
  'Of the lane when the step was made. Whatever makes tasks of a lane ready raises lane.changes, so that no older step counts any more.';

CREATE OR REPLACE FUNCTION queue.share_of(of_job bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN of_job % 32;
COMMENT ON FUNCTION queue.share_of IS
  'The share of a job, one of 32: stochastic fair queueing (McKenney 1990). Two jobs whose numbers differ by a multiple of 32 have one share '
  'between them, first come, first served; with more shares a claim would have more lanes to look at.';

CREATE OR REPLACE FUNCTION queue.lane_of(of_kind text, at_site int, with_needs text[], of_share bigint DEFAULT 0) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  known int := (SELECT lane FROM lane WHERE site_id = at_site AND kind = of_kind AND needs = with_needs AND share = of_share);
BEGIN
  IF known IS NULL THEN
    IF at_site <> 0 AND NOT EXISTS (SELECT FROM site WHERE site_id = at_site) THEN
      RAISE EXCEPTION 'there is no site with number %', at_site USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- One at a time, to the end of the transaction: two that make the same lanes in different order would wait in a circle.
    PERFORM take_turn('lane');
    INSERT INTO lane (site_id, kind, needs, share, limit_keys)
      VALUES (at_site, of_kind, with_needs, of_share, ARRAY['site ' || at_site, 'kind ' || of_kind]
        || ARRAY(SELECT 'need ' || need FROM unnest(with_needs) AS need) || CASE WHEN of_share < 0 THEN ARRAY['job ' || -of_share] END)
      ON CONFLICT DO NOTHING;
    SELECT lane INTO STRICT known FROM lane WHERE site_id = at_site AND kind = of_kind AND needs = with_needs AND share = of_share;
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION queue.lane_of IS 'The lane of a site, a kind, sorted needs and a share; made where it is the first of its sort.';

CREATE OR REPLACE FUNCTION queue.nearest_step(of_lane int) RETURNS bigint
  -- Stable, or advance_lanes would not find the place by index.
  LANGUAGE plpgsql STABLE SET search_path = queue, pg_temp SET enable_seqscan = off AS $$
DECLARE
  known_changes bigint;
  known_rank int;
  known_task bigint;
BEGIN
  SELECT r.changes, r.from_rank, r.from_task INTO known_changes, known_rank, known_task FROM lane r WHERE r.lane = of_lane;
  -- By the key, the last first. Bounded below, because steps that were deleted may lie there.
  RETURN (SELECT n.from_task FROM lane_step n
    WHERE n.lane = of_lane AND n.changes = known_changes AND n.from_rank = known_rank AND n.from_task > known_task
    ORDER BY n.from_task DESC LIMIT 1);
END $$;
COMMENT ON FUNCTION queue.nearest_step IS
  'The task before which, by lane_step, no ready task of the lane stands; NULL: no step is nearer than the place in its row.';

CREATE OR REPLACE FUNCTION queue.step_lane(of_lane int, claimed int) RETURNS void
  -- The settings of claim_tasks, which calls it, hold.
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  entries bigint := pg_stat_get_xact_tuples_returned('live_task_claims'::regclass);
  seen record;
BEGIN
  SELECT r.changes, r.from_rank, r.place, first.task_id INTO seen
    FROM (SELECT q.changes, q.from_rank, greatest(q.from_task, nearest_step(q.lane)) AS place FROM lane q WHERE q.lane = of_lane) r
    CROSS JOIN LATERAL (
      SELECT l.task_id FROM live_task l
        WHERE l.lane = of_lane AND l.state = 'ready' AND l.crashes = 0 AND -l.priority = r.from_rank AND l.task_id >= r.place
        ORDER BY -l.priority, l.task_id LIMIT 1) first;
  -- Entries that nobody keeps would have been marked as dead, and not be counted; those of the batch that was claimed right now always are.
  IF seen.task_id > seen.place
      AND pg_stat_get_xact_tuples_returned('live_task_claims'::regclass) - entries > claimed + 10 THEN
    INSERT INTO lane_step (lane, changes, from_rank, from_task) VALUES (of_lane, seen.changes, seen.from_rank, seen.task_id);
  END IF;
END $$;
COMMENT ON FUNCTION queue.step_lane IS
  'Notes in lane_step where the first ready task of a lane stands, if an old snapshot keeps entries before it. claimed: how many tasks this transaction '
  'has just claimed. Why no ready task stands before a step: the snapshot that shows the first ready task also shows lane.changes. A transaction that makes a task '
  'ready raises changes, and the row''s lock puts these transactions in order. So as long as changes is the same, the tasks made ready are the same, and '
  'claims only take some away. Tasks of a claim that is not committed show as ready. Those of this claim do not, but if it is undone, so is its step.';

CREATE OR REPLACE FUNCTION queue.begin_steps(of_lane int) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE lane SET has_steps = true
    WHERE lane IN (SELECT r.lane FROM lane r WHERE r.lane = of_lane AND NOT r.has_steps FOR UPDATE SKIP LOCKED);
END $$;
COMMENT ON FUNCTION queue.begin_steps IS
  'From now on claims of this lane use lane_step, until mend_lanes finds that none made a step for a minute. Waits for nobody.';

CREATE OR REPLACE FUNCTION queue.lanes_lowered(lanes int[], ranks int[], tasks bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF coalesce(cardinality(lanes), 0) = 0 THEN
    RETURN;
  END IF;
  PERFORM FROM lane q WHERE q.lane = ANY (lanes) ORDER BY q.lane FOR UPDATE;
  -- In a statement of its own: its snapshot shows the rows, which are locked now, and their steps as they are.
  UPDATE lane q SET
      from_rank = least(q.from_rank, low.rank),
      from_task = CASE WHEN q.from_rank > low.rank THEN low.task
                       ELSE least(greatest(q.from_task, CASE WHEN q.has_steps
                           THEN nearest_step(q.lane) END),
                         CASE WHEN q.from_rank = low.rank THEN low.task END) END,
      changes = q.changes + 1
    FROM unnest(lanes, ranks, tasks) AS low(lane, rank, task)
    WHERE q.lane = low.lane;
  PERFORM announce('trabecula_ready');
END $$;
COMMENT ON FUNCTION queue.lanes_lowered IS
  'Must be called, after the fact and in the same transaction, by whatever makes tasks ready or raises the priority of '
  'ready ones: for each lane the lowest rank (-priority) and the lowest task id concerned. Keeps lane true and wakes idle '
  'workers, once a batch. Why no ready task is passed over: advance_lanes moves a row forward only to the first task that '
  'its own snapshot shows as ready, and tasks of a claim that is not committed show as ready still, so that its rollback '
  'needs no notice; only if `changes` is what that snapshot showed, so not where tasks became ready since; and it never '
  'waits for the row: a transaction that comes here later finds the row moved and moves it back. Steps of the lane end with this change '
  'of `changes`; the nearest one is taken over into the row.';

CREATE OR REPLACE FUNCTION queue.make_ready(freed bigint[]) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  lanes int[];
  ranks int[];
  tasks bigint[];
  made int;
  held bigint[];
BEGIN
  IF cardinality(freed) = 0 THEN
    RETURN 0;
  END IF;
  -- Locks, so that a pause that is being declared is seen, or waits and then sees these tasks.
  PERFORM FROM job WHERE job_id IN (SELECT l.job_id FROM live_task l WHERE l.task_id = ANY (freed))
    ORDER BY job_id FOR SHARE;
  PERFORM FROM site WHERE site_id IN (SELECT l.site_id FROM live_task l WHERE l.task_id = ANY (freed))
    ORDER BY site_id FOR SHARE;
  WITH given AS (
    UPDATE live_task l SET worker_id = NULL, fence = NULL, claimed_at = NULL, due_at = NULL,
        state = CASE WHEN j.paused OR j.over_budget IS NOT NULL OR l.site_id IN (SELECT s.site_id FROM site s WHERE s.paused)
          THEN 'held' ELSE 'ready' END
      FROM job j WHERE j.job_id = l.job_id AND l.task_id = ANY (freed)
      RETURNING l.lane, l.priority, l.task_id, l.state
  ), low AS (
    SELECT lane, min(-priority) AS rank, min(task_id) AS task FROM given WHERE state = 'ready' GROUP BY 1
  )
  SELECT array_agg(low.lane), array_agg(low.rank), array_agg(low.task), (SELECT count(*) FROM given),
      (SELECT array_agg(g.task_id) FROM given g WHERE g.state = 'held')
    INTO lanes, ranks, tasks, made, held FROM low;
  PERFORM lanes_lowered(lanes, ranks, tasks);
  -- What is ready is announced to all; a slot that a held task leaves is not.
  IF held IS NOT NULL THEN
    PERFORM wake_turned_away(NULL, held);
  END IF;
  RETURN made;
END $$;
COMMENT ON FUNCTION queue.make_ready IS
  'Gives tasks, locked by the caller, back to the queue: ready, or held where their job or site is. Every way '
  'back to ready but the opening of a stage goes through here.';

CREATE OR REPLACE FUNCTION queue.reread_lanes() RETURNS trigger
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE lane q SET from_rank = -2147483647, from_task = 0, changes = q.changes + 1
    FROM (SELECT lane FROM lane ORDER BY 1 FOR UPDATE) locked
    WHERE q.lane = locked.lane;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION queue.reread_lanes IS 'A priority was changed: claims read every lane from its beginning.';

CREATE OR REPLACE FUNCTION queue.advance_lanes(lane_kinds text[], serving int[], offering text[], level int) RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  seen record;
  best int;
BEGIN
  FOR seen IN
    SELECT q.lane, q.changes, q.has_steps, q.from_rank, q.from_task, first.rank, first.task_id
      FROM lane q LEFT JOIN LATERAL (
        SELECT -l.priority AS rank, l.task_id FROM live_task l
          WHERE l.lane = q.lane AND l.state = 'ready' AND l.crashes = 0
            AND (-l.priority, l.task_id) >= (greatest(q.from_rank, level),
              CASE WHEN q.from_rank < level THEN 0
                   WHEN q.has_steps THEN greatest(q.from_task, nearest_step(q.lane))
                   ELSE q.from_task END)
          ORDER BY -l.priority, l.task_id LIMIT 1) first ON true
      WHERE q.kind = ANY (lane_kinds) AND q.from_rank < 2147483647
        AND (serving IS NULL OR q.site_id = ANY (serving)) AND (offering IS NULL OR q.needs <@ offering)
      ORDER BY q.lane
  LOOP
    best := least(best, seen.rank);
    -- Within a rank steps tell the place, where there are any, and no version of the row is made.
    IF level = -2147483648 AND (seen.rank IS NULL OR seen.rank > seen.from_rank OR seen.task_id > seen.from_task AND NOT seen.has_steps) THEN
      UPDATE lane q SET from_rank = coalesce(seen.rank, 2147483647),
          from_task = coalesce(seen.task_id, 9223372036854775807)
        WHERE q.lane IN (
          SELECT f.lane FROM lane f
            WHERE f.lane = seen.lane AND f.changes = seen.changes
              AND (f.from_rank, f.from_task) = (seen.from_rank, seen.from_task)
            FOR UPDATE SKIP LOCKED);
    END IF;
  END LOOP;
  RETURN best;
END $$;
COMMENT ON FUNCTION queue.advance_lanes IS
  'Moves the places where claims begin to read forward to the first ready tasks as they stand now, where nothing '
  'became ready since; see lanes_lowered. A row that somebody has locked is left to the next claim. Returns the best '
  'rank (-priority), from level on, of a ready task; NULL: there is none. Moves nothing when level is above the lowest. '
  'offering NULL: whatever lanes need.';

CREATE OR REPLACE FUNCTION queue.mend_lanes() RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
  mended int;
BEGIN
  WITH due AS MATERIALIZED (
    SELECT q.lane FROM lane q WHERE q.checked_at < now() - interval '1 minute' ORDER BY 1 FOR UPDATE SKIP LOCKED
  ), looked AS (
    SELECT q.lane, q.changes, q.from_rank, step.from_task AS stepped, EXISTS (SELECT FROM live_task l
        WHERE l.lane = q.lane AND l.state = 'ready' AND l.crashes = 0
          AND (-l.priority, l.task_id) < (q.from_rank, greatest(q.from_task, step.from_task))) AS wrong
      FROM due JOIN lane q USING (lane)
        LEFT JOIN LATERAL (SELECT nearest_step(q.lane) AS from_task WHERE q.has_steps) step ON true
  ), told AS (
    UPDATE lane q SET checked_at = now(),
        from_rank = CASE WHEN wrong THEN -2147483647 ELSE q.from_rank END,
        from_task = CASE WHEN wrong THEN 0 WHEN (q.changes, q.from_rank) = (looked.changes, looked.from_rank)
          THEN greatest(q.from_task, looked.stepped) ELSE q.from_task END,
        changes = q.changes + wrong::int, has_steps = looked.stepped IS NOT NULL
      FROM looked WHERE q.lane = looked.lane
      RETURNING wrong
  ), passed AS (
    DELETE FROM lane_step n USING looked k
      WHERE n.lane = k.lane AND (n.changes, n.from_rank, n.from_task) <= (k.changes, k.from_rank, coalesce(k.stepped, 0))
  )
  SELECT count(*) FILTER (WHERE wrong) INTO mended FROM told;
  RETURN mended;
END $$;
COMMENT ON FUNCTION queue.mend_lanes IS
  'Looks once a minute whether a ready task stands before the place where claims begin to read, as after an UPDATE by '
  'hand, and sends claims back to the beginning. Even such a task waits little longer than a minute. Moves the place to the nearest step, '
  'and deletes the steps that are passed.';
