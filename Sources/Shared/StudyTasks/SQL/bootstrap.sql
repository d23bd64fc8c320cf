-- Kind bootstrap: a range of replicates. A failure costs the job; one case more or less changes every replicate.

COMMENT ON TABLE trabecula.replicate IS
  'Result of one bootstrap replicate in canonical JSON. A second computation must give the same bytes.';

COMMENT ON COLUMN trabecula.replicate.task_id IS 'The task that computed it; all its replicates are written at once.';

CREATE OR REPLACE FUNCTION trabecula.replicates_of(reader bigint, of_job bigint) RETURNS TABLE (body bytea)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_reader(reader, of_job, '{aggregate}');
  RETURN QUERY SELECT r.body FROM replicate r WHERE r.job_id = of_job ORDER BY r.replicate;
END $$;
COMMENT ON FUNCTION trabecula.replicates_of IS 'The replicates of a job in their order.';

CREATE OR REPLACE FUNCTION trabecula.is_replicate(said_by bytea, place int, is_outer boolean, model_names text[]) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said jsonb;
BEGIN
  said := convert_from(said_by, 'UTF8')::jsonb;
  -- Outer resamples of the two-stage bootstrap are numbered from 2^16 on, in steps of it.
  RETURN (said -> 'number') = to_jsonb(CASE WHEN is_outer THEN place >> 16 ELSE place END)
    AND ARRAY(SELECT m.value ->> 'name' FROM jsonb_array_elements(said -> 'models') AS m(value)) = model_names
    AND NOT jsonb_path_exists(said, 'strict $.** ? (@.type() == "number" && (@ > 1e100 || @ < -1e100))');
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION trabecula.is_replicate IS
  'Whether bytes are the JSON of this replicate, of these models in their order, with numbers up to 1e100. What is packed in it '
  'is read, and checked, by whoever aggregates.';

CREATE OR REPLACE FUNCTION trabecula.models_of(of_job bigint) RETURNS text[]
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT ARRAY(SELECT m.value ->> 'name' FROM jsonb_array_elements(s.study::jsonb -> 'models') WITH ORDINALITY AS m(value, place)
    ORDER BY m.place) FROM study s WHERE s.job_id = of_job
$$;
COMMENT ON FUNCTION trabecula.models_of IS 'Names of the models of a study, in its order.';

CREATE OR REPLACE FUNCTION trabecula.check_bootstrap(ended bigint[], owners bigint[], replicates int[], bodies bytea[])
  RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  wrong bigint;
BEGIN
  SELECT t.task_id INTO wrong
    FROM queue.task t, jsonb_to_record(t.payload) AS asked(first int, count int)
    WHERE t.task_id = ANY (ended)
      AND ARRAY(SELECT given.number FROM unnest(owners, replicates) AS given(owner, number)
          WHERE given.owner = t.task_id ORDER BY 1)
        IS DISTINCT FROM ARRAY(SELECT CASE WHEN t.payload ? 'inner' THEN n << 16 ELSE n END
          FROM generate_series(asked.first, asked.first + asked.count - 1) AS n)
    LIMIT 1;
  IF FOUND THEN
    PERFORM refuse_result(wrong, 'it is not of the replicates that were asked for');
  END IF;
  SELECT given.owner INTO wrong FROM unnest(owners, bodies) AS given(owner, body)
    WHERE octet_length(given.body) > 16777216 LIMIT 1;
  IF FOUND THEN
    PERFORM refuse_result(wrong, 'a replicate is larger than 16 MiB');
  END IF;
  SELECT given.owner INTO wrong
    FROM (SELECT DISTINCT t.job_id, models_of(t.job_id) AS models FROM queue.task t WHERE t.task_id = ANY (ended)) job
      JOIN queue.task t ON t.job_id = job.job_id AND t.task_id = ANY (ended)
      JOIN unnest(owners, replicates, bodies) AS given(owner, number, body) ON given.owner = t.task_id
    WHERE NOT coalesce(is_replicate(given.body, given.number, t.payload ? 'inner', job.models), false) LIMIT 1;
  IF FOUND THEN
    PERFORM refuse_result(wrong, 'a replicate is not of its number, not of the study''s models, or has numbers beyond 1e100');
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.check_bootstrap IS
  'Refuses replicates of other numbers than a task was to compute, or of other models than its study''s: each task has all of its '
  'own, once, and nobody else''s.';

