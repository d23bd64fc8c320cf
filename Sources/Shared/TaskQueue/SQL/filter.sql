-- Acts on many tasks of a job at once, chosen by a filter. Each filter that is given must hold; one that is NULL asks nothing.

CREATE OR REPLACE FUNCTION queue.find_tasks(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL, on_host text DEFAULT NULL, in_state text DEFAULT NULL)
  RETURNS TABLE (task_id bigint, kind text, site text, state text, failure_code text, host text, since timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = queue, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
  site_filter int := CASE WHEN at_site IS NOT NULL THEN require_site(at_site) END;
  sees_all boolean := serves_all_sites();
  own_sites int[] := login_sites();
  states constant text[] := '{blocked,ready,running,delayed,held,failed,cancelled,skipped}';
BEGIN
  PERFORM require_job(of_job);
  IF of_kind IS NOT NULL THEN
    PERFORM require_kind(of_kind);
  END IF;
  -- A state that there is not would find nothing, as if nothing were wrong.
  IF in_state <> ALL (states) THEN
    RAISE EXCEPTION 'no task is ever in state %', quote_literal(in_state)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'States: ' || array_to_string(states, ', ') || '.';
  END IF;
  RETURN QUERY
    WITH ended AS MATERIALIZED (
      SELECT DISTINCT ON (h.task_id) h.* FROM task_history h
        WHERE h.job_id = of_job AND h.outcome <> 'succeeded' AND (of_kind IS NULL OR h.kind = of_kind)
        ORDER BY h.task_id, h.ended_at DESC
    ), known AS (
      SELECT l.task_id, l.kind, nullif(l.site_id, 0) AS site_id, l.state::text AS state, a.failure_code,
          coalesce(l.worker_id, a.worker_id) AS worker_id, coalesce(l.claimed_at, a.failed_at) AS since
        FROM live_task l LEFT JOIN LATERAL (SELECT f.failure_code, f.worker_id, f.failed_at FROM attempt_failure f
          WHERE f.task_id = l.task_id ORDER BY f.failed_at DESC LIMIT 1) a ON true
        WHERE l.job_id = of_job
      UNION ALL
      SELECT e.task_id, e.kind, nullif(e.site_id, 0),
          CASE WHEN EXISTS (SELECT FROM skipped_task x WHERE x.task_id = e.task_id) THEN 'skipped' ELSE e.outcome::text END,
          e.failure_code, e.worker_id, e.ended_at
        FROM ended e
        WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = e.task_id)
          AND NOT EXISTS (SELECT FROM task_history n WHERE n.task_id = e.task_id AND n.ended_at > e.ended_at)
    )
    SELECT k.task_id, k.kind, s.name, k.state, k.failure_code, w.host, k.since
      FROM known k LEFT JOIN site s USING (site_id) LEFT JOIN worker w USING (worker_id)
      WHERE (of_kind IS NULL OR k.kind = of_kind) AND (site_filter IS NULL OR k.site_id = site_filter)
        AND (with_code IS NULL OR k.failure_code = with_code) AND (on_host IS NULL OR w.host = on_host)
        AND (in_state IS NULL OR k.state = in_state) AND (sees_all OR k.site_id = ANY (own_sites))
      ORDER BY k.task_id;
