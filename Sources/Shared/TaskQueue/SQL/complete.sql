-- A task that ends: its live row goes, the history gets one, and its counters change, all in one statement.

COMMENT ON TABLE queue.task_history IS 'Ended tasks, one row each, appended only, a partition a day.';
COMMENT ON TABLE queue.task_history_other IS
  'Rows of days that no partition was made for in time; keep_history moves them.';
COMMENT ON DOMAIN queue.task_outcome IS 'How a task ended.';

CREATE OR REPLACE FUNCTION queue.plain_text(given text, most int) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = queue, pg_temp
  AS $$ SELECT regexp_replace(left(given, most), '[\x01-\x1f\x7f-\u009f\u2028-\u202e\u2066-\u2069]+', ' ', 'g') $$;
COMMENT ON FUNCTION queue.plain_text IS
  'A worker''s words as one line for people, at most so many letters: what would move a terminal''s cursor or turn the direction '
  'of writing becomes a blank.';

CREATE OR REPLACE FUNCTION queue.is_list(given anyarray) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE WHEN given IS NULL OR coalesce(array_ndims(given), 1) <> 1 OR coalesce(array_lower(given, 1), 1) <> 1 THEN false
    ELSE array_position(given, NULL) IS NULL END;
END $$;
COMMENT ON FUNCTION queue.is_list IS
  'Whether an array of a caller is what functions take it for: of one dimension, counted from 1, without NULL.';

CREATE OR REPLACE FUNCTION queue.refuse_lists() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a list has a hole, a second dimension or another beginning than 1, or does not fit the list beside it'
    USING ERRCODE = 'invalid_parameter_value', HINT = 'Run a worker of the version that the database was migrated to.';
END $$;
COMMENT ON FUNCTION queue.refuse_lists IS 'Ends a call whose arrays are not what is_list asks for.';

CREATE OR REPLACE FUNCTION queue.end_tasks(ending_worker bigint, task_ids bigint[], fences bigint[], of_kinds text[],
    ended_as text, code text DEFAULT NULL, sentence text DEFAULT NULL, advice text DEFAULT NULL) RETURNS text[]
  LANGUAGE plpgsql SET search_path = queue, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  ended bigint[];
  some_closed boolean;
  some_wait boolean;
  closed record;
  advancing bigint[] := '{}';
BEGIN
  -- As is_list says it, which would cost each completion a call.
  IF ending_worker IS NOT NULL AND ((coalesce(array_ndims(task_ids), 1), coalesce(array_ndims(fences), 1),
        coalesce(array_lower(task_ids, 1), 1), coalesce(array_lower(fences, 1), 1)) <> (1, 1, 1, 1)
      OR cardinality(task_ids) IS DISTINCT FROM cardinality(fences) OR cardinality(task_ids) IS NULL
      OR array_position(task_ids, NULL) IS NOT NULL OR array_position(fences, NULL) IS NOT NULL) THEN
    PERFORM refuse_lists();
  END IF;
  -- An index scan for a list goes through it in order, as counters are sorted: one order of locks for all. A fence is the
  -- number of one claim of one task, so two lists say as much as pairs.
  WITH gone AS (
    -- "+ 0" keeps the planner from the index of owners, whose dead versions cost more than the primary key's.
    DELETE FROM live_task l
      WHERE l.task_id = ANY (task_ids) AND (ending_worker IS NULL OR l.fence = ANY (fences)
        AND l.worker_id + 0 = ending_worker
        AND l.kind = ANY (coalesce(of_kinds, ARRAY(SELECT k.kind FROM kind k WHERE k.completes_plainly)))
        AND (SELECT w.login = session_user FROM worker w WHERE w.worker_id = ending_worker))
      RETURNING l.task_id, l.job_id, l.kind, l.site_id, l.shard, l.fence, l.worker_id, l.failures, l.crashes, l.claimed_at
  ), kept AS (
    INSERT INTO task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes, claimed_at,
        failure_code, failure_text, remedy)
      SELECT task_id, job_id, kind, site_id, ended_as, fence, worker_id, failures, crashes, claimed_at,
          code, sentence, advice FROM gone
  ), counted AS (
    UPDATE stage_shard s SET remaining = s.remaining - part.tasks,
        failed = s.failed + CASE WHEN ended_as = 'failed' THEN part.tasks ELSE 0 END,
        cancelled = s.cancelled + CASE WHEN ended_as = 'cancelled' THEN part.tasks ELSE 0 END
      FROM (SELECT job_id, kind, shard, count(*)::int AS tasks FROM gone GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) part
      WHERE s.job_id = part.job_id AND s.kind = part.kind AND s.shard = part.shard
      RETURNING s.remaining
  )
  SELECT array_agg(task_id), EXISTS (SELECT FROM counted WHERE remaining = 0),
      EXISTS (SELECT FROM turned_away a WHERE a.seen_at > now() - interval '20 seconds')
    INTO ended, some_closed, some_wait FROM gone;
  IF some_wait THEN
    PERFORM wake_turned_away(ending_worker, ended);
  END IF;
  IF some_closed THEN
    FOR closed IN
      SELECT touched.job_id, touched.kind, count(*)::int AS shards
        FROM (SELECT DISTINCT t.job_id, t.kind, t.shard FROM task t WHERE t.task_id = ANY (ended)) touched
        WHERE (SELECT s.remaining FROM stage_shard s
            WHERE s.job_id = touched.job_id AND s.kind = touched.kind AND s.shard = touched.shard) = 0
        GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
      IF close_shards(closed.job_id, closed.kind, closed.shards) THEN
        advancing := advancing || closed.job_id;
      END IF;
    END LOOP;
    -- Counters and stages first, in order, then what others wait for: two that end the stages of several jobs would wait
    -- in a circle.
    PERFORM open_next_stages(advancing);
  END IF;
  IF cardinality(ended) = cardinality(task_ids) THEN
    RETURN array_fill('ok'::text, ARRAY[cardinality(ended)]);
  END IF;
  RETURN verdicts(ending_worker, task_ids, fences, ended);