CREATE OR REPLACE FUNCTION trabecula.complete_bootstrap(completing bigint, task_ids bigint[], fences bigint[],
    owners bigint[], replicates int[], bodies bytea[]) RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
  SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  verdicts text[] := queue.complete_tasks(completing, task_ids, fences, 'bootstrap');
  ended bigint[];
  differing record;
BEGIN
  SELECT array_agg(c.task_id) INTO ended FROM unnest(task_ids, verdicts) AS c(task_id, verdict) WHERE c.verdict = 'ok';
  IF ended IS NOT NULL THEN
    IF NOT (queue.is_list(owners) AND queue.is_list(replicates) AND queue.is_list(bodies)
        AND (cardinality(replicates), cardinality(bodies)) = (cardinality(owners), cardinality(owners))) THEN
      PERFORM queue.refuse_lists();
    END IF;
    PERFORM check_bootstrap(ended, owners, replicates, bodies);
    INSERT INTO replicate (job_id, replicate, task_id, body)
      SELECT t.job_id, named.replicate, named.task_id, named.body
        FROM unnest(owners, replicates, bodies) AS named(task_id, replicate, body) JOIN queue.task t USING (task_id)
        WHERE named.task_id = ANY (ended) ORDER BY 1, 2
      ON CONFLICT (job_id, replicate) DO NOTHING;
    FOR differing IN
      SELECT t.job_id, min(named.replicate) AS replicate
        FROM unnest(owners, replicates, bodies) AS named(task_id, replicate, body) JOIN queue.task t USING (task_id)
          -- OFFSET 0: found by its number before it is compared; else the planner may compare with every one of the job.
          CROSS JOIN LATERAL (SELECT r.body FROM replicate r
            WHERE r.job_id = t.job_id AND r.replicate = named.replicate OFFSET 0) known
        WHERE named.task_id = ANY (ended) AND known.body <> named.body GROUP BY 1 ORDER BY 1
    LOOP
      PERFORM queue.abandon_job(differing.job_id, 'failed', 'not-repeatable',
        format('Replicate %s was computed twice and the results differ.', differing.replicate),
        'Look for a machine with faulty memory or a worker of another version, stop it, then retry the job.', 'bootstrap');
    END LOOP;
  END IF;
  RETURN verdicts;
END $$;
COMMENT ON FUNCTION trabecula.complete_bootstrap IS
  'Ends bootstrap tasks and writes their replicates, as many tasks as a worker has finished, in one transaction: '
  'replicate n, with its body, belongs to task owners[n]. A verdict for each task; see complete_tasks. A replicate '
  'computed twice with different bytes stops its job, and a retry computes all anew.';

CREATE OR REPLACE FUNCTION trabecula.bootstrap_lacking(of_job bigint)
  RETURNS TABLE (task_id bigint, has_failed boolean, goes_with bigint)
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT t.task_id, false, t.task_id FROM queue.task t
    WHERE t.job_id = of_job AND t.kind = 'bootstrap'
      AND NOT EXISTS (SELECT FROM replicate r WHERE r.job_id = of_job AND r.task_id = t.task_id)
$$;
COMMENT ON FUNCTION trabecula.bootstrap_lacking IS 'The tasks of a job whose replicates are not there.';

CREATE OR REPLACE FUNCTION trabecula.bootstrap_reopened(reopened bigint, again bigint[]) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp
  AS $$ DELETE FROM replicate WHERE job_id = reopened AND task_id = ANY (again) $$;
COMMENT ON FUNCTION trabecula.bootstrap_reopened IS 'Forgets replicates that will be computed again.';

SELECT queue.define_kind('bootstrap', place => 2, failure_costs => 'job', retry_redoes => 'changed',
  lacking => 'trabecula.bootstrap_lacking', on_reopened => 'trabecula.bootstrap_reopened');
