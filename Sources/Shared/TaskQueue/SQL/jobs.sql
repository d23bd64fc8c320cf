-- A job is planned in stages of one kind each; a stage opens in the transaction that ends the last task before it.

COMMENT ON TABLE queue.job IS 'What was submitted as one piece of work, with stages that follow each other.';
COMMENT ON COLUMN queue.job.key IS 'Digest of everything that the job depends on: the same work is the same job.';
COMMENT ON COLUMN queue.job.requires IS 'Needs of every task of the job; see lane.';
COMMENT ON COLUMN queue.job.failure_text IS 'Why the job failed, in a sentence.';
COMMENT ON COLUMN queue.job.remedy IS 'What to do about it.';
COMMENT ON COLUMN queue.job.distrusts IS 'A kind whose results are not to be trusted: a retry does all its tasks again.';
COMMENT ON COLUMN queue.job.paused IS 'Its ready tasks are held, running ones go on to their end: pause_job, resume_job.';
COMMENT ON COLUMN queue.job.priority IS 'Higher is claimed first: set_priority.';
COMMENT ON COLUMN queue.job.revision IS
  'Raised each time the job is taken up again; what workers keep of it in memory holds for one revision.';
COMMENT ON TABLE queue.stage IS
  'One kind of task of a job. A stage opens in the transaction that ends the last task of the stage before it.';
COMMENT ON COLUMN queue.stage.open_shards IS 'Shards with tasks left; at 0 the stage closes.';
COMMENT ON COLUMN queue.stage.forgiven IS 'Failures that an operator forgave: they no longer count against the budget.';
COMMENT ON DOMAIN queue.task_count IS 'Tasks that have not ended.';
COMMENT ON TABLE queue.stage_shard IS
  'Counters of a stage, split so that completions of ten thousand workers do not queue for one row. Tasks that follow '
  'each other share one, a few at a time, so that those who claim side by side seldom meet there. What is neither left, '
  'failed nor cancelled has succeeded, so that every task is accounted for and success changes one number. Few rows a '
  'page, because each update looks through its page for dead ones.';
COMMENT ON TABLE queue.stage_sample IS
  'How many tasks of an open stage had ended at a time: taken by maintenance every few seconds and kept for a day, so '
  'that rates are differences of two counters, whatever the history holds.';
COMMENT ON COLUMN queue.stage_sample.ended IS 'Succeeded and failed tasks.';
COMMENT ON TABLE queue.task IS 'What to do; written once at submission and never changed.';
COMMENT ON COLUMN queue.task.ordinal IS 'Number within its stage, from 0.';
COMMENT ON COLUMN queue.task.site_id IS
  'Only workers that serve this site may claim it; NULL: those whose login was granted all sites.';
COMMENT ON COLUMN queue.task.lane IS
  'The lane that it is claimed from, which says what it needs. No foreign key, which would cost each row a look: plan_tasks has '
  'just made sure of it, and neither lanes nor sites are ever deleted.';
COMMENT ON COLUMN queue.task.payload IS 'What the worker needs to know beyond the job; no absolute paths.';

CREATE OR REPLACE FUNCTION queue.announce(channel text) RETURNS void LANGUAGE sql
  SET search_path = queue, pg_temp
  AS $$ SELECT pg_notify(channel, '') $$;
COMMENT ON FUNCTION queue.announce IS
  'Wakes listeners (trabecula_ready: work; trabecula_done: a job ended). Once a batch, never once a row.';

CREATE OR REPLACE FUNCTION queue.shard_of(ordinal int) RETURNS smallint LANGUAGE sql IMMUTABLE
  RETURN (ordinal / 4 % 2048)::smallint;
COMMENT ON FUNCTION queue.shard_of IS
  'The counter of the n-th task of a stage. 2,048 a stage, so that completions do not wait for one and each has few old '
  'versions to step over while a snapshot is held open; 4 neighbours in each, so that a batch touches few, and not so many '
  'that those who claim side by side wait for each other''s commit.';