END $$;
COMMENT ON FUNCTION queue.find_tasks IS
  'Tasks of a job that have not succeeded, by a filter: SELECT * FROM queue.find_tasks(1, with_code => ''not-found'', at_site => '
  '''North''); What an act with the same filter concerns. State is that of the task, or how it ended (failed, cancelled, skipped), as long '
  'as the history is kept; code and host are those of the last attempt that failed, or of who runs it. Of the sites of the login only.';

CREATE OR REPLACE FUNCTION queue.require_filter(VARIADIC given text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  IF array_remove(given, NULL) = '{}' THEN
    RAISE EXCEPTION 'which tasks of the job? The filter asks nothing, and all tasks would be meant'
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'Give at least one of of_kind, at_site, with_code, on_host, in_state; find_tasks shows what a filter finds. There are acts '
          'for the job as a whole.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_filter IS 'Refuses an act by a filter that asks nothing.';

CREATE OR REPLACE FUNCTION queue.told_filter(of_kind text, at_site text, with_code text, on_host text, in_state text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = queue, pg_temp AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object('kind', of_kind, 'site', at_site, 'code', with_code, 'host', on_host, 'state', in_state))
$$;
COMMENT ON FUNCTION queue.told_filter IS 'A filter as the audit keeps it.';

CREATE OR REPLACE FUNCTION queue.retry_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL, on_host text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  chosen bigint[];
BEGIN
  PERFORM begin_act(false);
  PERFORM require_filter(of_kind, at_site, with_code, on_host);
  chosen := ARRAY(SELECT f.task_id FROM find_tasks(of_job, of_kind, at_site, with_code, on_host, 'failed') f);
  IF chosen = '{}' THEN
    RETURN format('Job %s: no failed task is such.', of_job);
  END IF;
  RETURN retry(of_job, chosen);
END $$;
COMMENT ON FUNCTION queue.retry_where IS
  'Tries the failed tasks of a job again that a filter finds, with those that go with them, in one act: '
  'SELECT queue.retry_where(1, with_code => ''not-found'', at_site => ''North'');';

CREATE OR REPLACE FUNCTION queue.cancel_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL, on_host text DEFAULT NULL, in_state text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  counted_elsewhere text;
  chosen bigint[];
  cancelled int;
BEGIN
  PERFORM begin_act(false);
  known := require_job(of_job);
  PERFORM require_filter(of_kind, at_site, with_code, on_host, in_state);
  IF known.state <> 'running' THEN
    RETURN format('Job %s has ended (%s); nothing to cancel.', of_job, known.state);
  END IF;
  -- Locked before anything is decided, so that what is found is what is cancelled.
  PERFORM lock_tasks(of_job);
  SELECT array_agg(f.task_id), min(f.kind) FILTER (WHERE k.failure_costs = 'job' OR k.lacking IS NOT NULL)
    INTO chosen, counted_elsewhere
    FROM find_tasks(of_job, of_kind, at_site, with_code, on_host, in_state) f JOIN kind k USING (kind)
    WHERE f.state NOT IN ('cancelled', 'skipped');
  IF chosen IS NULL THEN
    RETURN format('Job %s: no task that could be cancelled is such.', of_job);
  ELSIF counted_elsewhere IS NOT NULL THEN
    RAISE EXCEPTION 'tasks of kind % are not left out one by one', counted_elsewhere
      USING ERRCODE = 'object_not_in_prerequisite_state',
        HINT = 'What they would give is counted elsewhere: leave it out there, or cancel the job.';
  END IF;
  cancelled := skip_tasks(of_job, chosen);
  PERFORM record_act('cancel_where', 'job ' || of_job, told_filter(of_kind, at_site, with_code, on_host, in_state),
    jsonb_build_object('tasks', cardinality(chosen), 'open', cancelled));
  RETURN format('Job %s: %s cancelled, of which %s had not ended; no retry takes them up. Running ones stop with the next heartbeat of their worker.',
    of_job, counted(cardinality(chosen), 'task is', 'tasks are'), cancelled);
END $$;
COMMENT ON FUNCTION queue.cancel_where IS
  'Takes the tasks of a running job out of it that a filter finds, whether they wait, run or have failed; the job goes on without them, '
  'and no retry brings them back. SELECT queue.cancel_where(1, at_site => ''North'', in_state => ''ready''); Of kinds only whose tasks '
  'the queue alone counts; restore_where undoes it.';

CREATE OR REPLACE FUNCTION queue.restore_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  known job;
  chosen bigint[];
BEGIN
  PERFORM begin_act(false);
  known := require_job(of_job);
  IF known.state <> 'running' THEN
    PERFORM begin_act(true);
  END IF;
  PERFORM lock_tasks(of_job);
  SELECT array_agg(f.task_id) INTO chosen FROM find_tasks(of_job, of_kind, at_site, in_state => 'skipped') f JOIN kind k USING (kind)
    WHERE k.failure_costs = 'task' AND k.lacking IS NULL;
  IF chosen IS NULL THEN
    RETURN format('Job %s: no cancelled task is such.', of_job);
  END IF;
  PERFORM unskip_tasks(of_job, chosen);
  PERFORM reopen_job(of_job, chosen);
  PERFORM record_act('restore_where', 'job ' || of_job, told_filter(of_kind, at_site, NULL, NULL, NULL),
    jsonb_build_object('tasks', cardinality(chosen)));
  RETURN format('Job %s: %s open again; what follows from them will be computed anew.', of_job,
    counted(cardinality(chosen), 'task is', 'tasks are'));
END $$;
COMMENT ON FUNCTION queue.restore_where IS
  'Takes tasks up again that cancel_where took out of a job. A job that has ended is taken up again with them.';

CREATE OR REPLACE FUNCTION queue.snooze_where(of_job bigint, span interval, because text, of_kind text DEFAULT NULL,
    at_site text DEFAULT NULL, with_code text DEFAULT NULL, in_state text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  chosen bigint[];
BEGIN
  PERFORM begin_act(false);
  because := plain_text(because, 1000);
  PERFORM require_snooze(span, because);
  -- By itself, because a part of a statement that has no rows to look at is not computed, and refuses no filter.
  chosen := ARRAY(SELECT f.task_id FROM find_tasks(of_job, of_kind, at_site, with_code, NULL, in_state) f
    WHERE f.state IN ('ready', 'delayed'));
  -- Those that claims have locked run in a moment, and are left alone.
  chosen := ARRAY(SELECT l.task_id FROM live_task l WHERE l.task_id = ANY (chosen)
      AND l.state IN ('ready', 'delayed')
    ORDER BY l.task_id FOR UPDATE SKIP LOCKED);
  IF chosen = '{}' THEN
    RETURN format('Job %s: no task that waits is such.', of_job);
  END IF;
  INSERT INTO snoozed_task AS z (task_id, job_id, due_at, because)
    SELECT one, of_job, now() + span, because FROM unnest(chosen) AS one ORDER BY one
    ON CONFLICT (task_id) DO UPDATE SET due_at = excluded.due_at, because = excluded.because, fence = NULL, worker_id = NULL,
      times = z.times + 1, login = session_user, snoozed_at = now();
  UPDATE live_task l SET state = 'delayed', due_at = now() + span WHERE l.task_id = ANY (chosen);
  PERFORM record_act('snooze_where', 'job ' || of_job, told_filter(of_kind, at_site, with_code, NULL, in_state),
    jsonb_build_object('tasks', cardinality(chosen), 'until', now() + span, 'because', because));
  RETURN format('Job %s: %s off until %s.', of_job, counted(cardinality(chosen), 'task is put', 'tasks are put'),
    to_char(now() + span, 'YYYY-MM-DD HH24:MI:SS'));
END $$;
COMMENT ON FUNCTION queue.snooze_where IS
  'Puts off the tasks of a job that are ready, or delayed, and that a filter finds (all of them without one): '
  'SELECT queue.snooze_where(1, ''2 hours'', ''backup of the archive'', at_site => ''North''); wake_where ends it early.';

CREATE OR REPLACE FUNCTION queue.wake_where(of_job bigint, of_kind text DEFAULT NULL, at_site text DEFAULT NULL,
    with_code text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  chosen bigint[];
  woken int;
BEGIN
  PERFORM begin_act(false);
  -- By itself: see snooze_where.
  chosen := ARRAY(SELECT f.task_id FROM find_tasks(of_job, of_kind, at_site, with_code, NULL, 'delayed') f);
  chosen := ARRAY(SELECT l.task_id FROM live_task l WHERE l.task_id = ANY (chosen) AND l.state = 'delayed'
    ORDER BY l.task_id FOR UPDATE);
  IF chosen = '{}' THEN
    RETURN format('Job %s: no delayed task is such.', of_job);
  END IF;
  UPDATE snoozed_task z SET due_at = now() WHERE z.task_id = ANY (chosen) AND z.due_at > now();
  woken := make_ready(chosen);
  IF woken > 0 THEN
    PERFORM record_act('wake_where', 'job ' || of_job, told_filter(of_kind, at_site, with_code, NULL, NULL),
      jsonb_build_object('tasks', woken));
  END IF;
  RETURN format('Job %s: %s no longer.', of_job, counted(woken, 'task waits', 'tasks wait'));
END $$;
COMMENT ON FUNCTION queue.wake_where IS
  'Lets tasks of a job that are delayed, put off or waiting for a retry, be ready at once; held, where their job or site is paused.';