END $$;
COMMENT ON FUNCTION queue.end_tasks IS
  'Ends tasks with this outcome, and answers a verdict for each as verdicts explains them: of a worker those that it holds with '
  'these fences and that are of these kinds (NULL: those that complete plainly), of NULL all that are named, which the caller '
  'has locked. The last one of a stage opens the next stage in the same transaction. The settings pin the plan.';

CREATE OR REPLACE FUNCTION queue.verdicts(ending_worker bigint, task_ids bigint[], fences bigint[], ended bigint[])
  RETURNS text[]
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  other text;
BEGIN
  PERFORM require_own_worker(ending_worker);
  SELECT l.kind INTO other FROM live_task l WHERE l.task_id = ANY (task_ids) AND l.fence = ANY (fences)
    AND l.worker_id + 0 = ending_worker LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'tasks of kind % are not ended by this function', other
      USING ERRCODE = 'insufficient_privilege', HINT = 'Call the one that checks and writes the results of that kind.';
  END IF;
  RETURN ARRAY(
    SELECT CASE WHEN named.task_id = ANY (ended) THEN 'ok'
                WHEN EXISTS (SELECT FROM task_history h
                               WHERE h.task_id = named.task_id AND h.fence = named.fence AND h.outcome = 'succeeded'
                                 AND h.worker_id = ending_worker)
                  THEN 'already'
                ELSE 'stale' END
      FROM unnest(task_ids, fences) WITH ORDINALITY AS named(task_id, fence, place) ORDER BY place);
END $$;
COMMENT ON FUNCTION queue.verdicts IS
  'What became of claimed tasks that were to be completed, of which these have ended now, in the order given: ok; already (this '
  'claim was completed before, its answer was lost); stale (the claim was taken back: nothing was written). Refuses tasks that '
  'the worker holds still, because their kind is ended by another function.';

CREATE OR REPLACE FUNCTION queue.complete_tasks(completing_worker bigint, task_ids bigint[], fences bigint[],
    VARIADIC of_kinds text[]) RETURNS text[]
  LANGUAGE sql RETURN queue.end_tasks(completing_worker, task_ids, fences, of_kinds, 'succeeded', NULL, NULL, NULL);
COMMENT ON FUNCTION queue.complete_tasks IS
  'Ends claimed tasks of these kinds with success; a verdict for each, see verdicts. For the functions that write the results of '
  'a kind, in the same transaction.';

CREATE OR REPLACE FUNCTION queue.complete_plain(completing_worker bigint, task_ids bigint[], fences bigint[]) RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  RETURN end_tasks(completing_worker, task_ids, fences, NULL, 'succeeded');
END $$;
COMMENT ON FUNCTION queue.complete_plain IS
  'Ends claimed tasks of kinds that leave no result; a verdict for each, see verdicts. Of other kinds it is an error.';