CREATE OR REPLACE FUNCTION queue.plan_job(job_key bytea, job_name text, required text[] DEFAULT '{}',
    most_failures int DEFAULT NULL)
  RETURNS TABLE (job_id bigint, was_known boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- Of two coordinators that submit at once the second waits here, and finds the job of the first.
  INSERT INTO job (key, name, requires, failure_budget) VALUES (job_key, job_name, required, most_failures)
    ON CONFLICT (key) DO NOTHING RETURNING job.job_id INTO job_id;
  was_known := NOT FOUND;
  IF was_known THEN
    SELECT j.job_id INTO job_id FROM job j WHERE j.key = job_key;
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION queue.plan_job IS
  'Makes a job, or finds the one with this key. Its stages and tasks are planned in the same transaction, then it is started. '
  'required: needs of every task of the job, as ''program:reader 3''. most_failures: of one kind, before the job is held.';

CREATE OR REPLACE FUNCTION queue.plan_stage(planned_job bigint, planned_kind text, tasks int) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  INSERT INTO stage (job_id, kind, position)
    SELECT planned_job, k.kind, k.place FROM kind k WHERE k.kind = planned_kind;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no kind of task %', quote_literal(planned_kind)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Kinds are defined by define_kind, in a file that migrate runs.';
  END IF;
  INSERT INTO stage_shard (job_id, kind, shard, total, remaining)
    SELECT planned_job, planned_kind, shard_of(n), count(*), count(*) FROM generate_series(0, tasks - 1) AS n GROUP BY 3;
  UPDATE stage SET open_shards = (SELECT count(*) FROM stage_shard c WHERE c.job_id = planned_job AND c.kind = planned_kind)
    WHERE job_id = planned_job AND kind = planned_kind;
END $$;
COMMENT ON FUNCTION queue.plan_stage IS
  'Adds a stage of so many tasks to a job that is being planned; plan_tasks gives them, in as many calls as is convenient.';

CREATE OR REPLACE FUNCTION queue.needs_of(given jsonb, required text[]) RETURNS text[] LANGUAGE sql IMMUTABLE
  RETURN ARRAY(SELECT DISTINCT need COLLATE "C" FROM (
    SELECT jsonb_array_elements_text(given) UNION ALL SELECT unnest(required)) AS listed(need) ORDER BY 1);
COMMENT ON FUNCTION queue.needs_of IS 'Needs of a task with those of its job: each once, in one order.';

CREATE OR REPLACE FUNCTION queue.plan_tasks(planned_job bigint, planned_kind text, sites int[], payloads jsonb[],
    needs_of_each jsonb[] DEFAULT '{}') RETURNS SETOF bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
#variable_conflict use_column
DECLARE
  required text[] := (SELECT j.requires FROM job j WHERE j.job_id = planned_job);
  first int := coalesce((SELECT max(ordinal) + 1 FROM task WHERE job_id = planned_job AND kind = planned_kind), 0);
BEGIN
  IF EXISTS (SELECT FROM stage WHERE job_id = planned_job AND opened_at IS NOT NULL) THEN
    RAISE EXCEPTION 'job % has been started: nothing can be added to it', planned_job
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Submit what is new as a job of its own.';
  END IF;
  RETURN QUERY
    WITH given AS (
      SELECT site, payload, coalesce(need, '[]') AS need, first + n::int - 1 AS place
        FROM unnest(sites, payloads, needs_of_each) WITH ORDINALITY AS listed(site, payload, need, n)
    ), way AS MATERIALIZED (
      SELECT site_id, need, lane_of(planned_kind, site_id, needs_of(need, required), share_of(planned_job)) AS lane
        FROM (SELECT DISTINCT coalesce(site, 0) AS site_id, need FROM given) AS apart
    ), planned AS (
      INSERT INTO task (job_id, kind, ordinal, shard, site_id, lane, payload)
        SELECT planned_job, planned_kind, place, shard_of(place), site, lane, payload
          FROM given JOIN way ON way.site_id = coalesce(given.site, 0) AND way.need = given.need ORDER BY place
        RETURNING task_id, ordinal, shard, site_id, lane
    ), live AS (
      INSERT INTO live_task (task_id, job_id, kind, shard, site_id, lane, state)
        SELECT task_id, planned_job, planned_kind, shard, coalesce(site_id, 0), lane, 'blocked' FROM planned
    )
    SELECT task_id FROM planned ORDER BY ordinal;
END $$;
COMMENT ON FUNCTION queue.plan_tasks IS
  'Adds tasks to a stage, in their order, and returns their numbers. Of each: its site or NULL, what the worker needs to know, '
  'and a JSON array of what it needs of a worker beyond what its job requires (or NULL); see lane.';

CREATE OR REPLACE FUNCTION queue.end_job(ending bigint, outcome text, code text, sentence text, advice text DEFAULT NULL,
    distrusted text DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE job SET state = outcome, failure_code = code, failure_text = sentence, remedy = advice, distrusts = distrusted,
      over_budget = NULL, over_budget_since = NULL, ended_at = now()
    WHERE job_id = ending AND state = 'running';
  IF FOUND THEN
    PERFORM announce('trabecula_done');
  END IF;
END $$;
COMMENT ON FUNCTION queue.end_job IS 'Ends a running job; an ended one stays as it is.';

CREATE OR REPLACE FUNCTION queue.open_next_stages(advancing bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  opening bigint;
  next stage;
  is_held boolean;
  job_rests boolean;
  lanes int[] := '{}';
  ranks int[] := '{}';
  tasks bigint[] := '{}';
  low record;
BEGIN
  FOREACH opening IN ARRAY advancing LOOP
    LOOP
      SELECT * INTO next FROM stage
        WHERE job_id = opening AND closed_at IS NULL ORDER BY position LIMIT 1 FOR UPDATE;
      IF NOT FOUND THEN
        IF NOT is_over_budget(opening) THEN
          PERFORM end_job(opening, 'succeeded', NULL, NULL);
        END IF;
        EXIT;
      END IF;
      UPDATE stage SET opened_at = coalesce(opened_at, now()), closed_at = CASE WHEN next.open_shards = 0 THEN now() END
        WHERE job_id = opening AND kind = next.kind;
      CONTINUE WHEN next.open_shards = 0;
      -- Asked here too, where the failures of others that ended tasks at the same time are seen.
      is_held := is_over_budget(opening);
      -- Locks, so that a pause that is being declared is seen, or waits and then sees these tasks.
      SELECT is_held OR j.paused INTO job_rests FROM job j WHERE j.job_id = opening FOR SHARE;
      PERFORM FROM site ORDER BY site_id FOR SHARE;
      FOR low IN
        WITH opened AS (
          UPDATE live_task SET state =
              CASE WHEN job_rests OR site_id IN (SELECT s.site_id FROM site s WHERE s.paused) THEN 'held' ELSE 'ready' END
            WHERE job_id = opening AND kind = next.kind AND state = 'blocked'
            RETURNING lane, priority, task_id, state
        )
        SELECT lane, min(-priority) AS rank, min(task_id) AS task FROM opened WHERE state = 'ready' GROUP BY 1
      LOOP
        lanes := lanes || low.lane;
        ranks := ranks || low.rank;
        tasks := tasks || low.task;
      END LOOP;
      INSERT INTO stage_sample (job_id, kind, ended, failed)
        SELECT job_id, kind, sum(total - remaining - cancelled), sum(failed) FROM stage_shard
          WHERE job_id = opening AND kind = next.kind GROUP BY 1, 2
        ON CONFLICT DO NOTHING;
      EXIT;
    END LOOP;
  END LOOP;
  -- Last and together: whoever holds a lane waits for nothing else.
  PERFORM lanes_lowered(array_agg(lane), array_agg(rank), array_agg(task)) FROM (
    SELECT lane, min(rank) AS rank, min(task) AS task FROM unnest(lanes, ranks, tasks) AS opened(lane, rank, task)
      GROUP BY 1) once;
END $$;
COMMENT ON FUNCTION queue.open_next_stages IS
  'Makes the tasks of the next stage of each of these jobs, named in order, ready, or held where job or site is paused or too much '
  'has failed; stages without tasks are passed over, and after the last the job has succeeded.';

CREATE OR REPLACE FUNCTION queue.start_job(starting bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  IF EXISTS (SELECT FROM stage WHERE job_id = starting AND opened_at IS NOT NULL) THEN
    RETURN;
  END IF;
  SELECT kind, said, planned INTO wrong
    FROM stage s CROSS JOIN LATERAL (SELECT coalesce(sum(c.total), 0) AS said FROM stage_shard c
        WHERE c.job_id = starting AND c.kind = s.kind) c
      CROSS JOIN LATERAL (SELECT coalesce(max(t.ordinal) + 1, 0) AS planned FROM task t
        WHERE t.job_id = starting AND t.kind = s.kind) t
    WHERE s.job_id = starting AND said <> planned LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'stage % of job % has % tasks and was planned for %', wrong.kind, starting, wrong.planned, wrong.said
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Give plan_stage the number of tasks that plan_tasks gets.';
  END IF;
  PERFORM record_act('submit', 'job ' || starting, NULL,
    (SELECT jsonb_object_agg(kind, total) FROM (SELECT kind, sum(total) AS total FROM stage_shard
      WHERE job_id = starting GROUP BY kind) planned));
  PERFORM open_next_stages(ARRAY[starting]);
END $$;
COMMENT ON FUNCTION queue.start_job IS 'Opens the first stage of a job that is planned; a started job stays as it is.';

CREATE OR REPLACE FUNCTION queue.close_shards(closing_job bigint, closing_kind text, shards int) RETURNS boolean
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  left_in_stage int;
BEGIN
  UPDATE stage SET open_shards = open_shards - shards,
      closed_at = CASE WHEN open_shards = shards THEN now() END
    WHERE job_id = closing_job AND kind = closing_kind
    RETURNING open_shards INTO left_in_stage;
  RETURN left_in_stage = 0 AND (SELECT state FROM job WHERE job_id = closing_job) = 'running';
END $$;
COMMENT ON FUNCTION queue.close_shards IS
  'Takes shards without tasks left off their stage, which closes with the last one. Returns whether the job is to open its next.';
